import { parentPort } from "node:worker_threads";
import type { ErrorObject, ValidateFunction } from "ajv";
import { compileSchema, UnknownDialect } from "./schema-dialect.ts";
import type { SchemaReply, SchemaRequest } from "./schema-messages.ts";

/** Of the callers' schemas, those used last: a call asks for its own several times. */
const keptSchemas = 32;
const compiled = new Map<string, ValidateFunction>();

parentPort?.on("message", (request: SchemaRequest) => {
  // Its time is counted from here: starting the thread, and those before it, are not its fault.
  begin("schema");
  parentPort?.postMessage(answer(request));
});

function begin(part: "schema" | "text"): void {
  parentPort?.postMessage({ type: "begun", part } satisfies SchemaReply);
}

function answer({ schema, text }: SchemaRequest): SchemaReply {
  let validate: ValidateFunction | null;
  try {
    validate = schema === null ? null : schemaOf(schema);
  } catch (error) {
    const dialect = error instanceof UnknownDialect ? error.dialect : null;
    return { type: "no_schema", reason: reasonOf(error), dialect };
  }
  if (text === null) return { type: "fits" };
  begin("text");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { type: "misfit", problem: `It is not JSON: ${reasonOf(error)}.` };
  }
  try {
    return validate === null || validate(value)
      ? { type: "fits" }
      : { type: "misfit", problem: problemOf(validate.errors) };
  } catch (error) {
    return { type: "misfit", problem: `It could not be checked: ${reasonOf(error)}.` };
  }
}

function schemaOf(json: string): ValidateFunction {
  const known = compiled.get(json);
  const validate = known ?? compileSchema(JSON.parse(json));
  compiled.delete(json);
  compiled.set(json, validate);
  for (const oldest of compiled.keys()) {
    if (compiled.size <= keptSchemas) break;
    compiled.delete(oldest);
  }
  return validate;
}

function problemOf(errors: readonly ErrorObject[] | null | undefined): string {
  const [first] = errors ?? [];
  if (!first) return "It does not fit the schema.";
  const where = first.instancePath === "" ? "The answer" : `\`${first.instancePath.slice(1).replaceAll("/", ".")}\``;
  return `${where} ${first.message ?? "does not fit the schema"}.`;
}

function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return "it refers to itself without end, or is nested too deeply";
  return error instanceof Error ? error.message : String(error);
}
