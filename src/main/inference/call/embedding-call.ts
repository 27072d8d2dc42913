import type { InferenceId } from "../../../shared/contract/ids.ts";
import type { CallTarget, GenerationOptions, InferenceEvent } from "../../../shared/contract/inference.ts";
import type { ProviderName } from "../../../shared/contract/registry.ts";
import { Failure } from "../../base/failure.ts";
import type { TextCall } from "./call-types.ts";
import { type Embeddings, type Provider, ProviderError, type ProviderResult } from "../provider.ts";

export interface EmbedCall {
  readonly target: CallTarget;
  /** At least one. */
  readonly texts: readonly string[];
  /** Who asks, for the log. */
  readonly caller: string;
  readonly sessionKey?: string | undefined;
  /** These take precedence over the options of the use case and the version; those for generating text are ignored. */
  readonly options?: GenerationOptions;
  /** A text longer than the model's window is cut at its end; unset, it is `prompt_too_large`. */
  readonly truncate?: boolean;
  /** Receives the id of the call's row once it is committed, before the vectors are there. */
  readonly began?: (id: InferenceId) => void;
}

/** A call for vectors as a call for text whose answer is empty, so that it is tried, checked and logged in the same way. */
export class EmbeddingCall {
  readonly asText: TextCall;
  /** Each returns vectors to this call where it would stream text. */
  readonly providers: Readonly<Record<ProviderName, Pick<Provider, "stream">>>;
  readonly #call: EmbedCall;
  #embeddings: Embeddings | null = null;

  constructor(call: EmbedCall, { ollama, openai, embedded }: Readonly<Record<ProviderName, Provider>>) {
    const { target, texts, caller, sessionKey, options = {} } = call;
    const messages = texts.map((content) => ({ role: "user" as const, content }));
    this.#call = call;
    this.asText = {
      target,
      caller,
      ...(sessionKey === undefined ? {} : { sessionKey }),
      compose: () => Promise.resolve({ ask: texts[0] ?? "", messages, options, promptTemplate: null }),
    };
    this.providers = {
      ollama: this.#embedding(ollama),
      openai: this.#embedding(openai),
      embedded: this.#embedding(embedded),
    };
  }

  /**
   * The vectors, once the call has ended and is logged. Throws `Failure`: UNAVAILABLE with what went wrong as its cause, STORAGE
   * where the call could not be logged; and the signal's reason where that stopped it.
   */
  async read(events: AsyncIterable<InferenceEvent>, signal: AbortSignal): Promise<Embeddings> {
    let last: InferenceEvent | null = null;
    for await (const event of events) {
      if (event.type === "started") this.#call.began?.(event.inferenceId);
      last = event;
    }
    if (last?.type === "failed") throw this.#failure(last);
    if (last?.type === "done" && last.finishReason === "stopped") {
      signal.throwIfAborted();
      throw new Failure("UNAVAILABLE", "The call was stopped: Taleward is closing.", { remedy: "Start it again." });
    }
    if (!this.#embeddings) throw new Error("a call for vectors that was answered has them");
    return this.#embeddings;
  }

  #embedding(provider: Provider): Pick<Provider, "stream"> {
    const take = (embeddings: Embeddings) => (this.#embeddings = embeddings);
    const { texts, truncate = false } = this.#call;
    return {
      async *stream({ model, configuration, options }, signal) {
        // With the options of the use case, as its texts are: for another window the server would load the model again.
        const request = { model, configuration: { ...configuration, options }, truncate };
        const { promptTokens, loadMs, promptTruncated } = take(await provider.embed(request, texts, signal));
        yield { type: "result", result: { ...noText, promptTokens, loadMs, promptTruncated } };
      },
    };
  }

  #failure({ errorClass, message, remedy }: Extract<InferenceEvent, { type: "failed" }>): Failure {
    if (errorClass === "storage") return new Failure("STORAGE", message, { remedy });
    const { target } = this.#call;
    if (target.type === "version")
      return unavailable(errorClass, message, remedy, { field: "versionId", value: target.versionId });
    const alone = " No fallback was asked: vectors of different models cannot be compared.";
    const toDo = errorClass === "no_model" ? remedy : remedy + alone;
    return unavailable(errorClass, message, toDo, { field: "useCase", value: target.useCase });
  }
}

function unavailable(
  errorClass: ProviderError["errorClass"],
  message: string,
  remedy: string,
  at: { readonly field: string; readonly value: string },
): Failure {
  const cause = new ProviderError(errorClass, message, remedy);
  return new Failure("UNAVAILABLE", message, { ...at, remedy }, { cause });
}

const noText = {
  finishReason: "stop",
  completionTokens: null,
  queueMs: null,
  prefillMs: null,
  decodeMs: null,
} satisfies Partial<ProviderResult>;
