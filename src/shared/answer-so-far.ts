import type { InferenceEvent, LeftOut } from "./contract/inference.ts";

/** An answer while its events come: what its reader is shown, what the model wrote, and what of it was left out. */
export interface AnswerSoFar {
  readonly text: string;
  readonly raw: string;
  readonly leftOut: readonly LeftOut[];
}

export const noAnswer: AnswerSoFar = { text: "", raw: "", leftOut: [] };

/** The answer once an event has come; the same object where the event says nothing of it. */
export function answerAfter(answer: AnswerSoFar, event: { readonly type: string } | InferenceEvent): AnswerSoFar {
  if (!isOfText(event)) return answer;
  const { text, raw, leftOut } = answer;
  switch (event.type) {
    case "token":
      return { text: text + event.text, raw: raw + event.text, leftOut };
    case "left_out": {
      const part = { start: raw.length, end: raw.length + event.text.length, reason: event.reason };
      return { text, raw: raw + event.text, leftOut: [...leftOut, part] };
    }
    case "held":
      return { text: withFallback(text, event.fallback), raw: withFallback(raw, event.fallback), leftOut };
    case "text_was_thought":
      return noAnswer;
  }
}

/** How many sentences or lines were left out; white space alone is none. */
export function leftOutCount(leftOut: readonly LeftOut[]): number {
  return leftOut.filter(({ reason }) => reason !== "space").length;
}

type TextEvent = Extract<InferenceEvent, { type: "token" | "left_out" | "held" | "text_was_thought" }>;
const types: ReadonlySet<string> = new Set<TextEvent["type"]>(["token", "left_out", "held", "text_was_thought"]);

function isOfText(event: { readonly type: string }): event is TextEvent {
  return types.has(event.type);
}

function withFallback(text: string, fallback: string): string {
  return text + (text === "" || /\s$/.test(text) ? fallback : ` ${fallback}`);
}
