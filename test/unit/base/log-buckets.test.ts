import fc from "fast-check";
import { expect, test } from "vitest";
import { LogHistogram, logBucketOf } from "../../../src/main/base/log-buckets.ts";
import { percentile } from "../../../src/main/base/percentile.ts";

const positive = fc.double({ min: 1e-6, max: 1e9, noNaN: true });

test("greater numbers never have a lower bucket, and those of one bucket differ by 2 % at most", () => {
  fc.assert(
    fc.property(positive, positive, (a, b) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      const [lower, higher] = [logBucketOf(Math.log(low)), logBucketOf(Math.log(high))];
      expect(higher).toBeGreaterThanOrEqual(lower);
      if (higher === lower) expect(high / low).toBeLessThan(1.0201);
    }),
  );
});

test("percentiles are those of the numbers, to within 2 %", () => {
  fc.assert(
    fc.property(fc.array(positive, { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
      const histogram = new LogHistogram();
      for (const value of values) histogram.add(value);
      const ratio = (histogram.percentile(share) ?? Number.NaN) / (percentile(values, share) ?? Number.NaN);
      expect(ratio).toBeGreaterThan(0.999999);
      expect(ratio).toBeLessThan(1.020001);
    }),
  );
  expect(new LogHistogram().percentile(0.5)).toBeNull();
});
