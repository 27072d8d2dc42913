import type { Clock } from "../../base/clock.ts";
import type { Attempt, ErrorClass, InferenceEvent } from "../../../shared/contract/inference.ts";
import type { ModelVersion } from "../../../shared/contract/registry.ts";
import { counted } from "../../../shared/format.ts";
import type { ProviderError } from "../provider.ts";

/** The version and address of one attempt, and when it started, on the clock's `monotonicMs`. */
export interface Tried {
  readonly version: ModelVersion;
  readonly endpoint: string;
  readonly startedAt: number;
}

/** Records every attempt of one call, those that were skipped included, in order, with how it ended and what followed. */
export class AttemptChain {
  readonly attempts: Attempt[] = [];
  readonly #startedAt: number;
  readonly #clock: Clock;
  readonly #emit: (event: InferenceEvent) => void;

  /** `startedAt` is when the call started, on the clock's `monotonicMs`. */
  constructor(startedAt: number, clock: Clock, emit: (event: InferenceEvent) => void) {
    this.#startedAt = startedAt;
    this.#clock = clock;
    this.#emit = emit;
  }

  /** It gave the answer, or as much of it as was wanted; `droppedMessages` of the prompt were left out for it. */
  answered(tried: Tried, droppedMessages: number): void {
    const words =
      droppedMessages === 0
        ? null
        : `The prompt was longer than the model's window: ${counted(droppedMessages, "oldest message")} left out.`;
    this.#record(tried, "answered", null, words, "end");
  }

  /** Nothing was sent; the next in the chain is tried. */
  skipped(tried: Tried, reason: string): void {
    this.#record(tried, "skipped", null, reason, "fallback");
  }

  /** The request was sent and not answered, through nobody's fault; the next in the chain is tried. */
  withdrawn(tried: Tried, reason: string): void {
    this.#record(tried, "failed", null, reason, "fallback");
  }

  failed(
    tried: Tried,
    { errorClass, message }: Pick<ProviderError, "errorClass" | "message">,
    next: Attempt["next"],
  ): void {
    this.#record(tried, "failed", errorClass, message, next);
  }

  /** Emits which version is tried next, and why the attempt before it was not the last. */
  announce(version: ModelVersion | undefined): void {
    const failed = this.attempts.at(-1);
    if (!failed || !version) throw new Error("only what follows an attempt is announced");
    this.#emit({ type: "attempt", failed, model: version.model, version: version.version, versionId: version.id });
  }

  #record(
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
      durationMs: this.#clock.monotonicMs() - startedAt,
      outcome,
      errorClass,
      message,
      next,
    });
  }
}
