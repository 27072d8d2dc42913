import type { RolloutId } from "../../shared/contract/ids.ts";
import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { ShadowCall } from "../inference/ports.ts";
import { armOf, saltOf } from "./decision/arm-assignment.ts";

export interface ShadowingPorts {
  readonly rolloutId: RolloutId;
  /** 0 to 100, of the stable arm's answered calls. */
  readonly percent: number;
  /** Whether somebody else is asking, or waits to ask, where the candidate's calls go. */
  readonly isBusy: (candidate: ModelVersion) => boolean;
  /** Whether somebody waits there now. */
  readonly isAwaited: (candidate: ModelVersion) => boolean;
  /** Told after each copy that has ended. */
  readonly ended: () => void;
}

const lookEveryMs = 50;

/**
 * Copies calls to the candidate, one at a time and only where nobody else is asking: a copy that would wait is left out, and
 * one that somebody waits behind is stopped.
 */
export class Shadowing {
  readonly #ports: ShadowingPorts;
  readonly #salt: number;
  #sending: Promise<void> | null = null;
  #stop = new AbortController();

  constructor(ports: ShadowingPorts) {
    this.#ports = ports;
    this.#salt = saltOf(`shadow ${ports.rolloutId}`);
  }

  offer(copy: ShadowCall): void {
    const { percent, isBusy } = this.#ports;
    if (this.#sending || this.#stop.signal.aborted) return;
    if (armOf({ salt: this.#salt, candidatePercent: percent }, copy.of) !== "candidate") return;
    if (isBusy(copy.candidate)) return;
    this.#sending = this.#send(copy).finally(() => (this.#sending = null));
  }

  /** Stops the copy in progress and takes no more. */
  async close(): Promise<void> {
    this.#stop.abort(new DOMException("the rollout ended", "AbortError"));
    await this.#sending;
  }

  async #send({ candidate, send }: ShadowCall): Promise<void> {
    const awaited = new AbortController();
    const looking = setInterval(() => {
      if (this.#ports.isAwaited(candidate)) awaited.abort(new DOMException("somebody waits", "AbortError"));
    }, lookEveryMs).unref();
    try {
      await send(AbortSignal.any([this.#stop.signal, awaited.signal]));
      this.#ports.ended();
    } catch {
      // it could not be asked or logged, which nobody waits for
    } finally {
      clearInterval(looking);
    }
  }
}
