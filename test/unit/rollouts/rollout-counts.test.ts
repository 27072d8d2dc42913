import { describe, expect, test } from "vitest";
import { type EndedCall, failureFlagsOf, metricsOf } from "../../../src/main/rollouts/statistics/call-metrics.ts";
import { EvidenceLine } from "../../../src/main/rollouts/statistics/evidence-line.ts";
import { RolloutCounts } from "../../../src/main/rollouts/rollout-counts.ts";
import { rolloutPlan } from "../../../src/shared/contract/rollout-plan.ts";
import { callId as idOf, endedCall as call } from "../../kit/ended-call.ts";

const plan = rolloutPlan.parse({ strategy: "canary", steps: [{ type: "weight", percent: 50 }] });

const events = { errors: 0, fallbacks: 0, violations: 0 };
const pace = { serverMsPerToken: 20, ownMsPerToken: 250 / 9, msPerByte: 5 };

test("a token's time is taken by every clock there is: the server's over n tokens, ours over the n - 1 gaps, and over the bytes", () => {
  const latencies = { firstTokenMs: 50, totalMs: 300 };
  expect(metricsOf(call)).toEqual({ ...latencies, ...events, ...pace, msPerToken: 20 });
  const { serverMsPerToken, ...ours } = pace;
  expect(serverMsPerToken).toBe(20);
  expect(metricsOf({ ...call, decodeMs: null })).toEqual({
    ...latencies,
    ...events,
    ...ours,
    msPerToken: pace.ownMsPerToken,
  });
  const uncounted = { ...call, decodeMs: null, completionTokens: null };
  expect(metricsOf(uncounted)).toEqual({ ...latencies, ...events, msPerByte: 5 });
});

test("one token has no gap after the first, so our clock has no time of a token of it", () => {
  const one = metricsOf({ ...call, completionTokens: 1, decodeMs: null });
  expect([one.ownMsPerToken, one.msPerToken]).toEqual([undefined, undefined]);
});

test("a version that could not answer is judged the same whether or not a fallback answered in its place", () => {
  const unheard = { ...call, outcome: "failed", firstTokenMs: null, completionTokens: null, decodeMs: null } as const;
  expect(metricsOf({ ...call, byItsArm: false, severity: "high" })).toEqual({ errors: 1, fallbacks: 1 });
  expect(metricsOf(unheard)).toEqual({ errors: 1, fallbacks: 1, violations: 0 });
  expect(metricsOf({ ...call, outcome: "failed" })).toEqual({ errors: 1, fallbacks: 0, violations: 0 });
});

test("loading the model is not the version's latency, and one that took no longer than that has none", () => {
  const loaded = { ...call, loadMs: 30, firstTokenMs: 80, totalMs: 330 };
  expect(metricsOf(loaded)).toEqual(metricsOf(call));
  expect(metricsOf({ ...loaded, decodeMs: null })).toEqual(metricsOf({ ...call, decodeMs: null }));
  expect(metricsOf({ ...call, loadMs: 400 })).toMatchObject({ ...events, ...pace, msPerToken: 20, loadMs: 400 });
});

test("a call that loaded the model has a pace, and neither a first token nor a whole time: the prompt's cache was lost too", () => {
  const swapped = metricsOf({ ...call, loadMs: 2_000, firstTokenMs: 10_050, totalMs: 10_300 });
  expect(swapped).toMatchObject({ ...pace, loadMs: 2_000 });
  expect([swapped.firstTokenMs, swapped.totalMs]).toEqual([undefined, undefined]);
});

test("what a reader stopped went at its pace, or was silent for at least so long", () => {
  expect(metricsOf({ ...call, outcome: "stopped" })).toEqual({
    ...events,
    ...pace,
    firstTokenMs: 50,
    msPerToken: 20,
  });
  const silent = { ...call, outcome: "stopped", completionTokens: null, decodeMs: null, firstTokenMs: null } as const;
  expect(metricsOf(silent)).toEqual({ ...events, firstTokenMs: 300 });
});

test.each([
  ["none", false, false],
  ["low", false, false],
  ["medium", true, false],
  ["high", true, true],
  ["critical", true, true],
] as const)("a finding of severity %s: violation %s, held %s", (severity, violation, held) => {
  expect(failureFlagsOf({ ...call, severity })).toEqual({
    error: false,
    fallback: false,
    violation,
    held,
    critical: severity === "critical",
  });
});

test("figures and limits count a call when it ends, evidence when those before it have", () => {
  const counts = new RolloutCounts(plan);
  const calls = [1, 2, 3].map((position) => ({ ...call, id: idOf(position) }));
  for (const each of calls) counts.begun(each);
  counts.ended({ ...call, id: idOf(2), outcome: "failed" });
  expect(counts.passed(5_000)).toBe(0);
  expect(counts.facts).toMatchObject({ errors: 1, unitsInProgress: 3 });
  expect(counts.analysis).toMatchObject({ units: { candidate: 0 }, arms: { candidate: { calls: 1, errors: 1 } } });
  counts.lost(idOf(3));
  counts.ended({ ...call, id: idOf(1) });
  expect(counts.passed(5_000)).toBe(2);
  expect(counts.facts).toMatchObject({ units: { candidate: 2 }, unitsInProgress: 0 });
});

test("a call that was begun before the rollout was taken up again does not count, whatever the clock says", () => {
  const counts = new RolloutCounts(plan);
  counts.ended({ ...call, startedAtMs: 9_000_000, finishedAtMs: 9_000_001 });
  counts.begun({ ...call, id: idOf(2), startedAtMs: 1 });
  counts.ended({ ...call, id: idOf(2), startedAtMs: 1, finishedAtMs: 2 });
  counts.passed(3);
  expect(counts.analysis).toMatchObject({ units: { candidate: 1 }, arms: { candidate: { calls: 1 } } });
});

describe("an objective is judged by the candidate's calls", () => {
  const objectives = [{ metric: "msPerToken" as const, atMost: 5 }];
  const slow = (position: number) => ({
    ...call,
    id: idOf(position),
    session: "a sitting",
    startedAtMs: 1_000 * position,
  });
  const received = (counts: RolloutCounts, calls: readonly EndedCall[]) => {
    for (const each of calls) {
      counts.passed(each.startedAtMs);
      counts.begun(each);
      counts.ended(each);
    }
    return counts.facts.missedObjectives;
  };
  const twelve = Array.from({ length: 12 }, (_, position) => slow(position + 1));

  test.each([100, 10])("within seconds, of one session too, at a weight of %i %%", (armPercent) => {
    const counts = new RolloutCounts({ ...plan, objectives });
    expect(received(counts, [{ ...slow(1), armPercent }])).toEqual([]);
    expect(
      received(
        counts,
        twelve.slice(1).map((each) => ({ ...each, armPercent })),
      ),
    ).toHaveLength(1);
  });

  test("and by none of the stable version's", () => {
    const counts = new RolloutCounts({ ...plan, objectives });
    expect(
      received(
        counts,
        twelve.map((each) => ({ ...each, arm: "stable" as const })),
      ),
    ).toEqual([]);
  });

  test("while another one hangs, which is no event yet", () => {
    const errors = [{ metric: "errors" as const, atMost: 0.1 }];
    const counts = new RolloutCounts({ ...plan, objectives: errors });
    const failed = twelve.map((each) => ({ ...each, outcome: "failed" as const }));
    counts.begun({ ...slow(99), startedAtMs: 0 });
    expect(received(counts, failed.slice(0, 1))).toEqual([]);
    expect(received(counts, failed.slice(1))).toHaveLength(1);
  });

  test("in whatever order they end", () => {
    const errors = [{ metric: "errors" as const, atMost: 0.1 }, ...objectives];
    const missedAfter = (calls: readonly EndedCall[]) => {
      const counts = new RolloutCounts({ ...plan, objectives: errors });
      for (const each of twelve) counts.begun(each);
      for (const each of calls) counts.ended(each);
      return counts.facts.missedObjectives;
    };
    const mixed = twelve.map((each, position) => ({
      ...each,
      outcome: position < 4 ? ("failed" as const) : each.outcome,
    }));
    expect(missedAfter(mixed)).toEqual(missedAfter(mixed.toReversed()));
    expect(missedAfter(mixed)).not.toEqual([]);
  });
});

test("a rollout has sessions from the first call of one", () => {
  const counts = new RolloutCounts(plan);
  counts.begun(call);
  expect(counts.hasSessions).toBe(false);
  counts.begun({ ...call, id: idOf(2), session: "a" });
  expect(counts.hasSessions).toBe(true);
});

test("the line of evidence has at most 500 points, in order, the newest among them", () => {
  const line = new EvidenceLine();
  for (let units = 1; units <= 12_345; units += 1)
    line.add({ atMs: units, units, candidatePercent: 50, evidence: 1, pass: 1 });
  const units = line.points.map((point) => point.units);
  expect(units.length).toBeGreaterThan(200);
  expect(units.length).toBeLessThanOrEqual(500);
  expect(units).toEqual(units.toSorted((one, other) => one - other));
  expect([units[0], units.at(-1)]).toEqual([1, 12_345]);
});
