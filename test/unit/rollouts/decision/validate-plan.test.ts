import { expect, test } from "vitest";
import { planProblem } from "../../../../src/main/rollouts/decision/validate-plan.ts";
import { rolloutPlan } from "../../../../src/shared/contract/rollout-plan.ts";

const problem = (plan: object) =>
  planProblem(rolloutPlan.parse({ strategy: "canary", steps: [{ type: "weight", percent: 10 }], ...plan }));

test.each([
  ["only ratings, which no rollout has", { rating: 1 }],
  ["shares that are all 0", { msPerToken: 0, errors: 0 }],
  ["no share at all", {}],
])("a plan that compares %s is refused", (_, metrics) => {
  expect(problem({ analysis: { metrics } })).toMatchObject({
    code: "BAD_REQUEST",
    data: {
      field: "plan.analysis.metrics",
      value: JSON.stringify(metrics),
      remedy: "Give a share above 0 to one of msPerToken, totalMs, firstTokenMs, tail, errors, violations, fallbacks.",
    },
  });
});

test("a plan that compares something that is measured is taken, as is one that compares nothing by its strategy", () => {
  expect(problem({})).toBeNull();
  expect(problem({ analysis: { metrics: { rating: 0.5, tail: 0.1 } } })).toBeNull();
  expect(problem({ strategy: "all_at_once", analysis: { metrics: { rating: 1 } } })).toBeNull();
});

test("a weight that falls and a comparison with nobody to compare are refused at their step", () => {
  const weight = (percent: number) => ({ type: "weight", percent });
  const field = (...steps: object[]) => problem({ steps })?.data.field;
  expect(field(weight(50), weight(25))).toBe("plan.steps.1.percent");
  expect(field({ type: "analysis", units: 10 })).toBe("plan.steps.0");
  expect(field(weight(100), { type: "analysis", units: 10 })).toBe("plan.steps.1");
});
