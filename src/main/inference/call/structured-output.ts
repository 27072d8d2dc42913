import { runInNewContext } from "node:vm";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ErrorObject, ValidateFunction } from "ajv";
import type { Message, ResponseFormat } from "../../../shared/contract/inference.ts";
import { Failure } from "../../base/failure.ts";

const maxValidationMs = 100;

export type FormatCheck =
  /** `text` is the JSON alone, without a fence around it. */
  | { readonly ok: true; readonly text: string; readonly value: unknown }
  /** `problem` is a sentence for a person or a model. */
  | { readonly ok: false; readonly problem: string };

/** Checks a text against the format it was requested in. */
export type FormatChecker = (text: string) => FormatCheck;

/**
 * The checker of a format: any JSON, or a JSON Schema (draft 2020-12, unknown keywords and formats ignored). Throws `Failure`
 * (BAD_REQUEST) when the schema itself is not one.
 */
export function formatChecker(format: ResponseFormat): FormatChecker {
  const validate = format === "json" ? null : compiled(format);
  return (answer) => {
    const text = withoutFence(answer);
    if (text.trim() === "") return { ok: false, problem: "It is empty." };
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      return { ok: false, problem: `It is not JSON: ${error instanceof Error ? error.message : String(error)}.` };
    }
    const fits = validate === null || withinTime(() => validate(value));
    if (fits === "late") return { ok: false, problem: `Checking it took longer than ${maxValidationMs} ms.` };
    return fits ? { ok: true, text, value } : { ok: false, problem: problemOf(validate?.errors ?? []) };
  };
}

/** The messages that ask a model to repair an answer that does not fit; none where the answer is empty, so that it gets the same prompt again. */
export function repairMessages(answer: string, problem: string): Message[] {
  if (answer.trim() === "") return [];
  return [
    { role: "assistant", content: answer },
    { role: "user", content: `That does not fit the format. ${problem} Answer again, with the corrected JSON alone.` },
  ];
}

const compiledSchemas = new WeakMap<object, ValidateFunction>();

/** A schema is compiled once for all attempts of a call, and for the check before them. */
function compiled(schema: object): ValidateFunction {
  const validate = compiledSchemas.get(schema) ?? compile(schema);
  compiledSchemas.set(schema, validate);
  return validate;
}

function compile(schema: object): ValidateFunction {
  try {
    // A fresh instance a schema: `$id`s of different callers must not meet, and nothing stays in memory.
    return new Ajv2020({ strict: false, validateFormats: false, logger: false, allErrors: false }).compile(schema);
  } catch (error) {
    throw new Failure(
      "BAD_REQUEST",
      `The format is not a JSON Schema: ${error instanceof Error ? error.message : String(error)}.`,
      {
        field: "options.format",
        value: JSON.stringify(schema).slice(0, 200),
        remedy: "Give `json`, or a JSON Schema of draft 2020-12.",
      },
    );
  }
}

/** A context of its own has a timeout that stops even a regular expression that backtracks for ever. */
function withinTime(check: () => unknown): boolean | "late" {
  try {
    return runInNewContext("check()", { check }, { timeout: maxValidationMs }) === true;
  } catch (error) {
    // It may be an error of the other context, which is no instance of this one's.
    if (typeof error === "object" && error !== null && Reflect.get(error, "code") === "ERR_SCRIPT_EXECUTION_TIMEOUT")
      return "late";
    throw error;
  }
}

function problemOf(errors: readonly ErrorObject[]): string {
  const [first] = errors;
  if (!first) return "It does not fit the schema.";
  const where = first.instancePath === "" ? "The answer" : `\`${first.instancePath.slice(1).replaceAll("/", ".")}\``;
  return `${where} ${first.message ?? "does not fit the schema"}.`;
}

/** Models put JSON into code fences even where the prompt does not mention them. */
function withoutFence(text: string): string {
  return /^\s*```(?:json)?\s*\n([\s\S]*?)\n?```\s*$/.exec(text)?.[1] ?? text;
}
