import { Failure } from "../base/failure.ts";
import { type Backoff, backoffMs } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import { ExpectedError } from "../base/expected-error.ts";

/** Tries in a row that failed, and why the last one did, with its remedy. */
interface FailedTries {
  readonly tries: number;
  readonly error: string;
}

const backoff: Backoff = { firstMs: 2_000, maxMs: 60_000 };

/**
 * One piece of work at a time that is tried until it is done, with growing waits between: a model that is being loaded, a
 * test suite that is being run. What it is for is named by a key; asked for another key, or for none, it is stopped.
 */
export class RepeatedWork {
  readonly #clock: Pick<Clock, "sleep">;
  #key: string | null = null;
  #stop = new AbortController();
  #working: Promise<void> = Promise.resolve();
  #failing: FailedTries | null = null;

  constructor(clock: Pick<Clock, "sleep">) {
    this.#clock = clock;
  }

  /** Null while no try failed. */
  get failing(): FailedTries | null {
    return this.#failing;
  }

  /** Changes nothing where the same key is in progress or done. Calls `failed` after each try that failed. */
  want(key: string, work: (signal: AbortSignal) => Promise<void>, failed: () => void): void {
    if (this.#key === key) return;
    this.drop();
    this.#key = key;
    this.#stop = new AbortController();
    this.#working = this.#repeat(work, failed, this.#stop.signal);
  }

  drop(): void {
    this.#key = null;
    this.#failing = null;
    this.#stop.abort(new DOMException("no longer wanted", "AbortError"));
  }

  /** Resolves when nothing is in progress any more. */
  async close(): Promise<void> {
    this.drop();
    await this.#working;
  }

  async #repeat(work: (signal: AbortSignal) => Promise<void>, failed: () => void, signal: AbortSignal): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      try {
        await work(signal);
        this.#failing = null;
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#failing = { tries: (this.#failing?.tries ?? 0) + 1, error: reasonFrom(error) };
        failed();
      }
      try {
        await this.#clock.sleep(backoffMs(backoff, failures), signal);
      } catch {
        return; // dropped
      }
    }
  }
}

/** What went wrong and, where the error knows it, what to do about it. */
function reasonFrom(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const remedy = error instanceof Failure ? error.data.remedy : error instanceof ExpectedError ? error.remedy : null;
  return remedy === null ? error.message : `${error.message} ${remedy}`;
}
