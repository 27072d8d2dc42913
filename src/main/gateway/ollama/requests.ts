import type { GenerationOptions, Message, ToolCall, ToolDefinition } from "../../../shared/contract/inference.ts";
import { Fields, written } from "../fields.ts";
import { Refusal } from "../http/refusal.ts";
import { bodySessionKey } from "../session-key.ts";
import { fits, isBase64, noLogprobs, type TextRequest } from "../text-request.ts";
import { keepAliveSeconds } from "./duration.ts";
import { optionsOf } from "./options.ts";
import { ollamaErrorText } from "./dialect.ts";
import { withoutUndefined } from "../../base/without-undefined.ts";

/** A request for text, or for a model to be brought into memory or out of it. */
export interface OllamaRequest extends TextRequest {
  /** Without a prompt: the model is only loaded, or unloaded. */
  readonly residency: "load" | "unload" | null;
  readonly keepAliveSeconds: number | undefined;
}

/** The body of `POST /api/chat`. Throws `Refusal` naming the field. */
export function chatRequest(body: unknown): OllamaRequest {
  const fields = new Fields(body, ollamaErrorText("ChatRequest"));
  const common = commonOf(fields);
  const messages = (fields.objects("messages", "[]api.Message") ?? []).map(messageOf);
  const tools = (fields.objects("tools", "api.Tools") ?? []).map(toolOf);
  const options = { ...common.options, ...(tools.length > 0 && { tools }) };
  return { ...common, options, messages, residency: residencyOf(messages.length === 0, common.keepAliveSeconds) };
}

/** The body of `POST /api/generate`. Throws `Refusal` naming the field. */
export function generateRequest(body: unknown): OllamaRequest {
  const fields = new Fields(body, ollamaErrorText("GenerateRequest"));
  const common = commonOf(fields);
  const prompt = fields.string("prompt") ?? "";
  const system = fields.string("system") ?? "";
  const raw = fields.boolean("raw") ?? false;
  const context = fields.list("context", "[]int") ?? [];
  const template = fields.string("template") ?? "";
  if (raw && (template !== "" || system !== "" || context.length > 0))
    throw new Refusal(400, "invalid_value", "raw mode does not support template, system, or context");
  if (template !== "")
    throw unsupported(
      "template",
      "The chat template is the model's own. Send raw: true with the whole prompt instead.",
    );
  if (context.length > 0)
    throw unsupported("context", "Earlier turns are not kept as tokens. Send them as messages to /api/chat instead.");
  const suffix = fields.string("suffix") || undefined;
  const images = imagesOf(fields);
  const messages: Message[] = [
    ...(system === "" ? [] : [{ role: "system" as const, content: system }]),
    { role: "user", content: prompt, ...(images && { images }) },
  ];
  const options = { ...common.options, ...(raw && { raw }), ...withoutUndefined({ suffix }) };
  return { ...common, options, messages, residency: residencyOf(prompt === "", common.keepAliveSeconds) };
}

/** The model a body names; some old programs call it `name`. */
export function modelOf(fields: Fields): string {
  const model = fields.string("model") || fields.string("name");
  if (!model) throw new Refusal(400, "invalid_value", "model is required", { param: "model" });
  return model;
}

function commonOf(fields: Fields) {
  const keepAlive = keepAliveSeconds(fields.any("keep_alive"));
  if (fields.boolean("logprobs") === true) throw noLogprobs("logprobs");
  if ((fields.integer("top_logprobs") ?? 0) > 0) throw noLogprobs("top_logprobs");
  if (fields.boolean("shift") === true)
    throw unsupported("shift", "An answer ends with `length` where the window is full. Leave shift out.");
  // As Ollama does where nothing is said.
  const truncate = fields.boolean("truncate") ?? true;
  return {
    model: modelOf(fields),
    stream: fields.boolean("stream") ?? true,
    options: {
      ...optionsOf(fields.object("options")),
      ...withoutUndefined({ format: formatOf(fields), think: thinkOf(fields), keepAlive }),
      ...(truncate && { truncate }),
    } satisfies GenerationOptions,
    keepAliveSeconds: keepAlive,
    session: bodySessionKey(fields),
  };
}

function residencyOf(empty: boolean, keepAlive: number | undefined): OllamaRequest["residency"] {
  if (!empty) return null;
  return keepAlive === 0 ? "unload" : "load";
}

function messageOf(fields: Fields, index: number): Message {
  const role = (fields.string("role") ?? "").toLowerCase();
  const content = fields.string("content") ?? "";
  if (role !== "system" && role !== "user" && role !== "assistant" && role !== "tool") {
    const param = `messages[${index}].role`;
    const words = `${param} is ${JSON.stringify(role)}. It has to be system, user, assistant or tool.`;
    throw new Refusal(400, "invalid_value", words, { param });
  }
  const calls = (fields.objects("tool_calls", "[]api.ToolCall") ?? []).map(toolCallOf);
  return {
    role,
    content,
    ...withoutUndefined({
      thinking: fields.string("thinking") || undefined,
      images: imagesOf(fields),
      toolCalls: calls.length > 0 ? calls : undefined,
      toolCallId: fields.string("tool_call_id"),
      toolName: fields.string("tool_name"),
    }),
  };
}

function toolCallOf(fields: Fields, index: number): ToolCall {
  const called = fields.object("function", "api.ToolCallFunction");
  return {
    id: fields.string("id") ?? `call_${index}`,
    name: called?.string("name") ?? "",
    arguments: called?.json("arguments") ?? {},
  };
}

function toolOf(fields: Fields): ToolDefinition {
  const described = fields.object("function", "api.ToolFunction");
  const name = described?.string("name") ?? "";
  if (name === "" || name.length > 200) {
    const param = written([...fields.path, "function", "name"]);
    throw new Refusal(400, "invalid_value", `${param} has to be 1 to 200 characters.`, { param });
  }
  return {
    name,
    ...withoutUndefined({
      description: described?.string("description"),
      parameters: described?.json("parameters", "api.ToolFunctionParameters"),
    }),
  };
}

const maxImages = 16;

function imagesOf(fields: Fields): string[] | undefined {
  const images = fields.strings("images");
  if (images === undefined || images.length === 0) return undefined;
  const param = written([...fields.path, "images"]);
  if (images.length > maxImages)
    throw new Refusal(400, "invalid_value", `${param} has ${images.length} images. Send ${maxImages} at most.`, {
      param,
    });
  const bad = images.findIndex((image) => !isBase64(image));
  if (bad === -1) return images;
  throw new Refusal(400, "invalid_value", `illegal base64 data in ${param}[${bad}]`, { param: `${param}[${bad}]` });
}

function formatOf(fields: Fields): GenerationOptions["format"] {
  const format = fields.any("format");
  if (format === undefined || format === "") return undefined;
  if (format === "json") return "json";
  if (typeof format === "object" && !Array.isArray(format)) return fields.json("format");
  const shown = JSON.stringify(JSON.stringify(format)).slice(0, 200);
  throw new Refusal(500, "invalid_value", `invalid format: ${shown}; expected "json" or a valid JSON Schema object`, {
    param: "format",
  });
}

function thinkOf(fields: Fields): GenerationOptions["think"] {
  const think = fields.any("think");
  if (think === undefined || fits("think", think)) return think;
  const allowed = '"high", "medium", "low", true, or false';
  const words =
    typeof think === "string"
      ? `invalid think value: ${JSON.stringify(think.slice(0, 200))} (must be ${allowed})`
      : `think must be a boolean or string (${allowed})`;
  throw new Refusal(400, "invalid_value", words, { param: "think" });
}

function unsupported(param: string, why: string): Refusal {
  return new Refusal(400, "unsupported_value", `${param} is not supported by Taleward. ${why}`, { param });
}
