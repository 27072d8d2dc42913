/** What a message or a delta says, taken apart. */
export interface Content {
  readonly text: string;
  readonly thought: string;
  /** Words in which the model declines to answer. */
  readonly refusal: string;
}

/** Parts that stand beside the words and hold none of them. */
const silentParts = new Set(["reference", "tool_reference", "document_url", "citation", "tool_use", "tool_call"]);

/**
 * Reads a `content`: a text, or parts as Mistral's reasoning models and some proxies write them (`text`, `output_text`,
 * `thinking` with a text or parts of its own, `refusal`). Null where there is something else in it, which may be words.
 */
export function readContent(value: unknown): Content | null {
  if (value === undefined || value === null) return { text: "", thought: "", refusal: "" };
  if (typeof value === "string") return { text: value, thought: "", refusal: "" };
  if (!Array.isArray(value)) return typeof value === "object" ? readPart({ ...value }) : null;
  const parts = value.map((part: unknown) => (isPlain(part) ? readContent(part) : null));
  let whole: Content | null = { text: "", thought: "", refusal: "" };
  for (const part of parts) {
    if (part === null || whole === null) return null;
    whole = {
      text: whole.text + part.text,
      thought: whole.thought + part.thought,
      refusal: whole.refusal + part.refusal,
    };
  }
  return whole;
}

function readPart(part: Readonly<Record<string, unknown>>): Content | null {
  const { type } = part;
  if (type === "thinking" || type === "reasoning") {
    const read = readContent(part["thinking"] ?? part["reasoning"] ?? part["text"] ?? part["summary"]);
    return read && { text: "", thought: read.thought + read.text, refusal: "" };
  }
  if (type === "refusal" && typeof part["refusal"] === "string")
    return { text: "", thought: "", refusal: part["refusal"] };
  const words = part["text"] ?? part["content"];
  if (typeof words === "string") return { text: words, thought: "", refusal: "" };
  return typeof type === "string" && silentParts.has(type) ? { text: "", thought: "", refusal: "" } : null;
}

function isPlain(part: unknown): boolean {
  return typeof part === "string" || (typeof part === "object" && part !== null && !Array.isArray(part));
}

/** The first of some texts or parts that says anything, as one text; null where one is neither. */
export function firstWords(values: readonly unknown[]): string | null {
  for (const value of values) {
    const read = readContent(value);
    if (read === null) return null;
    const words = read.thought + read.text;
    if (words !== "") return words;
  }
  return "";
}
