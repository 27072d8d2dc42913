import { fold } from "./fold.ts";

/** A character nobody sees that carries another one; offsets are UTF-16 offsets into the original. */
export interface HiddenCharacter {
  readonly code: number;
  readonly start: number;
  readonly end: number;
}

export const quoteCode = 34;
export const newlineCode = 10;
export const spaceCode = 32;

/**
 * The folded characters of a stretch of text, in parallel columns. A code point may fold to several characters (or to
 * none); each knows the original offsets it stands for and how many visible UTF-16 units come before it.
 */
export class Window {
  readonly codes: number[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly upper: boolean[] = [];
  readonly letter: boolean[] = [];
  readonly visibleBefore: number[] = [];
  hidden: HiddenCharacter[] = [];
  visibleUnits = 0;
  /** Whether a quotation is open where the window starts; a blank line closes it. */
  quoteOpen = false;

  get length(): number {
    return this.codes.length;
  }

  /** Adds one code point found at the UTF-16 offset `start`; answers how many folded characters it became. */
  append(codePoint: number, start: number): number {
    const folded = fold(codePoint);
    const end = start + (codePoint > 0xffff ? 2 : 1);
    if (folded.hidden > 0) this.hidden.push({ code: folded.hidden, start, end });
    const size = folded.text.length;
    for (let index = 0; index < size; index += 1) {
      this.codes.push(folded.text.charCodeAt(index));
      this.starts.push(start);
      this.ends.push(end);
      this.upper.push(folded.upper);
      this.letter.push(folded.letter);
      this.visibleBefore.push(this.visibleUnits);
    }
    if (size > 0) this.visibleUnits += end - start;
    return size;
  }

  /** Forgets the characters from index `count` on; hidden ones stay, they belong to what came before. */
  truncate(count: number): void {
    for (const column of [this.codes, this.starts, this.ends, this.visibleBefore]) column.length = count;
    this.upper.length = count;
    this.letter.length = count;
  }

  /** Forgets the first `count` characters, and the hidden ones before `hiddenFrom`, an original offset. */
  drop(count: number, hiddenFrom: number): void {
    for (let index = 0; index < count; index += 1) {
      if (this.codes[index] === quoteCode) this.quoteOpen = !this.quoteOpen;
      if (this.codes[index] === newlineCode && this.codes[index + 1] === newlineCode) this.quoteOpen = false;
    }
    for (const column of [this.codes, this.starts, this.ends, this.visibleBefore]) column.splice(0, count);
    this.upper.splice(0, count);
    this.letter.splice(0, count);
    if (this.hidden.length > 0) this.hidden = this.hidden.filter((character) => character.start >= hiddenFrom);
  }
}
