import { expect, test } from "vitest";
import { bytes, counted, duration, remaining, shortDigest, speed } from "../../../src/shared/format.ts";

test("bytes count in decimal units, with three digits at most", () => {
  expect([0, 999, 1_000, 98_400_000, 999_499_999, 999_500_000, 64e9].map(bytes)).toEqual([
    "0 B",
    "999 B",
    "1.0 kB",
    "98.4 MB",
    "999 MB",
    "1.0 GB",
    "64.0 GB",
  ]);
});

test("spans and speeds are as exact as they are short", () => {
  expect([3.14, 318, 2_870, 12_345, 185_000].map(duration)).toEqual([
    "3.1 ms",
    "318 ms",
    "2.87 s",
    "12.3 s",
    "3 min 5 s",
  ]);
  expect([0, 61_000, 7_800_000].map(remaining)).toEqual(["1 s", "1 min 1 s", "2 h 10 min"]);
  expect([48.24, 120.6].map(speed)).toEqual(["48.2 tokens/s", "121 tokens/s"]);
});

test("counts name one and many, and digests are told by their first twelve digits", () => {
  expect([counted(1, "word"), counted(1_204, "word"), counted(2, "entry", "entries")]).toEqual([
    "1 word",
    "1,204 words",
    "2 entries",
  ]);
  expect(shortDigest(`sha256:${"9077fe9d2ae1".padEnd(64, "0")}`)).toBe("9077fe9d2ae1");
});
