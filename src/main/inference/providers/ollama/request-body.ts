import type { ChatRequest, GenerateRequest, Options } from "ollama";
import type { Message, GenerationOptions } from "../../../../shared/contract/inference.ts";
import type { ProviderRequest } from "../../provider.ts";
import type { OllamaTarget } from "./endpoint.ts";

/** The name the server knows the model by. */
export function serverModelOf(request: Pick<ProviderRequest, "model" | "configuration">): string {
  return request.configuration.serverModel ?? request.model;
}

/**
 * The JSON body of a streamed call. The version's own options apply where the call says nothing; the context window is only
 * sent when the version names one, because a server reloads the model for every other value.
 */
export function requestBody(request: ProviderRequest, shape: OllamaTarget["shape"]): string {
  const model = serverModelOf(request);
  const options = serverOptions({ ...request.configuration.options, ...request.options });
  if (request.configuration.contextTokens !== undefined) options.num_ctx = request.configuration.contextTokens;
  const body: ChatRequest | GenerateRequest =
    shape === "chat"
      ? { model, messages: [...request.messages], stream: true, options }
      : { model, ...asPrompt(request.messages), stream: true, options };
  return JSON.stringify(body);
}

function serverOptions(options: GenerationOptions): Partial<Options> {
  const named: { [Name in keyof Options]?: Options[Name] | undefined } = {
    temperature: options.temperature,
    top_p: options.topP,
    top_k: options.topK,
    min_p: options.minP,
    repeat_penalty: options.repeatPenalty,
    repeat_last_n: options.repeatLastN,
    seed: options.seed,
    num_predict: options.maxTokens,
    stop: options.stop,
    num_thread: options.threads,
  };
  // What is undefined vanishes in JSON; Ollama takes an absent option as the model's own.
  return named as Partial<Options>;
}

function asPrompt(messages: readonly Message[]): { prompt: string; system?: string } {
  const joined = (wanted: (role: Message["role"]) => boolean) =>
    messages
      .filter((message) => wanted(message.role))
      .map((message) => message.content)
      .join("\n\n");
  const system = joined((role) => role === "system");
  const prompt = joined((role) => role !== "system");
  return system === "" ? { prompt } : { prompt, system };
}
