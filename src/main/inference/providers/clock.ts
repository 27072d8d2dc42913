/** Time as a port: what waits by it can be tested without waiting. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  readonly nowMs: () => number;
  /**
   * Calls `action` once after `delayMs` milliseconds unless the function that it returns is called first. A `background`
   * timer does not keep the process running.
   *
   * @example const cancel = clock.schedule(1_000, () => exchange.close());
   */
  readonly schedule: (delayMs: number, action: () => void, options?: { readonly background?: boolean }) => () => void;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  schedule(delayMs, action, { background = false } = {}) {
    const timer = setTimeout(action, delayMs);
    if (background) timer.unref();
    return () => clearTimeout(timer);
  },
};
