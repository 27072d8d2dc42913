import type { StoryStyle, TextKind } from "../../../shared/contract/story.ts";

/** What the system message says: who writes, and nothing about how but what the writer chose. */
export function systemMessage({ person, tense, tone, words }: StoryStyle): string {
  const chosen = [
    person && `Write in the ${person} person.`,
    tense && `Write in the ${tense} tense.`,
    tone && `Tone: ${sentenceFrom(tone)}`,
    words && `Write about ${words} words.`,
  ].filter(Boolean);
  return ["You are a writer of fiction. You answer with the text alone.", ...chosen].join(" ");
}

/** The request for the next piece, after the passage so far. */
export function request(instruction: string, kind: TextKind | undefined, isFirst: boolean): string {
  const asked = sentenceFrom(instruction);
  if (kind !== undefined) return `${kindRequests[kind]} ${asked}`;
  if (isContinue(instruction)) return isFirst ? "Begin the story." : "Continue the text above from where it ends.";
  return isFirst ? `Write for a story: ${asked}` : `Write what comes next: ${asked}`;
}

const kindRequests: Record<TextKind, string> = {
  scene: "Write a scene in which this happens:",
  dialogue: "Write the dialogue, what is said and by whom:",
  barks: "Write barks, short lines that characters call out, one a line:",
  description: "Write a description:",
  item: "Write the description of an item in a game:",
  choices: "Write the choices that the reader has now, one a line:",
  letter: "Write a letter:",
  log: "Write the entry of a log or journal:",
};

/** "Continue", "Go on", and the like in the languages that are written most. */
function isContinue(instruction: string): boolean {
  return /^(please )?(continue|go on|keep going|carry on|next|weiter|mach weiter|continuez?|continúa|sigue|continua|prosegui|продолжай|продолжи|続けて|继续|繼續|계속|استمر|تابع|המשך)[.!…]*$/iu.test(
    instruction.trim(),
  );
}

function sentenceFrom(text: string): string {
  const trimmed = text.trim();
  return /[.!?…"”»。！？」]$/u.test(trimmed) ? trimmed : `${trimmed}.`;
}
