import fc from "fast-check";
import { expect, test } from "vitest";
import { waitMs } from "../../../src/main/coordinator/backoff.ts";

const chance = fc.double({ min: 0, max: 1, noNaN: true });

test("the wait begins at 1 s, doubles with each try, and is never longer than 5 min", () => {
  expect(Array.from({ length: 12 }, (_, tries) => waitMs(tries, 1, null))).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000, 300_000,
  ]);
  fc.assert(
    fc.property(fc.nat(100_000), chance, (tries, random) => {
      const wait = waitMs(tries, random, null);
      expect(wait).toBeGreaterThanOrEqual(1_000);
      expect(wait).toBeLessThanOrEqual(300_000);
      expect(wait).toBeGreaterThanOrEqual(waitMs(tries, 1, null) / 2);
    }),
  );
});

test("who asks to be left alone is, for at most an hour, and never for less than the wait of its own", () => {
  expect(waitMs(0, 1, 20_000)).toBe(20_000);
  expect(waitMs(8, 1, 20_000)).toBe(256_000);
  expect(waitMs(0, 1, 86_400_000)).toBe(3_600_000);
});
