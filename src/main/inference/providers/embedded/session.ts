import type {
  ChatHistoryItem,
  ChatWrapper,
  LlamaContext,
  LlamaContextSequence,
  LlamaGrammar,
  LlamaModel,
  Token,
} from "node-llama-cpp";
import type { GenerationOptions } from "../../../../shared/contract/inference.ts";
import { maxThreads } from "./library.ts";

/** Tokens of a prompt evaluated at once: small enough to stop soon, and the grain at which a prefix is kept. */
const prefillChunk = 32;

export interface AnswerRequest {
  /** What is answered: a history in the model's own template, or a prompt's tokens as they are, its first one left out. */
  readonly prompt:
    | { readonly type: "chat"; readonly wrapper: ChatWrapper; readonly history: ChatHistoryItem[] }
    | { readonly type: "raw"; readonly tokens: Token[] };
  readonly options: GenerationOptions;
  readonly maxTokens: number;
  readonly grammar: LlamaGrammar | null;
}

export interface AnswerListeners {
  readonly text: (text: string) => void;
  readonly thought: (text: string) => void;
  /** Called for every token, also for those that show nothing yet. */
  readonly alive: () => void;
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

  static async open(model: LlamaModel, contextTokens: number, signal: AbortSignal | undefined): Promise<Session> {
    const context = await model.createContext({
      contextSize: contextTokens,
      threads: maxThreads,
      ...(signal === undefined ? {} : { createSignal: signal }),
    });
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
    const cachedTokens = this.#sequence.nextTokenIndex;
    if (keep === 0) await this.#sequence.clearHistory();
    else if (cachedTokens > keep) await this.#sequence.eraseContextTokenRanges([{ start: keep, end: cachedTokens }]);
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

  /** Streams the answer to what was prefilled. Rejects with the signal's reason when aborted. */
  async answer(request: AnswerRequest, listeners: AnswerListeners, signal: AbortSignal): Promise<Answer> {
    let tokens = 0;
    let firstTokenMs: number | null = null;
    const counted = (chunk: readonly Token[]): void => {
      firstTokenMs ??= performance.now();
      tokens += chunk.length;
      listeners.alive();
    };
    const stopReason =
      request.prompt.type === "chat"
        ? await this.#chat(request, request.prompt, listeners, counted, signal)
        : await this.#complete(request, request.prompt.tokens, listeners, counted, signal);
    return { stopped: stopReason !== "maxTokens", tokens, firstTokenMs };
  }

  async #chat(
    request: AnswerRequest,
    { wrapper, history }: Extract<AnswerRequest["prompt"], { type: "chat" }>,
    listeners: AnswerListeners,
    counted: (chunk: readonly Token[]) => void,
    signal: AbortSignal,
  ): Promise<string> {
    const { LlamaChat } = await import("node-llama-cpp");
    const chat = new LlamaChat({ contextSequence: this.#sequence, chatWrapper: wrapper, autoDisposeSequence: false });
    try {
      const { metadata } = await chat.generateResponse(history, {
        ...sampling(request.options, this.contextTokens),
        ...(request.grammar === null ? {} : { grammar: request.grammar }),
        ...(request.options.think === false ? { budgets: { thoughtTokens: 0 } } : {}),
        maxTokens: request.maxTokens,
        onResponseChunk: (chunk) => {
          counted(chunk.tokens);
          if (chunk.text !== "") (chunk.type === "segment" ? listeners.thought : listeners.text)(chunk.text);
        },
        signal,
      });
      return metadata.stopReason;
    } finally {
      chat.dispose({ disposeSequence: false });
    }
  }

  async #complete(
    request: AnswerRequest,
    tokens: Token[],
    listeners: AnswerListeners,
    counted: (chunk: readonly Token[]) => void,
    signal: AbortSignal,
  ): Promise<string> {
    const { LlamaCompletion } = await import("node-llama-cpp");
    const completion = new LlamaCompletion({ contextSequence: this.#sequence });
    try {
      const { metadata } = await completion.generateCompletionWithMeta(tokens, {
        ...sampling(request.options, this.contextTokens),
        ...(request.grammar === null ? {} : { grammar: request.grammar }),
        maxTokens: request.maxTokens,
        // Whatever is kept free for a shift of the context is cut off the prompt's start; nothing here ever shifts.
        contextShiftSize: 1,
        onTextChunk: listeners.text,
        onToken: counted,
        signal,
      });
      return metadata.stopReason;
    } finally {
      completion.dispose({ disposeSequence: false });
    }
  }
}

/** Ollama's defaults where the caller says nothing, so that one set of options means the same on both providers. */
function sampling(options: GenerationOptions, contextTokens: number) {
  const lastTokens = options.repeatLastN ?? 64;
  const penalty = options.repeatPenalty ?? 1.1;
  const { presencePenalty = 0, frequencyPenalty = 0 } = options;
  const unpenalised = penalty === 1 && presencePenalty === 0 && frequencyPenalty === 0;
  return {
    temperature: options.temperature ?? 0.8,
    topK: options.topK ?? 40,
    topP: options.topP ?? 0.9,
    minP: options.minP ?? 0,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    repeatPenalty:
      unpenalised || lastTokens === 0
        ? (false as const)
        : {
            penalty,
            presencePenalty,
            frequencyPenalty,
            lastTokens: lastTokens < 0 ? contextTokens : lastTokens,
            penalizeNewLine: false,
          },
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
