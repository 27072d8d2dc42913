/**
 * The least number of tokens any tokenizer makes of a text: no token spans the white space between two words, and no word of
 * over 16 characters is one token. Errs low (for scripts without spaces very low), so that what it says was cut was cut.
 */
export function minTokens(text: string): number {
  let tokens = 0;
  let wordLength = 0;
  let hasLetter = false;
  for (let index = 0; index <= text.length; index++) {
    const code = index < text.length ? text.charCodeAt(index) : 0x20;
    if (isSpace(code)) {
      if (hasLetter) tokens += Math.ceil(wordLength / maxTokenCharacters);
      wordLength = 0;
      hasLetter = false;
      continue;
    }
    if (isLetter(code)) {
      wordLength++;
      hasLetter = true;
    }
  }
  return tokens;
}

/** What a server counted of a prompt; null where it did not. */
interface PromptCounts {
  readonly promptTokens: number | null;
  /** Of them, or beside them, those that it had read before. */
  readonly cachedTokens?: number | null;
}

/**
 * How many tokens a prompt had, and whether the server cut it: it read fewer than the texts have at least, or exactly as many
 * as its window holds, which is what is left of a prompt that was too long. A count that no cut leaves is no evidence: servers
 * leave out what they had in their cache, and where they say 0 or 1 then, the number is not known.
 */
export function promptCounted(
  texts: readonly string[],
  { promptTokens: counted, cachedTokens = null }: PromptCounts,
  windowTokens: number | undefined,
): { readonly promptTokens: number | null; readonly promptTruncated: boolean } {
  if (counted === null) return { promptTokens: null, promptTruncated: false };
  // What was cached is a part of the count, or beside it where it is more than that.
  const promptTokens = cachedTokens !== null && cachedTokens > counted ? counted + cachedTokens : counted;
  if (windowTokens !== undefined && promptTokens >= windowTokens) return { promptTokens, promptTruncated: true };
  const isTooLow = isTooFew(texts, promptTokens);
  const isNone = promptTokens === 0 ? texts.some((text) => text !== "") : promptTokens === 1 && isTooLow;
  if (isNone) return { promptTokens: null, promptTruncated: false };
  return { promptTokens, promptTruncated: isTooLow && promptTokens >= minCutTokens(texts) };
}

function isTooFew(texts: readonly string[], promptTokens: number): boolean {
  // Half a token a character is the most that the bound can come to.
  const maxNeeded = texts.reduce((sum, text) => sum + (text.length + 1) / 2, 0);
  if (promptTokens >= maxNeeded) return false;
  return promptTokens < texts.reduce((sum, text) => sum + minTokens(text), 0);
}

/** What a cut leaves at least: a small window, or of several messages the last with a few marks around it. */
function minCutTokens(texts: readonly string[]): number {
  const last = texts.length < 2 ? undefined : texts.at(-1);
  return last === undefined ? smallestWindow : Math.min(smallestWindow, minTokens(last) + marksAround);
}

const smallestWindow = 128;
const marksAround = 4;
const maxTokenCharacters = 16;

function isSpace(code: number): boolean {
  return code <= 0x20 || code === 0xa0 || code === 0x3000 || (code >= 0x2000 && code <= 0x200b);
}

/** Latin letters, and whatever is not ASCII. */
function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code > 0x7f;
}
