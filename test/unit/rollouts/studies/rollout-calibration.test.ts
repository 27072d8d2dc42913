import { expect, test } from "vitest";
import { endOf, finishedOf } from "../../../../src/main/rollouts/studies/rollout-calibration.ts";
import type { RolloutAnalysis, RolloutEvent, RolloutState } from "../../../../src/shared/contract/rollout-status.ts";
import { bySystem } from "../../../kit/actors.ts";

const event = (type: RolloutEvent["type"], message: string, atMs = 0): RolloutEvent => ({
  sequence: 1,
  atMs,
  type,
  message,
  by: bySystem,
  candidatePercent: 0,
});
const slower = "The evidence against the candidate reached 21 of 20";
const ended = (state: RolloutState, ...events: RolloutEvent[]) => endOf({ state }, events);

test("an end is the plan's own, or a person's", () => {
  expect(ended("healthy", event("started", "Canary"), event("healthy", "Done"))).toBe("promoted");
  const byEvidence = [event("evidence", slower), event("aborting", slower), event("degraded", slower)];
  expect(ended("degraded", event("inconclusive", "Its time is up"), ...byEvidence)).toBe("rolled_back");
  const byMara = [event("aborting", "Aborted by Mara"), event("degraded", "Aborted by Mara")];
  expect(ended("degraded", event("inconclusive", "Its time is up"), event("paused", "Its time is up"), ...byMara)).toBe(
    "inconclusive",
  );
  expect(ended("degraded", event("weight", "The candidate gets 10 %"), ...byMara)).toBeNull();
});

const arm: RolloutAnalysis["arms"]["stable"] = {
  calls: 100,
  msPerTokenP50: 20,
  msPerTokenP95: 40,
  clock: "server",
  loads: 0,
  loadMs: 0,
  totalP50Ms: 900,
  totalP95Ms: 2_000,
  firstTokenP50Ms: 80,
  errors: 1,
  violations: 2,
  severities: { low: 0, medium: 2, high: 0, critical: 0 },
  held: 0,
  fallbacks: 0,
};
const analysis = (stable: Partial<typeof arm>, candidate: Partial<typeof arm>) =>
  ({
    units: { stable: 40, candidate: 35 },
    arms: { stable: { ...arm, ...stable }, candidate: { ...arm, ...candidate } },
  }) as RolloutAnalysis; // of which nothing else is read

test("what was measured is put in a simulation's terms: ratios, shares, hours since it began", () => {
  const measured = analysis({}, { calls: 50, msPerTokenP50: 30, errors: 5, violations: 4 });
  expect(finishedOf(9_000_000, "rolled_back", [event("started", "Canary", 1_800_000)], measured)).toEqual({
    end: "rolled_back",
    units: 75,
    hours: 2,
    candidateAnswers: 50,
    msPerTokenTimes: 1.5,
    candidateErrorShare: 0.1,
    stableErrorShare: 0.01,
    violationsTimes: 4,
  });
});

test("what nothing is known of stays unknown; violations beside none are beside half a one", () => {
  const none = { calls: 0, msPerTokenP50: null, errors: 0, violations: 0 };
  expect(finishedOf(0, "promoted", [], analysis(none, none))).toMatchObject({
    hours: 0,
    msPerTokenTimes: null,
    candidateErrorShare: null,
    stableErrorShare: null,
    violationsTimes: null,
  });
  expect(finishedOf(0, "promoted", [], analysis({ violations: 0 }, { violations: 0 })).violationsTimes).toBeNull();
  expect(finishedOf(0, "promoted", [], analysis({ violations: 0 }, { violations: 3 })).violationsTimes).toBe(6);
});
