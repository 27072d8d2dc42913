import type { Message, ResponseFormat } from "../../../shared/contract/inference.ts";

export type FormatCheck =
  /** `text` is the JSON alone, without a fence around it. */
  | { readonly ok: true; readonly text: string }
  /** `problem` is a sentence for a person or a model. */
  | { readonly ok: false; readonly problem: string };

/** Checks a text against the format it was requested in. */
export type FormatChecker = (text: string) => Promise<FormatCheck>;

/** Knows how to check formats. */
export interface FormatCheckers {
  /**
   * The checker of a format: any JSON, or a JSON Schema of draft-04 to 2020-12 (unknown keywords and formats ignored). Throws
   * `Failure` (BAD_REQUEST) when the schema itself is not one.
   */
  checkerFor(format: ResponseFormat): Promise<FormatChecker>;
}

/** The messages that ask a model to repair an answer that does not fit; none where the answer is empty, so that it gets the same prompt again. */
export function repairMessages(answer: string, problem: string): Message[] {
  if (answer.trim() === "") return [];
  return [
    { role: "assistant", content: answer },
    { role: "user", content: `That does not fit the format. ${problem} Answer again, with the corrected JSON alone.` },
  ];
}

const fence = "```";

/** Models put JSON into code fences even where the prompt does not mention them. Each character is looked at a few times at most. */
export function withoutFence(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith(fence) || !trimmed.endsWith(fence) || trimmed.length < 2 * fence.length) return text;
  const lineEnd = trimmed.indexOf("\n");
  if (lineEnd === -1) return text;
  const language = trimmed.slice(fence.length, lineEnd).trim();
  if (language !== "" && language !== "json") return text;
  const inner = trimmed.slice(lineEnd + 1, -fence.length);
  return inner.endsWith("\n") ? inner.slice(0, -1) : inner;
}
