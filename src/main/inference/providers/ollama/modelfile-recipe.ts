import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { badModelfile, type Instruction, readModelfile } from "./modelfile.ts";
import type { ModelRecipe } from "./manage.ts";
import { withoutUndefined } from "../../../base/without-undefined.ts";

/** What a Modelfile asks for: the body of `/api/create`, and the files on this machine that are uploaded first. */
export interface ModelPlan {
  readonly recipe: Omit<ModelRecipe, "files" | "adapters">;
  /** Absolute paths: weights, with a projector where there are two. */
  readonly files: readonly string[];
  readonly adapters: readonly string[];
}

/** Reads a Modelfile as `ollama create` does. Throws `Failure` (BAD_REQUEST, field `modelfile`). */
export function planModel(modelfile: string): ModelPlan {
  const instructions = readModelfile(modelfile);
  const last = (name: Instruction["name"]) => instructions.findLast((instruction) => instruction.name === name)?.value;
  const all = (name: Instruction["name"]) => instructions.filter((instruction) => instruction.name === name);
  const sources = all("from").map((instruction) => ({ instruction, path: pathOf(instruction) }));
  const files = sources.flatMap(({ path }) => path ?? []);
  const from = sources.findLast(({ path }) => path === null)?.instruction.value;
  const parameters = parametersOf(all("parameter"));
  const license = all("license").map(({ value }) => value);
  const messages = all("message").map(({ of, value }) => ({ role: of ?? "", content: value }));
  const single = {
    from,
    template: last("template"),
    system: last("system"),
    renderer: last("renderer"),
    parser: last("parser"),
    requires: last("requires")?.replace(/^v/, ""),
  };
  return {
    recipe: {
      ...withoutUndefined(single),
      ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
      ...(license.length > 0 ? { license } : {}),
      ...(messages.length > 0 ? { messages } : {}),
    },
    files,
    adapters: all("adapter").map((instruction) => pathOf(instruction) ?? relative(instruction)),
  };
}

/** Null for the name of a model on the server. */
function pathOf(instruction: Instruction): string | null {
  const { value } = instruction;
  if (isAbsolute(value)) return value;
  if (value.startsWith("~/")) return join(homedir(), value.slice(2));
  // A Modelfile given as text has no folder that a path could start from.
  if (/^\.\.?(\/|\\|$)|\.(gguf|safetensors)$/i.test(value)) return relative(instruction);
  return null;
}

function relative({ name, value, line }: Instruction): never {
  throw badModelfile(
    `Line ${line} of the Modelfile names the file ${value} without its folder.`,
    value,
    `Write the file's whole path after ${name.toUpperCase()}.`,
  );
}

type Kind = "integer" | "number" | "boolean" | "list" | "ignored";

const kinds: Readonly<Record<string, Kind>> = {
  num_ctx: "integer",
  num_batch: "integer",
  num_gpu: "integer",
  main_gpu: "integer",
  num_thread: "integer",
  num_keep: "integer",
  num_predict: "integer",
  seed: "integer",
  top_k: "integer",
  repeat_last_n: "integer",
  temperature: "number",
  top_p: "number",
  min_p: "number",
  typical_p: "number",
  repeat_penalty: "number",
  presence_penalty: "number",
  frequency_penalty: "number",
  use_mmap: "boolean",
  stop: "list",
  // What older Modelfiles hold and Ollama passes over.
  penalize_newline: "ignored",
  low_vram: "ignored",
  f16_kv: "ignored",
  logits_all: "ignored",
  vocab_only: "ignored",
  use_mlock: "ignored",
  mirostat: "ignored",
  mirostat_tau: "ignored",
  mirostat_eta: "ignored",
};

function parametersOf(instructions: readonly Instruction[]): Record<string, unknown> {
  const parameters: Record<string, unknown> = {};
  for (const { of, value, line } of instructions) {
    const name = of ?? "";
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) {
      throw badModelfile(
        `Line ${line} of the Modelfile sets ${name}, which Ollama does not know.`,
        name,
        "Use a parameter's name as Ollama writes it, such as temperature or num_ctx.",
      );
    }
    if (kind === "ignored") continue;
    const before = parameters[name];
    const read = readParameter(kind, value);
    if (read === undefined) {
      const wanted = kind === "boolean" ? "true or false" : kind === "integer" ? "a whole number" : "a number";
      throw badModelfile(`Line ${line} of the Modelfile sets ${name} to ${value}.`, value, `Set ${name} to ${wanted}.`);
    }
    parameters[name] = kind === "list" && Array.isArray(before) ? [...before, value] : read;
  }
  return parameters;
}

function readParameter(kind: Exclude<Kind, "ignored">, text: string): unknown {
  switch (kind) {
    case "integer":
      return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined;
    case "number":
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
    case "boolean":
      return /^(1|t|true)$/i.test(text) ? true : /^(0|f|false)$/i.test(text) ? false : undefined;
    case "list":
      return [text];
  }
}
