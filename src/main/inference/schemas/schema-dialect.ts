import { Ajv, type Options, type ValidateFunction } from "ajv";
import Ajv04 from "ajv-draft-04";
import { Ajv2019 } from "ajv/dist/2019.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import draft06 from "ajv/dist/refs/json-schema-draft-06.json" with { type: "json" };

/**
 * Formats are notes to the model: an answer is not refused for them, nor for keywords that nobody knows.
 * Ajv's optimiser takes a time that grows with the square of a schema's size, and saves a check next to nothing.
 */
const options: Options = {
  strict: false,
  validateFormats: false,
  logger: false,
  allErrors: false,
  code: { optimize: false },
};

/** A fresh instance a schema: `$id`s of different callers must not meet, and nothing stays in memory. */
const dialects: Readonly<Record<string, () => Pick<Ajv, "compile">>> = {
  "draft/2020-12": () => new Ajv2020(options),
  "draft/2019-09": () => new Ajv2019(options),
  "draft-07": () => new Ajv(options),
  "draft-06": () => new Ajv(options).addMetaSchema(draft06),
  "draft-04": () => new Ajv04(options),
};
const newest = "draft/2020-12";
/** Tried in this order where a schema does not say what it is, and is not of the newest: tuples, then `exclusiveMinimum: true`. */
const older = ["draft-07", "draft-04"] as const;

/** The schema names a dialect that is none of those known. */
export class UnknownDialect extends Error {
  override readonly name = "UnknownDialect";
  readonly dialect: string;

  constructor(dialect: string) {
    super(`its \`$schema\` is ${dialect}`);
    this.dialect = dialect;
  }
}

/**
 * Compiles a JSON Schema of draft-04, 06, 07, 2019-09 or 2020-12, as its `$schema` says, by http or https, with or without `#`;
 * OpenAPI's `nullable` is read everywhere. Throws `UnknownDialect`, or the reason why it is no schema.
 */
export function compileSchema(schema: Readonly<Record<string, unknown>>): ValidateFunction {
  const { $schema, ...rest } = schema;
  const readable = withNullable(rest) as Record<string, unknown>; // an object stays one
  if ($schema !== undefined) return dialectOf($schema)().compile(readable);
  try {
    return dialect(newest)().compile(readable);
  } catch (error) {
    for (const name of older) {
      try {
        return dialect(name)().compile(readable);
      } catch {
        // What is wrong with it is said as of the newest.
      }
    }
    throw error;
  }
}

function dialectOf($schema: unknown) {
  const name = /^https?:\/\/json-schema\.org\/(?<name>[\w/-]+)\/schema#?$/.exec(String($schema).trim())?.groups?.[
    "name"
  ];
  const found = name === undefined ? undefined : dialects[name];
  // "The newest there is", as schemas said before drafts had addresses of their own.
  if (/^https?:\/\/json-schema\.org\/schema#?$/.test(String($schema).trim())) return dialect(newest);
  if (found === undefined) throw new UnknownDialect(typeof $schema === "string" ? $schema : JSON.stringify($schema));
  return found;
}

function dialect(name: string): () => Pick<Ajv, "compile"> {
  const found = dialects[name];
  if (found === undefined) throw new Error(`there is no dialect ${name}`);
  return found;
}

/** Keywords whose values are data, not schemas. */
const data: ReadonlySet<string> = new Set(["const", "enum", "default", "examples", "example", "required"]);
/** Keywords whose values are schemas by name. */
const named: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "definitions",
  "$defs",
  "dependentSchemas",
]);

/** `nullable: true` as the alternative `null` where there is no `type` it could go with, which Ajv does not take by itself. */
function withNullable(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withNullable);
  if (typeof schema !== "object" || schema === null) return schema;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => [
      keyword,
      data.has(keyword) ? value : named.has(keyword) ? eachNullable(value) : withNullable(value),
    ]),
  );
  if (typeof nullable !== "boolean") return nullable === undefined ? rest : { ...rest, nullable };
  if (!nullable) return rest;
  const { type } = rest;
  if (typeof type === "string") return { ...rest, type: [type, "null"], ...withNull(rest) };
  if (Array.isArray(type)) return { ...rest, type: [...new Set([...type, "null"])], ...withNull(rest) };
  const { definitions, $defs, $id, id, ...inner } = rest;
  const outer = Object.fromEntries(
    Object.entries({ definitions, $defs, $id, id }).filter(([, value]) => value !== undefined),
  );
  return { ...outer, anyOf: [{ type: "null" }, inner] };
}

function eachNullable(schemas: unknown): unknown {
  if (typeof schemas !== "object" || schemas === null || Array.isArray(schemas)) return schemas;
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, withNullable(schema)]));
}

/** Who lists values and says that there may be none means both. */
function withNull({ enum: listed }: Readonly<Record<string, unknown>>): object {
  return Array.isArray(listed) && !listed.includes(null) ? { enum: [...listed, null] } : {};
}
