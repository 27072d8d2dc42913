import type { FinishReason, LeftOutReason } from "../../../shared/contract/inference.ts";
import { type AskedFor, askedFor } from "./asked.ts";
import { LoopDetector } from "./loops.ts";
import { Quotations } from "./quotation-marks.ts";
import { isSpace, isWhole, sentenceEnd, wordsOf } from "./sentences.ts";
import { isAside, isListItem, isTitle, mayBeTitle, preambleIn } from "./talk.ts";

/** A piece of what the model said, exactly as it said it; `leftOut` is why a reader is not shown it, null where it is. */
export interface ProseSegment {
  readonly text: string;
  readonly leftOut: LeftOutReason | null;
}

export interface ProseStep {
  /** All segments of a text, one after the other, are the text. */
  readonly segments: readonly ProseSegment[];
  /** A loop began: the model should be stopped. All that comes after is left out. */
  readonly stop: "repetition" | null;
}

export interface ProseShaper {
  push(text: string): ProseStep;
  /** No more text comes: decides about what waits. */
  end(finishReason: FinishReason): ProseStep;
}

export interface ProseOptions {
  /** The story so far: two sentences of it said again word for word are an echo. */
  readonly storyText?: string;
  /** What was asked for: lists, titles, verse and talk about the text are faults only where nobody asked for them. */
  readonly instruction?: string;
}

/** An echo of fewer words may well be a refrain. */
const minEchoWords = 5;
/** Text without the end of a sentence is judged from here on, so that it does not wait for ever. */
const maxBufferedCharacters = 1_000;
/** Said so often before, a sentence is the next of a loop; verse comes back to its lines. */
const loopTimes = { prose: 2, verse: 5 };
const verseLineWords = 12;

/** A sentence or line, with the white space before it. */
interface Unit {
  readonly space: string;
  readonly text: string;
  readonly startsLine: boolean;
  readonly endsLine: boolean;
}

/**
 * Finds in the text of a small model what is no story, and leaves it out: a chatty preamble, a title, talk about the text, a
 * list that nobody asked for, an echo of the story so far, a loop, and a last sentence that was not finished. Everything else
 * stays as it is, to the byte, and nothing is ever added. Where nothing else would be left the whole text stays. The outcome
 * depends on the whole text alone, not on how it was cut into pushes.
 *
 * @example
 * const shaper = createProseShaper({ storyText, instruction });
 * shaper.push("Sure, here is the story:\n\nThe lamp went out. It was"); // the first line is left out as a preamble
 * shaper.end("length"); // " It was" is left out as unfinished
 */
export function createProseShaper(options: ProseOptions = {}): ProseShaper {
  return new SentenceShaper(options);
}

class SentenceShaper implements ProseShaper {
  readonly #loops = new LoopDetector();
  readonly #quotations = new Quotations();
  readonly #storySentences: ReadonlySet<string>;
  #asked: AskedFor;
  /** What was pushed and not judged yet. */
  #waiting = "";
  /** Left out, before anything was kept: kept after all where nothing else is. */
  #undecided: ProseSegment[] = [];
  /** Units that are left out for a reason if what follows confirms it. */
  #doubtful: { readonly reason: LeftOutReason; readonly units: Unit[] } | null = null;
  #segments: ProseSegment[] = [];
  #keptAny = false;
  #lastKept = "";
  /** The rest of this line is left out as well. */
  #skipsLine: LeftOutReason | null = null;
  #inList: "kept" | "left out" | null = null;
  /** The sentence before was an echo as well. */
  #echoes = false;
  #leftOutLast = false;
  #units = 0;
  #shortLines = 0;
  #stop: "repetition" | null = null;

  constructor({ storyText = "", instruction = "" }: ProseOptions) {
    this.#storySentences = new Set(sentenceKeys(storyText));
    this.#asked = askedFor(instruction, storyText);
  }

  push(text: string): ProseStep {
    this.#waiting += text;
    this.#drain(null);
    return this.#step();
  }

  end(finishReason: FinishReason): ProseStep {
    this.#drain(finishReason);
    this.#settle(false);
    this.#endSpace();
    if (!this.#keptAny) {
      const text = this.#undecided.map((segment) => segment.text).join("");
      if (text !== "") this.#segments.push({ text, leftOut: null });
    } else this.#segments.push(...this.#undecided);
    this.#undecided = [];
    return this.#step();
  }

  /** White space at the end belongs to what stands before it. */
  #endSpace(): void {
    if (this.#waiting === "") return;
    if (this.#keptAny && this.#stop === null && !this.#leftOutLast)
      this.#segments.push({ text: this.#waiting, leftOut: null });
    else this.#leaveOut(this.#waiting, this.#stop ?? "space");
    this.#waiting = "";
  }

  #step(): ProseStep {
    const segments = this.#segments;
    this.#segments = [];
    return { segments, stop: this.#stop };
  }

  /** Takes every unit whose end is certain, and with the last text the rest as well. */
  #drain(finishReason: FinishReason | null): void {
    const isLast = finishReason !== null;
    while (this.#stop === null) {
      const waiting = this.#waiting;
      const start = firstNonSpace(waiting);
      if (start === waiting.length) return;
      // Judged on the first characters alone, so that a long push and many short ones agree.
      const isLong = waiting.length > start + maxBufferedCharacters;
      let end = sentenceEnd(isLong ? waiting.slice(0, start + maxBufferedCharacters + 1) : waiting, start);
      if (end === null && isLong) end = lastSpace(waiting, start, maxBufferedCharacters);
      if (end === null && isLast) end = waiting.length;
      if (end === null) return;
      const space = waiting.slice(0, start);
      const text = waiting.slice(start, end);
      const startsLine = this.#units === 0 || space.includes("\n");
      const unit = { space, text, startsLine, endsLine: waiting.charAt(end) === "\n" || end === waiting.length };
      this.#waiting = waiting.slice(end);
      const isFragment = isLast && end === waiting.length && !isWhole(text) && isCutOff(finishReason);
      if (isFragment) this.#leaveOutFragment(unit);
      else this.#judge(unit);
    }
    if (this.#stop !== null && this.#waiting !== "") {
      this.#leaveOut(this.#waiting, this.#stop);
      this.#waiting = "";
    }
  }

  #leaveOutFragment(unit: Unit): void {
    this.#settle(false);
    this.#leaveOut(unit.space + unit.text, "unfinished");
  }

  #judge(unit: Unit): void {
    this.#units += 1;
    if (unit.startsLine && /^dear\b.*,$/i.test(unit.text)) this.#asked = { ...this.#asked, lines: true, letter: true };
    if (unit.startsLine) this.#skipsLine = null;
    else if (this.#skipsLine !== null) return this.#leaveOut(unit.space + unit.text, this.#skipsLine);
    else if (this.#doubtful?.reason === "list") return void this.#doubtful.units.push(unit);
    const inSpeech = this.#isInSpeech(unit);
    const isEcho = wordsOf(unit.text).length >= minEchoWords && this.#storySentences.has(keyOf(unit.text));
    this.#settle(this.#confirms(unit, isEcho));
    const reason = inSpeech ? null : this.#faultOf(unit);
    if (reason !== null) {
      if (reason !== "preamble") this.#skipsLine = reason;
      return this.#leaveOut(unit.space + unit.text, reason);
    }
    const doubt = inSpeech ? null : this.#doubtAbout(unit, isEcho);
    if (doubt !== null) {
      this.#doubtful = { reason: doubt, units: [unit] };
      return;
    }
    this.#keepUnlessLoop(unit);
  }

  /** What is a fault whatever follows. */
  #faultOf({ text, startsLine, endsLine }: Unit): LeftOutReason | null {
    const { talk, lines, letter } = this.#asked;
    if (!talk && !this.#keptAny && preambleIn(text, endsLine) === true) return "preamble";
    if (!talk && isAside(text, letter)) return "aside";
    if (!lines && !talk && startsLine && endsLine && isTitle(text, !this.#keptAny)) return "title";
    if (startsLine && this.#inList === "left out" && isListItem(text)) return "list";
    return null;
  }

  /** What is a fault if what follows confirms it. */
  #doubtAbout({ text, startsLine, endsLine }: Unit, isEcho: boolean): LeftOutReason | null {
    const { talk, lines } = this.#asked;
    if (isEcho) return "repetition";
    if (!talk && !this.#keptAny && preambleIn(text, endsLine) === "maybe") return "preamble";
    if (!lines && !this.#keptAny && startsLine && endsLine && !isWhole(text) && mayBeTitle(text)) return "title";
    if (!startsLine || !isListItem(text)) {
      if (startsLine) this.#inList = null;
      return null;
    }
    const isIntroduced = /[:?]["”»]?$/.test(this.#lastKept);
    if (lines || !this.#keptAny || isIntroduced || this.#inList === "kept") this.#inList = "kept";
    return this.#inList === "kept" ? null : "list";
  }

  #confirms({ text, startsLine, endsLine }: Unit, isEcho: boolean): boolean {
    switch (this.#doubtful?.reason) {
      case "preamble":
        return preambleIn(text, endsLine) === true;
      case "title":
        return isWhole(text) && !mayBeTitle(text);
      case "list":
        return startsLine && isListItem(text);
      case "repetition":
        return isEcho;
      default:
        return false;
    }
  }

  /** Decides about what was in doubt. */
  #settle(isConfirmed: boolean): void {
    const doubtful = this.#doubtful;
    this.#doubtful = null;
    if (doubtful === null) {
      this.#echoes = false;
      return;
    }
    const { reason, units } = doubtful;
    if (reason === "list") this.#inList = isConfirmed ? "left out" : null;
    const isEchoing = reason === "repetition" && (isConfirmed || this.#echoes);
    this.#echoes = reason === "repetition" && isConfirmed;
    for (const unit of units) {
      if (isConfirmed || isEchoing) this.#leaveOut(unit.space + unit.text, reason);
      else this.#keepUnlessLoop(unit);
    }
  }

  #keepUnlessLoop(unit: Unit): void {
    if (this.#stop !== null) return this.#leaveOut(unit.space + unit.text, this.#stop);
    const words = wordsOf(unit.text).length;
    if (unit.endsLine && words <= verseLineWords) this.#shortLines += 1;
    const isVerse = this.#asked.verse || (this.#units >= 4 && this.#shortLines > 0.6 * this.#units);
    if (this.#loops.isLoop(unit.text, isVerse ? loopTimes.verse : loopTimes.prose)) {
      this.#stop = "repetition";
      return this.#leaveOut(unit.space + unit.text, "repetition");
    }
    this.#quotations.read(unit.space + unit.text);
    this.#lastKept = unit.text;
    this.#leftOutLast = false;
    if (this.#keptAny) {
      this.#segments.push({ text: unit.space + unit.text, leftOut: null });
      return;
    }
    this.#keptAny = true;
    const hadPreamble = this.#undecided.length > 0;
    this.#segments.push(...this.#undecided);
    this.#undecided = [];
    // White space before the story is the preamble's, where there is one.
    const leftOut = hadPreamble ? "space" : null;
    if (unit.space !== "") this.#segments.push({ text: unit.space, leftOut });
    this.#segments.push({ text: unit.text, leftOut: null });
  }

  #leaveOut(text: string, leftOut: LeftOutReason): void {
    this.#leftOutLast = true;
    (this.#keptAny ? this.#segments : this.#undecided).push({ text, leftOut });
  }

  /** Whether a unit begins inside of a quotation; what is in doubt before it counts as kept. */
  #isInSpeech({ space }: Unit): boolean {
    return this.#quotations.isInside && !space.includes("\n");
  }
}

function isCutOff(finishReason: FinishReason): boolean {
  return finishReason !== "stop" && finishReason !== "tool_calls";
}

/** What two sentences share that are the same but for their punctuation. */
function keyOf(sentence: string): string {
  return wordsOf(sentence).join(" ");
}

function sentenceKeys(text: string): string[] {
  const keys: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = sentenceEnd(text, at) ?? text.length;
    const words = wordsOf(text.slice(at, end));
    if (words.length >= minEchoWords) keys.push(words.join(" "));
    at = Math.max(end, at) + 1;
  }
  return keys;
}

function firstNonSpace(text: string): number {
  let at = 0;
  while (at < text.length && isSpace(text.charAt(at))) at += 1;
  return at;
}

function lastSpace(text: string, start: number, length: number): number {
  const end = start + length;
  const space = text.lastIndexOf(" ", end);
  return space > start ? space : end;
}
