import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exp } from "../../../../src/main/rollouts/statistics/exp.ts";
import { Lognormal, Random } from "../../../../src/main/rollouts/simulation/random.ts";
import { bucketOf, RunningQuantile } from "../../../../src/main/rollouts/statistics/running-quantile.ts";

describe("the exponential", () => {
  test("is that of the machine to 10^-12", () => {
    fc.assert(
      fc.property(fc.double({ min: -60, max: 60, noNaN: true }), (x) => {
        expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(1e-12);
      }),
      { numRuns: 5_000 },
    );
    for (const x of [-60, -Math.LN2, -Number.MIN_VALUE, 0, Math.LN2, 1, 60])
      expect(exp(x) / Math.exp(x)).toBeCloseTo(1, 12);
  });

  test("stays finite and above 0 beyond", () => {
    for (const x of [-1e9, Number.NEGATIVE_INFINITY]) expect(exp(x)).toBe(exp(-60));
    for (const x of [1e9, Number.POSITIVE_INFINITY]) expect(exp(x)).toBe(exp(60));
    expect(exp(-60)).toBeGreaterThan(0);
  });
});

describe("a running quantile", () => {
  test.each([0.5, 0.9, 0.97])("of %d is the one that sorting finds, after every number", (share) => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 80 }),
        (values) => {
          const running = new RunningQuantile(share);
          const seen: number[] = [];
          for (const value of values) {
            const bucket = bucketOf(Math.log(value));
            running.add(bucket);
            seen.push(bucket);
            const sorted = seen.toSorted((a, b) => a - b);
            const quantile = sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
            expect([running.isBeyond(quantile), running.isBeyond(quantile + 1)]).toEqual([false, true]);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("takes numbers beyond its range into its first and last bucket", () => {
    expect(bucketOf(-1e6)).toBe(bucketOf(-100));
    expect(bucketOf(1e6)).toBe(bucketOf(100));
    expect(bucketOf(Math.log(30.1))).toBeLessThan(bucketOf(Math.log(31)));
  });
});

describe("the seeded generator", () => {
  test("gives the same numbers for the same seed and stream, and others for the next", () => {
    const drawn = (seed: number, stream: number) => {
      const random = new Random(seed, stream);
      return Array.from({ length: 4 }, () => random.next());
    };
    expect(drawn(1, 2)).toEqual(drawn(1, 2));
    expect(new Set([...drawn(1, 2), ...drawn(1, 3), ...drawn(2, 2)]).size).toBe(12);
  });

  test("is uniform (chi-square over 100 cells), and across streams too", () => {
    for (const draws of [
      (() => {
        const random = new Random(3);
        return () => random.next();
      })(),
      (() => {
        let stream = 0;
        return () => new Random(3, (stream += 1)).next();
      })(),
    ]) {
      const cells = Array.from({ length: 100 }, () => 0);
      for (let draw = 0; draw < 50_000; draw += 1) {
        const cell = Math.floor(draws() * 100);
        cells[cell] = (cells[cell] ?? 0) + 1;
      }
      // 99 degrees of freedom: 148.2 is exceeded by chance once in a thousand times.
      expect(cells.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0)).toBeLessThan(148.2);
    }
  });

  test("draws lognormal numbers of the median and spread that were asked for, and waits of mean 1", () => {
    const random = new Random(5);
    const around = new Lognormal(30, 0.6);
    const logs = Array.from({ length: 50_000 }, () => Math.log(around.draw(random)));
    const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
    const deviation = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / logs.length);
    expect(mean).toBeCloseTo(Math.log(30), 1);
    expect(deviation).toBeCloseTo(0.6, 1);
    expect(
      Array.from({ length: 50_000 }, () => random.wait()).reduce((sum, wait) => sum + wait, 0) / 50_000,
    ).toBeCloseTo(1, 1);
  });
});
