import { duration } from "../../../../shared/format.ts";
import { readJson } from "../json/json-text.ts";
import {
  deadlineFields,
  type DeadlinesDraft,
  maxTokensField,
  type OptionsDraft,
  samplingFields,
  seedField,
} from "./options-draft.ts";

const asTheModel = "as the model has it";

/** What is set of the sampling, as "temperature 0.7, seed 1". */
export function samplingSummary({ numbers }: OptionsDraft): string {
  return summaryFrom(
    [...samplingFields, seedField].flatMap(({ name, label }) => {
      const typed = numbers[name] ?? "";
      return typed === "" ? [] : [`${label.toLowerCase()} ${typed}`];
    }),
  );
}

export function lengthSummary({ numbers, stop }: OptionsDraft): string {
  const maxTokens = numbers[maxTokensField.name] ?? "";
  return summaryFrom([
    ...(maxTokens === "" ? [] : [`${maxTokens} tokens`]),
    ...(stop.length === 0 ? [] : [`stops at ${stop.map((text) => `“${text}”`).join(", ")}`]),
  ]);
}

export function formatSummary({ format }: OptionsDraft): string {
  return { text: "text", json: "any JSON", schema: "JSON Schema" }[format];
}

export function toolsSummary({ tools }: OptionsDraft): string {
  const reading = readJson(tools);
  if (reading.kind === "empty") return "none";
  const names = Array.isArray(reading.kind === "value" ? reading.value : null)
    ? [...tools.matchAll(/"name"\s*:\s*"([^"]+)"/g)].map(([, name]) => name)
    : [];
  return names.length === 0 ? "" : names.join(", ");
}

export function modelSummary({ numbers, think, keepAlive, raw, serverOptions }: OptionsDraft): string {
  const threads = numbers.threads ?? "";
  return summaryFrom([
    ...(think === "unset" ? [] : [`think ${think}`]),
    ...(keepAlive === "" ? [] : [`kept ${keepAlive}`]),
    ...(threads === "" ? [] : [`${threads} threads`]),
    ...(raw ? ["raw"] : []),
    ...(serverOptions.trim() === "" ? [] : ["server options"]),
  ]);
}

/** What is set of the deadlines, as "first token 30.0 s". */
export function deadlinesSummary(draft: DeadlinesDraft, otherwise: string): string {
  const parts = deadlineFields.flatMap(({ name, label }) => {
    const typed = draft[name]?.trim() ?? "";
    if (typed === "") return [];
    const step = label.replace(", ms", "").toLowerCase();
    return [`${step} ${Number(typed) > 0 ? duration(Number(typed)) : typed}`];
  });
  return parts.length === 0 ? otherwise : parts.join(", ");
}

function summaryFrom(parts: readonly string[]): string {
  return parts.length === 0 ? asTheModel : parts.join(", ");
}
