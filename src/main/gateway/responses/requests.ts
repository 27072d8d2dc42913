import type { GenerationOptions, Message, ToolDefinition } from "../../../shared/contract/inference.ts";
import { withoutUndefined } from "../../base/without-undefined.ts";
import { Fields, written } from "../fields.ts";
import { Refusal } from "../http/refusal.ts";
import { openaiErrorText } from "../openai/dialect.ts";
import { effortOf, modelOf } from "../openai/requests.ts";
import { limitOf, samplingFrom } from "../openai/sampling.ts";
import { chosenTools } from "../openai/tool-choice.ts";
import { bodySessionKey } from "../session-key.ts";
import { noLogprobs, type TextRequest } from "../text-request.ts";
import { messagesFrom } from "./items.ts";
import type { KeptResponses } from "./kept-responses.ts";

export interface ResponsesRequest extends TextRequest {
  /** The conversation without the instructions, which are of one request alone. */
  readonly conversation: readonly Message[];
  /** Whether later requests may refer to the answer. */
  readonly store: boolean;
  /** The fields of the request that the answer repeats. */
  readonly repeated: Readonly<Record<string, unknown>>;
}

/** The body of `POST /v1/responses`. Throws `Refusal` naming the field; what only describes the request is passed over. */
export function responsesRequest(body: unknown, kept: KeptResponses): ResponsesRequest {
  const fields = new Fields(body, openaiErrorText);
  const model = modelOf(fields);
  refuseUnsupported(fields);
  const instructions = fields.string("instructions") ?? "";
  const conversation = [...earlierMessages(fields, kept), ...messagesFrom(fields, kept)];
  const messages: Message[] = [
    ...(instructions === "" ? [] : [{ role: "system" as const, content: instructions }]),
    ...conversation,
  ];
  return {
    model,
    stream: fields.boolean("stream") ?? false,
    messages,
    conversation,
    options: optionsOf(fields),
    session: bodySessionKey(fields),
    store: fields.boolean("store") ?? true,
    repeated: repeatedFields(fields),
  };
}

function optionsOf(fields: Fields): GenerationOptions {
  const sampling = samplingFrom(fields);
  const chosen = chosenTools(fields, (fields.objects("tools", "array") ?? []).map(toolOf));
  const serverOptions = { ...sampling.serverOptions, ...chosen.serverOptions };
  return {
    ...sampling,
    ...(Object.keys(serverOptions).length > 0 && { serverOptions }),
    ...(truncationOf(fields) === "auto" && { truncate: true }),
    ...withoutUndefined({
      maxTokens: limitOf(fields, "max_output_tokens"),
      format: formatOf(fields),
      think: effortOf(fields.object("reasoning")?.string("effort"), "reasoning.effort"),
      tools: chosen.tools,
    }),
  };
}

function earlierMessages(fields: Fields, kept: KeptResponses): readonly Message[] {
  const id = fields.string("previous_response_id");
  if (id === undefined || id === "") return [];
  const previous = kept.response(id);
  if (previous) return previous.messages;
  const words = `Previous response with id '${id.slice(0, 200)}' not found. Taleward keeps the latest answers in memory while it runs: send the whole conversation as input instead.`;
  throw new Refusal(400, "previous_response_not_found", words, { param: "previous_response_id" });
}

function toolOf(fields: Fields): ToolDefinition {
  const type = fields.string("type") ?? "function";
  if (type !== "function") {
    const words = `'${type.slice(0, 200)}' is not supported: Taleward runs no tools of its own. Send tools of type function.`;
    throw new Refusal(400, "unsupported_value", words, { param: written([...fields.path, "type"]) });
  }
  const name = fields.string("name") ?? "";
  if (name === "" || name.length > 200)
    throw invalid(written([...fields.path, "name"]), "A tool's name has to be 1 to 200 characters.");
  return {
    name,
    ...withoutUndefined({ description: fields.string("description"), parameters: fields.json("parameters") }),
  };
}

function formatOf(fields: Fields): GenerationOptions["format"] {
  const format = fields.object("text")?.object("format");
  const type = format?.string("type");
  if (format === undefined || type === "text") return undefined;
  if (type === "json_object") return "json";
  if (type !== "json_schema")
    throw invalid(
      "text.format.type",
      `Invalid value: '${type ?? ""}'. Supported values are: 'text', 'json_object' and 'json_schema'.`,
    );
  const schema = format.json("schema");
  if (schema === undefined) throw invalid("text.format.schema", "A JSON Schema is missing.");
  return schema;
}

function truncationOf(fields: Fields): "auto" | "disabled" {
  const truncation = fields.string("truncation") ?? "disabled";
  if (truncation === "auto" || truncation === "disabled") return truncation;
  throw invalid("truncation", `Invalid value: '${truncation}'. Supported values are: 'auto' and 'disabled'.`);
}

function refuseUnsupported(fields: Fields): void {
  if ((fields.integer("top_logprobs") ?? 0) > 0) throw noLogprobs("top_logprobs");
  if ((fields.strings("include") ?? []).includes("message.output_text.logprobs")) throw noLogprobs("include");
  if (fields.boolean("background") === true)
    throw invalid("background", "background is not supported: the answer comes with the request. Leave it out.");
  if (fields.any("prompt") !== undefined)
    throw invalid("prompt", "prompt is not supported: no prompts are stored here. Send its text as instructions.");
}

/** As OpenAI repeats them; what was not sent is what holds here. */
function repeatedFields(fields: Fields): Record<string, unknown> {
  const or = (name: string, otherwise: unknown) => fields.any(name) ?? otherwise;
  return {
    instructions: or("instructions", null),
    max_output_tokens: or("max_output_tokens", null),
    max_tool_calls: null,
    metadata: or("metadata", {}),
    parallel_tool_calls: or("parallel_tool_calls", true),
    previous_response_id: or("previous_response_id", null),
    prompt_cache_key: or("prompt_cache_key", null),
    reasoning: or("reasoning", { effort: null, summary: null }),
    safety_identifier: or("safety_identifier", null),
    service_tier: "default",
    store: or("store", true),
    temperature: or("temperature", null),
    text: or("text", { format: { type: "text" } }),
    tool_choice: or("tool_choice", "auto"),
    tools: or("tools", []),
    top_logprobs: 0,
    top_p: or("top_p", null),
    truncation: or("truncation", "disabled"),
    user: or("user", null),
  };
}

function invalid(param: string, message: string): Refusal {
  return new Refusal(400, "invalid_value", message, { param });
}
