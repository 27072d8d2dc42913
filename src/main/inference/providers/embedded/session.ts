import type {
  ChatHistoryItem,
  ChatWrapper,
  LlamaContext,
  LlamaContextSequence,
  LlamaModel,
  Token,
} from "node-llama-cpp";
import type { GenerationOptions } from "../../../../shared/contract/inference.ts";
import type { ModelSource } from "./protocol.ts";

/** Tokens of a prompt evaluated at once: small enough to stop soon, and the grain at which a prefix is kept. */
const prefillChunk = 32;

export interface AnswerRequest {
  readonly wrapper: ChatWrapper;
  readonly history: ChatHistoryItem[];
  readonly options: GenerationOptions;
  readonly maxTokens: number;
}

export interface Answer {
  /** False when the answer ran out of tokens. */
  readonly stopped: boolean;
  readonly tokens: number;
  /** On `performance.now()`'s clock; null when not a token came. */
  readonly firstTokenMs: number | null;
}

/** One context sequence of a loaded model, used by one generation at a time. */
export class Session {
  readonly contextTokens: number;
  readonly #context: LlamaContext;
  readonly #sequence: LlamaContextSequence;
  /** The prompt tokens in the sequence that were evaluated in whole chunks, counted from its start. */
  #prefix: Token[] = [];

  private constructor(context: LlamaContext, contextTokens: number) {
    this.#context = context;
    this.#sequence = context.getSequence();
    this.contextTokens = contextTokens;
  }

  static async open(model: LlamaModel, source: ModelSource): Promise<Session> {
    const contextTokens = Math.min(source.contextTokens, model.trainContextSize);
    const context = await model.createContext({ contextSize: contextTokens, threads: source.threads });
    return new Session(context, contextTokens);
  }

  async close(): Promise<void> {
    await this.#context.dispose();
  }

  /**
   * Evaluates the prompt but for its last token. Only a prefix of whole chunks is kept from the call before, so that every
   * token is evaluated in the same company each time: the same prompt and seed give the same text, kept prefix or not.
   */
  async prefill(prompt: Token[], signal: AbortSignal): Promise<void> {
    const end = prompt.length - 1;
    const keep = wholeChunks(Math.min(commonLength(this.#prefix, prompt), end));
    this.#prefix = this.#prefix.slice(0, keep);
    const held = this.#sequence.nextTokenIndex;
    if (keep === 0) await this.#sequence.clearHistory();
    else if (held > keep) await this.#sequence.eraseContextTokenRanges([{ start: keep, end: held }]);
    // Sliding-window models may lose more than was asked.
    const start = this.#sequence.nextTokenIndex === keep ? keep : 0;
    if (start !== keep) await this.#sequence.clearHistory();
    for (let at = start; at < end; at += prefillChunk) {
      signal.throwIfAborted();
      await this.#sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(at, Math.min(at + prefillChunk, end)));
      this.#prefix = prompt.slice(0, wholeChunks(Math.min(at + prefillChunk, end)));
    }
    signal.throwIfAborted();
  }

  /** Streams the answer to a history whose prompt was prefilled. Rejects with the signal's reason when aborted. */
  async answer(request: AnswerRequest, onText: (text: string) => void, signal: AbortSignal): Promise<Answer> {
    const { LlamaChat } = await import("node-llama-cpp");
    const chat = new LlamaChat({
      contextSequence: this.#sequence,
      chatWrapper: request.wrapper,
      autoDisposeSequence: false,
    });
    let tokens = 0;
    let firstTokenMs: number | null = null;
    try {
      const { metadata } = await chat.generateResponse(request.history, {
        ...sampling(request.options, this.contextTokens),
        maxTokens: request.maxTokens,
        onTextChunk: onText,
        onToken: (chunk) => {
          firstTokenMs ??= performance.now();
          tokens += chunk.length;
        },
        signal,
      });
      return { stopped: metadata.stopReason !== "maxTokens", tokens, firstTokenMs };
    } finally {
      chat.dispose({ disposeSequence: false });
    }
  }
}

/** Ollama's defaults where the caller says nothing, so that one set of options means the same on both providers. */
function sampling(options: GenerationOptions, contextTokens: number) {
  const lastTokens = options.repeatLastN ?? 64;
  const penalty = options.repeatPenalty ?? 1.1;
  return {
    temperature: options.temperature ?? 0.8,
    topK: options.topK ?? 40,
    topP: options.topP ?? 0.9,
    minP: options.minP ?? 0,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    repeatPenalty:
      penalty === 1 || lastTokens === 0
        ? (false as const)
        : { penalty, lastTokens: lastTokens < 0 ? contextTokens : lastTokens, penalizeNewLine: false },
    ...(options.stop === undefined ? {} : { customStopTriggers: options.stop }),
  };
}

function wholeChunks(length: number): number {
  return Math.floor(length / prefillChunk) * prefillChunk;
}

function commonLength(left: readonly Token[], right: readonly Token[]): number {
  const limit = Math.min(left.length, right.length);
  let length = 0;
  while (length < limit && left[length] === right[length]) length += 1;
  return length;
}
