import fc from "fast-check";
import { expect, test } from "vitest";
import { minTokens, promptCounted } from "../../../../src/main/inference/providers/ollama/truncation.ts";

test.each([
  ["", 0],
  ["   \n\t ", 0],
  ["1234 5678 --- !!!", 0],
  ["word", 1],
  ["two words", 2],
  ["don't", 1],
  ["internationalisation of everything", 2 + 1 + 1],
  ["灯台守が地図を見つけた", 1],
  ["a\u00a0b\u3000c", 3],
])("%j is at least %i tokens", (text, tokens) => {
  expect(minTokens(text)).toBe(tokens);
});

test("the bound never exceeds half a token a character, so that the quick look is right", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (text) => {
      expect(minTokens(text)).toBeLessThanOrEqual((text.length + 1) / 2);
    }),
    { numRuns: 1_000 },
  );
});

const words = "The keeper counted waves. ".repeat(100);

test.each([
  ["nothing counted is no evidence", ["one two three"], null, 2, null, false],
  ["as many as words", ["one two", "three"], 3, undefined, 3, false],
  ["a full window", ["short"], 256, 256, 256, true],
  ["one below a full window", ["short"], 255, 256, 255, false],
  ["fewer than words, as a small window leaves", [words], 150, undefined, 150, true],
  ["the last message alone, of several", [words, "Go on."], 20, undefined, 20, true],
  ["0 for a prompt in the cache", [words], 0, undefined, null, false],
  ["1 for a prompt in the cache", [words], 1, undefined, null, false],
  ["1 for a chat in the cache", [words, "Go on."], 1, undefined, null, false],
  ["0 for a short prompt in the cache", ["...", "Hm"], 0, 4_096, null, false],
  ["0 for nothing", [""], 0, undefined, 0, false],
] as const)("%s: what was counted of a prompt", (_name, texts, counted, window, promptTokens, promptTruncated) => {
  expect(promptCounted(texts, { promptTokens: counted }, window)).toEqual({ promptTokens, promptTruncated });
});

test.each([
  ["beside the count", 1, 449, 450],
  ["a part of the count", 450, 449, 450],
])("tokens from the cache are %s", (_name, counted, cachedTokens, promptTokens) => {
  expect(promptCounted([words], { promptTokens: counted, cachedTokens }, undefined)).toEqual({
    promptTokens,
    promptTruncated: false,
  });
});
