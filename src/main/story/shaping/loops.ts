import { wordsOf } from "./sentences.ts";

const phraseWords = 4;
/** A sentence of fewer words ("No, he said.") may come many times. */
const minSentenceWords = 5;
/** A text that says something new in this share of its words or more comes back to a phrase: a refrain. */
const newShareOfRefrain = 1 / 3;

/** Notices when a text goes round in circles: the same words again and again with next to nothing between them. */
export class LoopDetector {
  /** Where each phrase was said, as numbers of its last word. */
  readonly #ends = new Map<string, number[]>();
  /** By word: whether the sentence it stands in said anything new. */
  readonly #isNew: boolean[] = [];
  #lastWords: string[] = [];

  /** Whether a sentence continues a loop: nothing in it is new, and it was said `times` times in near succession. Counts it unless it does. */
  isLoop(sentence: string, times: number): boolean {
    const words = wordsOf(sentence);
    const run = [...this.#lastWords, ...words];
    const phrases = phrasesOf(run);
    const isShort = words.length < minSentenceWords;
    const own = isShort ? phrases : phrasesOf(words);
    if (words.length > 0 && this.#repeats(own, isShort ? 2 * times : times)) return true;
    const isNew = own.length === 0 || !own.every((phrase) => this.#ends.has(phrase));
    const first = this.#isNew.length + words.length - phrases.length;
    for (const [index, phrase] of phrases.entries()) {
      const ends = this.#ends.get(phrase) ?? [];
      ends.push(first + index);
      this.#ends.set(phrase, ends);
    }
    for (let index = 0; index < words.length; index += 1) this.#isNew.push(isNew);
    this.#lastWords = run.slice(1 - phraseWords);
    return false;
  }

  #repeats(phrases: readonly string[], times: number): boolean {
    const last = phrases.at(-1);
    if (last === undefined || !phrases.every((phrase) => (this.#ends.get(phrase)?.length ?? 0) >= times)) return false;
    const from = this.#ends.get(last)?.at(-times) ?? 0;
    const between = this.#isNew.slice(from + 1);
    return between.filter(Boolean).length < between.length * newShareOfRefrain || between.length === 0;
  }
}

function phrasesOf(words: readonly string[]): string[] {
  return words.slice(phraseWords - 1).map((_, at) => words.slice(at, at + phraseWords).join(" "));
}
