import { isSpace } from "./sentence.ts";
import type { Window } from "./window.ts";

/** One reading of a window: text the rules can match, each character knowing the original characters it came from. */
export interface View {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Visible units before each character, for the length of a match as a reader sees it. */
  readonly visibleBefore: readonly number[];
  /** Characters that were joined from spaced-out letters; null where there are none. */
  readonly joined: readonly boolean[] | null;
}

/** The plain reading: white space folded, spaced-out letters joined, digits that stand for letters inside words read so. */
export function plainView(window: Window): View {
  const { codes } = window;
  const runEnds = spacedRuns(window);
  const out = new Builder(window, runEnds !== null);
  for (let at = 0; at < codes.length; at += 1) {
    const runEnd = runEnds?.get(at);
    if (runEnd !== undefined) {
      at = joinRun(window, at, runEnd, out);
    } else if (!isSpace(codes[at])) {
      out.add(at, codes[at] ?? 0, false);
    } else if (out.codes.at(-1) !== 32) {
      out.add(at, 32, false);
    }
  }
  readDigitsInsideWords(out.codes);
  return out.view();
}

/** Every digit and sign that can stand for a letter read as one; null where no word holds such a sign. */
export function leetView(plain: View): View | null {
  if (!/[a-z][01345@$!|]|[01345@$|][a-z]/.test(plain.text)) return null;
  const text = plain.text.replace(/[0134578@$!|]/g, (sign) => leet[sign] ?? sign);
  return { ...plain, text };
}

export function rot13View(plain: View): View {
  const text = plain.text.replace(/[a-z]/g, (letter) => {
    const code = letter.charCodeAt(0);
    return String.fromCharCode(code < 110 ? code + 13 : code - 13);
  });
  return { ...plain, text };
}

/** What tag characters and variation selectors spell. */
export function hiddenView(window: Window): View | null {
  if (window.hidden.length < 4) return null;
  return {
    text: window.hidden.map((character) => String.fromCharCode(character.code).toLowerCase()).join(""),
    starts: window.hidden.map((character) => character.start),
    ends: window.hidden.map((character) => character.end),
    visibleBefore: window.hidden.map(() => 0),
    joined: null,
  };
}

/** What runs of base64 decode to, where that is text. A run that starts before the window is tried at all four phases. */
export function base64Views(window: Window): View[] {
  const views: View[] = [];
  const { codes } = window;
  for (let at = 0; at < codes.length; at += 1) {
    const start = at;
    while (isBase64(codes[at])) at += 1;
    if (at - start < minBase64Length) continue;
    for (let phase = 0; phase < (start === 0 ? 4 : 1); phase += 1) {
      const view = decodeBase64(window, start + phase, at);
      if (view !== null) views.push(view);
    }
  }
  return views;
}

const leet: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "8": "b",
  "@": "a",
  $: "s",
  "!": "i",
  "|": "l",
};
const minBase64Length = 16;
const maxGap = 3;
const apostrophe = 39;

class Builder {
  readonly codes: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #visibleBefore: number[] = [];
  readonly #joined: boolean[] | null;
  readonly #window: Window;

  constructor(window: Window, joins: boolean) {
    this.#window = window;
    this.#joined = joins ? [] : null;
  }

  add(at: number, code: number, joined: boolean): void {
    const window = this.#window;
    this.codes.push(code);
    this.#starts.push(window.starts[at] ?? 0);
    this.#ends.push(window.ends[at] ?? 0);
    this.#visibleBefore.push(window.visibleBefore[at] ?? 0);
    this.#joined?.push(joined);
  }

  view(): View {
    return {
      text: textOf(this.codes),
      starts: this.#starts,
      ends: this.#ends,
      visibleBefore: this.#visibleBefore,
      joined: this.#joined,
    };
  }
}

function textOf(codes: readonly number[]): string {
  let text = "";
  for (let at = 0; at < codes.length; at += 4_096) text += String.fromCharCode(...codes.slice(at, at + 4_096));
  return text;
}

/** Where three or more single letters stand apart ("k i l l", "k.i.l.l"): start index to end index, or null for none. */
function spacedRuns(window: Window): Map<number, number> | null {
  const { codes } = window;
  let runs: Map<number, number> | null = null;
  let runStart = -1;
  let runLetters = 0;
  let runEnd = -1;
  const close = () => {
    if (runLetters >= 3) (runs ??= new Map()).set(runStart, runEnd);
    runLetters = 0;
  };
  for (let at = 0; at < codes.length; at += 1) {
    if (!isWord(codes[at])) continue;
    const start = at;
    while (isWord(codes[at + 1])) at += 1;
    if (at > start) {
      close();
      continue;
    }
    if (runLetters > 0 && start - runEnd > maxGap) close();
    if (runLetters === 0) runStart = start;
    runLetters += 1;
    runEnd = start + 1;
  }
  close();
  return runs;
}

/** Adds the run's letters without their gaps; a gap wider than the first one parts two words. */
function joinRun(window: Window, runStart: number, runEnd: number, out: Builder): number {
  const { codes } = window;
  let firstGap = 0;
  let firstGapIsSpace = false;
  let previous = -1;
  for (let at = runStart; at < runEnd; at += 1) {
    if (!isWord(codes[at])) continue;
    if (previous >= 0) {
      const gap = at - previous - 1;
      const gapIsSpace = isSpace(codes[previous + 1]);
      if (codes.slice(previous + 1, at).includes(apostrophe)) {
        out.add(previous + 1, apostrophe, true);
      } else if (firstGap === 0) {
        firstGap = gap;
        firstGapIsSpace = gapIsSpace;
      } else if (gap > firstGap || (gapIsSpace && !firstGapIsSpace)) {
        out.add(previous + 1, 32, true);
      }
    }
    out.add(at, codes[at] ?? 0, true);
    previous = at;
  }
  return runEnd - 1;
}

/** "k1ll", "y0ur53lf": digits count as letters where letters stand on both sides of them. */
function readDigitsInsideWords(codes: number[]): void {
  for (let at = 1; at < codes.length; at += 1) {
    if (!isDigit(codes[at]) || !isLetter(codes[at - 1])) continue;
    let end = at;
    while (isDigit(codes[end])) end += 1;
    if (end - at <= 2 && isLetter(codes[end])) {
      for (let index = at; index < end; index += 1) {
        const digit = codes[index] ?? 0;
        codes[index] = leet[String.fromCharCode(digit)]?.charCodeAt(0) ?? digit;
      }
    }
    at = end;
  }
}

function decodeBase64(window: Window, start: number, end: number): View | null {
  const bytes: number[] = [];
  const from: number[] = [];
  let bits = 0;
  let bitCount = 0;
  for (let at = start; at < end; at += 1) {
    const value = base64Value(window.codes[at] ?? 0, window.upper[at] === true);
    bits = ((bits << 6) | value) & 0xffff;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    const byte = (bits >> bitCount) & 0xff;
    if ((byte < 32 && byte !== 10 && byte !== 13) || byte > 126) return null;
    bytes.push(byte === 10 || byte === 13 ? 32 : byte);
    from.push(at);
  }
  return {
    text: textOf(bytes).toLowerCase(),
    starts: from.map((at) => window.starts[at - 1] ?? window.starts[at] ?? 0),
    ends: from.map((at) => window.ends[at] ?? 0),
    visibleBefore: from.map((at) => window.visibleBefore[at] ?? 0),
    joined: null,
  };
}

function base64Value(code: number, upper: boolean): number {
  if (isLetter(code)) return upper ? code - 97 : code - 71;
  if (isDigit(code)) return code + 4;
  return code === 43 || code === 45 ? 62 : 63;
}

function isBase64(code: number | undefined): boolean {
  return isWord(code) || code === 43 || code === 47;
}

function isWord(code: number | undefined): boolean {
  return isLetter(code) || isDigit(code);
}

function isLetter(code: number | undefined): boolean {
  return code !== undefined && code >= 97 && code <= 122;
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= 48 && code <= 57;
}
