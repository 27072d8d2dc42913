import { expect, test } from "vitest";
import { calibrate } from "../../../../src/main/rollouts/statistics/calibrate.ts";
import { simulate } from "../../../../src/main/rollouts/simulation/simulate.ts";
import {
  calibration,
  finishedRollout,
  type FinishedRollout,
  simulationInput,
} from "../../../../src/shared/contract/rollout-simulation.ts";

const predicted = simulate(
  simulationInput.parse({
    plan: {
      strategy: "canary",
      steps: [
        { type: "weight", percent: 50 },
        { type: "analysis", units: 150 },
      ],
    },
    traffic: { type: "load", callsPerHour: 50, stable: { msPerToken: { median: 30 }, firstTokenMs: { median: 400 } } },
    runs: 60,
  }),
);
const finished = (more: Partial<FinishedRollout>) =>
  finishedRollout.parse({
    end: "promoted",
    units: 150,
    hours: 3,
    candidateAnswers: 75,
    msPerTokenTimes: 1.01,
    candidateErrorShare: 0.01,
    stableErrorShare: 0.01,
    violationsTimes: 1,
    ...more,
  });

test.each([
  ["No change", {}],
  ["Takes 1.2 times as long", { msPerTokenTimes: 1.24 }],
  ["Takes 1.5 times as long", { msPerTokenTimes: 1.6 }],
  ["Takes twice as long", { msPerTokenTimes: 2.4 }],
  ["5 % of the calls fail", { candidateErrorShare: 0.06 }],
  ["Five times the violations", { violationsTimes: 4 }],
  ["No change", { msPerTokenTimes: null, candidateErrorShare: null, stableErrorShare: null, violationsTimes: null }],
])("a rollout is laid beside the scenario that is closest to what was measured: %s", (name, more) => {
  expect(calibrate(predicted, finished(more)).scenario).toBe(name);
});

test("an end that was predicted is in line, with units and answers beside those that were predicted", () => {
  const result = calibrate(
    predicted,
    finished({ end: "rolled_back", units: 41, hours: 0.8, candidateAnswers: 19, msPerTokenTimes: 2.1 }),
  );
  expect(calibration.parse(result)).toEqual(result);
  expect(result).toMatchObject({ agrees: true, predictedShare: expect.closeTo(1, 1) });
  expect(result.sentences[2]).toMatch(
    /^It took 41 units and 48 min until then \(predicted: half of the runs by \d+ units/,
  );
  expect(result.sentences.at(-1)).toBe("This is in line with what was predicted.");
});

test("an end that hardly any run had was not predicted, and it says where to look", () => {
  const result = calibrate(predicted, finished({ end: "promoted", msPerTokenTimes: 2.1 }));
  expect(result.agrees).toBe(false);
  expect(result.sentences.at(-1)).toContain("look at whether the traffic");
});

test("a simulation that was stopped before its first run predicted nothing", () => {
  expect(calibrate({ scenarios: [], calls: 0, stopped: true, assumptions: [] }, finished({}))).toMatchObject({
    scenario: null,
    agrees: false,
  });
});
