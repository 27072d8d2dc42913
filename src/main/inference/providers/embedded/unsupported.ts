import { ProviderError, type ProviderRequest } from "../../provider.ts";

/** Throws `ProviderError` (rejected) for what the built-in engine cannot do and must not pretend to. */
export function refuseUnsupported({ messages, options }: ProviderRequest): void {
  if (options.tools !== undefined && options.tools.length > 0)
    throw new ProviderError(
      "rejected",
      "The built-in engine does not call tools.",
      "Leave the tools out, or run the model in Ollama or llama.cpp's server.",
    );
  if (messages.some(({ role, toolCalls }) => role === "tool" || (toolCalls?.length ?? 0) > 0))
    throw new ProviderError(
      "rejected",
      "The built-in engine does not read the answers of tools.",
      "Give what the tool answered as the user's text, or run the model in Ollama or llama.cpp's server.",
    );
  if (messages.some(({ images }) => (images?.length ?? 0) > 0))
    throw new ProviderError(
      "rejected",
      "The built-in engine does not see images.",
      "Leave them out, or run a model that sees in Ollama.",
    );
  if (options.suffix !== undefined)
    throw new ProviderError(
      "rejected",
      "The built-in engine does not support insert: it does not fill in text before a suffix.",
      "Leave the suffix out, or run a model that fills in, such as qwen2.5-coder, in Ollama.",
    );
  if (options.raw === true && messages.length !== 1)
    throw new ProviderError(
      "rejected",
      `A raw prompt is one message, and there are ${messages.length}.`,
      "Put the whole prompt into one message, or leave `raw` out.",
    );
  if (messages.length === 0)
    throw new ProviderError("rejected", "There is no message to answer.", "Give at least one message.");
}
