/** A text shorter than this says too little of a tokeniser, in estimated tokens. */
const leastTokens = 200;
const versionsLimit = 1_000;
/** Kept between what was counted and what is sent next: another text of the same version may have a little more. */
const margin = 1.05;

/** Letters that one token stands for at least: in English prose, and in what else is written in Latin letters. */
const englishLetters = 3.6;
const latinLetters = 2.4;
const tokensPerLetter = { letters: 1.3, wide: 2, korean: 3 };
const sampleCharacters = 4_000;

/** Counts tokens, on the safe side. */
export type TokenEstimator = (text: string) => number;

/**
 * An estimate for texts in the language of a sample, on the safe side for the tokenisers we know. What an English vocabulary has
 * no words for (Cyrillic, Greek, Arabic, Hebrew) comes to about one token a letter, scripts of three bytes a letter (Chinese,
 * Japanese, Devanagari, Thai) to two, Korean to three.
 */
export function estimatorFor(sample: string): TokenEstimator {
  const perLetter = 1 / (isEnglish(sample.slice(-sampleCharacters)) ? englishLetters : latinLetters);
  return (text) => {
    let tokens = 0;
    for (let index = 0; index < text.length; index++) tokens += tokensOf(text.charCodeAt(index), perLetter);
    return Math.ceil(tokens);
  };
}

function tokensOf(code: number, perLetter: number): number {
  if (code < 0x80) return perLetter;
  const script = classOf(code);
  return script === "latin" ? 2 * perLetter : tokensPerLetter[script];
}

/** Which of them most of a text is: what was counted of one says nothing of another. */
function scriptOf(text: string): string {
  const sample = text.slice(-sampleCharacters);
  const counts = { latin: 0, letters: 0, wide: 0, korean: 0 };
  for (let index = 0; index < sample.length; index++) counts[classOf(sample.charCodeAt(index))]++;
  const most = (["korean", "wide", "letters"] as const).find((script) => counts[script] * 3 >= sample.length);
  return most ?? (isEnglish(sample) ? "english" : "latin");
}

function classOf(code: number): "latin" | "letters" | "wide" | "korean" {
  if (code < 0x2_50) return "latin";
  if (code < 0x8_00) return "letters";
  return code >= 0xac_00 && code <= 0xd7_a3 ? "korean" : "wide";
}

/** One word in twelve is one of the commonest; in other languages hardly any is. */
function isEnglish(sample: string): boolean {
  const words = sample.match(/\p{L}+/gu)?.length ?? 0;
  const common = sample.match(/\b(?:the|and|of|was|to|he|she|it|is|you)\b/giu)?.length ?? 0;
  return common > 0 && common * 12 >= words;
}

/** How far the estimate is off for a version and a script, learned from what its server counted of earlier prompts. */
export class TokenRatios {
  readonly #ratios = new Map<string, number>();

  /** Counted over estimated tokens, with a margin; 1 while nothing is known. */
  of(versionId: string, text: string): number {
    return this.#ratios.get(keyOf(versionId, text)) ?? 1;
  }

  /** A server counted the tokens of messages. What cannot be all of them (a cached beginning is not counted everywhere) is ignored. */
  counted(versionId: string, messages: readonly { readonly content: string }[], tokens: number | null): void {
    if (tokens === null) return;
    const text = messages.map(({ content }) => content).join("\n");
    const estimated = estimatorFor(text)(text);
    const ratio = tokens / Math.max(1, estimated);
    if (estimated < leastTokens || ratio < 0.6 || ratio > 3) return;
    if (this.#ratios.size >= versionsLimit) this.#ratios.clear();
    this.#ratios.set(keyOf(versionId, text), ratio * margin);
  }
}

function keyOf(versionId: string, text: string): string {
  return `${versionId} ${scriptOf(text)}`;
}
