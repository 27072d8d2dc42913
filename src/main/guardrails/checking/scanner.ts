import type { Finding, Severity } from "../../../shared/contract/guardrails.ts";
import { severity } from "../../../shared/contract/guardrails.ts";
import { worst } from "../../../shared/verdict.ts";
import { findIn, maxMatchLength } from "./match.ts";
import type { Work } from "./match.ts";
import { isSpace, startsSentence } from "./sentence.ts";
import { Window } from "./window.ts";

/** Visible UTF-16 units that may wait before a check is due. */
const checkAtUnits = 158;
/** What stays waiting after a check in the middle of a sentence: no match is longer. */
const keepUnits = maxMatchLength.visibleUnits;
/** How far back a cut looks for the start of a word. */
const wordSlackUnits = 9;
/** Characters already released that the next check still sees, for word edges and runs of letters. */
const contextCharacters = 48;

export interface ScanStep {
  /** UTF-16 offset up to which the text has passed. */
  readonly passedTo: number;
  readonly findings: readonly Finding[];
  /** The worst finding that must not be shown, if this step met one. */
  readonly blocked: Finding | null;
}

/**
 * Reads a text once, in whatever pieces it comes, and decides at places that depend on the text alone: at the start of
 * each new sentence, and inside a long sentence whenever 158 visible units wait.
 *
 * Why nothing of a blocked span ever passes: a check looks for hits that start at or after the last passed offset only,
 * and passes nothing once it has a blocked one. Why nothing is missed at a cut: no match is longer than 140 visible units,
 * and a cut leaves at least the last 140 waiting, so a match that starts before the cut ended before the check and was
 * seen by it. Between sentences everything has passed: each sentence is checked by itself, so no rule can match across
 * `startsSentence`, which is strict enough that spaced-out or dotted letters never pass for an end.
 */
export class Scanner {
  readonly work: Work = { charactersScanned: 0, findingsCompared: 0 };
  readonly #stopWhenBlocked: boolean;
  #window = new Window();
  /** Index in the window, and offset in the text, of the first character that has not passed. */
  #waitingFrom = 0;
  #passedTo = 0;
  #length = 0;
  /** A first half of a code point that waits for its second; 0 for none. */
  #highSurrogate = 0;
  /** Of the sentence being read; the last hit of each rule can still grow. */
  #open: Finding[] = [];
  /** Of the same sentence, those that cannot grow any more: hits are looked for after them only. */
  #settled: Finding[] = [];
  #stopped = false;

  constructor(options: { readonly stopWhenBlocked: boolean }) {
    this.#stopWhenBlocked = options.stopWhenBlocked;
  }

  push(text: string): ScanStep {
    const findings: Finding[] = [];
    let blocked: Finding | null = null;
    for (let at = 0; at < text.length && !this.#stopped; at += 1) {
      blocked = this.#takeUnit(text.charCodeAt(at), findings) ?? blocked;
    }
    return { passedTo: this.#passedTo, findings, blocked };
  }

  end(): ScanStep {
    const findings: Finding[] = [];
    let blocked: Finding | null = null;
    if (!this.#stopped && this.#highSurrogate !== 0) blocked = this.#take(this.#highSurrogate, findings);
    if (!this.#stopped) blocked = this.#check(true, findings) ?? blocked;
    if (!this.#stopped) this.#passedTo = this.#length;
    this.#stopped = true;
    return { passedTo: this.#passedTo, findings, blocked };
  }

  #takeUnit(unit: number, findings: Finding[]): Finding | null {
    const high = this.#highSurrogate;
    this.#highSurrogate = 0;
    if (high !== 0 && unit >= 0xdc00 && unit <= 0xdfff) {
      return this.#take((high - 0xd800) * 0x400 + (unit - 0xdc00) + 0x10000, findings);
    }
    let blocked = high === 0 ? null : this.#take(high, findings);
    if (this.#stopped) return blocked;
    if (unit >= 0xd800 && unit <= 0xdbff) this.#highSurrogate = unit;
    else blocked = this.#take(unit, findings) ?? blocked;
    return blocked;
  }

  #take(codePoint: number, findings: Finding[]): Finding | null {
    const window = this.#window;
    const start = this.#length;
    this.#length += codePoint > 0xffff ? 2 : 1;
    const first = window.length;
    if (window.append(codePoint, start) === 0) return null;
    if (startsSentence(window, first)) return this.#finishSentence(codePoint, start, findings);
    const waitingUnits = window.visibleUnits - (window.visibleBefore[this.#waitingFrom] ?? window.visibleUnits);
    return waitingUnits < checkAtUnits ? null : this.#passPart(findings);
  }

  /** The character at `start` opened a new sentence: what came before is complete. */
  #finishSentence(codePoint: number, start: number, findings: Finding[]): Finding | null {
    const sentence = this.#window;
    const next = new Window();
    const opened = sentence.codes.findLastIndex((_, index) => (sentence.starts[index] ?? 0) < start) + 1;
    sentence.truncate(opened);
    const blocked = this.#check(true, findings);
    if (this.#stopped) return blocked;
    sentence.drop(opened, start);
    next.quoteOpen = sentence.quoteOpen;
    next.append(codePoint, start);
    this.#window = next;
    this.#waitingFrom = 0;
    this.#passedTo = start;
    return blocked;
  }

  #passPart(findings: Finding[]): Finding | null {
    const blocked = this.#check(false, findings);
    if (this.#stopped) return blocked;
    const window = this.#window;
    const latestCut = window.visibleUnits - keepUnits;
    let cut = this.#waitingFrom;
    while ((window.visibleBefore[cut + 1] ?? latestCut + 1) <= latestCut) cut += 1;
    const earliestCut = latestCut - wordSlackUnits;
    for (let at = cut; at > this.#waitingFrom && (window.visibleBefore[at] ?? 0) >= earliestCut; at -= 1) {
      if (!isSpace(window.codes[at]) || isSpace(window.codes[at - 1])) continue;
      cut = at;
      break;
    }
    while (cut > 0 && window.starts[cut] === window.starts[cut - 1]) cut -= 1;
    this.#passedTo = Math.max(this.#passedTo, window.starts[cut] ?? this.#passedTo);
    const dropped = Math.max(0, cut - contextCharacters);
    window.drop(dropped, this.#passedTo);
    this.#waitingFrom = cut - dropped;
    this.#settle();
    return blocked;
  }

  /** Checks what waits; a finished sentence, or a blocked hit, gives its findings out. */
  #check(complete: boolean, findings: Finding[]): Finding | null {
    const fresh = findIn(this.#window, this.#passedTo, complete, this.work);
    for (const finding of fresh) {
      this.work.findingsCompared += this.#open.length;
      mergeInto(this.#open, finding);
    }
    const blocked = worst(fresh.filter((finding) => isBlocking(finding.severity)));
    this.#stopped = blocked !== null && this.#stopWhenBlocked;
    if (complete || this.#stopped) this.#giveOut(findings);
    return blocked;
  }

  /** In the order in which they stand in the text. */
  #giveOut(findings: Finding[]): void {
    const all = [...this.#settled, ...this.#open];
    all.sort((left, right) => left.start - right.start || left.end - right.end);
    for (const finding of all) findings.push(finding); // there may be more than a call takes arguments
    this.#settled = [];
    this.#open = [];
  }

  /** Keeps what is merged with the next hits small, however long a sentence is. */
  #settle(): void {
    if (this.#open.length === 0) return;
    const open: Finding[] = [];
    for (const finding of this.#open) (finding.end <= this.#passedTo ? this.#settled : open).push(finding);
    this.#open = open;
  }
}

export function isBlocking(level: Severity): boolean {
  return level === "high" || level === "critical";
}

function rank(level: Severity): number {
  return severity.options.indexOf(level);
}

/** Hits of one rule that overlap are one finding. */
function mergeInto(findings: Finding[], finding: Finding): void {
  const index = findings.findLastIndex(
    (known) => known.ruleId === finding.ruleId && known.start < finding.end && finding.start < known.end,
  );
  const known = findings[index];
  if (known === undefined) {
    findings.push(finding);
    return;
  }
  findings[index] = {
    ...(rank(finding.severity) > rank(known.severity) ? finding : known),
    start: Math.min(known.start, finding.start),
    end: Math.max(known.end, finding.end),
  };
}
