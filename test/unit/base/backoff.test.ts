import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs, jitteredBackoffMs } from "../../../src/main/base/backoff.ts";

const backoff = { firstMs: 150, maxMs: 1_000 };

test("the wait doubles from the first to the longest, and stays there", () => {
  expect([0, 1, 2, 3, 4, 5_000].map((failures) => backoffMs(backoff, failures))).toEqual([
    150, 300, 600, 1_000, 1_000, 1_000,
  ]);
});

test("with jitter it is between the first wait and the full one, and at least half of that", () => {
  const chance = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.nat(100_000), chance, (failures, random) => {
      const wait = jitteredBackoffMs(backoff, failures, random);
      const full = backoffMs(backoff, failures);
      expect(wait).toBeGreaterThanOrEqual(Math.max(backoff.firstMs, Math.floor(full / 2)));
      expect(wait).toBeLessThanOrEqual(full);
    }),
  );
  expect(jitteredBackoffMs(backoff, 3, 1)).toBe(1_000);
});
