import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/** What is wrong with an input, and what would be right, each in a sentence. */
export interface IssueText {
  /** The path of the field, such as `options.temperature`; empty for the whole input. */
  readonly field: string;
  /** The value in short; secrets are not repeated. */
  readonly value: string;
  readonly message: string;
  readonly remedy: string;
}

/**
 * Says of the first thing that a schema found wrong with `input` what it is, with its value, and what to give instead, once.
 *
 * @example
 * issueText(issue, { limit: 0 }); // message "limit is 0.", remedy "Give limit as a number of at least 1."
 */
export function issueText(issue: Issue | undefined, input: unknown): IssueText {
  const path = issue?.path ?? [];
  const field = path.map(String).join(".");
  const isSecret = /key$|secret|password|token$/i.test(String(path.at(-1) ?? ""));
  let found: unknown = input;
  for (const key of path) found = typeof found === "object" && found !== null ? Reflect.get(found, key) : undefined;
  const value = isSecret ? "(not shown)" : shown(found, 200);
  const name = field === "" ? "The input" : field;
  const { is, give } =
    issue === undefined ? { is: "is not as asked for", give: "what is asked for" } : saying(issue, found);
  const quoted = isSecret ? "a value that is not shown" : shown(found, 60);
  const message = found === undefined && isMissing(issue) ? `${name} is missing.` : `${name} ${is ?? `is ${quoted}`}.`;
  const as = field === "" ? "" : `${field} as `;
  return { field, value, message, remedy: give.startsWith("!") ? give.slice(1) : `Give ${as}${give}.` };
}

function isMissing(issue: Issue | undefined): boolean {
  return issue?.code === "invalid_type" || issue?.code === "invalid_value" || issue?.code === "invalid_union";
}

/** What it is, where that is not its value, and what to give; a remedy that is a sentence of its own begins with "!". */
function saying(issue: Issue, found: unknown): { readonly is?: string; readonly give: string } {
  switch (issue.code) {
    case "invalid_type":
      return { give: kinds[issue.expected] ?? issue.expected };
    case "invalid_value":
      return { give: issue.values.length === 1 ? shown(issue.values[0], 80) : `one of ${listed(issue.values)}` };
    case "too_small":
      return bounded(issue.origin, Number(issue.minimum), issue.inclusive === false ? "more than" : "at least", found);
    case "too_big":
      return bounded(issue.origin, Number(issue.maximum), issue.inclusive === false ? "less than" : "at most", found);
    case "not_multiple_of":
      return { give: `a multiple of ${issue.divisor}` };
    case "invalid_format":
      return {
        give: formats[issue.format] ?? (isOwn(issue.message) ? issue.message : `a text of the form ${issue.format}`),
      };
    case "unrecognized_keys":
      return {
        is: `has ${listed(issue.keys)}, which nothing is known of`,
        give: `!Leave ${issue.keys.length === 1 ? "it" : "them"} out.`,
      };
    case "invalid_union": {
      const options = "options" in issue ? issue.options : undefined;
      if (options && options.length > 0) return { give: `one of ${listed(options)}` };
      const among =
        "errors" in issue ? issue.errors.flatMap(([first]) => (first ? [saying(first, found).give] : [])) : [];
      const own = [...new Set(among)].filter((give) => !give.startsWith("!"));
      return { give: own.length === 0 ? "what is asked for" : own.join(", or ") };
    }
    case "invalid_key":
    case "invalid_element":
      return { is: "has a name or an entry that does not fit", give: "names and entries that are known" };
    case "custom":
      return isOwn(issue.message)
        ? { is: `is not right: ${issue.message}`, give: "!Change that." }
        : { give: "what is asked for" };
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  tuple: "a list",
  null: "null",
  undefined: "nothing: leave it out",
  never: "nothing: leave it out",
};

const formats: Readonly<Record<string, string>> = {
  uuid: "an id, such as 019ac1f0-5d7c-7000-8000-00009043adbe",
  datetime: "a time, such as 2026-11-24T12:05:58Z",
  date: "a day, such as 2026-11-24",
  base64: "base64",
};

function bounded(
  origin: string,
  limit: number,
  how: string,
  found: unknown,
): { readonly is?: string; readonly give: string } {
  const number = limit.toLocaleString("en-US");
  const of = limit === 1 ? "" : "s";
  if (origin === "string") {
    const length = typeof found === "string" && found.trim() !== "" ? found.length : 0;
    return {
      is: length === 0 ? "is empty" : `has ${length.toLocaleString("en-US")} character${length === 1 ? "" : "s"}`,
      give: `a text of ${how} ${number} character${of}`,
    };
  }
  if (origin === "array" || origin === "set") {
    const length = Array.isArray(found) ? found.length : 0;
    return {
      is: `has ${length.toLocaleString("en-US")} entr${length === 1 ? "y" : "ies"}`,
      give: `a list of ${how} ${number}`,
    };
  }
  return { give: `a number of ${how} ${number}` };
}

/** Messages that we wrote say what would be right; those of the library begin with these words. */
function isOwn(message: string): boolean {
  return !/^(Invalid|Too|Unrecognized|Expected)\b/.test(message);
}

function listed(values: readonly unknown[]): string {
  return values.map((value) => shown(value, 80)).join(", ");
}

function shown(value: unknown, maxLength: number): string {
  let text: string;
  try {
    text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  } catch {
    text = typeof value;
  }
  if (text === "") return "empty";
  return text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
}
