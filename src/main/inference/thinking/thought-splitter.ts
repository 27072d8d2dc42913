import {
  answerMarkers,
  asciiLower,
  bareHarmony,
  type FoundMarker,
  harmony,
  nextMarker,
  partialMarkerAt,
  thoughtMarkers,
} from "./markers.ts";

/** `text_was_thought`: all text before it was a thought that the chat template had opened; `marker` closed it. */
export type AnswerPart =
  | { readonly type: "text" | "thought"; readonly text: string }
  | { readonly type: "text_was_thought"; readonly marker: string };

/** `header` names the channel of what follows, in gpt-oss' format; `closes` is null for a thought of that format. */
type Mode =
  | { readonly type: "text" }
  | { readonly type: "thought"; readonly closes: string | null }
  | { readonly type: "header" };

const closeOf = new Map(thoughtMarkers.map(({ open, close }) => [open, close]));
const standAlone = new Set(thoughtMarkers.flatMap(({ close, mayStandAlone }) => (mayStandAlone ? [close] : [])));
const harmonyEnds: readonly string[] = harmony.ends;
/** Such as `final`, or `commentary to=functions.roll <|constrain|>json`. */
const harmonyHeader = /^[a-z]*(?: to=\S+)?(?: ?<\|constrain\|> ?\w+)?$/;
const maxHeaderCharacters = 200;

/**
 * Separates a model's thoughts from its answer where its server did not, piece by piece as the text comes. A thought begins
 * where the answer does, or with a marker on a line of its own outside of code, and ends with what closes it; one that only
 * ends was opened by the chat template. A marker that is merely mentioned is text. Markers, and the white space behind them,
 * are dropped; everything else comes out in order, whatever pieces the text came in.
 *
 * @example
 * const splitter = new ThoughtSplitter();
 * splitter.push("<thi"); // []
 * splitter.push("nk>He asks.</think>\n\nIt was night."); // [{ type: "thought", ... }, { type: "text", ... }]
 */
export class ThoughtSplitter {
  #waiting = "";
  #mode: Mode = { type: "text" };
  /** Nothing but white space has come since the answer's start, or since the thought before it. */
  #isAtStart = true;
  /** White space is dropped until something else comes. */
  #dropsSpace = false;
  #hadThought = false;
  #isHarmony = false;
  /** What opens a thought was mentioned: what closes one may well be, too. */
  #mentions = false;
  /** The last line of the answer so far. */
  #line = "";
  #isInCode = false;

  push(text: string): AnswerPart[] {
    this.#waiting += text;
    return this.#drain(false);
  }

  /** No more text comes. What was opened and never closed stays a thought. */
  end(): AnswerPart[] {
    return this.#drain(true);
  }

  #drain(last: boolean): AnswerPart[] {
    const parts: AnswerPart[] = [];
    for (;;) {
      if (!this.#openBare(last)) return parts;
      const lower = asciiLower(this.#waiting);
      const found = this.#mode.type === "header" ? nextMarker(lower, 0) : this.#activeMarker(lower, last);
      if (found === "undecided") return parts;
      if (found === null) {
        this.#emit(parts, this.#take(this.#safeEnd(lower, last)));
        return parts;
      }
      const before = this.#take(found.at);
      const marker = this.#take(found.literal.length);
      if (this.#mode.type === "header") {
        const header = asciiLower(before).trim();
        if (!harmonyHeader.test(header)) this.#emit(parts, before);
        this.#endHeader(found.literal, header);
      } else {
        const opensAtStart = this.#isAtStart && before.trim() === "" && closeOf.has(found.literal);
        if (!opensAtStart) this.#emit(parts, before);
        this.#apply(parts, found.literal, marker);
      }
    }
  }

  #take(length: number): string {
    const taken = this.#waiting.slice(0, length);
    this.#waiting = this.#waiting.slice(length);
    return taken;
  }

  /** Takes a bare channel's name off the start, where a capital letter right behind it shows that it is one. False while that is open. */
  #openBare(last: boolean): boolean {
    if (!this.#isAtStart || this.#hadThought || this.#mode.type !== "text") return true;
    const rest = this.#waiting.trimStart();
    const { open, close } = bareHarmony;
    if (!last && rest !== "" && open.startsWith(rest)) return false;
    if (!rest.startsWith(open) || !/^[A-Z]/.test(rest.slice(open.length))) return true;
    this.#waiting = rest.slice(open.length);
    this.#open(close);
    return true;
  }

  /** The first marker that is one where it stands; `undecided` where what comes next shows it. */
  #activeMarker(lower: string, last: boolean): FoundMarker | null | "undecided" {
    for (let from = 0; ;) {
      const found = nextMarker(lower, from);
      if (found === null) return null;
      from = found.at + found.literal.length;
      const after = this.#waiting.slice(from) + (last ? "\n" : "");
      const isActive = this.#isActive(found.literal, this.#waiting.slice(0, found.at), after);
      if (isActive === null) return "undecided";
      if (isActive) return found;
    }
  }

  /** Whether a marker between two texts is one; null where that depends on more text. */
  #isActive(literal: string, before: string, after: string): boolean | null {
    if (this.#mode.type === "thought") {
      const { closes } = this.#mode;
      if (closes !== null) return literal === closes;
      return harmonyEnds.includes(literal) || literal === harmony.channel || literal === harmony.start;
    }
    const isAtStart = this.#isAtStart && before.trim() === "";
    if (literal === harmony.channel || literal === harmony.start) return isAtStart || this.#isHarmony;
    if (harmonyEnds.includes(literal)) return this.#isHarmony;
    if (answerMarkers.includes(literal)) return this.#hadThought;
    if (closeOf.has(literal)) {
      if (isAtStart) return true;
      if (this.#lineWith(before).trim() !== "" || this.#isInCodeAfter(before)) return false;
      return after === "" || after === "\r" ? null : /^\r?\n/.test(after);
    }
    return this.#closesAlone(literal, before, after);
  }

  /** Whether what closes a thought that nobody opened does close one: it ends a line, or stands between two sentences. */
  #closesAlone(literal: string, before: string, after: string): boolean | null {
    if (!standAlone.has(literal) || this.#hadThought || this.#mentions || this.#isInCodeAfter(before)) return false;
    if (mentionsOpening(before)) return false;
    const next = /^[ \t]*([^ \t])/u.exec(after)?.[1];
    if (next === undefined) return null;
    const line = this.#lineWith(before);
    const endsLine = /[\r\n]/.test(next);
    if (line.trim() === "" || /[.!?…:)"'”’*。！？]\s*$/.test(line)) return endsLine || beginsSentence(next);
    return endsLine && !/\s$/.test(line);
  }

  #apply(parts: AnswerPart[], literal: string, marker: string): void {
    if (this.#mode.type === "thought" && literal !== harmony.channel && literal !== harmony.start) return this.#close();
    if (literal === harmony.channel || literal === harmony.start) {
      this.#isHarmony = true;
      this.#mode = { type: "header" };
      return;
    }
    const closes = closeOf.get(literal);
    if (closes !== undefined) return this.#open(closes);
    if (standAlone.has(literal) && !answerMarkers.includes(literal)) {
      parts.push({ type: "text_was_thought", marker });
      this.#hadThought = true;
    }
    this.#close();
  }

  #endHeader(literal: string, header: string): void {
    if (literal === harmony.channel || literal === harmony.start) return; // the header goes on
    const isAnswer = header === "" || header === "assistant" || header.startsWith(harmony.answer);
    if (isAnswer || literal !== harmony.message) this.#close();
    else this.#open(null);
  }

  #open(closes: string | null): void {
    this.#mode = { type: "thought", closes };
    this.#hadThought = true;
    this.#dropsSpace = true;
  }

  #close(): void {
    this.#mode = { type: "text" };
    this.#isAtStart = true;
    this.#dropsSpace = true;
    this.#line = "";
    this.#isInCode = false;
  }

  /** Up to where no marker can begin any more. */
  #safeEnd(lower: string, last: boolean): number {
    if (last) return lower.length;
    if (this.#mode.type === "header") return lower.length > maxHeaderCharacters ? lower.length : 0;
    const end = partialMarkerAt(lower, this.#mode.type === "thought" && this.#mode.closes === bareHarmony.close);
    // White space before a thought is dropped with its marker.
    return this.#mode.type === "text" && this.#isAtStart && lower.slice(0, end).trim() === "" ? 0 : end;
  }

  #emit(parts: AnswerPart[], all: string): void {
    const text = this.#dropsSpace ? all.trimStart() : all;
    if (text === "") return;
    this.#dropsSpace = false;
    // A header that names no channel is no answer either.
    const type = this.#mode.type === "text" ? "text" : "thought";
    if (type === "text") {
      if (text.trim() !== "") this.#isAtStart = false;
      this.#mentions ||= mentionsOpening(text);
      this.#isInCode = this.#isInCodeAfter(text);
      this.#line = this.#lineWith(text);
    }
    const before = parts.at(-1);
    if (before?.type === type) parts[parts.length - 1] = { type, text: before.text + text };
    else parts.push({ type, text });
  }

  #lineWith(text: string): string {
    const at = text.lastIndexOf("\n");
    return at === -1 ? (this.#line + text).slice(-1_000) : text.slice(at + 1);
  }

  #isInCodeAfter(text: string): boolean {
    const fences = (this.#line + text).match(fence)?.length ?? 0;
    const counted = this.#line.match(fence)?.length ?? 0;
    return (fences - counted) % 2 === 1 ? !this.#isInCode : this.#isInCode;
  }
}

const fence = /(?:^|\n)[ \t]*(?:```|~~~)/g;

function mentionsOpening(text: string): boolean {
  if (!/[<[◁]/.test(text)) return false;
  const lower = asciiLower(text);
  return thoughtMarkers.some(({ open }) => lower.includes(open));
}

function beginsSentence(character: string): boolean {
  return /[\p{Lu}\p{Lo}\p{N}"“„«»'‘(*#—-]/u.test(character);
}
