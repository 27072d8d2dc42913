import { setTimeout as pause } from "node:timers/promises";

/** The time, and waiting for it, as a port: in a test no time need pass. */
export interface Clock {
  /** Wall-clock time, in milliseconds since 1970: for what is stored or shown. */
  nowMs(): number;
  /** Milliseconds on a clock that never goes back, from an origin of its own: for durations. */
  monotonicMs(): number;
  /** Resolves after so many milliseconds; rejects with an `AbortError` when the signal aborts before. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /**
   * Runs `work` once, after so many milliseconds. Disposing what is returned cancels it. A `background` timer does not keep
   * the process running.
   */
  after(ms: number, work: () => void, options?: { readonly background?: boolean }): Disposable;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => pause(ms, undefined, { signal }),
  after(ms, work, { background = false } = {}) {
    const timer = setTimeout(work, ms);
    return background ? timer.unref() : timer;
  },
};
