import { setTimeout as pause } from "node:timers/promises";

const firstWaitMs = 2_000;
const longestWaitMs = 60_000;

/**
 * One piece of work at a time that is tried until it is done, with growing waits between: a model that is being loaded, a
 * test suite that is being run. What it is for is named by a key; asked for another key, or for none, it is stopped.
 */
export class RepeatedWork {
  #key: string | null = null;
  #stop = new AbortController();
  #working: Promise<void> = Promise.resolve();
  #lastError: string | null = null;

  /** Why the last try did not do it; null while there was none. */
  get lastError(): string | null {
    return this.#lastError;
  }

  /** Goes on where it is under way, or done, for the same key. `failed` is told after each try that did not do it. */
  want(key: string, work: (signal: AbortSignal) => Promise<void>, failed: () => void): void {
    if (this.#key === key) return;
    this.drop();
    this.#key = key;
    this.#stop = new AbortController();
    this.#working = this.#repeat(work, failed, this.#stop.signal);
  }

  drop(): void {
    this.#key = null;
    this.#lastError = null;
    this.#stop.abort(new DOMException("no longer wanted", "AbortError"));
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.drop();
    await this.#working;
  }

  async #repeat(work: (signal: AbortSignal) => Promise<void>, failed: () => void, signal: AbortSignal): Promise<void> {
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
      try {
        await work(signal);
        this.#lastError = null;
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#lastError = error instanceof Error ? error.message : String(error);
        failed();
      }
      try {
        await pause(waitMs, undefined, { signal, ref: false });
      } catch {
        return; // dropped
      }
    }
  }
}
