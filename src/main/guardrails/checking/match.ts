import type { Finding } from "../../../shared/contract/guardrails.ts";
import { Automaton } from "./automaton.ts";
import { rules } from "../rules/all.ts";
import { compileRule } from "../rules/rule.ts";
import type { CompiledRule } from "../rules/rule.ts";
import { base64Views, hiddenView, leetView, plainView, rot13View } from "./views.ts";
import type { View } from "./views.ts";
import type { Window } from "./window.ts";

/** The longest match, in normalised characters and in visible UTF-16 units of the original. */
export const maxMatchLength = { characters: 120, visibleUnits: 140 } as const;

/** How much work was done, for tests that count instead of timing. */
export interface Work {
  charactersScanned: number;
  /** Findings that a new one was compared with, for whether they are one. */
  findingsCompared: number;
}

/**
 * Every hit of every rule in one window, in each of its readings. Hits that start before the original offset `from` are
 * not looked for; unless `complete`, neither are hits that touch the window's end, since the next character may undo them.
 */
export function findIn(window: Window, from: number, complete: boolean, work: Work): Finding[] {
  if (window.length === 0 && window.hidden.length === 0) return [];
  const found: Finding[] = [];
  const scan = (view: View, owners: Iterable<number>) => {
    for (const owner of owners) {
      const rule = compiled[owner];
      if (rule !== undefined) matchRule(rule, view, window.quoteOpen, from, complete, found);
    }
  };
  const scanWhole = (view: View) => {
    work.charactersScanned += view.text.length;
    const { upright } = ownersIn(view.text);
    scan(view, upright);
  };

  const plain = plainView(window);
  work.charactersScanned += plain.text.length;
  const { upright, rotated } = ownersIn(plain.text);
  scan(plain, upright);
  if (rotated.length > 0) scan(rot13View(plain), rotated);
  const leet = leetView(plain);
  if (leet !== null) scanWhole(leet);
  const hidden = hiddenView(window);
  if (hidden !== null) scanWhole(hidden);
  for (const view of base64Views(window)) scanWhole(view);
  return found;
}

const compiled: readonly CompiledRule[] = rules.map(compileRule);
const unanchored = compiled.flatMap((rule, owner) => (rule.anchors.length === 0 ? [owner] : []));
/** Owners from `compiled.length` on mark the same word under rot13. */
const automaton = new Automaton(
  compiled.flatMap((rule, owner) =>
    rule.anchors.flatMap((word) =>
      rule.rule.literal === true
        ? [{ word, owner }]
        : [
            { word, owner },
            { word: rot13(word), owner: owner + compiled.length },
          ],
    ),
  ),
);

function ownersIn(text: string): { upright: number[]; rotated: number[] } {
  const upright = [...unanchored];
  const rotated: number[] = [];
  for (const owner of automaton.ownersIn(text)) {
    if (owner < compiled.length) upright.push(owner);
    else rotated.push(owner - compiled.length);
  }
  return { upright, rotated };
}

function matchRule(
  { rule, plain, joined }: CompiledRule,
  view: View,
  quoteOpen: boolean,
  from: number,
  complete: boolean,
  found: Finding[],
): void {
  if (rule.sign !== undefined && !view.text.includes(rule.sign)) return;
  for (const pattern of view.joined === null || joined === null ? [plain] : [plain, joined]) {
    pattern.lastIndex = firstAtOrAfter(view.starts, from);
    for (let match = pattern.exec(view.text); match !== null; match = pattern.exec(view.text)) {
      const first = match.index;
      const end = first + match[0].length;
      pattern.lastIndex = first + 1;
      if (!complete && end === view.text.length) continue;
      if (!isWithinBounds(view, first, end)) continue;
      if (pattern === joined && !isMostlyJoined(view, first, end)) continue;
      if (rule.confirm?.(match[0]) === false) continue;
      const quoted = rule.whenQuoted !== undefined && isQuoted(view.text, first, quoteOpen);
      found.push({
        ruleId: rule.id,
        category: rule.category,
        severity: quoted ? (rule.whenQuoted ?? rule.severity) : rule.severity,
        score: rule.score,
        start: view.starts[first] ?? 0,
        end: view.ends[end - 1] ?? 0,
        message: rule.message,
      });
      pattern.lastIndex = Math.max(end, first + 1);
    }
  }
}

function isWithinBounds(view: View, first: number, end: number): boolean {
  if (end === first || end - first > maxMatchLength.characters) return false;
  const visible = (view.visibleBefore[end - 1] ?? 0) - (view.visibleBefore[first] ?? 0);
  return visible < maxMatchLength.visibleUnits;
}

function isMostlyJoined(view: View, first: number, end: number): boolean {
  let count = 0;
  for (let at = first; at < end; at += 1) if (view.joined?.[at] === true) count += 1;
  return count * 2 > end - first;
}

/** Whether an odd number of quotation marks stands before `first`. */
function isQuoted(text: string, first: number, openAtStart: boolean): boolean {
  let open = openAtStart;
  for (let at = text.indexOf('"'); at >= 0 && at < first; at = text.indexOf('"', at + 1)) open = !open;
  return open;
}

function firstAtOrAfter(offsets: readonly number[], from: number): number {
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rot13(word: string): string {
  return word.replace(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 97 + 13) % 26) + 97));
}
