import { Refusal } from "../http/refusal.ts";
import { type Path, type WrongType, written } from "../fields.ts";

/** The messages of Ollama's JSON decoder, which leave out list indexes: `ChatRequest.messages.content`. */
export function ollamaErrorText(struct: string): WrongType {
  return (path, value, wanted) => {
    const where = path.length === 0 ? "Go value" : `Go struct field ${struct}.${goPath(path)}`;
    const goType = path.length === 0 ? `api.${struct}` : wanted.goType;
    const param = written(path);
    return new Refusal(
      400,
      "invalid_type",
      `json: cannot unmarshal ${goKind(value)} into ${where} of type ${goType}`,
      param === "" ? {} : { param },
    );
  };
}

function goPath(path: Path): string {
  return path.filter((part) => typeof part === "string").join(".");
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "number" : `number ${value}`;
  return typeof value;
}
