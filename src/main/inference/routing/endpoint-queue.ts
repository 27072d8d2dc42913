import { ProviderError } from "../provider.ts";

interface Line {
  running: number;
  readonly waiting: Set<() => void>;
}

const maxQueued = 10_000;

/** Lets so many calls at once to each endpoint; the others wait in line, first come, first served. */
export class EndpointQueue {
  readonly #maxConcurrent: (endpoint: string) => number;
  readonly #lines = new Map<string, Line>();

  constructor(maxConcurrent: (endpoint: string) => number) {
    this.#maxConcurrent = maxConcurrent;
  }

  /**
   * Null where there is a free place, which is then taken, else a wait for one. Each place is given back by `leave`. The
   * wait rejects with the signal's reason, or at once with `ProviderError` (overloaded) when the line is too long.
   */
  enter(endpoint: string, signal: AbortSignal): Promise<void> | null {
    const line = this.#lineOf(endpoint);
    if (line.running < this.#maxConcurrent(endpoint) && line.waiting.size === 0) {
      line.running += 1;
      return null;
    }
    return this.#wait(endpoint, line, signal);
  }

  leave(endpoint: string): void {
    const line = this.#lineOf(endpoint);
    line.running -= 1;
    this.#admit(endpoint, line);
  }

  running(endpoint: string): number {
    return this.#lines.get(endpoint)?.running ?? 0;
  }

  queued(endpoint: string): number {
    return this.#lines.get(endpoint)?.waiting.size ?? 0;
  }

  endpoints(): string[] {
    return [...this.#lines.keys()];
  }

  async #wait(endpoint: string, line: Line, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (line.waiting.size >= maxQueued)
      throw new ProviderError(
        "overloaded",
        `${line.waiting.size.toLocaleString("en")} calls wait for ${endpoint} already.`,
        "Wait for them to finish, allow more calls at once for it, or add a fallback on another server.",
      );
    await new Promise<void>((resolve, reject) => {
      const admitted = (): void => {
        signal.removeEventListener("abort", gone);
        resolve();
      };
      const gone = (): void => {
        line.waiting.delete(admitted);
        reject(signal.reason);
      };
      signal.addEventListener("abort", gone, { once: true });
      line.waiting.add(admitted);
      this.#admit(endpoint, line); // the limit may have been raised since
    });
  }

  #admit(endpoint: string, line: Line): void {
    for (const admitted of line.waiting) {
      if (line.running >= this.#maxConcurrent(endpoint)) return;
      line.waiting.delete(admitted);
      line.running += 1;
      admitted();
    }
  }

  #lineOf(endpoint: string): Line {
    let line = this.#lines.get(endpoint);
    if (!line) this.#lines.set(endpoint, (line = { running: 0, waiting: new Set() }));
    return line;
  }
}
