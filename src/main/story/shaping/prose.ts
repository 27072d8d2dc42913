import type { FinishReason } from "../../../shared/contract/inference.ts";
import { isSpace, isWhole, sentenceEnd, wordsOf } from "./sentences.ts";

/** `repetition`: a loop began. `list`: prose gave way to a list, a heading or talk about the text. */
export type ProseStop = null | "repetition" | "list";

export interface ProseStep {
  /** Text to pass on; whole sentences with the white space before them. */
  readonly text: string;
  /** Why the model should be stopped: nothing it says from here on is passed on. */
  readonly stop: ProseStop;
}

export interface ProseShaper {
  push(text: string): ProseStep;
  /** No more text comes: passes on the last sentence if it is whole. */
  end(finishReason: FinishReason): ProseStep;
}

export interface ProseOptions {
  /** The story so far: a sentence of it said again word for word is a loop. */
  readonly storyText?: string;
  /** What was asked for. Where it or the story speaks to "you", the passage may; else what speaks to the reader is left out. */
  readonly instruction?: string;
}

/** Said twice, a phrase of four words is style; the third time is a loop. */
const phraseWords = 4;
const maxPhraseCount = 2;
/** A sentence of fewer words ("No, he said.") may well come twice. */
const minEchoWords = 5;
/** Narration that speaks to the reader once is left out; more often, it has stopped telling. */
const maxAddresses = 2;
/** Text without the end of a sentence is passed on from here, so that it is not buffered for ever. */
const maxBufferedCharacters = 1_000;
/** Lines that do not end as sentences do (verse, a letter) wait no longer than this for one that does. */
const maxLeadCharacters = 400;

const metaNoun = /\b(?:story|scene|passage|continuation|narrative|paragraphs?|draft|chapter|prompt|rewrite)\b/i;
const preamble =
  /^(?:sure|certainly|of course|absolutely|okay|ok|here(?:'s|’s| is| are| goes)|i(?:'ll|’ll|'d|’d| will| would| can| have)|let's|let’s|let me|below is|the following|this is)\b/i;
const barePreamble =
  /^(?:i(?:'ll|’ll| will) (?:start|begin) (?:from|at|with) the (?:beginning|start)|sure(?: thing)?|certainly|of course|absolutely|okay|ok)[.!:,]*$/i;
/** Talk about the text, to whoever asked for it. Narrow, because a scene may lie before a hero and a passage may narrow. */
const aside = new RegExp(
  [
    /\(?(?:note|word count|author's note|disclaimer)\b/,
    /as an ai\b/,
    /i'm sorry, but i (?:can't|cannot)\b/,
    /i (?:cannot|can't) (?:write|create|continue|fulfil)/,
    /i hope (?:you|this) (?:enjoy|like|help|story)/,
    /let me know (?:if|what|how)\b/,
    /would you like me to\b/,
    /feel free to\b/,
    /please (?:note|provide|continue the)\b/,
    /(?:the|this|our|a) (?:short |next )?(?:story|narrative|scene|chapter) (?:begins|goes|went|takes on|took on|takes a|opens|ends|concludes|continues|follows|explores|unfolds|takes place|is set|was set|had been set|is about|describes|shows|highlights|illustrates|depicts|revolves)\b/,
    /a (?:short )?(?:story|scene) (?:of|about)\b/,
    /this (?:story|passage|scene|narrative|opening) (?:is|was|has|could|can|will)\b/,
    /in this (?:story|passage|scene|narrative|chapter),/,
    /(?:in conclusion|in summary|to summari[sz]e),/,
    /the moral of (?:the|this) story\b/,
    /(?:to be continued|the end)[.!…]*$/,
    /dear reader\b/,
    /(?:the readers?|readers) (?:is|are|will|can|may|should|learns?|sees?)\b/,
  ]
    .map(({ source }) => `^${source}`)
    .join("|"),
  "i",
);
const listItem = /^(?:\d{1,2}[.)](?=\s|$)|[-*•](?=\s)|[a-d]\)(?=\s))\s*/;
const heading =
  /^(?:#{1,6}\s|\*\*[^*]*\*\*:?$|(?:-{3,}|\*{3,}|={3,}|_{3,})$|(?:title|chapter|scene|act|part|setting|characters?|genre|summary|plot)\b[^.!?]{0,60}:|(?:chapter|scene|act|part)\s+(?:\d+|[ivx]+|one|two|three)\b[^.!?]{0,60}$)/i;
const openQuotes: Readonly<Record<string, string>> = { '"': '"', "“": "”", "«": "»" };

/**
 * Filters the text of a small model and passes on only its story, one whole sentence at a time: drops a chatty preamble and a
 * title, stops at a list, a heading or talk about the text, stops before a phrase of four words is said a third time, and
 * leaves off a sentence that was not finished. A quotation left open at the end is closed. Where all of that would leave
 * nothing, the text is passed on as it came. The outcome depends on the whole text alone, not on how it was cut into pushes.
 *
 * @example
 * const shaper = createProseShaper({ storyText, instruction });
 * shaper.push("Sure, here is the story:\n\nThe lamp went out. It was"); // { text: "The lamp went out.", stop: null }
 * shaper.end("length"); // { text: "", stop: null }: the last sentence was not finished
 */
export function createProseShaper(options: ProseOptions = {}): ProseShaper {
  return new SentenceShaper(options);
}

class SentenceShaper implements ProseShaper {
  readonly #phrases = new PhraseCounts();
  readonly #storySentences: ReadonlySet<string>;
  readonly #mayAddressReader: boolean;
  #addresses = 0;
  /** What was pushed and not judged yet. */
  #waiting = "";
  #dropped = "";
  #passed = "";
  /** A line that does not end as a sentence does, waiting for what it leads to. */
  #lead = "";
  #stop: ProseStop = null;

  constructor({ storyText = "", instruction = "" }: ProseOptions) {
    this.#storySentences = new Set(sentenceKeys(storyText));
    this.#mayAddressReader = addressesReader(`${instruction}\n${storyText}`, null);
  }

  push(text: string): ProseStep {
    if (this.#stop !== null) return { text: "", stop: this.#stop };
    this.#waiting += text;
    const released = this.#drain(false);
    return { text: released, stop: this.#stop };
  }

  end(): ProseStep {
    const released = this.#drain(true);
    if (this.#passed === "") {
      this.#passed = (this.#dropped + this.#lead).trim();
      return { text: this.#passed, stop: this.#stop };
    }
    return { text: released + (quoteLeftOpen(this.#passed) ?? ""), stop: this.#stop };
  }

  /** Takes every unit whose end is certain; `last` takes the rest as well. */
  #drain(last: boolean): string {
    let released = "";
    while (this.#stop === null) {
      const waiting = this.#waiting;
      const start = firstNonSpace(waiting);
      if (start === waiting.length) break;
      // Judged on the first characters alone, so that a long push and many short ones agree.
      const long = waiting.length > start + maxBufferedCharacters;
      let end = sentenceEnd(long ? waiting.slice(0, start + maxBufferedCharacters + 1) : waiting, start);
      if (end === null && long) end = lastSpace(waiting, start, maxBufferedCharacters);
      if (end === null && last) end = waiting.length;
      if (end === null) break;
      const space = waiting.slice(0, start);
      const unit = waiting.slice(start, end).trimEnd();
      const endsLine = waiting.charAt(end) === "\n";
      const fragment = last && end === waiting.length && !isWhole(unit);
      this.#waiting = waiting.slice(end);
      if (fragment) this.#dropped += space + unit;
      else released += this.#judge(space, unit, endsLine);
    }
    return released;
  }

  /** Judges one unit: the white space before it, and a sentence or line. Returns what of it to pass on. */
  #judge(space: string, unit: string, endsLine: boolean): string {
    const first = this.#passed === "" && this.#lead === "";
    const startsLine = first || space.includes("\n");
    const whole = space + unit;
    const refuse = (reason: Exclude<ProseStop, null>): string =>
      first ? this.#drop(whole) : this.#halt(reason, whole);
    if (first && isPreamble(unit, endsLine)) return this.#drop(whole);
    if (aside.test(unit)) return refuse("list");
    if (startsLine && heading.test(unit)) return refuse("list");
    let sentence = unit;
    if (startsLine && listItem.test(unit)) {
      if (!first) return this.#halt("list", whole);
      sentence = unit.replace(listItem, "");
      if (sentence === "") return this.#drop(whole);
    }
    if (!this.#mayAddressReader && addressesReader(sentence, quoteLeftOpen(this.#passed + this.#lead + space))) {
      this.#addresses += 1;
      return this.#addresses > maxAddresses && !first ? this.#halt("list", whole) : this.#drop(whole);
    }
    if (this.#storySentences.has(keyOf(sentence))) return refuse("repetition");
    if (this.#phrases.repeats(sentence, first)) return this.#halt("repetition", whole);
    return this.#pass(first ? "" : space, sentence);
  }

  #drop(text: string): string {
    this.#dropped += text;
    return "";
  }

  #halt(reason: Exclude<ProseStop, null>, text: string): string {
    this.#stop = reason;
    return this.#drop(text);
  }

  #pass(space: string, sentence: string): string {
    this.#lead += space + sentence;
    if (!isWhole(sentence) && this.#lead.length <= maxLeadCharacters) return "";
    const text = this.#lead;
    this.#passed += text;
    this.#lead = "";
    return text;
  }
}

/** What was said so far, as phrases and as whole sentences. */
class PhraseCounts {
  readonly #phrases = new Map<string, number>();
  readonly #sentences = new Set<string>();
  #lastWords: string[] = [];

  /**
   * Whether a sentence, together with the words before it, says a phrase once too often or echoes an earlier sentence.
   * Counts it unless it does; the `first` sentence may repeat its own phrases.
   */
  repeats(sentence: string, first: boolean): boolean {
    const words = wordsOf(sentence);
    const key = keyOf(sentence);
    if (words.length >= minEchoWords && this.#sentences.has(key)) return true;
    const run = [...this.#lastWords, ...words];
    const added = new Map<string, number>();
    for (let at = 0; at + phraseWords <= run.length; at += 1) {
      const phrase = run.slice(at, at + phraseWords).join(" ");
      const count = (added.get(phrase) ?? this.#phrases.get(phrase) ?? 0) + 1;
      if (count > maxPhraseCount && !first) return true;
      added.set(phrase, count);
    }
    for (const [phrase, count] of added) this.#phrases.set(phrase, count);
    this.#sentences.add(key);
    this.#lastWords = run.slice(1 - phraseWords);
    return false;
  }
}

function isPreamble(unit: string, endsLine: boolean): boolean {
  if (barePreamble.test(unit)) return true;
  if (preamble.test(unit) && (metaNoun.test(unit) || (endsLine && unit.endsWith(":")))) return true;
  // A line of its own without the end of a sentence, before any story: a title.
  return endsLine && !isWhole(unit) && !/[:,;]$/.test(unit) && unit.length <= 100;
}

/** Whether a text says "you" outside of quotations; `open` is the quote that would close one begun before it. */
function addressesReader(text: string, open: string | null): boolean {
  let narration = "";
  let waiting = open;
  for (const character of text) {
    if (character === waiting) waiting = null;
    else if (waiting === null) {
      waiting = openQuotes[character] ?? null;
      narration += character;
    }
  }
  return /\b(?:you|your|yours|yourself)\b/i.test(narration);
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

/** The quote that would close a quotation left open in the last paragraph; null when none is. */
function quoteLeftOpen(text: string): string | null {
  let waiting: string | null = null;
  for (const character of text.slice(text.lastIndexOf("\n") + 1)) {
    if (character === waiting) waiting = null;
    else waiting ??= openQuotes[character] ?? null;
  }
  return waiting;
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
