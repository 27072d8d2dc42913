import type { GenerationOptions, Message } from "../../../../shared/contract/inference.ts";
import { layered } from "../../options.ts";
import type { ModelAddress, ProviderRequest } from "../../provider.ts";
import type { ServerKind } from "./identity.ts";
import type { Body, ParameterFallbacks } from "./refusals.ts";

/** The name the server knows the model by. */
export function serverModelOf(address: ModelAddress): string {
  return address.configuration.serverModel ?? address.model;
}

/**
 * The body of a streamed call, for chat completions or, with `raw` or `suffix`, for completions. The version's own options apply where
 * the call says nothing. `kind` chooses between names that servers have for the same thing; null sends it under every name.
 * What the server has refused before is sent under another name, or not at all.
 */
export function requestBody(request: ProviderRequest, kind: ServerKind | null, fallbacks: ParameterFallbacks): Body {
  const options = layered(request.configuration.options, request.options);
  const body: Body = {
    model: serverModelOf(request),
    ...(options.raw === true || options.suffix !== undefined
      ? { prompt: request.messages.map(({ content }) => content).join("\n\n"), suffix: options.suffix }
      : {
          messages: chatMessages(request.messages, kind),
          tools: toolsOf(options),
          response_format: formatOf(options, fallbacks),
        }),
    stream: true,
    stream_options: { include_usage: true },
    temperature: options.temperature,
    top_p: options.topP,
    presence_penalty: options.presencePenalty,
    frequency_penalty: options.frequencyPenalty,
    seed: options.seed,
    stop: options.stop,
    [fallbacks.newTokenLimit ? "max_completion_tokens" : "max_tokens"]: options.maxTokens,
    ...samplersBeyondOpenAI(options, kind),
    ...thinking(options.think, kind),
    // Only LM Studio takes it with a call; for ever has no name there.
    ttl: kind === "LM Studio" ? ttlSeconds(options.keepAlive) : undefined,
  };
  for (const name of fallbacks.leftOut) body[name] = undefined;
  return { ...body, ...options.serverOptions };
}

/** Whether the names of what is asked for depend on which server answers. */
export function dependsOnKind(request: ProviderRequest): boolean {
  const { repeatPenalty, think, keepAlive } = layered(request.configuration.options, request.options);
  const givesThoughtsBack = request.messages.some(({ thinking: thought }) => thought !== undefined && thought !== "");
  return repeatPenalty !== undefined || think !== undefined || keepAlive !== undefined || givesThoughtsBack;
}

/** Servers that read an assistant's earlier thoughts; others refuse a field they do not know, and OpenAI's own takes none. */
const thoughtReaders: ReadonlySet<ServerKind | null> = new Set<ServerKind>(["llama.cpp", "vLLM"]);

function chatMessages(messages: readonly Message[], kind: ServerKind | null): Body[] {
  return messages.map((message, index) => ({
    ...chatMessage(messages, message, index),
    ...(message.thinking && thoughtReaders.has(kind) && { reasoning_content: message.thinking }),
  }));
}

function chatMessage(messages: readonly Message[], message: Message, index: number): Body {
  const { role, content, images, toolCalls } = message;
  if (role === "tool") return { role, content, tool_call_id: message.toolCallId ?? callAnswered(messages, index) };
  if (role === "assistant" && toolCalls !== undefined && toolCalls.length > 0) {
    return { role, content, tool_calls: toolCalls.map(writtenCall) };
  }
  if (images === undefined || images.length === 0) return { role, content };
  const text = content === "" ? [] : [{ type: "text", text: content }];
  return {
    role,
    content: [...text, ...images.map((image) => ({ type: "image_url", image_url: { url: dataUrl(image) } }))],
  };
}

function writtenCall(call: { id: string; name: string; arguments: object }): Body {
  return { id: call.id, type: "function", function: { name: call.name, arguments: JSON.stringify(call.arguments) } };
}

/** The latest call before a tool's message with its name, where the message does not say which call it answers. */
function callAnswered(messages: readonly Message[], index: number): string | undefined {
  const name = messages[index]?.toolName;
  const calls = messages.slice(0, index).flatMap(({ toolCalls }) => toolCalls ?? []);
  return calls.findLast((call) => name === undefined || call.name === name)?.id;
}

/** Base64 of a JPEG begins with these characters; of what else the contract admits, PNG. */
function dataUrl(image: string): string {
  return `data:image/${image.startsWith("/9j/") ? "jpeg" : "png"};base64,${image}`;
}

function toolsOf({ tools }: GenerationOptions): Body[] | undefined {
  if (tools === undefined || tools.length === 0) return undefined;
  return tools.map((tool) => ({ type: "function", function: { ...tool, parameters: tool.parameters ?? noArguments } }));
}

const noArguments = { type: "object", properties: {} };

/** The strictest kind of format the server has not refused; the answer is checked by our side in any case. */
function formatOf({ format }: GenerationOptions, { refusedFormats }: ParameterFallbacks): Body | undefined {
  if (format === undefined) return undefined;
  const schema = format === "json" ? { type: "object" } : format;
  const kinds =
    format === "json" ? (["json_object", "json_schema"] as const) : (["json_schema", "json_object"] as const);
  const kind = kinds.find((candidate) => !refusedFormats.has(candidate));
  if (kind === undefined) return undefined;
  return kind === "json_object" ? { type: kind } : { type: kind, json_schema: { name: "answer", schema } };
}

/** Samplers that OpenAI's own API does not have, as llama.cpp, LM Studio and vLLM name them. */
function samplersBeyondOpenAI(options: GenerationOptions, kind: ServerKind | null): Body {
  return {
    top_k: options.topK,
    min_p: options.minP,
    typical_p: options.typicalP,
    repeat_last_n: options.repeatLastN,
    repeat_penalty: kind === "vLLM" ? undefined : options.repeatPenalty,
    repetition_penalty: kind === "llama.cpp" || kind === "LM Studio" ? undefined : options.repeatPenalty,
  };
}

function thinking(think: GenerationOptions["think"], kind: ServerKind | null): Body {
  if (think === undefined) return {};
  if (typeof think === "string") return { reasoning_effort: think };
  if (kind === "llama.cpp" || kind === "vLLM") return { chat_template_kwargs: { enable_thinking: think } };
  // Elsewhere a model that can think does so unless the call turns that off.
  return think ? {} : { reasoning_effort: "none" };
}

function ttlSeconds(keepAlive: GenerationOptions["keepAlive"]): number | undefined {
  if (keepAlive === undefined) return undefined;
  const parts = typeof keepAlive === "number" ? null : /^(-?[\d.]+)(ms|s|m|h)$/.exec(keepAlive);
  const seconds = typeof keepAlive === "number" ? keepAlive : Number(parts?.[1]) * (secondsOf[parts?.[2] ?? ""] ?? 1);
  return seconds < 0 ? undefined : Math.round(seconds);
}

const secondsOf: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600 };
