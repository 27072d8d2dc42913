/**
 * Work that is told as events and always runs to its end. A reader that goes away aborts the work's signal; the work then
 * finishes in its own way (it logs, it saves), which `settled` waits for.
 */
export class Running {
  readonly #closing = new AbortController();
  readonly #active = new Set<Promise<void>>();

  get count(): number {
    return this.#active.size;
  }

  /** Starts `work` at the first `next()`; what it emits is what is read. */
  async *events<Event>(
    signal: AbortSignal | undefined,
    work: (emit: (event: Event) => void, signal: AbortSignal) => Promise<void>,
  ): AsyncGenerator<Event> {
    const gone = new AbortController();
    const signals = [gone.signal, this.#closing.signal, ...(signal ? [signal] : [])];
    const ready: Event[] = [];
    let wake = () => {};
    let ended = false;
    const emit = (event: Event) => {
      ready.push(event);
      wake();
    };
    const working = work(emit, AbortSignal.any(signals)).finally(() => {
      ended = true;
      wake();
      this.#active.delete(settled);
    });
    const settled = working.catch(() => {}); // the reader below is told; here only the end matters
    this.#active.add(settled);
    try {
      while (true) {
        while (ready.length > 0) yield ready.shift() as Event; // not empty: checked above
        if (ended) break;
        await new Promise<void>((resolve) => (wake = resolve));
      }
      await working;
    } finally {
      gone.abort(new DOMException("the reader went away", "AbortError"));
    }
  }

  /** Stops everything and resolves when all of it has ended in its own way. */
  async close(): Promise<void> {
    this.#closing.abort(new DOMException("Taleward is closing", "AbortError"));
    await Promise.all(this.#active);
  }
}
