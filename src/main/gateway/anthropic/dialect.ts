import { type Path, type WrongType } from "../fields.ts";
import { Refusal } from "../http/refusal.ts";

/** Anthropic's message for a field of the wrong type: `messages.0.content: Input should be a valid string`. */
export const anthropicErrorText: WrongType = (path, _value, wanted) => {
  const param = dotted(path);
  const kind = { array: "list", object: "dictionary" }[String(wanted.kind)] ?? wanted.kind;
  return new Refusal(400, "invalid_type", `${param || "body"}: Input should be a valid ${kind}`, { param });
};

/** The path as Anthropic writes it. */
export function dotted(path: Path): string {
  return path.join(".");
}

/** A value that cannot be taken, with the path before the words. */
export function invalid(path: Path, words: string): Refusal {
  const param = dotted(path);
  return new Refusal(400, "invalid_value", `${param}: ${words}`, { param });
}
