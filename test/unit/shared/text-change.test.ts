import fc from "fast-check";
import { expect, test } from "vitest";
import { changeBetween, merged, undone } from "../../../src/shared/text-change.ts";

/** Letters that repeat, line ends, and characters of two units that share a half. */
const text = fc
  .array(fc.constantFrom("a", "b", " ", "\n", "🦊", "🐺", "e\u0301"), { maxLength: 12 })
  .map((parts) => parts.join(""));

test("a change can be taken back, and never holds half a character", () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const change = changeBetween(before, after);
      expect(undone(after, change)).toBe(before);
      expect(change.removed.isWellFormed() && change.inserted.isWellFormed()).toBe(true);
    }),
  );
});

test("changes that are merged lead back to the first text, and every word typed between is in the merged one", () => {
  fc.assert(
    fc.property(text, text, text, (first, second, third) => {
      const [a, b] = [changeBetween(first, second), changeBetween(second, third)];
      const both = merged(a, b);
      fc.pre(both !== undefined);
      if (both === undefined) return;
      expect(undone(third, both)).toBe(first);
      expect(both.inserted).toContain(a.inserted);
      expect(both.inserted).toContain(b.inserted);
      expect(both.removed).toContain(b.removed);
    }),
  );
});

test.each([
  ["typing goes on", "The", "The lamp", "The lamp went", true],
  ["a word is erased letter by letter", "The lamp", "The la", "The ", true],
  ["a word is erased forwards", "The lamp", "Te lamp", "T lamp", true],
  ["what was typed is erased again", "The", "The lamp", "The", false],
  ["typing goes on elsewhere", "The lamp", "The lamp went", "Then the lamp went", false],
])("%s: merged or not", (_name, first, second, third, together) => {
  const both = merged(changeBetween(first, second), changeBetween(second, third));
  expect(both !== undefined).toBe(together);
});

test("a change that did not lead to a text is not taken back from it", () => {
  expect(undone("The lamp", { offset: 4, removed: "", inserted: "lump" })).toBeUndefined();
});
