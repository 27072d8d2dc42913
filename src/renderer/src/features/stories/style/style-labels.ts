import type { StoryStyle, TextKind } from "../../../../../shared/contract/story.ts";
import { counted } from "../../../../../shared/format.ts";

export const kindLabels: Record<TextKind, string> = {
  scene: "Scene",
  dialogue: "Dialogue",
  barks: "Barks",
  description: "Description",
  item: "Item description",
  choices: "Choices",
  letter: "Letter",
  log: "Log entry",
};
export const personLabels = { first: "First person", second: "Second person", third: "Third person" };
export const tenseLabels = { past: "Past tense", present: "Present tense" };

/** What the writer chose, in one line; that nothing was chosen says so. */
export function styleWords({ kind, person, tense, words, tone }: StoryStyle): string {
  const chosen = [
    kind && kindLabels[kind],
    person && personLabels[person],
    tense && tenseLabels[tense],
    words && `about ${counted(words, "word")}`,
    tone,
  ].filter((part) => part !== undefined && part !== "");
  return chosen.length === 0 ? "As the passage and the prompt say" : chosen.join(", ");
}
