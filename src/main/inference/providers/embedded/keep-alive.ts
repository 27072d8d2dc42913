import type { GenerationOptions } from "../../../../shared/contract/inference.ts";
import type { Clock } from "../../../base/clock.ts";

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const maxTimerMs = 2_147_483_647;

/** How long the weights stay, in milliseconds; null for as long as the engine runs, which is also the default. */
function keepAliveMs(keepAlive: GenerationOptions["keepAlive"]): number | null {
  if (keepAlive === undefined) return null;
  const durationMs = typeof keepAlive === "number" ? keepAlive * 1_000 : parseDurationMs(keepAlive);
  return durationMs < 0 || durationMs > maxTimerMs ? null : durationMs;
}

function parseDurationMs(text: string): number {
  const [, amount, unit] = /^(-?\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return -1;
  return Number(amount) * unitMs[unit as keyof typeof unitMs]; // the pattern lets no other through
}

/** Unloads each file so long after its last call as that call asked. */
export class KeepAlive {
  readonly #unload: (path: string) => void;
  readonly #timers = new Map<string, Disposable>();
  readonly #clock: Clock;
  readonly #running = new Map<string, number>();

  constructor(unload: (path: string) => void, clock: Clock) {
    this.#clock = clock;
    this.#unload = unload;
  }

  begin(path: string): void {
    this.#stopTimer(path);
    this.#running.set(path, (this.#running.get(path) ?? 0) + 1);
  }

  end(path: string, keepAlive: GenerationOptions["keepAlive"]): void {
    const running = (this.#running.get(path) ?? 1) - 1;
    if (running > 0) {
      this.#running.set(path, running);
      return;
    }
    this.#running.delete(path);
    const durationMs = keepAliveMs(keepAlive);
    if (durationMs === null) return;
    const unload = (): void => {
      this.#timers.delete(path);
      this.#unload(path);
    };
    // A program that has nothing else to do ends, and the engine with it.
    this.#timers.set(path, this.#clock.after(durationMs, unload, { background: true }));
  }

  close(): void {
    for (const path of this.#timers.keys()) this.#stopTimer(path);
  }

  #stopTimer(path: string): void {
    this.#timers.get(path)?.[Symbol.dispose]();
    this.#timers.delete(path);
  }
}
