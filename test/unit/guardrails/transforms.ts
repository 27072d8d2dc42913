/** Eight ways to hide words from a matcher while a reader still sees, or a machine still reads, the same words. */
export const transforms: Readonly<Record<string, (text: string) => string>> = {
  "upper case": (text) => text.toUpperCase(),
  "zero width": (text) => Array.from(text).join("\u200b"),
  fullwidth: (text) => text.replace(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0)),
  "look-alikes": (text) => text.replace(/[aceopxyi]/g, (letter) => alike[letter] ?? letter),
  mathematical: (text) => text.replace(/[a-z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0x1d400 - 71)),
  "spaced out": (text) => Array.from(text).join(" "),
  "tag characters between": (text) => Array.from(text).join("\u{e0001}"),
  zalgo: (text) => Array.from(text, (letter) => `${letter}\u0336\u0301`).join(""),
};

/** Letters written as digits; numbers themselves do not survive it. */
export function leet(text: string): string {
  return text.replace(/[aeiost]/g, (letter) => digits[letter] ?? letter);
}

export function tagged(text: string): string {
  return Array.from(text, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xe0000)).join("");
}

export function rot13(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const base = letter < "a" ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}

const alike: Readonly<Record<string, string>> = { a: "а", c: "с", e: "е", o: "ο", p: "р", x: "х", y: "у", i: "і" };
const digits: Readonly<Record<string, string>> = { a: "4", e: "3", i: "1", o: "0", s: "5", t: "7" };
