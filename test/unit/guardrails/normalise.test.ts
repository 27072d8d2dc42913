import fc from "fast-check";
import { expect, test } from "vitest";
import { normalise } from "../../../src/main/guardrails/checking/normalise.ts";

test.each([
  ["Ｔｈｅ Ｓｅａ", "the sea"],
  ["t\u200bh\u200de \u2066sea\u2069", "the sea"],
  ["The \u{e0061}\u{e0062}sea\ufe0f", "the sea"],
  ["Тhе sеа", "the sea"],
  ["𝕿𝖍𝖊 𝓈ℯ𝒶", "the sea"],
  ["t̶h̵e̸ s\u0301e\u0301a\u0301", "the sea"],
  ["the  \t\n sea", "the sea"],
  ["s h a d o w", "shadow"],
  ["s.h.a.d.o.w", "shadow"],
  ["t h e   s e a", "the sea"],
  ["t.h.e s.e.a", "the sea"],
  ["sh4d0w", "shadow"],
  ["the 3rd of 12 ships, 40g", "the 3rd of 12 ships, 40g"],
  ["ﬁre “here”", 'fire "here"'],
  ["🅂🄴🄰 ⓢⓔⓐ", "sea sea"],
])("%j reads %j", (text, expected) => {
  expect(normalise(text).text).toBe(expected);
});

test("each character maps back to the one it came from", () => {
  expect(normalise("A\u200b ﬁ\u{1d41b}")).toEqual({ text: "a fib", map: Uint32Array.from([0, 2, 3, 3, 4]) });
});

test("any text normalises to a map that grows and stays inside the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      const { text: normal, map } = normalise(text);
      expect(map).toHaveLength(normal.length);
      for (let at = 0; at < map.length; at += 1) {
        expect(map[at]).toBeLessThan(text.length);
        expect(map[at]).toBeGreaterThanOrEqual(map[at - 1] ?? 0);
      }
    }),
  );
});
