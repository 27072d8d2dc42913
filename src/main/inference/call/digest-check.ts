import type { ModelVersion } from "../../../shared/contract/registry.ts";
import { changed, Unverified } from "./call-failures.ts";
import type { LLMClientPorts } from "../llm-client.ts";

export interface DigestCheckOptions {
  readonly verify: LLMClientPorts["verify"];
  readonly version: ModelVersion;
  readonly endpoint: string;
  readonly signal: AbortSignal;
  /** From now on, in milliseconds. */
  readonly firstTokenMs: number;
}

/** Whether what is asked is still what its version was pinned to: asked from now on, beside one attempt. */
export class DigestCheck {
  readonly #of: DigestCheckOptions;
  readonly #until: number;
  readonly #asked: Promise<void>;

  constructor(of: DigestCheckOptions) {
    this.#of = of;
    this.#until = performance.now() + of.firstTokenMs;
    this.#asked = this.#ask();
    this.#asked.catch(() => {}); // awaited at the first token; a call that fails before has its own reason
  }

  /**
   * Resolves when it is known to be; nothing of an answer is shown before. Throws what tells that it means something else by
   * now, or that this was not known in the time that the first token has.
   */
  async passed(): Promise<void> {
    await this.#inTime(this.#asked);
    // Its file may have been replaced while the call waited for the engine.
    if (this.#of.version.provider === "embedded") await this.#inTime(this.#ask());
  }

  async #ask(): Promise<void> {
    const { verify, version, endpoint, signal } = this.#of;
    if ((await verify(version, endpoint, signal)) === "changed") throw changed(version, endpoint);
  }

  async #inTime(asked: Promise<void>): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const leftMs = Math.max(0, this.#until - performance.now());
    const timer = setTimeout(() => reject(new Unverified(this.#of.version)), leftMs);
    try {
      await Promise.race([asked, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
