import type { ShownNumber } from "../../../../../shared/rollout-labels.ts";

/** A piece of a sentence; `what` where it tells a number that has a definition. */
export interface SentencePart {
  readonly text: string;
  readonly what: ShownNumber | null;
}

/** The numbers in what a rollout waits for, by the words of the backend around them. */
const numbers: readonly (readonly [RegExp, ShownNumber])[] = [
  [/[\d,]+ more (?:session|call)s?/, "units"],
  [/(?<=evidence )[\d.,]*\d of [\d.,]*\d(?= against the candidate)/, "evidence"],
  [/(?<=evidence against the candidate reached )[\d.,]*\d of [\d.,]*\d/, "evidence"],
  [/(?<=evidence of its unseen answers reached )[\d.,]*\d of [\d.,]*\d/, "shadowEvidence"],
  [/(?<=not slower by more than a quarter: )[\d.,]*\d of [\d.,]*\d/, "pass"],
  [/[\d,]+ of [\d,]+ units/, "units"],
  [/[\d.,]*\d %(?= stay on the old version)/, "holdback"],
];

/** A sentence of what a rollout waits for, cut where its numbers stand. */
export function waitingParts(sentence: string): readonly SentencePart[] {
  for (const [pattern, what] of numbers) {
    const found = pattern.exec(sentence);
    if (found === null) continue;
    const [text] = found;
    return [
      ...waitingParts(sentence.slice(0, found.index)),
      { text, what },
      ...waitingParts(sentence.slice(found.index + text.length)),
    ];
  }
  return sentence === "" ? [] : [{ text: sentence, what: null }];
}
