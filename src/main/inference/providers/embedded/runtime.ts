import type { ChatHistoryItem, Llama, LlamaGrammar, LlamaModel, Token } from "node-llama-cpp";
import type { GenerationOptions, Message, ResponseFormat } from "../../../../shared/contract/inference.ts";
import { EngineError } from "./engine-error.ts";
import { grammarSchema } from "./grammar-schema.ts";
import { describeFile, windowOf } from "./insights.ts";
import { LlamaLibrary } from "./library.ts";
import { type FreeBytes, type LoadedModel, LoadedModels } from "./loaded-models.ts";
import type { EngineRequest, EngineResult, ModelDescription, ModelSource } from "./protocol.ts";
import type { AnswerListeners, AnswerRequest } from "./session.ts";

type EmbedRequest = Pick<Extract<EngineRequest, { type: "embed" }>, "source" | "threads" | "texts" | "truncate">;

export interface GenerateRequest {
  readonly source: ModelSource;
  readonly threads: number;
  readonly messages: readonly Message[];
  readonly options: GenerationOptions;
}

export interface RuntimePorts {
  /** Called with the paths of the files in memory whenever they change. */
  readonly residentChanged: (paths: string[]) => void;
  readonly freeBytes: FreeBytes;
}

/** A prompt that leaves fewer tokens of the window for an answer is refused. */
const minAnswerTokens = 16;

/**
 * llama.cpp behind node-llama-cpp: loads GGUF files, counts, generates and embeds. Calls must not overlap; the engine queues
 * them. Importing this file loads nothing native: that happens on the first call. Throws `EngineError` for expected failures.
 */
export class Runtime {
  readonly #library = new LlamaLibrary();
  readonly #models: LoadedModels;
  readonly #freeBytes: FreeBytes;

  constructor({ residentChanged, freeBytes }: RuntimePorts) {
    this.#models = new LoadedModels(this.#library, residentChanged, freeBytes);
    this.#freeBytes = freeBytes;
  }

  /** The context window in tokens the model has once loaded. */
  async load(source: ModelSource, signal?: AbortSignal): Promise<number> {
    return (await this.#models.session(source, signal)).session.contextTokens;
  }

  /** Tokens of a text as the model counts them, special tokens of its chat template left out. */
  async count(source: ModelSource, text: string, signal?: AbortSignal): Promise<number> {
    return (await this.#models.model(source, signal)).model.tokenize(text).length;
  }

  /** What a file says of itself and what it needs; nothing is loaded. */
  async describe(source: ModelSource): Promise<ModelDescription> {
    return describeFile(this.#library, source, await this.#freeBytes(0));
  }

  /** Streams an answer. Rejects with the signal's reason when aborted, at the latest one token (or 32 of the prompt) later. */
  async generate(
    { source, threads, messages, options }: GenerateRequest,
    listeners: AnswerListeners,
    signal: AbortSignal,
  ): Promise<Omit<EngineResult, "queueMs">> {
    const startedMs = performance.now();
    const { loaded, session, fresh } = await this.#models.session(source, signal);
    const loadMs = fresh ? performance.now() - startedMs : 0;
    const llama = await this.#library.start();
    const { tokens, prompt } = promptOf(loaded, messages, options.raw === true);
    const freeTokens = session.contextTokens - tokens.length;
    if (freeTokens < minAnswerTokens) {
      throw new EngineError(
        "prompt_too_large",
        `The prompt has ${tokens.length} tokens; the model's window holds ${session.contextTokens}, answer included`,
      );
    }
    const grammar = await grammarOf(llama, options.format);
    llama.maxThreads = threads;
    const prefillStartedMs = performance.now();
    await session.prefill(tokens, signal);
    const answer = await session.answer(
      { prompt, options, grammar, maxTokens: Math.min(options.maxTokens ?? freeTokens, freeTokens) },
      listeners,
      signal,
    );
    const endedMs = performance.now();
    const decodeStartedMs = answer.firstTokenMs ?? endedMs;
    return {
      finishReason: answer.stopped ? "stop" : "length",
      promptTokens: tokens.length,
      completionTokens: answer.tokens,
      loadMs,
      prefillMs: decodeStartedMs - prefillStartedMs,
      decodeMs: endedMs - decodeStartedMs,
    };
  }

  /** One vector a text, of length one. Before any is embedded, a text that does not fit the source's window is cut or refused. */
  async embed(
    { source, threads, texts, truncate }: EmbedRequest,
    alive: () => void,
    signal: AbortSignal,
  ): Promise<{ vectors: number[][]; promptTokens: number; promptTruncated: boolean }> {
    const loaded = await this.#models.model(source, signal);
    const { model } = loaded;
    if (model.fileInsights.hasEncoder && model.fileInsights.hasDecoder)
      throw new EngineError("no_embeddings", `${model.filename ?? source.path} does not make embeddings`);
    const tokenized = texts.map((text) => model.tokenize(text));
    // The library adds up to two tokens, and wants one to spare.
    const window = windowOf(source, model.trainContextSize) - 3;
    const maxTextTokens = tokenized.reduce((max, { length }) => Math.max(max, length), 0);
    const promptTruncated = maxTextTokens > window;
    if (promptTruncated && !truncate)
      throw new EngineError(
        "prompt_too_large",
        `A text has ${maxTextTokens} tokens; the model's window holds ${window} of a text`,
      );
    const embedder = await this.#models.embedder(source, loaded, Math.min(maxTextTokens, window) + 3, signal);
    (await this.#library.start()).maxThreads = threads;
    const vectors: number[][] = [];
    let promptTokens = 0;
    for (const text of tokenized) {
      signal.throwIfAborted();
      const read = text.slice(0, window);
      vectors.push(await embedder.embed(read));
      promptTokens += read.length;
      alive();
    }
    return { vectors, promptTokens, promptTruncated };
  }

  /** One file's weights, or all. */
  async unload(path: string | null): Promise<void> {
    await this.#models.unload(path);
  }
}

/** The tokens to evaluate, and the same prompt as the library wants it for answering. */
function promptOf(
  { model, wrapper }: LoadedModel,
  messages: readonly Message[],
  raw: boolean,
): { tokens: Token[]; prompt: AnswerRequest["prompt"] } {
  if (raw) {
    const given = rawTokens(model, messages[0]?.content ?? "");
    const first = model.tokens.shouldPrependBosToken ? model.tokens.bos : null;
    return { tokens: first === null ? given : [first, ...given], prompt: { type: "raw", tokens: given } };
  }
  const history = toHistory(messages);
  const tokens = wrapper.generateContextState({ chatHistory: history }).contextText.tokenize(model.tokenizer);
  return { tokens, prompt: { type: "chat", wrapper, history } };
}

/** A raw prompt writes its template's special tokens itself, the first one too where it likes. */
function rawTokens(model: LlamaModel, text: string): Token[] {
  const tokens = model.tokenize(text, true, model.tokens.shouldPrependBosToken ? "trimLeadingSpace" : undefined);
  return model.tokens.shouldPrependBosToken && tokens[0] === model.tokens.bos ? tokens.slice(1) : tokens;
}

function toHistory(messages: readonly Message[]): ChatHistoryItem[] {
  const history = messages.map(({ role, content }): ChatHistoryItem => {
    if (role === "assistant") return { type: "model", response: [content] };
    return role === "system" ? { type: "system", text: content } : { type: "user", text: content };
  });
  return history.at(-1)?.type === "model" ? history : [...history, { type: "model", response: [] }];
}

/** Null where no form was asked for, or none that a grammar can hold: the answer is checked by the caller in any case. */
async function grammarOf(llama: Llama, format: ResponseFormat | undefined): Promise<LlamaGrammar | null> {
  if (format === undefined) return null;
  try {
    if (format === "json" || Object.keys(format).length === 0) return await llama.getGrammarFor("json");
    const schema = grammarSchema(format);
    return schema === null ? null : await llama.createGrammarForJsonSchema(schema);
  } catch {
    return null; // the schema passed our reading of it and not the library's
  }
}
