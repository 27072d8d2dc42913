import type { GenerationOptions, Message, ToolDefinition } from "../../../shared/contract/inference.ts";
import { withoutUndefined } from "../../base/without-undefined.ts";
import { Fields, plainJson } from "../fields.ts";
import { Refusal } from "../http/refusal.ts";
import { withToolNames } from "../openai/requests.ts";
import { chosenTools } from "../openai/tool-choice.ts";
import { bodySessionKey } from "../session-key.ts";
import { fits, type TextRequest, tokenLimit } from "../text-request.ts";
import { textOf, turnMessages } from "./blocks.ts";
import { anthropicErrorText, invalid } from "./dialect.ts";

/** The body of `POST /v1/messages`. Throws `Refusal` naming the field; what only describes the request is passed over. */
export function messagesRequest(body: unknown): TextRequest {
  const fields = new Fields(body, anthropicErrorText);
  const model = fields.string("model");
  if (!model) throw invalid(["model"], "Field required");
  const turns = fields.objects("messages", "array");
  if (turns === undefined) throw invalid(["messages"], "Field required");
  if (turns.length === 0) throw invalid(["messages"], "at least one message is required");
  if ((fields.list("mcp_servers", "array") ?? []).length > 0)
    throw invalid(["mcp_servers"], "Taleward calls no servers of tools itself. Send their tools as tools");
  const system = textOf(fields, "system");
  const messages: Message[] = [
    ...(system === "" ? [] : [{ role: "system" as const, content: system }]),
    ...turns.flatMap(turnMessages),
  ];
  return {
    model,
    stream: fields.boolean("stream") ?? false,
    messages: withToolNames(messages),
    options: optionsOf(fields),
    session: bodySessionKey(fields),
  };
}

function optionsOf(fields: Fields): GenerationOptions {
  const chosen = chosenTools(fields, (fields.objects("tools", "array") ?? []).map(toolOf));
  const { options, forServer } = samplingOf(fields);
  const serverOptions = { ...forServer, ...chosen.serverOptions };
  return {
    ...options,
    ...(Object.keys(serverOptions).length > 0 && { serverOptions: plainJson(serverOptions, []) }),
    ...withoutUndefined({
      maxTokens: limitOf(fields),
      stop: stopOf(fields),
      format: formatOf(fields),
      think: thinkOf(fields),
      tools: chosen.tools,
    }),
  };
}

function samplingOf(fields: Fields) {
  const options: Record<string, unknown> = {};
  const forServer: Record<string, unknown> = {};
  for (const [name, ours] of [
    ["temperature", "temperature"],
    ["top_p", "topP"],
    ["top_k", "topK"],
  ] as const) {
    const value = fields.number(name);
    if (value === undefined) continue;
    if (fits(ours, value)) options[ours] = value;
    else forServer[name] = value;
  }
  return { options: options as GenerationOptions, forServer }; // each value was seen to fit its name
}

function limitOf(fields: Fields): number | undefined {
  const value = fields.integer("max_tokens");
  if (value === undefined) throw invalid(["max_tokens"], "Field required");
  if (value < 1) throw invalid(["max_tokens"], "Input should be greater than or equal to 1");
  return tokenLimit(value);
}

function stopOf(fields: Fields): string[] | undefined {
  const stops = (fields.strings("stop_sequences") ?? []).filter((stop) => stop !== "");
  if (stops.length === 0) return undefined;
  if (fits("stop", stops)) return stops;
  throw invalid(["stop_sequences"], "256 texts of 1,000 characters each at most");
}

function toolOf(fields: Fields): ToolDefinition {
  const type = fields.string("type") ?? "custom";
  if (type !== "custom") {
    const words = `'${type.slice(0, 200)}' is not supported: Taleward runs no tools of its own. Send tools with a name and an input_schema`;
    throw invalid([...fields.path, "type"], words);
  }
  const name = fields.string("name") ?? "";
  if (name === "" || name.length > 200) throw invalid([...fields.path, "name"], "has to be 1 to 200 characters");
  return {
    name,
    ...withoutUndefined({ description: fields.string("description"), parameters: fields.json("input_schema") }),
  };
}

function formatOf(fields: Fields): GenerationOptions["format"] {
  const format = fields.object("output_config")?.object("format") ?? fields.object("output_format");
  if (format === undefined) return undefined;
  const schema = format.string("type") === "json_schema" ? format.json("schema") : undefined;
  if (schema === undefined) throw invalid(format.path, "has to be of type json_schema, with a schema");
  return schema;
}

/** Without `thinking`, Anthropic's models do not think; `budget_tokens` has no counterpart, and is not a promise. */
function thinkOf(fields: Fields): GenerationOptions["think"] {
  const thinking = fields.object("thinking");
  const type = thinking?.string("type");
  if (thinking === undefined) return undefined;
  if (type === "disabled") return false;
  if (type !== "enabled" && type !== "adaptive")
    throw new Refusal(400, "invalid_value", "thinking.type: Input should be 'enabled', 'disabled' or 'adaptive'", {
      param: "thinking.type",
    });
  const effort = fields.object("output_config")?.string("effort");
  return effort === "low" || effort === "medium" || effort === "high" ? effort : true;
}
