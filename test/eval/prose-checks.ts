import { isWhole, wordsOf } from "../../src/main/story/shaping/sentences.ts";

const talksAboutTheText =
  /(?:^|[.!?]\s+)(?:a|the|this|our|my) (?:short )?(?:story|scene|narrative|passage|tale)\b|\bin this (?:story|scene|narrative|passage|tale|chapter)\b|\breaders?\b|\bprotagonist\b/i;

/** What is wrong with a passage as a machine can tell; empty when nothing is. Whether it is any good, a reader says. */
export function problemsIn(text: string, instruction: string, storyText: string): string[] {
  const problems: string[] = [];
  const words = wordsOf(text);
  const narration = text.replaceAll(/"[^"]*"|“[^”]*”/g, " ");
  if (words.length < 60) problems.push(`only ${words.length} words`);
  if (!isWhole(text)) problems.push("ends within a sentence");
  if (!/^["“'(\p{Lu}]/u.test(text)) problems.push("starts within a sentence");
  if (/^\s*(?:[-*•#]|\d{1,2}[.)])\s/m.test(text) || text.includes("**")) problems.push("a list or heading");
  if (/\b(?:you|your|yours)\b/i.test(narration)) problems.push("addresses the reader");
  if (talksAboutTheText.test(narration)) problems.push("may talk about the text");
  if ((text.match(/["“”]/g)?.length ?? 0) % 2 !== 0) problems.push("an open quotation");
  const phrase = thrice(words);
  if (phrase !== null) problems.push(`says "${phrase}" three times`);
  const named = new Set(contentWords(instruction + (storyText === "" ? "" : ` ${storyText}`)));
  const met = new Set(contentWords(text).filter((word) => named.has(word)));
  if (met.size < 2) problems.push("unrelated to the prompt");
  return problems;
}

function thrice(words: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (let at = 0; at + 4 <= words.length; at += 1) {
    const phrase = words.slice(at, at + 4).join(" ");
    const count = (counts.get(phrase) ?? 0) + 1;
    if (count === 3) return phrase;
    counts.set(phrase, count);
  }
  return null;
}

/** Words of more than three letters by their first four, so that "keeper" and "keepers" meet. */
function contentWords(text: string): string[] {
  return wordsOf(text)
    .filter((word) => word.length > 3)
    .map((word) => word.slice(0, 4));
}
