import { expect, test } from "vitest";
import { isShortcut, type KeyPress } from "../../../src/renderer/src/shell/actions/keys.ts";

function press(key: string, code: string, held: Partial<KeyPress> & { altGraph?: boolean } = {}): KeyPress {
  const { altGraph = false, ...rest } = held;
  return {
    key,
    code,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    isComposing: false,
    keyCode: 0,
    getModifierState: (name) => name === "AltGraph" && altGraph,
    ...rest,
  };
}

const ctrl = { ctrlKey: true };
const alt = { altKey: true };

test.each([
  ["Russian", "mod+K", press("л", "KeyK", ctrl)],
  ["Russian, one letter", "J", press("о", "KeyJ")],
  ["Greek", "mod+I", press("ι", "KeyI", ctrl)],
  ["Hebrew", "alt+R", press("ר", "KeyR", alt)],
  ["Arabic", "alt+P", press("ح", "KeyP", alt)],
  ["Persian digits", "alt+1", press("۱", "Digit1", alt)],
  ["French digits", "alt+1", press("&", "Digit1", alt)],
  ["Arabic question mark", "?", press("؟", "Slash", { shiftKey: true })],
  ["Latin", "mod+K", press("k", "KeyK", ctrl)],
  ["caps lock", "mod+K", press("K", "KeyK", ctrl)],
  ["Dvorak, by its own letter", "mod+K", press("k", "KeyV", ctrl)],
  ["no letter at all", "alt+shift+ArrowUp", press("ArrowUp", "ArrowUp", { altKey: true, shiftKey: true })],
])("a shortcut works on this layout: %s", (_layout, keys, event) => {
  expect(isShortcut(keys, event, false)).toBe(true);
});

test.each([
  ["a Mac's Option types another character", "alt+R", press("®", "KeyR", alt)],
  ["a Mac's Option is a dead key", "alt+N", press("Dead", "KeyN", alt)],
  ["a Mac on Cyrillic", "mod+K", press("л", "KeyK", { metaKey: true })],
])("%s, and the shortcut works", (_name, keys, event) => {
  expect(isShortcut(keys, event, true)).toBe(true);
});

test.each([
  ["AltGr writes a letter", "L", press("ł", "KeyL", { altGraph: true })],
  ["AltGr as Windows sends it", "alt+R", press("¶", "KeyR", { ctrlKey: true, altKey: true, altGraph: true })],
  ["AltGr with Ctrl", "mod+K", press("ĸ", "KeyK", { ctrlKey: true, altGraph: true })],
  ["an input method composes", "J", press("о", "KeyJ", { isComposing: true })],
  ["an input method ends a word", "Enter", press("Enter", "Enter", { keyCode: 229 })],
  ["Dvorak, by another letter's key", "mod+K", press("t", "KeyK", ctrl)],
  ["another letter", "mod+K", press("о", "KeyJ", ctrl)],
])("nothing happens when %s", (_name, keys, event) => {
  expect(isShortcut(keys, event, false)).toBe(false);
});
