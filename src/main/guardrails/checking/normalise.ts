import { plainView } from "./views.ts";
import { Window } from "./window.ts";

export interface Normalised {
  readonly text: string;
  /** For each character of `text`, the UTF-16 offset of the original character it came from. */
  readonly map: Uint32Array;
}

/**
 * The plain reading of a whole text: NFKD and lower case, look-alikes as Latin letters, accents and invisible characters
 * gone, spaced-out letters joined, digits inside words read as letters, white space folded. Linear in the text's length.
 */
export function normalise(text: string): Normalised {
  const view = plainView(windowOf(text));
  return { text: view.text, map: Uint32Array.from(view.starts) };
}

function windowOf(text: string): Window {
  const window = new Window();
  let at = 0;
  for (const character of text) {
    window.append(character.codePointAt(0) ?? 0, at);
    at += character.length;
  }
  return window;
}
