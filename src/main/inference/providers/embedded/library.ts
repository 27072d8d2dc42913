import type { ChatWrapper, Llama, LlamaModel } from "node-llama-cpp";

/** More than any call may ask for: contexts are made with it, and each call turns the number down to its own. */
export const maxThreads = 256;

/** llama.cpp's own library, started on the first use, and what it last said of a model that it refused. */
export class LlamaLibrary {
  #llama: Promise<Llama> | null = null;
  /** In its own words, which node-llama-cpp's errors leave out; null since `forgive`. */
  #complaint: string | null = null;

  get lastError(): string | null {
    return this.#complaint;
  }

  clearLastError(): void {
    this.#complaint = null;
  }

  start(): Promise<Llama> {
    this.#llama ??= startLlama((line) => {
      const why = /\berror loading model: (.+)/.exec(line)?.[1];
      if (why !== undefined) this.#complaint = why;
    });
    return this.#llama;
  }
}

/** Looking for a GPU costs 0.4 s at each start, and builds for one come with the package on macOS only: elsewhere it is asked for. */
async function startLlama(logged: (line: string) => void): Promise<Llama> {
  const { getLlama, LlamaLogLevel } = await import("node-llama-cpp");
  const wanted = process.env["TALEWARD_GPU"] ?? (process.platform === "darwin" ? "auto" : "off");
  return getLlama({
    build: "never",
    gpu: wanted === "off" ? false : "auto",
    logLevel: LlamaLogLevel.error,
    logger: (_level, message) => message.split("\n").forEach(logged),
    progressLogs: false,
    skipDownload: true,
    maxThreads,
  });
}

/**
 * The model's own chat template. node-llama-cpp's ChatML wrapper always starts with the BOS token, which for models whose BOS
 * is `<|im_start|>` doubles it; those get the file's template as it is.
 */
export async function chatWrapperOf(model: LlamaModel): Promise<ChatWrapper> {
  const { ChatMLChatWrapper, JinjaTemplateChatWrapper, resolveChatWrapper } = await import("node-llama-cpp");
  const resolved = resolveChatWrapper(model);
  const template = model.fileInfo.metadata.tokenizer.chat_template;
  if (resolved instanceof ChatMLChatWrapper && template !== undefined && !model.tokens.shouldPrependBosToken) {
    return new JinjaTemplateChatWrapper({ template, tokenizer: model.tokenizer });
  }
  return resolved;
}
