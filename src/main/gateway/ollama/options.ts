import type { GenerationOptions } from "../../../shared/contract/inference.ts";
import { type Fields, plainJson } from "../fields.ts";
import { Refusal } from "../http/refusal.ts";
import { fits, seedOf, tokenLimit } from "../text-request.ts";
import { withoutUndefined } from "../../base/without-undefined.ts";

type OptionName = keyof GenerationOptions;
type GoType = "integer" | "float32" | "boolean" | "array";

/** Ollama's options with the types it insists on, and the name each has in our contract, if any. */
const known: Readonly<Record<string, { readonly type: GoType; readonly ours?: OptionName }>> = {
  temperature: { type: "float32", ours: "temperature" },
  top_p: { type: "float32", ours: "topP" },
  top_k: { type: "integer", ours: "topK" },
  min_p: { type: "float32", ours: "minP" },
  typical_p: { type: "float32", ours: "typicalP" },
  repeat_penalty: { type: "float32", ours: "repeatPenalty" },
  repeat_last_n: { type: "integer", ours: "repeatLastN" },
  presence_penalty: { type: "float32", ours: "presencePenalty" },
  frequency_penalty: { type: "float32", ours: "frequencyPenalty" },
  seed: { type: "integer", ours: "seed" },
  num_predict: { type: "integer", ours: "maxTokens" },
  stop: { type: "array", ours: "stop" },
  num_thread: { type: "integer", ours: "threads" },
  num_keep: { type: "integer" },
  num_ctx: { type: "integer" },
  num_batch: { type: "integer" },
  num_gpu: { type: "integer" },
  main_gpu: { type: "integer" },
  use_mmap: { type: "boolean" },
};

/** No server has an option of a longer name. */
const maxNameLength = 64;

/**
 * Ollama's options in ours. An option that our contract has no name or no range for is passed to the server as it is. Wrong types are refused with
 * Ollama's message and its status, 500.
 */
export function optionsOf(fields: Fields | undefined): GenerationOptions {
  const options: Record<string, unknown> = {};
  const forServer: Record<string, unknown> = {};
  for (const [name, value] of fields?.entries() ?? []) {
    const option = Object.hasOwn(known, name) ? known[name] : undefined;
    const checked = option === undefined ? value : typed(name, value, option.type);
    const ours = option?.ours;
    if (name.length > maxNameLength) continue;
    if (ours === undefined) forServer[name] = checked;
    else if (ours === "maxTokens") options[ours] = tokenLimit(checked as number); // `typed` saw to it
    else if (ours === "seed") options[ours] = seedOf(checked as number); // `typed` saw to it
    else if (ours === "stop" && (checked as string[]).length === 0) continue;
    else if (fits(ours, checked)) options[ours] = checked;
    else forServer[name] = checked;
  }
  if (Object.keys(forServer).length > 0) options["serverOptions"] = plainJson(forServer, ["options"]);
  return withoutUndefined(options as GenerationOptions); // each value was seen to fit its name
}

function typed(name: string, value: unknown, type: GoType): unknown {
  if (type === "array") {
    if (!Array.isArray(value)) throw wrong(name, "type array");
    if (!value.every((item) => typeof item === "string")) throw wrong(name, "an array of strings");
    return value.filter((item) => item !== "");
  }
  if (type === "boolean") {
    if (typeof value !== "boolean") throw wrong(name, "type boolean");
    return value;
  }
  if (typeof value !== "number") throw wrong(name, `type ${type}`);
  return type === "integer" ? Math.trunc(value) : value;
}

function wrong(name: string, wanted: string): Refusal {
  return new Refusal(500, "invalid_type", `option ${JSON.stringify(name)} must be of ${wanted}`, {
    param: `options.${name}`,
  });
}
