import type { z } from "zod";
import { Refusal } from "./http/refusal.ts";

type Json = z.core.util.JSONType;
export type Path = readonly (string | number)[];

/** What a field has to be; `goType` is what Ollama calls it in its own errors. */
export interface Wanted {
  readonly kind: "string" | "boolean" | "number" | "integer" | "array" | "object";
  readonly goType: string;
}

/** An API's message for a field of the wrong type. */
export type WrongType = (path: Path, value: unknown, wanted: Wanted) => Refusal;

/** The fields of one JSON object of a request, read one by one; null is as good as absent. A wrong type throws `Refusal`. */
export class Fields {
  readonly path: Path;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #wrong: WrongType;

  constructor(value: unknown, wrong: WrongType, path: Path = [], goType = "") {
    if (!isObject(value)) throw wrong(path, value, { kind: "object", goType });
    this.path = path;
    this.#values = value;
    this.#wrong = wrong;
  }

  any(name: string): unknown {
    return this.#values[name] ?? undefined;
  }

  string(name: string): string | undefined {
    const value = this.any(name);
    if (value === undefined || typeof value === "string") return value;
    throw this.wrong(name, value, { kind: "string", goType: "string" });
  }

  boolean(name: string): boolean | undefined {
    const value = this.any(name);
    if (value === undefined || typeof value === "boolean") return value;
    throw this.wrong(name, value, { kind: "boolean", goType: "bool" });
  }

  number(name: string): number | undefined {
    const value = this.any(name);
    if (value === undefined || typeof value === "number") return value;
    throw this.wrong(name, value, { kind: "number", goType: "float64" });
  }

  integer(name: string): number | undefined {
    const value = this.any(name);
    if (value === undefined || (typeof value === "number" && Number.isInteger(value))) return value;
    throw this.wrong(name, value, { kind: "integer", goType: "int" });
  }

  object(name: string, goType = "map[string]interface {}"): Fields | undefined {
    const value = this.any(name);
    return value === undefined ? undefined : new Fields(value, this.#wrong, [...this.path, name], goType);
  }

  /** The items with their indexes. */
  list(name: string, goType: string): { readonly value: unknown; readonly path: Path }[] | undefined {
    const value = this.any(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw this.wrong(name, value, { kind: "array", goType });
    return value.map((item: unknown, index) => ({ value: item, path: [...this.path, name, index] }));
  }

  /** A list of objects. */
  objects(name: string, goType: string): Fields[] | undefined {
    const item = goType.replace("[]", "");
    return this.list(name, goType)?.map(({ value, path }) => new Fields(value, this.#wrong, path, item));
  }

  strings(name: string): string[] | undefined {
    return this.list(name, "[]string")?.map(({ value, path }) => {
      if (typeof value === "string") return value;
      throw this.#wrong(path, value, { kind: "string", goType: "string" });
    });
  }

  /** An object that is handed on as it is, such as a schema. */
  json(name: string, goType = "map[string]interface {}"): Record<string, Json> | undefined {
    const value = this.any(name);
    if (value === undefined) return undefined;
    if (!isObject(value)) throw this.wrong(name, value, { kind: "object", goType });
    return plainJson(value, [...this.path, name]);
  }

  entries(): [string, unknown][] {
    return Object.entries(this.#values).filter(([, value]) => value !== null);
  }

  wrong(name: string, value: unknown, wanted: Wanted): Refusal {
    return this.#wrong([...this.path, name], value, wanted);
  }
}

/** The path as a person would write it: `messages[0].content`. */
export function written(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`),
    "",
  );
}

/** Parsed from JSON, so it is JSON; refused where it nests deeper than what comes after could follow. */
export function plainJson(value: Readonly<Record<string, unknown>>, path: Path): Record<string, Json> {
  if (isDeeper(value, maxDepth)) {
    const at = written(path);
    throw new Refusal(400, "invalid_value", `${at} nests deeper than ${maxDepth} levels. Make it flatter.`, {
      param: at,
    });
  }
  return value as Record<string, Json>; // what JSON.parse gives
}

const maxDepth = 64;

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
