import type { Llama } from "node-llama-cpp";

type GrammarSchema = Parameters<Llama["createGrammarForJsonSchema"]>[0];

type Json = unknown;
type JsonObject = Readonly<Record<string, Json>>;
type Basic = "string" | "number" | "integer" | "boolean" | "null";

const basicTypes: readonly string[] = ["string", "number", "integer", "boolean", "null"] satisfies Basic[];
const formats: readonly string[] = ["date-time", "time", "date"];
/** llama.cpp writes out every repetition; a bound above this is left to the check afterwards. */
const maxRepetition = 500;
const maxDepth = 32;
const maxParts = 2_000;

/**
 * A JSON Schema in the part of the language that node-llama-cpp makes grammars of, where everything the grammar allows to begin
 * with may fit the schema; null where it cannot be put so. What a grammar cannot say (patterns, ranges, optional
 * properties) becomes narrower or is left to the check of the answer. Left to itself the library reads what it does not know as
 * `null`, and an object without listed properties as the empty one.
 */
export function grammarSchema(schema: JsonObject): GrammarSchema | null {
  try {
    return new Translation(schema).root();
  } catch (error) {
    if (error instanceof Untranslatable) return null;
    throw error;
  }
}

class Untranslatable extends Error {}

class Translation {
  readonly #schema: JsonObject;
  readonly #definitions: Readonly<Record<string, Json>>;
  #parts = 0;

  constructor(schema: JsonObject) {
    this.#schema = schema;
    this.#definitions = {
      ...(isObject(schema["definitions"]) ? schema["definitions"] : {}),
      ...(isObject(schema["$defs"]) ? schema["$defs"] : {}),
    };
  }

  root(): GrammarSchema {
    const translated = this.#translate(this.#schema, 0);
    const names = Object.keys(this.#definitions);
    if (names.length === 0) return translated as GrammarSchema; // built of the library's words alone
    const $defs = Object.fromEntries(names.map((name) => [name, this.#translate(this.#definitions[name], 1)]));
    // Only these kinds of the library's schema carry definitions.
    if (!("type" in translated || "oneOf" in translated || "$ref" in translated)) throw new Untranslatable();
    return { ...translated, $defs } as GrammarSchema; // as above
  }

  #translate(schema: Json, depth: number): JsonObject {
    this.#parts += 1;
    if (!isObject(schema) || depth > maxDepth || this.#parts > maxParts) throw new Untranslatable();
    const reference = schema["$ref"];
    if (typeof reference === "string") return { $ref: `#/$defs/${this.#definitionName(reference)}` };
    const alternatives = schema["oneOf"] ?? schema["anyOf"];
    if (Array.isArray(alternatives) && alternatives.length > 0)
      return { oneOf: alternatives.map((alternative) => this.#translate(alternative, depth + 1)) };
    const all = schema["allOf"];
    if (Array.isArray(all)) {
      if (all.length !== 1 || schema["type"] !== undefined || schema["properties"] !== undefined)
        throw new Untranslatable();
      return this.#translate(all[0], depth + 1);
    }
    if ("const" in schema) return { const: literal(schema["const"]) };
    const listed = schema["enum"];
    if (Array.isArray(listed) && listed.length > 0) return { enum: listed.map(literal) };
    return this.#typed(schema, depth);
  }

  #typed(schema: JsonObject, depth: number): JsonObject {
    const type =
      schema["type"] ?? (isObject(schema["properties"]) ? "object" : "items" in schema ? "array" : undefined);
    if (Array.isArray(type)) {
      if (type.length === 0) throw new Untranslatable();
      if (type.every((each) => basicTypes.includes(each))) return { type };
      return { oneOf: type.map((each) => this.#translate({ ...schema, type: each }, depth + 1)) };
    }
    if (type === "object") return this.#object(schema, depth);
    if (type === "array") return this.#array(schema, depth);
    if (type === "string") return stringSchema(schema);
    if (typeof type === "string" && basicTypes.includes(type)) return { type };
    throw new Untranslatable();
  }

  #object(schema: JsonObject, depth: number): JsonObject {
    const properties = isObject(schema["properties"]) ? schema["properties"] : {};
    const names = Object.keys(properties);
    const required = Array.isArray(schema["required"]) ? schema["required"] : [];
    if (required.some((name) => typeof name !== "string" || !names.includes(name))) throw new Untranslatable();
    const additional = schema["additionalProperties"] ?? true;
    const minimum = bound(schema["minProperties"]) ?? 0;
    const maximum = bound(schema["maxProperties"]);
    if (maximum !== undefined && maximum < names.length) throw new Untranslatable();
    // Properties beyond the listed ones are asked for only where something has to stand in the object.
    const open = names.length === 0 || minimum > names.length;
    if (minimum > names.length && additional === false) throw new Untranslatable();
    return {
      type: "object",
      properties: Object.fromEntries(names.map((name) => [name, this.#translate(properties[name], depth + 1)])),
      ...(open && additional !== false
        ? { additionalProperties: isObject(additional) ? this.#openTo(additional, depth) : true }
        : {}),
      ...(open && minimum > 0 ? { minProperties: minimum } : {}),
      ...(open && maximum !== undefined ? { maxProperties: maximum } : {}),
    };
  }

  #openTo(schema: JsonObject, depth: number): JsonObject | true {
    return Object.keys(schema).length === 0 ? true : this.#translate(schema, depth + 1);
  }

  #array(schema: JsonObject, depth: number): JsonObject {
    const items = schema["items"];
    const leading = schema["prefixItems"];
    const anything = items === undefined || items === true || (isObject(items) && Object.keys(items).length === 0);
    const minItems = bound(schema["minItems"]);
    const maxItems = items === false && Array.isArray(leading) ? leading.length : bound(schema["maxItems"]);
    if (Array.isArray(items)) throw new Untranslatable();
    return {
      type: "array",
      ...(anything || items === false ? {} : { items: this.#translate(items, depth + 1) }),
      ...(Array.isArray(leading) ? { prefixItems: leading.map((each) => this.#translate(each, depth + 1)) } : {}),
      ...(minItems === undefined ? {} : { minItems }),
      ...(maxItems === undefined ? {} : { maxItems }),
    };
  }

  #definitionName(reference: string): string {
    const name = /^#\/(?:\$defs|definitions)\/([^/~%]+)$/.exec(reference)?.[1];
    if (name === undefined || !Object.hasOwn(this.#definitions, name)) throw new Untranslatable();
    return name;
  }
}

function stringSchema(schema: JsonObject): JsonObject {
  const { format } = schema;
  if (typeof format === "string" && formats.includes(format)) return { type: "string", format };
  const minLength = bound(schema["minLength"]);
  const maxLength = bound(schema["maxLength"]);
  return {
    type: "string",
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
  };
}

function literal(value: Json): string | number | boolean | null {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  throw new Untranslatable();
}

function bound(value: Json): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= maxRepetition
    ? value
    : undefined;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
