/**
 * What closes a quotation that a mark opens, in all languages together: the pairs of Unicode's CLDR 48.2.0
 * (`cldr-misc-full`, `main/<locale>/delimiters.json`, `quotation*` and `alternateQuotation*`), where `’` opening one is left
 * out because nothing tells it from an apostrophe. Added: `"`, and `»` closed by itself as in Finnish books.
 */
const closers: Readonly<Record<string, string>> = {
  '"': '"',
  "“": "”’",
  "‘": "’",
  "«": "»",
  "‹": "›",
  "„": "“”",
  "‚": "‘’",
  "”": "”“",
  "»": "«»",
  "›": "‹›",
  "「": "」",
  "『": "』",
};

/** Marks that only ever open: they begin a quotation inside another one, too. */
const opensAlways = new Set(["„", "‚", "「", "『"]);

/** Every mark of the table, as the inside of a character class. */
export const quotationMarks = [
  ...new Set(Object.entries(closers).flatMap(([open, close]) => [open, ...Array.from(close)])),
].join("");

/** Follows a text through its quotations, paragraph by paragraph: an open one ends with its line, as speech by a dash does. */
export class Quotations {
  #open: string[] = [];
  #lineStart = true;
  #isDashed = false;
  #before = "";

  /** Whether the text so far ends inside of speech. */
  get isInside(): boolean {
    return this.#open.length > 0 || this.#isDashed;
  }

  /** Apostrophes, and the marks of feet and inches, are no quotation marks. */
  read(text: string): void {
    const characters = Array.from(text);
    for (const [index, character] of characters.entries()) {
      this.#readOne(character, characters[index + 1] ?? " ");
      this.#before = character;
    }
  }

  #readOne(character: string, next: string): void {
    if (character === "\n") {
      this.#open = [];
      this.#lineStart = true;
      this.#isDashed = false;
      return;
    }
    if (this.#lineStart && !/\s/.test(character)) {
      this.#lineStart = false;
      this.#isDashed = /[-–—―]/.test(character);
    }
    if (!quotationMarks.includes(character)) return;
    const isBetweenLetters = /[\p{L}\p{N}]/u.test(this.#before) && /\p{L}/u.test(next);
    if (isBetweenLetters && /["’‘]/.test(character)) return;
    const current = this.#open.at(-1);
    if (current !== undefined && closers[current]?.includes(character) === true && !opensAlways.has(character)) {
      this.#open.pop();
      return;
    }
    if (character === '"' && /\p{N}/u.test(this.#before)) return; // 12" of rain
    if (character === '"' && this.#open.includes('"')) return;
    if (character === "’" || !(character in closers)) return;
    this.#open.push(character);
  }
}
