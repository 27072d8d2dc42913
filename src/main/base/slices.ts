import { setImmediate as nextTurn } from "node:timers/promises";

/** How much is done at a time: so many characters are read and checked well within 20 ms. */
export const sliceCharacters = 8_192;

/** Long work in slices: between two of them everything else that waits for the event loop has its turn. Counts work, not time. */
export class Slices {
  readonly #budget: number;
  readonly #pause: () => Promise<unknown>;
  #spent = 0;

  /** `pause` resolves when the others had their turn. */
  constructor(budget = sliceCharacters, pause: () => Promise<unknown> = () => nextTurn()) {
    this.#budget = budget;
    this.#pause = pause;
  }

  /** Counts work that was done; where the slice is used up, resolves when the next begins, else is null at once. */
  spend(units: number): Promise<unknown> | null {
    this.#spent += units;
    if (this.#spent < this.#budget) return null;
    this.#spent = 0;
    return this.#pause();
  }
}

/** A text in pieces of at most `characters` UTF-16 units, in order; no code point is cut in half. */
export function* piecesOf(text: string, characters = sliceCharacters): Generator<string> {
  for (let from = 0; from < text.length;) {
    let to = Math.min(text.length, from + characters);
    const last = text.charCodeAt(to - 1);
    if (to < text.length && to - from > 1 && last >= 0xd800 && last <= 0xdbff) to -= 1;
    yield text.slice(from, to);
    from = to;
  }
}
