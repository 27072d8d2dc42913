import fc from "fast-check";
import { expect, test } from "vitest";
import { armOf, saltOf } from "../../../../src/main/rollouts/decision/arm-assignment.ts";

const percent = fc.double({ min: 0, max: 100, noNaN: true });

test("raising the weight only ever moves a session from the stable version to the candidate", () => {
  fc.assert(
    fc.property(fc.integer(), fc.string(), percent, percent, (salt, key, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const [before, after] = [low, high].map((candidatePercent) => armOf({ salt, candidatePercent }, key));
      expect([before, after]).not.toEqual(["candidate", "stable"]);
    }),
    { numRuns: 2_000 },
  );
});

test("a session keeps its arm as long as the weight stays", () => {
  fc.assert(
    fc.property(fc.string(), percent, (key, candidatePercent) => {
      const rollout = { salt: saltOf("a rollout"), candidatePercent };
      expect(armOf(rollout, key)).toBe(armOf(rollout, key));
    }),
  );
});

test("nothing goes to a candidate at 0, and everything at 100", () => {
  fc.assert(
    fc.property(fc.integer(), fc.string(), (salt, key) => {
      expect(armOf({ salt, candidatePercent: 0 }, key)).toBe("stable");
      expect(armOf({ salt, candidatePercent: 100 }, key)).toBe("candidate");
    }),
  );
});

test.each([
  ["numbered", (n: number) => `session-${n}`],
  ["like UUIDs of one moment", (n: number) => `0199a1b2-c3d4-7000-8000-${n.toString(16).padStart(12, "0")}`],
  ["very short", (n: number) => n.toString(36)],
])("sessions that are %s fall evenly on the line (chi-square over 100 cells)", (_kind, keyOf) => {
  const salt = saltOf("0199a1b2-c3d4-7000-8000-00000000abcd");
  const sessions = 50_000;
  const below = Array.from({ length: 101 }, () => 0);
  for (let session = 0; session < sessions; session += 1) {
    const key = keyOf(session);
    // The cell is found by the weights that reach it, as routing would.
    let [low, high] = [0, 100];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (armOf({ salt, candidatePercent: middle }, key) === "candidate") high = middle;
      else low = middle;
    }
    below[high] = (below[high] ?? 0) + 1;
  }
  const expected = sessions / 100;
  const chiSquare = below.slice(1).reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // 99 degrees of freedom: 148.2 is exceeded by chance once in a thousand times.
  expect(chiSquare).toBeLessThan(148.2);
});

test("the same sessions are not first in every rollout", () => {
  const [one, other] = [saltOf("one rollout"), saltOf("another rollout")];
  const sessions = 20_000;
  let both = 0;
  for (let session = 0; session < sessions; session += 1) {
    const key = `session-${session}`;
    if (
      armOf({ salt: one, candidatePercent: 30 }, key) === "candidate" &&
      armOf({ salt: other, candidatePercent: 30 }, key) === "candidate"
    )
      both += 1;
  }
  // Independent: 9 % of them, give or take four standard deviations.
  expect(Math.abs(both - 0.09 * sessions)).toBeLessThan(4 * Math.sqrt(sessions * 0.09 * 0.91));
});
