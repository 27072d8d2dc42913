import type { ErrorClass, Message, SamplingOptions } from "../../shared/contract/inference.ts";
import type { VersionConfiguration } from "../../shared/contract/registry.ts";

export interface ProviderRequest {
  /** The model's name in the registry; the server's own name is `configuration.serverModel ?? model`. */
  readonly model: string;
  readonly configuration: VersionConfiguration;
  readonly messages: readonly Message[];
  readonly options: SamplingOptions;
}

/** Durations in milliseconds and counts in tokens; null where the provider did not say (absent is not zero). */
export interface ProviderResult {
  readonly finishReason: "stop" | "length";
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  /** Waiting for the engine to be free. */
  readonly queueMs: number | null;
  readonly loadMs: number | null;
  readonly prefillMs: number | null;
  readonly decodeMs: number | null;
}

export type ProviderEvent =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "result"; readonly result: ProviderResult };

/**
 * One way to run a model. `stream` yields text as it comes and exactly one `result` as its last event; it throws
 * `ProviderError` for every expected failure, and the signal's reason when aborted, after which the model has stopped working.
 */
export interface Provider {
  stream(request: ProviderRequest, signal: AbortSignal): AsyncIterable<ProviderEvent>;
  /** Tokens of a text as this model counts them, or null when it cannot say cheaply. */
  countTokens(request: Pick<ProviderRequest, "model" | "configuration">, text: string): Promise<number | null>;
  /** Whether the weights are in memory now; null when it cannot say. Never loads them. */
  isLoaded(request: Pick<ProviderRequest, "model" | "configuration">): Promise<boolean | null>;
  /** The context window in tokens the next call would have; null when unknown. */
  contextTokens(request: Pick<ProviderRequest, "model" | "configuration">): Promise<number | null>;
}

/** An expected failure of a model server or engine, classed for what to do next, with a remedy in plain words. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly errorClass: ErrorClass;
  readonly remedy: string;

  constructor(errorClass: ErrorClass, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.errorClass = errorClass;
    this.remedy = remedy;
  }
}
