import { expect, test } from "vitest";
import { ArmFigures } from "../../../../src/main/rollouts/statistics/arm-figures.ts";
import { ShadowPairs } from "../../../../src/main/rollouts/statistics/shadow-pairs.ts";
import { endedCall as call } from "../../../kit/ended-call.ts";

test("an arm's answers are counted by their worst finding, and what a fallback said in its place is not", () => {
  const arm = new ArmFigures();
  for (const severity of ["none", "low", "low", "medium", "high", "critical", "critical"] as const)
    arm.call({ ...call, severity });
  arm.call({ ...call, severity: "critical", byItsArm: false });
  expect(arm.figures.candidate).toMatchObject({
    calls: 8,
    severities: { low: 2, medium: 1, high: 1, critical: 2 },
    violations: 4,
    held: 3,
  });
});

test("pairs say how many times as long the candidate takes, and in how many it does", () => {
  const pairs = new ShadowPairs();
  expect(pairs.figures).toMatchObject({ pairs: 0, slower: 0, timesAsLong: null, evidence: expect.closeTo(1, 9) });
  pairs.pair(10, 40);
  pairs.pair(10, 10);
  pairs.pair(40, 20);
  expect(pairs.figures).toMatchObject({ pairs: 3, slower: 1, timesAsLong: expect.closeTo(2 ** (1 / 3), 9) });
});
