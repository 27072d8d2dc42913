/**
 * Runs asynchronous work one after the other, in the order in which it was queued. Work that fails does not keep back what
 * follows it.
 *
 * ```ts
 * const changes = new Sequencer();
 * await Promise.all([changes.queue(() => append("a")), changes.queue(() => append("b"))]); // "a", then "b"
 * ```
 */
export class Sequencer {
  #last: Promise<unknown> = Promise.resolve();

  /** Starts `work` when all that was queued before has ended; settles as it does. */
  queue<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {}); // whoever queued it gets the error
    return turn;
  }

  /** Resolves when all that was queued until now has ended; never rejects. */
  async settled(): Promise<void> {
    await this.#last;
  }
}
