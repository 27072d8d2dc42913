import type { ChatRequest, GenerateRequest, Message as OllamaMessage, Options, Tool } from "ollama";
import type { GenerationOptions, Message, ToolDefinition } from "../../../../shared/contract/inference.ts";
import { layered } from "../../options.ts";
import { type ModelAddress, ProviderError, type ProviderRequest } from "../../provider.ts";
import { apiUrl, type OllamaTarget } from "./endpoint.ts";
import { withoutUndefined } from "../../../base/without-undefined.ts";

/** The name the server knows the model by. */
export function serverModelOf(request: Pick<ModelAddress, "model" | "configuration">): string {
  return request.configuration.serverModel ?? request.model;
}

/** The size of the window the call asks for, in tokens; undefined where it leaves that to the server. */
export function windowTokensOf({ configuration, options }: Pick<ProviderRequest, "configuration" | "options">) {
  const named = layered(configuration.options, options).serverOptions?.["num_ctx"];
  return typeof named === "number" ? named : configuration.contextTokens;
}

/**
 * Where a call goes and its JSON body. The version's own options apply where the call says nothing; the context window is only
 * sent when the version names one, because a server reloads the model for every other value.
 *
 * `truncate: false`, unless the call asks for the other, makes a prompt that is too long an error, where Ollama would drop its
 * oldest messages or cut into its middle and say nothing; `shift: false` ends an answer that fills the window as `length`, where Ollama would forget half of
 * what it reads from and write on. Older servers ignore both: `promptCounted` looks at what they counted.
 *
 * Throws ProviderError (`rejected`) for what the address cannot take, before anything is sent.
 */
export function requestFor(request: ProviderRequest, target: OllamaTarget): { url: URL; body: string } {
  const options = layered(request.configuration.options, request.options);
  const common = {
    model: serverModelOf(request),
    stream: true,
    truncate: options.truncate === true,
    shift: false,
    ...withoutUndefined({ format: options.format, think: options.think, keep_alive: options.keepAlive }),
    options: serverOptions(options, request.configuration.contextTokens),
  };
  const hasTools = options.tools !== undefined && options.tools.length > 0;
  const generateUrl = target.shape === "generate" ? target.url : apiUrl(target.url.href, "/api/generate");
  const { suffix } = options;
  if (options.raw === true) {
    const body = { ...common, raw: true, ...rawPrompt(request.messages), ...withoutUndefined({ suffix }) };
    if (hasTools) throw noToolsHere("A raw prompt");
    return { url: generateUrl, body: JSON.stringify(body satisfies Body<GenerateRequest>) };
  }
  if (suffix !== undefined) {
    if (hasTools) throw noToolsHere("A text to be filled in");
    const body: Body<GenerateRequest> = { ...common, ...asPrompt(request.messages), suffix };
    return { url: generateUrl, body: JSON.stringify(body) };
  }
  if (target.shape === "generate") {
    if (hasTools) throw noToolsHere(`The generate URL ${target.url.host}${target.url.pathname}`);
    const body: Body<GenerateRequest> = { ...common, ...asPrompt(request.messages) };
    return { url: target.url, body: JSON.stringify(body) };
  }
  const tools = hasTools ? { tools: (options.tools ?? []).map(toolOf) } : {};
  const body: Body<ChatRequest> = { ...common, messages: request.messages.map(messageOf), ...tools };
  return { url: target.url, body: JSON.stringify(body) };
}

/** The npm package's types lack the two, and know `format` of a schema as any object. */
type Body<Request> = Request & { readonly truncate: boolean; readonly shift: boolean };

function serverOptions(options: GenerationOptions, contextTokens: number | undefined): Partial<Options> {
  const named: { [Name in keyof Options]?: Options[Name] | undefined } = {
    temperature: options.temperature,
    top_p: options.topP,
    top_k: options.topK,
    min_p: options.minP,
    typical_p: options.typicalP,
    repeat_penalty: options.repeatPenalty,
    repeat_last_n: options.repeatLastN,
    presence_penalty: options.presencePenalty,
    frequency_penalty: options.frequencyPenalty,
    seed: options.seed,
    num_predict: options.maxTokens,
    stop: options.stop,
    num_thread: options.threads,
    num_ctx: contextTokens,
  };
  return { ...withoutUndefined(named), ...options.serverOptions };
}

function messageOf(message: Message, _index: number, all: readonly Message[]): OllamaMessage {
  const { role, content, thinking, images, toolCalls, toolCallId } = message;
  const toolName = message.toolName ?? nameOfCall(toolCallId, all);
  return {
    role,
    content,
    ...withoutUndefined({
      thinking,
      images: images === undefined ? undefined : [...images],
      tool_calls: toolCalls?.map(({ id, name, arguments: given }) => ({ id, function: { name, arguments: given } })),
      tool_name: toolName,
      tool_call_id: toolCallId,
    }),
  };
}

/** Ollama matches the answers of tools to calls by the tool's name, where OpenAI's clients only send the call's id. */
function nameOfCall(id: string | undefined, messages: readonly Message[]): string | undefined {
  if (id === undefined) return undefined;
  return messages.flatMap((message) => message.toolCalls ?? []).find((call) => call.id === id)?.name;
}

function toolOf({ name, description, parameters }: ToolDefinition): Tool {
  const given = {
    name,
    ...withoutUndefined({ description }),
    parameters: parameters ?? { type: "object", properties: {} },
  };
  // A JSON Schema, which the npm package's types only know the simplest form of.
  return { type: "function", function: given as Tool["function"] };
}

function rawPrompt(messages: readonly Message[]): { prompt: string; images?: string[] } {
  const only = messages[0];
  if (only === undefined) return { prompt: "" };
  if (messages.length > 1) {
    throw new ProviderError(
      "rejected",
      `A raw prompt is one message; there are ${messages.length}.`,
      "Join them into one message with the model's own template, or switch raw off.",
    );
  }
  return { prompt: only.content, ...imagesOf(messages) };
}

function asPrompt(messages: readonly Message[]): { prompt: string; system?: string; images?: string[] } {
  const joined = (wanted: (role: Message["role"]) => boolean) =>
    messages
      .filter((message) => wanted(message.role))
      .map((message) => message.content)
      .join("\n\n");
  const system = joined((role) => role === "system");
  const prompt = joined((role) => role !== "system");
  return { prompt, ...(system === "" ? {} : { system }), ...imagesOf(messages) };
}

function imagesOf(messages: readonly Message[]): { images?: string[] } {
  const images = messages.flatMap((message) => message.images ?? []);
  return images.length === 0 ? {} : { images };
}

function noToolsHere(what: string): ProviderError {
  return new ProviderError(
    "rejected",
    `${what} cannot offer tools to the model.`,
    "Leave the tools out, or give the version its server's base address, so that it is asked by chat.",
  );
}
