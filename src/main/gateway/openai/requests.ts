import type { GenerationOptions, Message, ToolCall, ToolDefinition } from "../../../shared/contract/inference.ts";
import { Fields, plainJson, written } from "../fields.ts";
import { Refusal } from "../http/refusal.ts";
import { bodySessionKey } from "../session-key.ts";
import { noLogprobs, type TextRequest } from "../text-request.ts";
import { contentOf } from "./content.ts";
import { openaiErrorText } from "./dialect.ts";
import { limitOf, samplingFrom } from "./sampling.ts";
import { chosenTools } from "./tool-choice.ts";
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
  const chosen = chosenTools(fields, (fields.objects("tools", "array") ?? []).map(toolOf));
  const serverOptions = { ...common.options.serverOptions, ...chosen.serverOptions };
  const options: GenerationOptions = {
    ...common.options,
    ...(Object.keys(serverOptions).length > 0 && { serverOptions }),
    ...withoutUndefined({
      format: formatOf(fields),
      think: thinkOf(fields),
      maxTokens: limitOf(fields, "max_completion_tokens") ?? common.options.maxTokens,
    }),
    ...withoutUndefined({ tools: chosen.tools }),
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
  const suffix = fields.string("suffix") || undefined;
  if ((fields.integer("best_of") ?? 1) > 1)
    throw invalid("best_of", "best_of has to be 1: one answer is made a request.");
  if (fields.boolean("echo") === true)
    throw invalid("echo", "echo is not supported: the answer is the new text alone. Leave echo out.");
  const options = { ...common.options, ...withoutUndefined({ suffix }) };
  return { ...common, options, messages: [{ role: "user", content: only }] };
}

/** What asks for another answer than can be given, by field; what only describes the request is passed over. */
function refuseUnsupported(fields: Fields): void {
  // A number in completions, true or false in chats. Without any to name, 0 is passed over as Ollama passes it over.
  const logprobs = fields.any("logprobs");
  if (logprobs === true || (typeof logprobs === "number" && logprobs > 0)) throw noLogprobs("logprobs");
  if ((fields.integer("top_logprobs") ?? 0) > 0) throw noLogprobs("top_logprobs");
  if ((fields.list("functions", "array") ?? []).length > 0)
    throw invalid("functions", "functions is not supported. Send them as tools, each of type function.");
  const modalities = fields.strings("modalities") ?? [];
  if (modalities.some((modality) => modality !== "text"))
    throw invalid("modalities", "modalities has to be text alone: models here write text.");
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
  refuseUnsupported(fields);
  const truncate = fields.boolean("truncate");
  const options: GenerationOptions = { ...samplingFrom(fields), ...(truncate === true && { truncate }) };
  const streamOptions = fields.object("stream_options");
  return {
    model,
    stream: fields.boolean("stream") ?? false,
    options,
    session: bodySessionKey(fields),
    includeUsage: streamOptions?.boolean("include_usage") ?? false,
  };
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
  const thinking = role === "assistant" ? fields.string("reasoning_content") || fields.string("reasoning") : undefined;
  return {
    role,
    ...contentOf(fields, calls.length > 0),
    ...(thinking && { thinking }),
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

/** A tool call's arguments from their JSON. Throws `Refusal` naming the path. */
export function argumentsOf(text: string, path: Fields["path"]): ToolCall["arguments"] {
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
export function withToolNames(messages: readonly Message[]): Message[] {
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
  return effortOf(
    fields.object("reasoning")?.string("effort") ?? fields.string("reasoning_effort"),
    "reasoning_effort",
  );
}

/** How much a model is to think. Throws `Refusal` naming `param`. */
export function effortOf(effort: string | undefined, param: string): GenerationOptions["think"] {
  if (effort === undefined || effort === "") return undefined;
  if (effort === "none") return false;
  if (effort === "low" || effort === "medium" || effort === "high") return effort;
  const words = `invalid reasoning value: '${effort.slice(0, 200)}' (must be "high", "medium", "low", or "none")`;
  throw invalid(param, words);
}

function invalid(param: string, message: string): Refusal {
  return new Refusal(400, "invalid_value", message, { param });
}
