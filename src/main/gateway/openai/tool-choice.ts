import type { GenerationOptions, ToolDefinition } from "../../../shared/contract/inference.ts";
import type { Fields } from "../fields.ts";
import { Refusal } from "../http/refusal.ts";

type Chosen = Pick<GenerationOptions, "tools" | "serverOptions">;

/**
 * The tools that a body's `tool_choice` leaves: a choice of some leaves the others out. That one has to be called is handed to the
 * server: some can make sure of it, and Ollama passes it over. Reads the forms of OpenAI's two APIs and of Anthropic's. Throws
 * `Refusal` where the choice names none of the tools.
 */
export function chosenTools(fields: Fields, tools: readonly ToolDefinition[]): Chosen {
  const choice = choiceIn(fields);
  if (tools.length === 0 || choice === "none") return {};
  if (choice === undefined || choice === "auto") return { tools: [...tools] };
  if (choice === "required" || choice === "any") return mustCall(tools);
  if (typeof choice === "string") throw unknownChoice(choice);
  const named = fields.object("tool_choice");
  if (named?.string("type") === "allowed_tools") {
    const allowed = named.object("allowed_tools") ?? named;
    const names = (allowed.objects("tools", "array") ?? []).map(nameIn);
    const left = only(tools, names);
    return allowed.string("mode") === "required" ? mustCall(left) : { tools: left };
  }
  const [chosen] = named === undefined ? [] : only(tools, [nameIn(named)]);
  if (chosen === undefined) throw unknownChoice("");
  const toolChoice = { type: "function", function: { name: chosen.name } };
  return { tools: [chosen], serverOptions: { tool_choice: toolChoice } };
}

/** Anthropic's choices without a name are objects with a type alone. */
function choiceIn(fields: Fields): unknown {
  const given = fields.any("tool_choice");
  if (typeof given !== "object" || given === null || !("type" in given)) return given;
  return ["auto", "any", "none", "required"].includes(String(given.type)) ? given.type : given;
}

function mustCall(tools: readonly ToolDefinition[]): Chosen {
  return { tools: [...tools], serverOptions: { tool_choice: "required" } };
}

function nameIn(fields: Fields): string {
  return fields.string("name") ?? fields.object("function")?.string("name") ?? "";
}

function only(tools: readonly ToolDefinition[], names: readonly string[]): ToolDefinition[] {
  const missing = names.find((name) => !tools.some((tool) => tool.name === name));
  if (missing !== undefined) throw unknownChoice(missing);
  return tools.filter(({ name }) => names.includes(name));
}

function unknownChoice(name: string): Refusal {
  const words = `tool_choice names '${name.slice(0, 200)}', which is none of the tools. Name one of them, or use auto, required or none.`;
  return new Refusal(400, "invalid_value", words, { param: "tool_choice" });
}
