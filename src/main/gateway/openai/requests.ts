import type { GenerationOptions, Message, ToolCall, ToolDefinition } from "../../../shared/contract/inference.ts";
import { Fields, plainJson, written } from "../fields.ts";
import { Refusal } from "../http/refusal.ts";
import { fits, seedOf, type TextRequest, tokenLimit } from "../text-request.ts";
import { contentOf } from "./content.ts";
import { openaiErrorText } from "./dialect.ts";
import { withoutUndefined } from "../../base/without-undefined.ts";

export interface OpenaiRequest extends TextRequest {
  /** The client wants a last chunk with the tokens used. */
  readonly includeUsage: boolean;
}

/** The body of `POST /v1/chat/completions`. Throws `Refusal` naming the field; unknown fields are ignored. */
export function chatCompletionRequest(body: unknown): OpenaiRequest {
  const fields = new Fields(body, openaiErrorText);
  const common = commonOf(fields);
  const items = fields.objects("messages", "array") ?? [];
  if (items.length === 0) throw invalid("messages", "[] is too short - 'messages'");
  const messages = items.map(messageOf);
  const tools = fields.any("tool_choice") === "none" ? [] : (fields.objects("tools", "array") ?? []).map(toolOf);
  const options: GenerationOptions = {
    ...common.options,
    ...withoutUndefined({
      format: formatOf(fields),
      think: thinkOf(fields),
      maxTokens: limitOf(fields, "max_completion_tokens") ?? common.options.maxTokens,
    }),
    ...(tools.length > 0 && { tools }),
  };
  return { ...common, messages: withToolNames(messages), options };
}

/** The body of `POST /v1/completions`. As in Ollama, the prompt is one turn in the model's own chat template. */
export function completionRequest(body: unknown): OpenaiRequest {
  const fields = new Fields(body, openaiErrorText);
  const common = commonOf(fields);
  const given = fields.any("prompt");
  const only = Array.isArray(given) && given.length === 1 ? given[0] : given;
  if (typeof only !== "string")
    throw invalid(
      "prompt",
      "prompt has to be one string. Send one request for each prompt, as text and not as tokens.",
    );
  if ((fields.any("suffix") ?? "") !== "")
    throw invalid("suffix", "suffix is not supported: text is not inserted, only continued. Leave it out.");
  if ((fields.integer("best_of") ?? 1) > 1)
    throw invalid("best_of", "best_of has to be 1: one answer is made a request.");
  return { ...common, messages: [{ role: "user", content: only }] };
}

/** The model a body names. */
export function modelOf(fields: Fields): string {
  const model = fields.string("model");
  if (!model) throw invalid("model", "model is required");
  return model;
}

function commonOf(fields: Fields) {
  const model = modelOf(fields);
  if ((fields.integer("n") ?? 1) !== 1)
    throw invalid("n", `n is ${String(fields.any("n"))}. It has to be 1: send the request again for another answer.`);
  const options: GenerationOptions = withoutUndefined({
    temperature: bounded(fields, "temperature", "temperature"),
    topP: fields.number("top_p") === 0 ? leastTopP : bounded(fields, "top_p", "topP"),
    presencePenalty: bounded(fields, "presence_penalty", "presencePenalty"),
    frequencyPenalty: bounded(fields, "frequency_penalty", "frequencyPenalty"),
    seed: seedOf(fields.integer("seed")),
    maxTokens: limitOf(fields, "max_tokens"),
    stop: stopOf(fields),
  });
  const streamOptions = fields.object("stream_options");
  return {
    model,
    stream: fields.boolean("stream") ?? false,
    options,
    user: typeof fields.any("user") === "string" ? (fields.string("user") ?? null) : null,
    includeUsage: streamOptions?.boolean("include_usage") ?? false,
  };
}

/** 0 asks for the likeliest token alone, which is what the smallest share leaves. */
const leastTopP = 1e-6;

function bounded(
  fields: Fields,
  name: string,
  ours: "temperature" | "topP" | "presencePenalty" | "frequencyPenalty",
): number | undefined {
  const value = fields.number(name);
  if (value === undefined) return undefined;
  if (!fits(ours, value)) throw invalid(name, `${name} is ${String(value)}, which is out of its range.`);
  return value;
}

function limitOf(fields: Fields, name: string): number | undefined {
  const value = fields.integer(name);
  if (value === 0) throw invalid(name, `${name} is 0. It has to be 1 or more.`);
  return tokenLimit(value);
}

function stopOf(fields: Fields): string[] | undefined {
  const given = fields.any("stop");
  const stops = (typeof given === "string" ? [given] : (fields.strings("stop") ?? [])).filter((stop) => stop !== "");
  if (stops.length === 0) return undefined;
  if (fits("stop", stops)) return stops;
  throw invalid("stop", "stop has to be at most 16 texts of 200 characters each.");
}

function messageOf(fields: Fields): Message {
  const given = fields.string("role");
  const role = given === "developer" ? "system" : given;
  if (role !== "system" && role !== "user" && role !== "assistant" && role !== "tool") {
    const param = written([...fields.path, "role"]);
    const words = `Invalid value: '${given ?? ""}'. Supported values are: 'system', 'developer', 'user', 'assistant' and 'tool'.`;
    throw invalid(param, words);
  }
  const calls = (fields.objects("tool_calls", "array") ?? []).map(toolCallOf);
  const toolCallId = fields.string("tool_call_id");
  const toolName = role === "tool" ? fields.string("name") : undefined;
  return {
    role,
    ...contentOf(fields, calls.length > 0),
    ...(calls.length > 0 && { toolCalls: calls }),
    ...withoutUndefined({ toolCallId, toolName }),
  };
}

function toolCallOf(fields: Fields): ToolCall {
  const called = fields.object("function");
  const text = called?.string("arguments") ?? "{}";
  const path = [...fields.path, "function", "arguments"];
  return {
    id: fields.string("id") ?? written(fields.path),
    name: called?.string("name") ?? "",
    arguments: argumentsOf(text, path),
  };
}

function argumentsOf(text: string, path: Fields["path"]): ToolCall["arguments"] {
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(text === "" ? "{}" : text);
  } catch {
    // refused below
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw invalid(written(path), "invalid tool call arguments: a JSON object as text is wanted");
  return plainJson({ ...parsed }, path);
}

/** A tool's answer names only the call; the name is the call's. The last call with that id counts. */
function withToolNames(messages: readonly Message[]): Message[] {
  const names = new Map(
    messages.flatMap(({ toolCalls }) => (toolCalls ?? []).map(({ id, name }) => [id, name] as const)),
  );
  return messages.map((message) => {
    const name = message.toolName ?? names.get(message.toolCallId ?? "");
    return message.role === "tool" && name !== undefined ? { ...message, toolName: name } : message;
  });
}

function toolOf(fields: Fields): ToolDefinition {
  const described = fields.object("function");
  const name = described?.string("name") ?? "";
  if (name === "" || name.length > 200)
    throw invalid(written([...fields.path, "function", "name"]), "A tool's name has to be 1 to 200 characters.");
  const parameters = described?.json("parameters");
  return { name, ...withoutUndefined({ description: described?.string("description"), parameters }) };
}

function formatOf(fields: Fields): GenerationOptions["format"] {
  const format = fields.object("response_format");
  const type = format?.string("type");
  if (format === undefined || type === "text") return undefined;
  if (type === "json_object") return "json";
  if (type !== "json_schema")
    throw invalid(
      "response_format.type",
      `Invalid value: '${type ?? ""}'. Supported values are: 'text', 'json_object' and 'json_schema'.`,
    );
  const schema = format.object("json_schema")?.json("schema");
  if (schema === undefined) throw invalid("response_format.json_schema.schema", "A JSON Schema is missing.");
  return schema;
}

function thinkOf(fields: Fields): GenerationOptions["think"] {
  const effort = fields.object("reasoning")?.string("effort") ?? fields.string("reasoning_effort");
  if (effort === undefined || effort === "") return undefined;
  if (effort === "none") return false;
  if (effort === "low" || effort === "medium" || effort === "high") return effort;
  const words = `invalid reasoning value: '${effort.slice(0, 200)}' (must be "high", "medium", "low", or "none")`;
  throw invalid("reasoning_effort", words);
}

function invalid(param: string, message: string): Refusal {
  return new Refusal(400, "invalid_value", message, { param });
}
