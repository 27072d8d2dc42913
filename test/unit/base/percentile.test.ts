import { expect, test } from "vitest";
import { percentile, percentileOfSorted } from "../../../src/main/base/percentile.ts";

test("is the nearest rank: a number that is there, and null of none", () => {
  const values = [50, 10, 40, 20, 30];
  expect([0, 0.2, 0.21, 0.5, 0.95, 1].map((share) => percentile(values, share))).toEqual([10, 10, 20, 30, 50, 50]);
  expect(percentile([], 0.5)).toBeNull();
  expect(values).toEqual([50, 10, 40, 20, 30]);
  expect(percentileOfSorted(Float64Array.of(1, 2, 3), 0.5)).toBe(2);
});
