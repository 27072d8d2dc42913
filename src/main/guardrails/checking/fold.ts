import { confusables } from "./confusables.ts";

/** What one code point becomes, whatever stands around it; `text` is empty for what a reader cannot see. */
export interface Folded {
  readonly text: string;
  readonly upper: boolean;
  readonly letter: boolean;
  /** The ASCII character an invisible code point smuggles (tag characters, variation selectors), else 0. */
  readonly hidden: number;
}

/**
 * NFKD, look-alikes to Latin, lower case, accents and invisible characters gone. It looks at one code point alone, so
 * folding never depends on how a stream was cut.
 */
export function fold(codePoint: number): Folded {
  if (codePoint < 128) return ascii[codePoint] ?? invisible;
  const known = cache.get(codePoint);
  if (known !== undefined) return known;
  const folded = foldOther(codePoint);
  if (cache.size < cacheLimit) cache.set(codePoint, folded);
  return folded;
}

const cacheLimit = 8_192;
const cache = new Map<number, Folded>();
const invisible: Folded = { text: "", upper: false, letter: false, hidden: 0 };
/** Stands for any sign outside the Basic Multilingual Plane, so that one character is one UTF-16 unit. */
const otherSign = "\u25a1";
const unseen = /[\p{M}\p{Cf}\p{Cc}\p{DI}]/gu;

const ascii: readonly Folded[] = Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/\s/.test(character)) return { text: code === 10 ? "\n" : " ", upper: false, letter: false, hidden: 0 };
  if (code < 32 || code === 127) return invisible;
  if (character === "`") return { text: "'", upper: false, letter: false, hidden: 0 };
  return {
    text: character.toLowerCase(),
    upper: /[A-Z]/.test(character),
    letter: /[A-Za-z]/.test(character),
    hidden: 0,
  };
});

function foldOther(codePoint: number): Folded {
  const hidden = smuggled(codePoint);
  if (hidden > 0) return { ...invisible, hidden };
  const character = String.fromCodePoint(codePoint);
  const alike = confusables.get(codePoint);
  const plain = (alike ?? character.normalize("NFKD")).replace(unseen, "");
  let text = "";
  for (const part of plain) {
    const lower = part.toLowerCase();
    const partCode = part.codePointAt(0) ?? 0;
    text += confusables.get(partCode) ?? confusables.get(lower.codePointAt(0) ?? 0) ?? lower;
  }
  text = text
    .replace(unseen, "")
    .replace(/\s/g, " ")
    .replace(/[\u{10000}-\u{10ffff}]/gu, otherSign);
  return {
    text,
    upper: /\p{Lu}/u.test(plain) || (alike !== undefined && /\p{Lu}/u.test(character)),
    letter: /\p{L}/u.test(plain),
    hidden: 0,
  };
}

/** Tag characters mirror ASCII; variation selectors 1 to 256 carry bytes ("emoji smuggling"). */
function smuggled(codePoint: number): number {
  let code = 0;
  if (codePoint >= 0xe0020 && codePoint <= 0xe007e) code = codePoint - 0xe0000;
  if (codePoint >= 0xe0100 && codePoint <= 0xe01ef) code = codePoint - 0xe0100 + 16;
  return code >= 32 && code < 127 ? code : 0;
}
