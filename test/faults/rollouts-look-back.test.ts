import { expect, test } from "vitest";
import type { InferenceRecord } from "../../src/shared/contract/logs.ts";
import type { Rollout, RolloutEvent } from "../../src/shared/contract/rollout-status.ts";
import { callsOfOtherWeights, eventsOfOtherWeights, type HostReport } from "./rollouts-look-back.ts";

const rollout = { id: "019ab000-0000-7000-8000-000000000001" } as Rollout; // what is looked at of it
const event = (type: string, atMs: number, candidatePercent: number) =>
  ({ type, atMs, candidatePercent }) as RolloutEvent; // what is looked at of it
/** A call that was given its id and began then, and was routed by a weight. */
const call = (bornAtMs: number, startedAtMs: number, armPercent: number) => {
  const hex = bornAtMs.toString(16).padStart(12, "0");
  const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
  return { id, startedAtMs, armPercent } as InferenceRecord; // what is looked at of it
};
const events = [event("started", 1_000, 0), event("weight", 1_000, 10), event("weight", 2_000, 30)];
const lives = [
  { openedAtMs: 0, killedAtMs: 4_000 },
  { openedAtMs: 4_500, killedAtMs: Number.POSITIVE_INFINITY },
];
const aborting: HostReport = { type: "aborting", rolloutId: rollout.id, atMs: 3_000 };
const amiss = (calls: InferenceRecord[], received: HostReport[] = []) =>
  callsOfOtherWeights(rollout, events, calls, { received, lives, reached: new Map() });

test("calls are routed by a weight that was decided by then, or the one before while it is written", () => {
  expect(amiss([call(1_500, 1_501, 10), call(2_000, 2_001, 10), call(2_100, 2_101, 30)])).toEqual([]);
  expect(amiss([call(1_990, 2_300, 10), call(2_100, 2_200, 30)])).toEqual([]);
});

test.each<[string, InferenceRecord[]]>([
  ["a weight that nobody decided", [call(1_500, 1_501, 20)]],
  ["a weight before it was decided", [call(1_500, 1_501, 30)]],
  ["a weight from before again", [call(2_100, 2_101, 30), call(2_200, 2_201, 10)]],
  ["a weight two before", [call(2_500, 2_501, 0)]],
  ["no weight", [call(2_500, 2_501, Number.NaN)]],
])("%s is found", (_what, calls) => {
  expect(amiss(calls)).toEqual(calls.slice(-1));
});

test("an abort takes the weight from when it is asked for until a kill, where it was not written", () => {
  const [before, during, after] = [call(2_900, 2_901, 0), call(3_100, 3_101, 0), call(4_600, 4_601, 0)];
  expect(amiss([before, during, call(4_600, 4_600, 30), after], [aborting])).toEqual([before, after]);
});

test("an event with another weight than the last that was decided is found", () => {
  expect(eventsOfOtherWeights(events)).toEqual([]);
  const wrong = event("paused", 2_100, 10);
  expect(eventsOfOtherWeights([...events, wrong, event("aborting", 2_200, 0), event("degraded", 2_200, 0)])).toEqual([
    wrong,
  ]);
});
