import type { HazardCategory, Severity } from "../../../shared/contract/guardrails.ts";
import { lexicon, type WordSet } from "./lexicon.ts";

/**
 * One clear-cut pattern. In `pattern` a space is any gap between words, `<n>` is up to n words in between,
 * `{set}` is a word of a lexicon; the rest is a regular expression over lower-case ASCII. A match is at most 120 characters
 * and never crosses the end of a sentence. Severity follows the ladder of the product: `high` and `critical` only where
 * fiction has no business with the words.
 */
export interface Rule {
  readonly id: string;
  readonly category: HazardCategory;
  readonly severity: Severity;
  readonly score: number;
  readonly message: string;
  readonly pattern: string;
  /** Words without one of which the pattern cannot match: plain words, or `{set}`. Empty: the pattern is always tried. */
  readonly anchors: readonly string[];
  /** A sign without which the pattern cannot match, where words cannot tell. */
  readonly sign?: string;
  /** Signs count: the pattern is a plain regular expression, without the notation above and without word edges. */
  readonly literal?: boolean;
  /** What a pattern cannot tell, such as a check digit. Sees the matched text. */
  readonly confirm?: (matched: string) => boolean;
  /** The severity inside quotation marks: a character says it, the narrator does not. */
  readonly whenQuoted?: Severity;
}

export interface CompiledRule {
  readonly rule: Rule;
  readonly plain: RegExp;
  /** For letters that stood apart, where gaps between words may be lost. */
  readonly joined: RegExp | null;
  readonly anchors: readonly string[];
}

export function compileRule(rule: Rule): CompiledRule {
  const anchors = rule.anchors.flatMap((anchor) => wordSetNamed(anchor)?.map(stemOf) ?? [anchor]);
  if (anchors.includes("")) throw new Error(`an anchor of ${rule.id} has no literal start`);
  if (rule.literal === true) return { rule, plain: new RegExp(rule.pattern, "g"), joined: null, anchors };
  const word = "[a-z0-9]+(?:'[a-z]+)?";
  const gap = "[^a-z0-9]+";
  const source = rule.pattern
    .replace(/\{([a-z]+)\}/gi, (_, name: string) => {
      return `(?:${(wordSetNamed(`{${name}}`) ?? []).join("|")})`;
    })
    .replaceAll("'", "'?");
  const plain = source
    .replace(/ ?<(\d)> ?/g, (_, count: string) => `${gap}(?:${word}${gap}){0,${count}}?`)
    .replaceAll(" ?", "[^a-z0-9]*")
    .replaceAll(" ", gap);
  const joined = source
    .replace(/ ?<(\d)> ?/g, (_, count: string) => `[^]{0,${Number(count) * 7 + 3}}?`)
    .replaceAll(" ?", "[^a-z0-9]*")
    .replaceAll(" ", "[^a-z0-9]*");
  return {
    rule,
    plain: new RegExp(`(?<![a-z0-9])(?:${plain})(?![a-z0-9])`, "g"),
    joined: new RegExp(joined, "g"),
    anchors,
  };
}

/** The literal start of a lexicon's entry: "stol" of "stol(?:e|en)", "school" of "schools?". */
function stemOf(entry: string): string {
  const literal = /^[a-z0-9 -]*/.exec(entry)?.[0] ?? "";
  return (entry[literal.length] === "?" ? literal.slice(0, -1) : literal).replace(/[^a-z0-9]/g, "");
}

function wordSetNamed(reference: string): readonly string[] | null {
  const name = /^\{([a-z]+)\}$/i.exec(reference)?.[1];
  if (name === undefined) return null;
  if (!isWordSet(name)) throw new Error(`no lexicon is called ${name}`);
  return lexicon[name];
}

function isWordSet(name: string): name is WordSet {
  return Object.hasOwn(lexicon, name);
}
