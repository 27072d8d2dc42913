import { whole } from "../../../shared/format.ts";
import type { EndpointDirectory } from "../ports.ts";
import { ProviderError } from "../provider.ts";

interface Line {
  running: number;
  readonly waiting: Set<() => void>;
}

const maxQueued = 10_000;

/**
 * Limits how many calls run at once at each endpoint; the others wait in a queue, first in, first out.
 *
 * @example
 * await queue.enter(endpoint, signal); // null, and so no wait, while fewer calls run than are allowed
 * try {
 *   await send(endpoint);
 * } finally {
 *   queue.leave(endpoint);
 * }
 */
export class EndpointQueue {
  readonly #endpoints: Pick<EndpointDirectory, "maxConcurrent">;
  readonly #lines = new Map<string, Line>();

  constructor(endpoints: Pick<EndpointDirectory, "maxConcurrent">) {
    this.#endpoints = endpoints;
  }

  /**
   * Null where a slot is free, which is then taken, else a wait for one. Each slot is given back by `leave`. The wait rejects
   * with the signal's reason, or at once with `ProviderError` (overloaded) when the queue is full.
   */
  enter(endpoint: string, signal: AbortSignal): Promise<void> | null {
    const line = this.#lineOf(endpoint);
    if (line.running < this.#endpoints.maxConcurrent(endpoint) && line.waiting.size === 0) {
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
        `${whole(line.waiting.size)} calls wait for ${endpoint} already.`,
        "Wait for them to finish, allow more calls at once for it, or add a fallback on another server.",
      );
    await new Promise<void>((resolve, reject) => {
      const admitted = (): void => {
        signal.removeEventListener("abort", aborted);
        resolve();
      };
      const aborted = (): void => {
        line.waiting.delete(admitted);
        reject(signal.reason);
      };
      signal.addEventListener("abort", aborted, { once: true });
      line.waiting.add(admitted);
      this.#admit(endpoint, line); // the limit may have been raised since
    });
  }

  #admit(endpoint: string, line: Line): void {
    for (const admitted of line.waiting) {
      if (line.running >= this.#endpoints.maxConcurrent(endpoint)) return;
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
