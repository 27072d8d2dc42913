import { type WrongType, written } from "../fields.ts";
import { Refusal } from "../http/refusal.ts";

/** OpenAI's message for a field of the wrong type, with the field as `param`. */
export const openaiErrorText: WrongType = (path, value, wanted) => {
  const param = written(path);
  const got = Array.isArray(value) ? "an array" : value === null ? "null" : `${article(typeof value)} ${typeof value}`;
  const words = `Invalid type for '${param || "body"}': expected ${article(wanted.kind)} ${wanted.kind}, but got ${got} instead.`;
  return new Refusal(400, "invalid_type", words, param === "" ? {} : { param });
};

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? "an" : "a";
}
