/**
 * Lets a loop sleep until there is work. A wake-up while nobody waits is kept for the next wait, so none is lost between looking
 * and waiting; a loop looks again after each wait, since it may be woken by what it has seen already.
 *
 * ```ts
 * while (!closed) {
 *   const job = jobs.shift();
 *   if (job) await run(job);
 *   else await woken.wait(); // whoever pushes a job calls woken.wake()
 * }
 * ```
 */
export class WakeUp {
  #isPending: boolean;
  #waiting: PromiseWithResolvers<void> | null = null;

  /** `isPending` where the first wait is to return at once. */
  constructor(isPending = false) {
    this.#isPending = isPending;
  }

  get isAwaited(): boolean {
    return this.#waiting !== null;
  }

  /** Wakes all that wait, or else the next one that does. */
  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#isPending = waiting === null;
    waiting?.resolve();
  }

  /** Forgets a wake-up that was kept: what it was about is about to be looked at. */
  clear(): void {
    this.#isPending = false;
  }

  async wait(): Promise<void> {
    if (this.#isPending) {
      this.#isPending = false;
      return;
    }
    this.#waiting ??= Promise.withResolvers();
    await this.#waiting.promise;
  }
}
