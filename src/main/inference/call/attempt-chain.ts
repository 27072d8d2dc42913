import type { Attempt, ErrorClass, InferenceEvent } from "../../../shared/contract/inference.ts";
import type { ModelVersion } from "../../../shared/contract/registry.ts";
import type { ProviderError } from "../provider.ts";

/** Who was tried and where, since when on `performance.now()`'s clock. */
export interface Tried {
  readonly version: ModelVersion;
  readonly endpoint: string;
  readonly startedAt: number;
}

/** Everybody whom one call asked or passed over, in order, with what became of it and what followed. */
export class AttemptChain {
  readonly attempts: Attempt[] = [];
  readonly #startedAt: number;
  readonly #emit: (event: InferenceEvent) => void;

  /** `startedAt` is the call's, on `performance.now()`'s clock. */
  constructor(startedAt: number, emit: (event: InferenceEvent) => void) {
    this.#startedAt = startedAt;
    this.#emit = emit;
  }

  /** It gave the answer, or as much of it as was wanted. */
  answered(tried: Tried): void {
    this.#note(tried, "answered", null, null, "end");
  }

  /** It was not asked; the next in the chain is. */
  skipped(tried: Tried, why: string): void {
    this.#note(tried, "skipped", null, why, "fallback");
  }

  /** It was asked and did not answer, for a reason that is nobody's failure; the next in the chain is asked. */
  withdrawn(tried: Tried, why: string): void {
    this.#note(tried, "failed", null, why, "fallback");
  }

  failed(
    tried: Tried,
    { errorClass, message }: Pick<ProviderError, "errorClass" | "message">,
    next: Attempt["next"],
  ): void {
    this.#note(tried, "failed", errorClass, message, next);
  }

  /** Tells the reader of the attempt that comes now, and why the one before it was not the last. */
  announce(version: ModelVersion | undefined): void {
    const failed = this.attempts.at(-1);
    if (!failed || !version) throw new Error("only what follows an attempt is announced");
    this.#emit({ type: "attempt", failed, model: version.model, version: version.version, versionId: version.id });
  }

  #note(
    { version, endpoint, startedAt }: Tried,
    outcome: Attempt["outcome"],
    errorClass: ErrorClass | null,
    message: string | null,
    next: Attempt["next"],
  ): void {
    this.attempts.push({
      versionId: version.id,
      model: version.model,
      version: version.version,
      endpoint: version.provider === "embedded" ? null : endpoint,
      atMs: startedAt - this.#startedAt,
      durationMs: performance.now() - startedAt,
      outcome,
      errorClass,
      message,
      next,
    });
  }
}
