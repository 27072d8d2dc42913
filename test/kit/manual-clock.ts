import type { Clock } from "../../src/main/inference/providers/clock.ts";

interface Timer {
  readonly atMs: number;
  readonly delayMs: number;
  readonly action: () => void;
}

/** A clock that moves only when a test moves it. */
export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<Timer>();
  #waiting: { readonly delayMs: number; readonly resolve: () => void }[] = [];

  readonly nowMs = (): number => this.#nowMs;

  readonly schedule = (delayMs: number, action: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + delayMs, delayMs, action };
    this.#timers.add(timer);
    this.#waiting = this.#waiting.filter((waiter) => {
      if (waiter.delayMs !== delayMs) return true;
      waiter.resolve();
      return false;
    });
    return () => this.#timers.delete(timer);
  };

  /** The lengths of the timers that are neither due nor cancelled, in milliseconds. */
  get pendingMs(): number[] {
    return [...this.#timers].map(({ delayMs }) => delayMs);
  }

  /** Resolves once a timer of this length is pending. */
  async scheduled(delayMs: number): Promise<void> {
    if (this.pendingMs.includes(delayMs)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ delayMs, resolve }));
  }

  /** Moves on, and calls what is due by then in the order of time. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      const next = [...this.#timers].sort((left, right) => left.atMs - right.atMs)[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#nowMs = next.atMs;
      this.#timers.delete(next);
      next.action();
    }
    this.#nowMs = untilMs;
  }
}
