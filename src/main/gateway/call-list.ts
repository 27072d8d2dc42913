import type { GatewayCall } from "../../shared/contract/gateway.ts";
import type { InferenceId } from "../../shared/contract/ids.ts";

const maxFinished = 200;
const announceMs = 200;

/** One request while it is being answered. */
export interface OpenCall {
  model(name: string): void;
  session(key: string): void;
  inference(id: InferenceId): void;
  /** Only the first end counts. */
  end(status: number, error: string | null): void;
}

/** Who calls: the requests being answered, and the last of those that were. */
export class CallList {
  readonly #nowMs: () => number;
  readonly #changed: () => void;
  readonly #running = new Map<number, GatewayCall>();
  readonly #finished: GatewayCall[] = [];
  #count = 0;
  #announcing: NodeJS.Timeout | null = null;

  constructor(nowMs: () => number, changed: () => void) {
    this.#nowMs = nowMs;
    this.#changed = changed;
  }

  begin(call: Pick<GatewayCall, "client" | "method" | "path">): OpenCall {
    const id = (this.#count += 1);
    const startedAt = performance.now();
    let entry: GatewayCall = {
      id,
      atMs: this.#nowMs(),
      ...call,
      session: null,
      model: null,
      status: null,
      durationMs: null,
      inferenceId: null,
      error: null,
    };
    const update = (change: Partial<GatewayCall>) => {
      if (!this.#running.has(id)) return;
      entry = { ...entry, ...change };
      this.#running.set(id, entry);
      this.#announce();
    };
    this.#running.set(id, entry);
    this.#announce();
    return {
      model: (model) => update({ model: model.slice(0, 320) }),
      session: (session) => update({ session }),
      inference: (inferenceId) => update({ inferenceId }),
      end: (status, error) => {
        if (!this.#running.has(id)) return;
        update({
          status,
          error: error === null ? null : error.slice(0, 1_000),
          durationMs: performance.now() - startedAt,
        });
        this.#running.delete(id);
        this.#finished.unshift(entry);
        this.#finished.length = Math.min(this.#finished.length, maxFinished);
      },
    };
  }

  /** Running ones, newest first, then the last finished ones. */
  all(): GatewayCall[] {
    return [...[...this.#running.values()].reverse(), ...this.#finished];
  }

  close(): void {
    if (this.#announcing) clearTimeout(this.#announcing);
    this.#announcing = null;
  }

  /** A burst of changes is announced as one. */
  #announce(): void {
    this.#announcing ??= setTimeout(() => {
      this.#announcing = null;
      this.#changed();
    }, announceMs).unref();
  }
}
