import fc from "fast-check";
import { expect, test } from "vitest";
import { minTokens, wasCut } from "../../../../src/main/inference/providers/ollama/truncation.ts";

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

test.each([
  ["nothing counted is no evidence", ["one two three"], null, 2, false],
  ["as many as words", ["one two", "three"], 3, undefined, false],
  ["fewer than words", ["one two", "three"], 2, undefined, true],
  ["a full window", ["short"], 256, 256, true],
  ["one below a full window", ["short"], 255, 256, false],
])("%s", (_name, texts, promptTokens, windowTokens, cut) => {
  expect(wasCut(texts, promptTokens, windowTokens)).toBe(cut);
});
