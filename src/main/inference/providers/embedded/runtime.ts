import { access } from "node:fs/promises";
import type { ChatHistoryItem, ChatWrapper, Llama, LlamaModel, Token } from "node-llama-cpp";
import type { Message, GenerationOptions } from "../../../../shared/contract/inference.ts";
import type { EngineFault, EngineResult, ModelSource } from "./protocol.ts";
import { Session } from "./session.ts";

/** An expected failure inside the engine, told to the parent by its fault. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly fault: EngineFault;

  constructor(fault: EngineFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

interface Loaded {
  readonly source: ModelSource;
  readonly model: LlamaModel;
  readonly wrapper: ChatWrapper;
  readonly session: Session;
}

/** Two, so that two layers of a story may take turns without loading each time. */
const maxResident = 2;
/** Less room than this for an answer is no answer. */
const minAnswerTokens = 16;

/**
 * llama.cpp behind node-llama-cpp: loads GGUF files, keeps the two used last, counts and generates. Calls must not overlap;
 * the engine queues them. Importing this file loads nothing native: that happens on the first call.
 */
export class Runtime {
  readonly #onResident: (paths: string[]) => void;
  readonly #loaded = new Map<string, Loaded>();
  #llama: Promise<Llama> | null = null;

  constructor(onResident: (paths: string[]) => void) {
    this.#onResident = onResident;
  }

  /** The context window in tokens the model has once loaded. */
  async load(source: ModelSource, signal?: AbortSignal): Promise<number> {
    return (await this.#ensure(source, signal)).session.contextTokens;
  }

  /** Tokens of a text as the model counts them, special tokens of its chat template left out. */
  async count(source: ModelSource, text: string): Promise<number> {
    return (await this.#ensure(source)).model.tokenize(text).length;
  }

  /** Streams an answer. Rejects with the signal's reason when aborted, at the latest one token (or 32 of the prompt) later. */
  async generate(
    source: ModelSource,
    messages: readonly Message[],
    options: GenerationOptions,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<Omit<EngineResult, "queueMs">> {
    const startedMs = performance.now();
    const resident = this.#loaded.get(keyOf(source)) !== undefined;
    const { model, wrapper, session } = await this.#ensure(source, signal);
    const loadMs = resident ? 0 : performance.now() - startedMs;

    const history = toHistory(messages);
    const prompt = promptTokens(wrapper, history, model);
    const room = session.contextTokens - prompt.length;
    if (room < minAnswerTokens) {
      throw new EngineError(
        "prompt_too_large",
        `The prompt has ${prompt.length} tokens; the model's window holds ${session.contextTokens}, answer included`,
      );
    }
    const prefillStartedMs = performance.now();
    await session.prefill(prompt, signal);
    const { stopped, tokens, firstTokenMs } = await session.answer(
      { wrapper, history, options, maxTokens: Math.min(options.maxTokens ?? room, room) },
      onText,
      signal,
    );
    const endedMs = performance.now();
    const decodeStartedMs = firstTokenMs ?? endedMs;
    return {
      finishReason: stopped ? "stop" : "length",
      promptTokens: prompt.length,
      completionTokens: tokens,
      loadMs,
      prefillMs: decodeStartedMs - prefillStartedMs,
      decodeMs: endedMs - decodeStartedMs,
    };
  }

  async unload(): Promise<void> {
    for (const key of this.#loaded.keys()) await this.#evict(key);
  }

  async #ensure(source: ModelSource, signal?: AbortSignal): Promise<Loaded> {
    const key = keyOf(source);
    const found = this.#loaded.get(key);
    if (found !== undefined) {
      // Re-inserting keeps the map in order of use, oldest first.
      this.#loaded.delete(key);
      this.#loaded.set(key, found);
      return found;
    }
    await access(source.path).catch((cause: unknown) => {
      throw new EngineError("file_missing", `There is no model file at ${source.path}`, { cause });
    });
    for (const [other, { source: held }] of this.#loaded) {
      if (held.path === source.path || this.#loaded.size >= maxResident) await this.#evict(other);
    }
    const loaded = await this.#open(source, signal);
    this.#loaded.set(key, loaded);
    this.#tellResident();
    return loaded;
  }

  async #open(source: ModelSource, signal: AbortSignal | undefined): Promise<Loaded> {
    try {
      this.#llama ??= startLlama();
      const llama = await this.#llama;
      const loadSignal = signal === undefined ? {} : { loadSignal: signal };
      const model = await llama.loadModel({ modelPath: source.path, ...loadSignal });
      try {
        const session = await Session.open(model, source);
        return { source, model, wrapper: await chatWrapperOf(model), session };
      } catch (error) {
        await model.dispose();
        throw error;
      }
    } catch (cause) {
      signal?.throwIfAborted();
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new EngineError("load_failed", `${source.path} could not be loaded: ${message}`, { cause });
    }
  }

  async #evict(key: string): Promise<void> {
    const loaded = this.#loaded.get(key);
    this.#loaded.delete(key);
    await loaded?.session.close();
    await loaded?.model.dispose();
    this.#tellResident();
  }

  #tellResident(): void {
    this.#onResident([...this.#loaded.values()].map(({ source }) => source.path));
  }
}

/** Looking for a GPU costs 0.4 s at each start, and builds for one come with the package on macOS only: elsewhere it is asked for. */
async function startLlama(): Promise<Llama> {
  const { getLlama, LlamaLogLevel } = await import("node-llama-cpp");
  const wanted = process.env["TALEWARD_GPU"] ?? (process.platform === "darwin" ? "auto" : "off");
  return getLlama({
    build: "never",
    gpu: wanted === "off" ? false : "auto",
    logLevel: LlamaLogLevel.error,
    progressLogs: false,
    skipDownload: true,
  });
}

/**
 * The model's own chat template. node-llama-cpp's ChatML wrapper always starts with the BOS token, which for models whose BOS
 * is `<|im_start|>` doubles it; those get the file's template as it is.
 */
async function chatWrapperOf(model: LlamaModel): Promise<ChatWrapper> {
  const { ChatMLChatWrapper, JinjaTemplateChatWrapper, resolveChatWrapper } = await import("node-llama-cpp");
  const resolved = resolveChatWrapper(model);
  const template = model.fileInfo.metadata.tokenizer.chat_template;
  if (resolved instanceof ChatMLChatWrapper && template !== undefined && !model.tokens.shouldPrependBosToken) {
    return new JinjaTemplateChatWrapper({ template, tokenizer: model.tokenizer });
  }
  return resolved;
}

function toHistory(messages: readonly Message[]): ChatHistoryItem[] {
  const history = messages.map(({ role, content }): ChatHistoryItem =>
    role === "assistant" ? { type: "model", response: [content] } : { type: role, text: content },
  );
  return history.at(-1)?.type === "model" ? history : [...history, { type: "model", response: [] }];
}

function promptTokens(wrapper: ChatWrapper, chatHistory: ChatHistoryItem[], model: LlamaModel): Token[] {
  return wrapper.generateContextState({ chatHistory }).contextText.tokenize(model.tokenizer);
}

function keyOf({ path, contextTokens, threads }: ModelSource): string {
  return JSON.stringify([path, contextTokens, threads]);
}
