import { Failure } from "../base/failure.ts";
import type { Client, Connection } from "./connect.ts";
import type { OptionName, Options } from "./options.ts";

/** What a command is given that needs no backend. */
export interface Terminal {
  /** The arguments after the command's own words. */
  readonly rest: readonly string[];
  readonly options: Options;
  readonly json: boolean;
  /** Writes results to stdout. */
  readonly print: (text: string) => void;
  /** Writes progress, notes and errors to stderr. */
  readonly note: (text: string) => void;
  /** The data directory it was asked about, and Taleward's own version. Throws `Failure` where `--data-dir` has no value. */
  readonly installation: () => { readonly dataDirectory: string; readonly version: string };
  /** Whether a person watches stdout and stderr. */
  readonly terminal: { readonly stdout: boolean; readonly stderr: boolean };
}

export interface Invocation extends Terminal {
  readonly client: Client;
  /** `own` where the backend lives in this process, `running` where it is a Taleward that has the data directory open. */
  readonly backend: Connection["backend"];
  /** Aborted by Ctrl C. */
  readonly signal: AbortSignal;
}

/** One answer, or one event: an object on a line of its own, or the text that `words` makes of it. */
export function answer<Value>({ json, print }: Terminal, value: Value, words: (value: Value) => string): void {
  print(json ? `${JSON.stringify(value)}\n` : words(value));
}

/** A number option; undefined when it was not given. Throws `Failure` when it is not a number. */
export function numberOption(options: Options, name: OptionName): number | undefined {
  const text = textOption(options, name);
  if (text === undefined) return undefined;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw badOption(name, text, `--${name} is not a number.`, "Write digits, such as 42 or 0.7.");
}

/** A text option; undefined when it was not given. Throws `Failure` when it was given more than once. */
export function textOption(options: Options, name: OptionName): string | undefined {
  const value = options[name];
  if (!Array.isArray(value)) return typeof value === "string" ? value : undefined;
  if (value.length === 1) return value[0];
  throw badOption(name, value.join(" "), `--${name} was given ${value.length} times.`, "Give it once.");
}

/** A list option, given several times or with commas; undefined when it was not given. An empty text is an empty list. */
export function listOption(options: Options, name: OptionName): string[] | undefined {
  const value = options[name];
  if (value === undefined || typeof value === "boolean") return undefined;
  return [value]
    .flat()
    .flatMap((part) => part.split(","))
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** An option given several times, each as it stands; undefined when it was not given. */
export function repeatedOption(options: Options, name: OptionName): string[] | undefined {
  const value = options[name];
  return value === undefined || typeof value === "boolean" ? undefined : [value].flat();
}

/**
 * A JSON object written as an option; undefined when it was not given. Throws `Failure` when it is none, or has a name that is
 * not among the known ones, which the contract would leave out unsaid; it checks the values.
 */
export function objectOption(
  options: Options,
  name: OptionName,
  known: readonly string[],
  example: string,
): object | undefined {
  const text = textOption(options, name);
  if (text === undefined) return undefined;
  const refuse = (message: string, remedy = `Write an object, such as '${example}'.`) =>
    badOption(name, text, message, remedy);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse(`--${name} is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw refuse(`--${name} is not a JSON object.`);
  const unknown = Object.keys(value).filter((key) => !known.includes(key));
  if (unknown.length === 0) return value;
  throw refuse(`--${name} knows no ${unknown.join(" and no ")}.`, `Use ${known.join(", ")}.`);
}

/** A text option that has to be there. */
export function requiredOption(options: Options, name: OptionName, example: string): string {
  const value = textOption(options, name);
  if (value !== undefined) return value;
  throw badOption(name, "", `--${name} is missing.`, `Add it, as in --${name} ${example}.`);
}

/** The arguments after a command, joined; throws `Failure` with what is missing where there are none. */
export function requiredWord({ rest }: Pick<Terminal, "rest">, what: string, example: string): string {
  const [word] = rest;
  if (word === undefined)
    throw new Failure("BAD_REQUEST", `${what} is missing.`, {
      field: what,
      value: "",
      remedy: `Write it after the command, as in ${example}.`,
    });
  return word;
}

export function badOption(name: OptionName, value: string, message: string, remedy: string): Failure {
  return new Failure("BAD_REQUEST", message, { field: `--${name}`, value, remedy });
}
