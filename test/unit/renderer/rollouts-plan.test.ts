import { describe, expect, test } from "vitest";
import { rolloutPlan } from "../../../src/shared/contract/rollout-plan.ts";
import {
  simulatedEffect,
  type SimulatedScenario,
  type SimulationResult,
} from "../../../src/shared/contract/rollout-simulation.ts";
import {
  caughtWords,
  detectRows,
  hoursWords,
  noChangeOf,
} from "../../../src/renderer/src/features/rollouts/detect/detect-labels.ts";
import { draftWith, newStep, type PlanDraft } from "../../../src/renderer/src/features/rollouts/start/plan-draft.ts";
import { readPlan } from "../../../src/renderer/src/features/rollouts/start/read-plan.ts";
import { presets } from "../../../src/renderer/src/features/rollouts/start/presets.ts";
import { readLoad, usualLoad } from "../../../src/renderer/src/features/rollouts/detect/load-draft.ts";

const weight = (percent: string) => ({ ...newStep("weight"), type: "weight" as const, percent });

test.each(presets)("the preset $name is a plan the contract takes as it is", ({ draft }) => {
  const { plan, errors } = readPlan(draft());
  expect(errors).toEqual({});
  expect(rolloutPlan.parse(plan)).toEqual(plan);
});

test("the shares of the evidence that a draft begins with are the contract's own", () => {
  const { plan } = readPlan(draftWith([weight("10")]));
  const byDefault = rolloutPlan.parse({ strategy: "canary", steps: [{ type: "weight", percent: 10 }] });
  expect(plan).toEqual(byDefault);
});

test.each(["canary", "blue_green", "all_at_once"] as const)("a draft of %s is read whole", (strategy) => {
  const draft: PlanDraft = {
    ...draftWith([weight("25"), newStep("analysis"), newStep("pause")]),
    strategy,
    startAt: "2031-05-06T07:08",
    shadowPercent: "20",
    shadowThroughout: true,
    errorLimit: "3",
    blockedLimit: "0",
    objectives: [
      { id: "1", metric: "totalMs", atMost: "4000" },
      { id: "2", metric: "errors", atMost: "2" },
    ],
    abortOnDeadline: true,
    rollbackWindow: "2",
  };
  const { plan, errors } = readPlan(draft);
  expect(errors).toEqual({});
  expect(plan).toEqual(rolloutPlan.parse(plan));
  expect(plan).toMatchObject({
    strategy,
    startAtMs: new Date("2031-05-06T07:08").getTime(),
    shadowPercent: 20,
    shadowThroughout: true,
    limits: { errors: 3, held: 0 },
    objectives: [
      { metric: "totalMs", atMost: 4_000 },
      { metric: "errors", atMost: 0.02 },
    ],
    abortOnDeadline: true,
    rollbackWindow: 2,
  });
});

describe("what is wrong stands at the contract's path", () => {
  const errorsOf = (change: Partial<PlanDraft>) => readPlan({ ...draftWith([weight("10")]), ...change });

  test("a weight that falls", () => {
    expect(errorsOf({ steps: [weight("50"), weight("25")] })).toEqual({
      plan: null,
      errors: {
        "steps.1.percent": "Weights grow from step to step, and it was 50 % before. To take a version back, abort.",
      },
    });
  });

  test("a comparison without both arms, before any weight and at all of it", () => {
    const { errors } = errorsOf({ steps: [newStep("analysis"), weight("100"), newStep("analysis")] });
    expect(Object.keys(errors)).toEqual(["steps.0", "steps.2"]);
  });

  test.each([
    ["percent", weight("101")],
    [
      "units",
      {
        ...newStep("analysis"),
        type: "analysis" as const,
        units: "1.5",
        within: { amount: "", unit: "h" as const },
        proof: false,
      },
    ],
    [
      "forMs",
      { ...newStep("pause"), type: "pause" as const, forPerson: false, span: { amount: "31", unit: "d" as const } },
    ],
    ["suiteId", newStep("suite_gate")],
    ["question", { ...newStep("person_gate"), type: "person_gate" as const, question: " " }],
  ] as const)("the field %s of a step", (field, step) => {
    const { plan, errors } = errorsOf({ steps: [weight("10"), step] });
    expect(plan).toBeNull();
    expect(Object.keys(errors)).toEqual([`steps.1.${field}`]);
  });

  test.each([
    ["shadowPercent", { shadowPercent: "x" }],
    ["holdbackPercent", { holdbackPercent: "60" }],
    ["analysis.alpha", { alpha: "0" }],
    ["limits.errors", { errorLimit: "-1" }],
    ["rollbackWindow", { rollbackWindow: "21" }],
    ["progressDeadlineMs", { deadline: { amount: "0", unit: "s" as const } }],
    ["steps", { steps: [] }],
  ] as const)("%s", (path, change) => {
    expect(Object.keys(errorsOf(change).errors)).toEqual([path]);
  });

  test("evidence without any metric", () => {
    const shares = {
      ...draftWith([]).shares,
      firstTokenMs: "0",
      fallbacks: "0",
      msPerToken: "0",
      tail: "",
      errors: "0",
      violations: "0",
    };
    expect(Object.keys(errorsOf({ shares }).errors)).toEqual(["analysis.metrics"]);
  });
});

test("a load is read in milliseconds and shares, and each wrong field is named", () => {
  expect(readLoad(usualLoad).traffic).toMatchObject({
    type: "load",
    callsPerHour: 50,
    betweenSessions: 0.3,
    stable: { msPerToken: { median: 25 }, errorShare: 0.01, violationShare: 0.002 },
  });
  expect(Object.keys(readLoad({ ...usualLoad, callsPerHour: "", errorPercent: "101" }).errors)).toEqual([
    "callsPerHour",
    "errorPercent",
  ]);
});

test("what a plan detects is told step by step, a weak power as a warning and the false alarms apart", () => {
  const scenario = (name: string, msPerTokenTimes: number, caughtSoFar: readonly number[]): SimulatedScenario => ({
    name,
    effect: simulatedEffect.parse({ name, msPerTokenTimes }),
    runs: 300,
    rolledBack: caughtSoFar.at(-1) ?? 0,
    promoted: 1 - (caughtSoFar.at(-1) ?? 0),
    inconclusive: 0,
    medianUnits: null,
    medianHours: null,
    candidateAnswers: 0,
    candidateAnswersUntilRollback: null,
    steps: caughtSoFar.map((share, step) => ({ step, reached: 300, caught: share, caughtSoFar: share })),
    example: [],
  });
  const plan = rolloutPlan.parse({
    strategy: "canary",
    steps: [
      { type: "weight", percent: 10 },
      { type: "analysis", units: 100 },
      { type: "person_gate", question: "Good?" },
    ],
  });
  const result: SimulationResult = {
    scenarios: [scenario("No change", 1, [0, 0.03, 0.03, 0.03]), scenario("Slower", 1.2, [0, 0.27, 0.27, 1])],
    calls: 9,
    stopped: false,
    assumptions: [],
  };
  expect(noChangeOf(result)?.name).toBe("No change");
  expect(detectRows(plan, result)).toEqual([
    { key: "step 1", label: "10 %, 100 units", caught: [{ scenario: "Slower", share: 0.27 }] },
    { key: "end", label: "at 100 %", caught: [{ scenario: "Slower", share: 1 }] },
  ]);
  expect([0.27, 1, 0.004].map(caughtWords)).toEqual([
    { text: "only 27\u00a0%", weak: true },
    { text: "100\u00a0%", weak: false },
    { text: "<1\u00a0%", weak: true },
  ]);
  expect([0.01, 0.6, 12, 80].map(hoursWords)).toEqual(["1 min", "36 min", "12.0 h", "3.3 days"]);
});
