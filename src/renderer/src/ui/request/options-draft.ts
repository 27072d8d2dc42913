import { config } from "zod";
import {
  type Deadlines,
  deadlines as deadlinesSchema,
  type GenerationOptions,
  generationOptions,
} from "../../../../shared/contract/inference.ts";
import { issueText } from "../../../../shared/issue-text.ts";
import { readJson, schemaProblem } from "../json/json-text.ts";

// The page's policy forbids code made from text, which zod would try otherwise.
config({ jitless: true });

type OfNumber = {
  readonly [Name in keyof GenerationOptions]-?: number extends GenerationOptions[Name]
    ? Name extends "keepAlive"
      ? never
      : Name
    : never;
};
export type NumberName = OfNumber[keyof OfNumber];
export type DeadlineName = keyof Deadlines;

/** The options of a call as typed: a half-written number or schema is kept as it stands. */
export interface OptionsDraft {
  readonly numbers: Readonly<Partial<Record<NumberName, string>>>;
  readonly stop: readonly string[];
  readonly format: "text" | "json" | "schema";
  readonly schema: string;
  readonly think: ThinkChoice;
  readonly keepAlive: string;
  readonly tools: string;
  readonly raw: boolean;
  readonly serverOptions: string;
}
export type DeadlinesDraft = Readonly<Partial<Record<DeadlineName, string>>>;

export const thinkChoices = ["unset", "on", "off", "low", "medium", "high"] as const;
export type ThinkChoice = (typeof thinkChoices)[number];

const thinkValues = { on: true, off: false, low: "low", medium: "medium", high: "high" } as const;

export const emptyOptions: OptionsDraft = {
  numbers: {},
  stop: [],
  format: "text",
  schema: "",
  think: "unset",
  keepAlive: "",
  tools: "",
  raw: false,
  serverOptions: "",
};

/** What is wrong, by the name of its option. */
export type OptionErrors = Readonly<Partial<Record<keyof GenerationOptions, string>>>;
export type DeadlineErrors = Readonly<Partial<Record<DeadlineName, string>>>;

interface NumberField<Name> {
  readonly name: Name;
  readonly label: string;
  /** What it has to be, for the field's error. */
  readonly wants: string;
  readonly step: number;
}

export const samplingFields: readonly NumberField<NumberName>[] = [
  { name: "temperature", label: "Temperature", wants: "a number from 0 to 5", step: 0.1 },
  { name: "topP", label: "Top P", wants: "a number above 0, up to 1", step: 0.05 },
  { name: "topK", label: "Top K", wants: "a whole number from 0 to 10,000", step: 1 },
  { name: "minP", label: "Min P", wants: "a number from 0 to 1", step: 0.05 },
  { name: "typicalP", label: "Typical P", wants: "a number above 0, up to 1", step: 0.05 },
  { name: "repeatPenalty", label: "Repeat penalty", wants: "a number from 0 to 5", step: 0.05 },
  { name: "repeatLastN", label: "Repeat last N", wants: "a whole number from -1 to 100,000", step: 1 },
  { name: "presencePenalty", label: "Presence penalty", wants: "a number from -2 to 2", step: 0.1 },
  { name: "frequencyPenalty", label: "Frequency penalty", wants: "a number from -2 to 2", step: 0.1 },
];

export const seedField: NumberField<NumberName> = {
  name: "seed",
  label: "Seed",
  wants: "a whole number from 0 to 4,294,967,295",
  step: 1,
};
export const maxTokensField: NumberField<NumberName> = {
  name: "maxTokens",
  label: "Longest answer, tokens",
  wants: "a whole number from 1 to 4,194,304",
  step: 16,
};
export const threadsField: NumberField<NumberName> = {
  name: "threads",
  label: "Threads",
  wants: "a whole number from 1 to 256",
  step: 1,
};
const numberFields = [...samplingFields, seedField, maxTokensField, threadsField];

export const deadlineFields: readonly NumberField<DeadlineName>[] = [
  { name: "connectMs", label: "Connect, ms", wants: "milliseconds from 10 to 600,000", step: 1_000 },
  { name: "firstTokenMs", label: "First token, ms", wants: "milliseconds from 10 to 3,600,000", step: 1_000 },
  { name: "betweenTokensMs", label: "Between tokens, ms", wants: "milliseconds from 10 to 600,000", step: 1_000 },
  { name: "totalMs", label: "Whole answer, ms", wants: "milliseconds from 10 to 86,400,000", step: 1_000 },
];

/** The draft as options; the errors are empty when all of it is right. */
export function readOptions(draft: OptionsDraft): {
  readonly options: GenerationOptions;
  readonly errors: OptionErrors;
} {
  const options: Partial<Record<keyof GenerationOptions, unknown>> = {};
  const errors: Partial<Record<keyof GenerationOptions, string>> = {};
  for (const { name, wants } of numberFields) {
    const typed = draft.numbers[name]?.trim() ?? "";
    if (typed === "") continue;
    options[name] = Number(typed);
    if (!generationOptions.shape[name].safeParse(Number(typed)).success)
      errors[name] = `Give ${wants}, or leave it empty.`;
  }
  if (draft.stop.length > 0) options.stop = draft.stop.map(unescaped);
  if (draft.format === "json") options.format = "json";
  if (draft.format === "schema") readSchema(draft.schema, options, errors);
  if (draft.think !== "unset") options.think = thinkValues[draft.think];
  if (draft.keepAlive.trim() !== "") {
    const typed = draft.keepAlive.trim();
    options.keepAlive = /^-?\d+(\.\d+)?$/.test(typed) ? Number(typed) : typed;
    if (!generationOptions.shape.keepAlive.safeParse(options.keepAlive).success) {
      errors.keepAlive = "Give seconds, or a duration such as 30s, 5m or 1h; -1 is for ever.";
    }
  }
  if (draft.raw) options.raw = true;
  readPart("tools", draft.tools, options, errors);
  readPart("serverOptions", draft.serverOptions, options, errors);
  if (Object.keys(errors).length > 0) return { options: {}, errors };
  const parsed = generationOptions.safeParse(options);
  if (parsed.success) return { options: parsed.data, errors };
  // Every path of an option begins with its name.
  for (const issue of parsed.error.issues) {
    const { message, remedy } = issueText(issue, options);
    errors[issue.path[0] as keyof GenerationOptions] = `${message} ${remedy}`;
  }
  return { options: {}, errors };
}

/** Saved options as a draft to edit. */
export function optionsDraft(options: GenerationOptions): OptionsDraft {
  const { format, think, keepAlive, tools, serverOptions } = options;
  return {
    numbers: Object.fromEntries(
      numberFields.flatMap(({ name }) => (options[name] === undefined ? [] : [[name, String(options[name])]])),
    ),
    stop: options.stop?.map(escaped) ?? [],
    format: format === undefined ? "text" : format === "json" ? "json" : "schema",
    schema: typeof format === "object" ? JSON.stringify(format, null, 2) : "",
    think: think === undefined ? "unset" : think === true ? "on" : think === false ? "off" : think,
    keepAlive: keepAlive === undefined ? "" : String(keepAlive),
    tools: tools === undefined ? "" : JSON.stringify(tools, null, 2),
    raw: options.raw ?? false,
    serverOptions: serverOptions === undefined ? "" : JSON.stringify(serverOptions, null, 2),
  };
}

/** The draft as deadlines; the errors are empty when all of it is right. */
export function readDeadlines(draft: DeadlinesDraft): {
  readonly deadlines: Deadlines;
  readonly errors: DeadlineErrors;
} {
  const deadlines: Partial<Record<DeadlineName, number>> = {};
  const errors: Partial<Record<DeadlineName, string>> = {};
  for (const { name, wants } of deadlineFields) {
    const typed = draft[name]?.trim() ?? "";
    if (typed === "") continue;
    deadlines[name] = Number(typed);
    if (!deadlinesSchema.shape[name].safeParse(Number(typed)).success)
      errors[name] = `Give ${wants}, or leave it empty.`;
  }
  return { deadlines, errors };
}

/** Saved deadlines as a draft to edit. */
export function deadlinesDraft(deadlines: Deadlines): DeadlinesDraft {
  return Object.fromEntries(
    deadlineFields.flatMap(({ name }) => (deadlines[name] === undefined ? [] : [[name, String(deadlines[name])]])),
  );
}

/** A stop text as it is shown and typed: a line break is `\n`. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

function unescaped(typed: string): string {
  return typed.replaceAll(/\\([\\nt])/g, (_, letter: string) => ({ n: "\n", t: "\t" })[letter] ?? letter);
}

function readSchema(
  text: string,
  options: Partial<Record<keyof GenerationOptions, unknown>>,
  errors: Partial<Record<keyof GenerationOptions, string>>,
): void {
  const reading = readJson(text);
  if (reading.kind === "wrong") errors.format = reading.problem;
  else if (reading.kind === "empty")
    errors.format = "Write the JSON Schema the answer has to fit, or ask for any JSON.";
  else {
    const problem = schemaProblem(reading.value);
    if (problem !== null) errors.format = problem;
    options.format = reading.value;
  }
}

function readPart(
  name: "tools" | "serverOptions",
  text: string,
  options: Partial<Record<keyof GenerationOptions, unknown>>,
  errors: Partial<Record<keyof GenerationOptions, string>>,
): void {
  const reading = readJson(text);
  if (reading.kind === "empty") return;
  if (reading.kind === "wrong") errors[name] = reading.problem;
  else {
    options[name] = reading.value;
    if (!generationOptions.shape[name].safeParse(reading.value).success) errors[name] = partWants[name];
  }
}

const partWants = {
  tools: 'Give a list of tools, such as [{"name": "weather", "description": "…", "parameters": {"type": "object"}}].',
  serverOptions: 'Give an object of the server\'s own options, such as {"num_gpu": 20}.',
};
