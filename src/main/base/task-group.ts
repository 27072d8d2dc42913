import { WakeUp } from "./wake-up.ts";

/**
 * Work that reports itself as events and always runs to its end. A reader that goes away aborts the work's signal; the work then
 * finishes in its own way (it logs, it saves), which `settled` waits for.
 */
export class TaskGroup {
  readonly #active = new Set<Active>();
  #closed = false;

  get count(): number {
    return this.#active.size;
  }

  /** Whether everything is being stopped, as when Taleward ends. */
  get isClosing(): boolean {
    return this.#closed;
  }

  /** Starts `work` at the first `next()`; what it emits is what is read. */
  async *events<Event>(
    signal: AbortSignal | undefined,
    work: (emit: (event: Event) => void, signal: AbortSignal) => Promise<void>,
  ): AsyncGenerator<Event> {
    const stop = new AbortController();
    const asked = (): void => stop.abort(signal?.reason);
    if (signal?.aborted) asked();
    signal?.addEventListener("abort", asked, { once: true });
    if (this.#closed) stop.abort(closing());
    const ready: Event[] = [];
    const woken = new WakeUp();
    let ended = false;
    const emit = (event: Event) => {
      ready.push(event);
      woken.wake();
    };
    const working = work(emit, stop.signal).finally(() => {
      ended = true;
      woken.wake();
      this.#active.delete(entry);
      signal?.removeEventListener("abort", asked);
    });
    const entry: Active = { stop, settled: working.catch(() => {}) }; // the reader below gets the error; here only the end matters
    this.#active.add(entry);
    try {
      let next = 0;
      while (true) {
        woken.clear();
        while (next < ready.length) yield ready[next++] as Event; // below the length
        ready.length = next = 0;
        if (ended) break;
        await woken.wait();
      }
      await working;
    } finally {
      if (!ended) stop.abort(new DOMException("the reader went away", "AbortError"));
    }
  }

  /** Stops everything and resolves when all of it has ended in its own way. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { stop } of this.#active) stop.abort(closing());
    await Promise.all([...this.#active].map(({ settled }) => settled));
  }
}

interface Active {
  readonly stop: AbortController;
  readonly settled: Promise<void>;
}

function closing(): DOMException {
  return new DOMException("Taleward is closing", "AbortError");
}
