import type { VersionId } from "../../../shared/contract/ids.ts";
import type {
  CallTarget,
  Deadlines,
  GenerationOptions,
  InferenceEvent,
  Message,
  WireEvent,
} from "../../../shared/contract/inference.ts";
import { messagesCall } from "../../inference/call/messages-call.ts";
import type { LLMClient } from "../../inference/llm-client.ts";
import type { Embeddings } from "../../inference/provider.ts";
import { promptedCall } from "../../story/prompting/prompted-call.ts";

export interface ChatInput {
  readonly target: CallTarget;
  readonly messages: readonly Message[];
  readonly options: GenerationOptions;
  readonly deadlines?: Deadlines | undefined;
  /** Whether what goes over the wire is among the events. */
  readonly wire: boolean;
}

/** The calls that a person makes without a story or a suite: a bare prompt, a chat in the playground, vectors of texts. */
export class DirectCalls {
  readonly #llm: LLMClient;

  constructor(llm: LLMClient) {
    this.#llm = llm;
  }

  /** See `promptedCall` and `LLMClient.generateText`. */
  generate(input: Parameters<typeof promptedCall>[0], signal?: AbortSignal): AsyncGenerator<InferenceEvent> {
    return this.#llm.generateText(promptedCall(input), signal);
  }

  /** See `LLMClient.generateText`. */
  chat({ wire, ...input }: ChatInput, signal?: AbortSignal): AsyncGenerator<InferenceEvent | WireEvent> {
    const call = messagesCall({ ...input, caller: "playground" });
    return wire ? this.#llm.generateTextWithWire(call, signal) : this.#llm.generateText(call, signal);
  }

  /** See `LLMClient.embed`. */
  embed(
    { versionId, texts }: { versionId: VersionId; texts: readonly string[] },
    signal: AbortSignal = new AbortController().signal,
  ): Promise<Embeddings> {
    return this.#llm.embed({ target: { type: "version", versionId }, texts, caller: "embeddings" }, signal);
  }
}
