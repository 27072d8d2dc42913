/**
 * Aho-Corasick over letters and digits; everything else is skipped, so "k-i-l-l" still meets "kill". Finds in one linear
 * pass which owners (numbered from 0) have a word in a text.
 */
export class Automaton {
  readonly #next: Int32Array;
  readonly #owners: readonly (readonly number[])[];

  constructor(words: readonly { readonly word: string; readonly owner: number }[]) {
    const trie: Int32Array[] = [new Int32Array(alphabetSize)];
    const owners: Set<number>[] = [new Set()];
    for (const { word, owner } of words) {
      let state = 0;
      for (const symbol of symbolsOf(word)) {
        let following = trie[state]?.[symbol] ?? 0;
        if (following === 0) {
          following = trie.push(new Int32Array(alphabetSize)) - 1;
          owners.push(new Set());
          trie[state]?.fill(following, symbol, symbol + 1);
        }
        state = following;
      }
      owners[state]?.add(owner);
    }
    this.#next = completed(trie, owners);
    this.#owners = owners.map((set) => [...set]);
  }

  /** The owners with at least one word in `text`. */
  ownersIn(text: string): Set<number> {
    const found = new Set<number>();
    let state = 0;
    for (let at = 0; at < text.length; at += 1) {
      const symbol = symbolOf(text.charCodeAt(at));
      if (symbol < 0) continue;
      state = this.#next[state * alphabetSize + symbol] ?? 0;
      const owners = this.#owners[state];
      if (owners !== undefined && owners.length > 0) for (const owner of owners) found.add(owner);
    }
    return found;
  }
}

const alphabetSize = 36;

/** Turns the trie into a full transition table, breadth first, handing owners down the failure links. */
function completed(trie: readonly Int32Array[], owners: readonly Set<number>[]): Int32Array {
  const table = new Int32Array(trie.length * alphabetSize);
  const failure = new Int32Array(trie.length);
  const queue = [0];
  for (let head = 0; head < queue.length; head += 1) {
    const state = queue[head] ?? 0;
    const fallback = failure[state] ?? 0;
    if (state !== 0) for (const owner of owners[fallback] ?? []) owners[state]?.add(owner);
    for (let symbol = 0; symbol < alphabetSize; symbol += 1) {
      const child = trie[state]?.[symbol] ?? 0;
      const viaFailure = state === 0 ? 0 : (table[fallback * alphabetSize + symbol] ?? 0);
      table[state * alphabetSize + symbol] = child === 0 ? viaFailure : child;
      if (child !== 0) {
        failure[child] = viaFailure;
        queue.push(child);
      }
    }
  }
  return table;
}

function symbolsOf(word: string): number[] {
  return Array.from(word, (character) => symbolOf(character.charCodeAt(0))).filter((symbol) => symbol >= 0);
}

function symbolOf(code: number): number {
  if (code >= 97 && code <= 122) return code - 97;
  return code >= 48 && code <= 57 ? code - 22 : -1;
}
