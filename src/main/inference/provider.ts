import type { ErrorClass, GenerationOptions, Message, ToolCall, WireEvent } from "../../shared/contract/inference.ts";
import type { VersionConfiguration } from "../../shared/contract/registry.ts";
import { ExpectedError } from "../base/expected-error.ts";

/** How long to wait, in milliseconds, for each step of an answer. */
export interface StepDeadlines {
  readonly connectMs: number;
  /** From the request to the first token, status line included: a model may have to be loaded from disk. */
  readonly firstTokenMs: number;
  readonly betweenTokensMs: number;
}

export const defaultDeadlines: StepDeadlines = { connectMs: 2_000, firstTokenMs: 600_000, betweenTokensMs: 60_000 };

/** Which model, and where: `configuration.endpoint` is the one server this call goes to. */
export interface ModelAddress {
  /** The model's name in the registry; the server's own name is `configuration.serverModel ?? model`. */
  readonly model: string;
  readonly configuration: VersionConfiguration;
}

export interface ProviderRequest extends ModelAddress {
  readonly messages: readonly Message[];
  readonly options: GenerationOptions;
  /** What is left out is the provider's default. */
  readonly deadlines?: Partial<StepDeadlines>;
  /** Receives what goes over the wire, as it was sent and as it came; nothing is collected where it is absent. */
  readonly observe?: (event: WireEvent) => void;
}

/** Durations in milliseconds and counts in tokens; null where the provider did not say (absent is not zero). */
export interface ProviderResult {
  readonly finishReason: "stop" | "length" | "tool_calls";
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  /** Waiting for the engine to be free. */
  readonly queueMs: number | null;
  readonly loadMs: number | null;
  readonly prefillMs: number | null;
  readonly decodeMs: number | null;
  /** Fewer prompt tokens were evaluated than were sent. */
  readonly promptTruncated: boolean;
}

export type ProviderEvent =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "thought"; readonly text: string }
  | { readonly type: "tool_call"; readonly call: ToolCall }
  | { readonly type: "result"; readonly result: ProviderResult };

export interface EmbedRequest extends ModelAddress {
  /**
   * A text longer than the model's window is cut at its end; unset, it is `prompt_too_large`. A server of OpenAI's API does as
   * it likes.
   */
  readonly truncate?: boolean;
}

export interface Embeddings {
  readonly vectors: number[][];
  readonly promptTokens: number | null;
  /** Bringing the model into memory, in milliseconds; null where the provider did not say. */
  readonly loadMs: number | null;
  /** Fewer tokens were read than the texts have. */
  readonly promptTruncated: boolean;
}

/**
 * One way to run a model. `stream` yields text as it comes and exactly one `result` as its last event; it throws
 * `ProviderError` for every expected failure, and the signal's reason when aborted, after which the model has stopped working.
 */
export interface Provider {
  stream(request: ProviderRequest, signal: AbortSignal): AsyncIterable<ProviderEvent>;
  /** One vector a text, in order. Throws like `stream`. */
  embed(request: EmbedRequest, texts: readonly string[], signal: AbortSignal): Promise<Embeddings>;
  /** Tokens of a text as this model counts them, or null when its server cannot say. May load the weights. Throws like `stream`. */
  countTokens(request: ModelAddress, text: string, signal?: AbortSignal): Promise<number | null>;
  /** Whether the weights are in memory now; null when it cannot say. Never loads them. */
  isLoaded(request: ModelAddress): Promise<boolean | null>;
  /** Of the weights; null when unknown. Loads nothing. Absent where nobody can be asked. Throws like `stream`. */
  parameterCount?(request: ModelAddress): Promise<number | null>;
  /** The context window in tokens the next call would have; null when unknown. */
  contextTokens(request: ModelAddress): Promise<number | null>;
  /**
   * The window a call can have, with what it has to send for it; null when unknown. Absent where that is `contextTokens`. Loads
   * nothing. Throws like `stream`.
   */
  window?(request: ModelAddress): Promise<ProviderWindow | null>;
}

/** A window in tokens, and the server options that a call needs to have it. */
export interface ProviderWindow {
  readonly tokens: number;
  readonly options?: GenerationOptions["serverOptions"];
}

/** The keys that servers ask for. */
export interface ServerKeys {
  /** Null where none is kept. Throws `Failure` when it cannot be read. */
  keyOf(endpoint: string): Promise<string | null>;
}

/** An expected failure of a model server or engine, classed for what to do next, with a remedy in plain words. */
export class ProviderError extends ExpectedError {
  override readonly name = "ProviderError";
  /** How long the server asked to wait, from `Retry-After`; null where it did not say. */
  readonly retryAfterMs: number | null;
  /** What it speaks of, where its class does not say that by itself. */
  readonly concerns: "server" | "model" | null;

  constructor(
    errorClass: ErrorClass,
    message: string,
    remedy: string,
    options: ErrorOptions & {
      readonly retryAfterMs?: number | null;
      readonly concerns?: "server" | "model" | null;
    } = {},
  ) {
    super(errorClass, message, remedy, options);
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.concerns = options.concerns ?? null;
  }
}
