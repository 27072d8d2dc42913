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

/**
 * Whether a server cut the prompt: it evaluated fewer tokens than the texts have at least, or exactly as many as its window
 * holds, which is what is left of a prompt that was too long. Null counts are no evidence.
 */
export function wasCut(
  texts: readonly string[],
  promptTokens: number | null,
  windowTokens: number | undefined,
): boolean {
  if (promptTokens === null) return false;
  if (windowTokens !== undefined && promptTokens >= windowTokens) return true;
  // Half a token a character is the most that the bound can come to.
  const maxNeeded = texts.reduce((sum, text) => sum + (text.length + 1) / 2, 0);
  if (promptTokens >= maxNeeded) return false;
  return promptTokens < texts.reduce((sum, text) => sum + minTokens(text), 0);
}

const maxTokenCharacters = 16;

function isSpace(code: number): boolean {
  return code <= 0x20 || code === 0xa0 || code === 0x3000 || (code >= 0x2000 && code <= 0x200b);
}

/** Latin letters, and whatever is not ASCII. */
function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code > 0x7f;
}
