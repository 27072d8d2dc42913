import { describe, expect, test } from "vitest";
import { createProseShaper } from "../../../src/main/story/shaping/prose.ts";
import { shapeFor } from "../../../src/main/story/shaping/shape.ts";
import { goodOutputs, kinds } from "./good-outputs.ts";

test("there are forty of them, in twelve kinds", () => {
  expect(goodOutputs).toHaveLength(40);
  expect(new Set(goodOutputs.map(({ kind }) => kind))).toEqual(new Set(kinds));
});

describe("a good output loses nothing, even with the shaper of small models on", () => {
  test.each(
    goodOutputs.map((good) => [`${good.kind}: ${good.instruction}: ${good.output.slice(0, 30)}`, good] as const),
  )("%s", (_, { instruction, storyText = "", output }) => {
    for (const size of [1, 7, output.length]) {
      const shaper = createProseShaper({ instruction, storyText });
      const segments = [];
      for (let at = 0; at < output.length; at += size)
        segments.push(...shaper.push(output.slice(at, at + size)).segments);
      const end = shaper.end("stop");
      segments.push(...end.segments);
      expect(segments.filter(({ leftOut }) => leftOut !== null)).toEqual([]);
      expect(segments.map(({ text }) => text).join("")).toBe(output);
      expect(end.stop).toBeNull();
    }
  });
});

test("prose is shaped below 1 billion parameters, and where a version asks for it", () => {
  expect(shapeFor({}, 134_515_008)).toBe("small_model");
  expect(shapeFor({}, 999_999_999)).toBe("small_model");
  expect(shapeFor({}, 1_000_000_000)).toBe("none");
  expect(shapeFor({}, null)).toBe("none");
  expect(shapeFor({ shape: "none" }, 134_515_008)).toBe("none");
  expect(shapeFor({ shape: "small_model" }, 70_000_000_000)).toBe("small_model");
});
