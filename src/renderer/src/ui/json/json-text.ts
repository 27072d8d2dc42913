import { jsonFault } from "./json-fault.ts";

/** A JSON text as read: its value, or why it is none, in words with the place. */
export type JsonReading =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "empty" }
  | { readonly kind: "wrong"; readonly problem: string };

/** Reads a JSON text that a person typed. */
export function readJson(text: string): JsonReading {
  if (text.trim() === "") return { kind: "empty" };
  try {
    return { kind: "value", value: JSON.parse(text) as unknown };
  } catch {
    const { line, wanted, found } = jsonFault(text);
    return { kind: "wrong", problem: `This is not JSON yet: line ${line} needs ${wanted} where it has ${found}.` };
  }
}

/** A text laid out for reading where it is JSON or lines of JSON, and as it is where it is not. */
export function prettyJson(text: string): string {
  const whole = readJson(text);
  if (whole.kind === "value") return JSON.stringify(whole.value, null, 2);
  return text;
}

const types = new Set(["string", "number", "integer", "boolean", "object", "array", "null"]);

/** What is wrong with a JSON Schema as far as can be seen without running it, with where; null when nothing is. */
export function schemaProblem(schema: unknown, path = "schema"): string | null {
  if (typeof schema === "boolean" && path !== "schema") return null;
  if (!isObject(schema)) return `${path} has to be an object, such as {"type": "object"}.`;
  const { type, properties, required, items, enum: choices } = schema;
  for (const name of type === undefined ? [] : Array.isArray(type) ? type : [type]) {
    if (typeof name !== "string" || !types.has(name)) {
      return `${path}.type is ${JSON.stringify(name)}; it has to be one of ${[...types].join(", ")}.`;
    }
  }
  if (required !== undefined && !(Array.isArray(required) && required.every((name) => typeof name === "string"))) {
    return `${path}.required has to be a list of property names, such as ["title"].`;
  }
  if (choices !== undefined && !Array.isArray(choices)) return `${path}.enum has to be a list of values.`;
  if (properties !== undefined && !isObject(properties)) return `${path}.properties has to be an object of schemas.`;
  for (const [name, part] of Object.entries(isObject(properties) ? properties : {})) {
    const problem = schemaProblem(part, `${path}.properties.${name}`);
    if (problem !== null) return problem;
  }
  return items === undefined || Array.isArray(items) ? null : schemaProblem(items, `${path}.items`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
