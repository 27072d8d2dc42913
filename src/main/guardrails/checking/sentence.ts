import type { Window } from "./window.ts";
import { newlineCode, spaceCode } from "./window.ts";

/**
 * Whether a new sentence surely starts at `index`: a word of two letters or more (or a number), a full stop, question or
 * exclamation mark, white space, then a capital or an opening mark. Titles ("Mr.") and single letters ("k. i. l. l.")
 * never end one. Rules look at one sentence at a time, so where this says yes nothing before can belong to a match after.
 */
export function startsSentence(window: Window, index: number): boolean {
  const { codes } = window;
  if (!isSpace(codes[index - 1]) || isSpace(codes[index])) return false;
  let at = index - 1;
  while (isSpace(codes[at])) at -= 1;
  while (isIn(closers, codes[at])) at -= 1;
  const lastTerminator = at;
  while (isIn(terminators, codes[at])) at -= 1;
  if (at === lastTerminator) return false;
  while (isIn(closers, codes[at])) at -= 1;
  const opensWithCapital = window.upper[index] === true;
  if (isDigit(codes[at])) return opensWithCapital;
  let word = "";
  while (word.length < maxAbbreviationLength + 1 && window.letter[at] === true) {
    word = String.fromCharCode(codes[at] ?? spaceCode) + word;
    at -= 1;
  }
  if (word.length < 2 || abbreviations.has(word)) return false;
  return opensWithCapital || isIn(openers, codes[index]);
}

export function isSpace(code: number | undefined): boolean {
  return code === spaceCode || code === newlineCode;
}

const terminators = ".!?";
const closers = "\"')]*_";
const openers = "\"'([*_#-";
const abbreviations = new Set([
  "mr",
  "mrs",
  "ms",
  "dr",
  "st",
  "jr",
  "sr",
  "vs",
  "messrs",
  "mme",
  "mlle",
  "prof",
  "capt",
  "col",
  "gen",
  "lt",
  "rev",
]);
const maxAbbreviationLength = 6;

function isIn(set: string, code: number | undefined): boolean {
  return code !== undefined && set.includes(String.fromCharCode(code));
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= 48 && code <= 57;
}
