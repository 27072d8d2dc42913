import { quotationMarks } from "./quotation-marks.ts";

/** Where a text may be cut: sentences for the shaper and the prompt, words for detecting loops. Pure. */

/** With those of Arabic, Urdu, Hindi, Armenian, Ethiopic and Khmer. */
const terminator = /[.!?…؟۔।॥։።៕‽⁇⁈⁉]/;
/** Scripts that put no space after a full stop. */
const wideTerminator = /[。！？]/;
/** Right behind a full stop a mark of any language closes: what opens has a space before it. */
const closing = new RegExp(`[${quotationMarks}')\\]*_]`);
/** Where no space stands between sentences, only what opens nothing. */
const wideClosing = /["'”’»)\]*_」』）】]/;
/** What a sentence may start with, besides a letter. */
const opening = new RegExp(`[${quotationMarks}'(\\[*_—–¿¡-]`);
/** The number of an item. */
const itemNumber = /^\s*\d{1,2}\.$/;
const abbreviation = /(?:^|[\s("“‘'])(?:Mr|Mrs|Ms|Dr|St|Mt|Jr|Sr|Prof|Rev|Capt|Col|Lt|Sgt|vs|No|[A-Z])\.$/;

/**
 * The end of the first sentence at or after `from` (exclusive, closing quotes included, the white space behind it not), or
 * null while that cannot be decided without more text. A line break ends a sentence as well. The result never depends on
 * text beyond the first letter of the next sentence.
 */
export function sentenceEnd(text: string, from: number): number | null {
  for (let at = from; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === "\n") return at;
    if (wideTerminator.test(character)) {
      const end = skip(text, at + 1, (next) => wideTerminator.test(next) || wideClosing.test(next));
      return end < text.length ? end : null;
    }
    if (!terminator.test(character)) continue;
    const end = skip(text, at + 1, (next) => terminator.test(next) || closing.test(next));
    const nextStart = skip(text, end, (next) => next === " " || next === "\t");
    if (nextStart >= text.length) return null;
    if (text.charAt(nextStart) === "\n") return end;
    if (nextStart > end && startsSentence(text, nextStart) && !isNoEnd(text.slice(from, at + 1))) return end;
    at = end - 1;
  }
  return null;
}

/** A dash ends what is said where somebody is interrupted. */
const whole = new RegExp(
  `(?:${terminator.source}|${wideTerminator.source}|[—–-](?=[${quotationMarks}]))(?:${closing.source}|[」』）】])*\\s*$`,
);

/** Whether a text ends as a sentence does. */
export function isWhole(text: string): boolean {
  return whole.test(text);
}

/** Offsets at which a sentence or paragraph starts, ascending; the first is 0. */
export function sentenceStarts(text: string): number[] {
  const starts = [0];
  for (let at = 0; ;) {
    const end = sentenceEnd(text, at);
    if (end === null) return starts;
    at = skip(text, Math.max(end, at + 1), isSpace);
    if (at < text.length) starts.push(at);
  }
}

/** Words in lower case, without punctuation. */
export function wordsOf(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replaceAll("’", "'")
      .match(/[\p{L}\p{N}]+(?:'[\p{L}\p{N}]+)*/gu) ?? []
  );
}

export function isSpace(character: string): boolean {
  return /\s/.test(character);
}

function isNoEnd(text: string): boolean {
  return abbreviation.test(text) || itemNumber.test(text);
}

function startsSentence(text: string, at: number): boolean {
  const character = text.charAt(at);
  if (opening.test(character)) return true;
  // Most scripts have no capitals.
  return character.toLowerCase() !== character || !/\p{Ll}/u.test(character);
}

function skip(text: string, from: number, while_: (character: string) => boolean): number {
  let at = from;
  while (at < text.length && while_(text.charAt(at))) at += 1;
  return at;
}
