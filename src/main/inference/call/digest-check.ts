import type { Clock } from "../../base/clock.ts";
import type { ModelVersion } from "../../../shared/contract/registry.ts";
import { changed, Unverified } from "./call-failures.ts";
import type { DigestVerifier } from "../ports.ts";

export interface DigestCheckOptions {
  readonly digests: DigestVerifier;
  readonly clock: Clock;
  readonly version: ModelVersion;
  readonly endpoint: string;
  readonly signal: AbortSignal;
  /** From now on, in milliseconds. */
  readonly firstTokenMs: number;
}

/** Checks, while an attempt runs, that the server still has what the version was pinned to. The check starts at once. */
export class DigestCheck {
  readonly #options: DigestCheckOptions;
  readonly #deadline: number;
  readonly #verified: Promise<void>;
  #isVerified = false;

  constructor(options: DigestCheckOptions) {
    this.#options = options;
    this.#deadline = options.clock.monotonicMs() + options.firstTokenMs;
    this.#verified = this.#verify();
    this.#verified.catch(() => {}); // awaited at the first token; a call that fails before has its own reason
  }

  /**
   * Resolves once the digest is known to be the same, before which nothing of an answer is emitted. Throws `ProviderError`:
   * model_changed, or `Unverified` where that was not known within the first token's deadline.
   */
  async passed(): Promise<void> {
    if (!this.#isVerified) await this.#beforeDeadline(this.#verified);
    // The file may have been replaced while the call waited for the engine.
    if (this.#options.version.provider === "embedded") await this.#beforeDeadline(this.#verify());
  }

  async #verify(): Promise<void> {
    const { digests, version, endpoint, signal } = this.#options;
    if ((await digests.verify(version, endpoint, signal)) === "changed") throw changed(version, endpoint);
    this.#isVerified = true;
  }

  async #beforeDeadline(verified: Promise<void>): Promise<void> {
    const { clock, version } = this.#options;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const leftMs = Math.max(0, this.#deadline - clock.monotonicMs());
    const timer = clock.after(leftMs, () => reject(new Unverified(version)));
    try {
      await Promise.race([verified, late]);
    } finally {
      timer[Symbol.dispose]();
    }
  }
}
