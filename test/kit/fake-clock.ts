import type { Clock } from "../../src/main/base/clock.ts";

interface Timer {
  readonly atMs: number;
  readonly delayMs: number;
  readonly work: () => void;
}

/**
 * A clock that stands still until it is advanced. A sleep passes at once and advances it, unless it is created with
 * `sleeps: "wait"`: then a sleep ends when the clock is advanced so far, or its signal aborts.
 */
export class FakeClock implements Clock {
  /** How long each sleep was, in milliseconds, in order. */
  readonly slept: number[] = [];
  readonly #sleeps: "pass" | "wait";
  readonly #timers = new Set<Timer>();
  readonly #waiting: (() => void)[] = [];
  #ms = 1;

  constructor({ sleeps = "pass" }: { readonly sleeps?: "pass" | "wait" } = {}) {
    this.#sleeps = sleeps;
  }

  nowMs(): number {
    return this.#ms;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.slept.push(ms);
    if (this.#sleeps === "pass") return this.advance(ms);
    await new Promise<void>((resolve, reject) => {
      const timer = this.after(ms, resolve);
      signal.addEventListener("abort", () => {
        timer[Symbol.dispose]();
        reject(signal.reason);
      });
    });
  }

  after(ms: number, work: () => void): Disposable {
    const timer = { atMs: this.#ms + ms, delayMs: ms, work };
    this.#timers.add(timer);
    for (const wake of this.#waiting.splice(0)) wake();
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  /** Resolves once something waits that ends within so many milliseconds: a timer, or a sleep that does not pass at once. */
  async waitsFor(ms: number): Promise<void> {
    while (![...this.#timers].some(({ atMs }) => atMs <= this.#ms + ms))
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The lengths of the timers that wait, in milliseconds. */
  get pendingMs(): number[] {
    return [...this.#timers].map(({ delayMs }) => delayMs);
  }

  /** Resolves once a timer of exactly this length waits. */
  async scheduled(ms: number): Promise<void> {
    while (!this.pendingMs.includes(ms)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Lets so many milliseconds pass; what was to run by then runs, in order. */
  advance(ms: number): void {
    this.#ms += ms;
    const due = [...this.#timers].filter(({ atMs }) => atMs <= this.#ms).toSorted((a, b) => a.atMs - b.atMs);
    for (const timer of due) if (this.#timers.delete(timer)) timer.work();
  }
}
