import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ClosedUnit,
  type RoutedCall,
  RoutedUnits,
} from "../../../../src/main/rollouts/statistics/routed-units.ts";
import type { AnalysisUnit } from "../../../../src/shared/contract/rollout-status.ts";

const minuteMs = 60_000;
const rules = { withinMs: 10 * minuteMs, maxCalls: 3, maxDurationMs: 20 * minuteMs };
const routed = (atMs: number, session: string | null, more: Partial<RoutedCall> = {}): RoutedCall => ({
  atMs,
  session,
  arm: "stable",
  weight: 0.5,
  ...more,
});
const metrics = { msPerToken: 10, errors: 0 };

/** Each call with how long it takes and what comes of it; `forMs: null` does not end, `lost` is never known. */
interface History extends RoutedCall {
  readonly forMs: number | null;
  readonly metrics?: AnalysisUnit["metrics"];
  readonly lost?: boolean;
}

/** The units by a time, of calls that are told as from a log: each with its end, in the order in which they were routed. */
function unitsOf(calls: readonly History[], nowMs: number): ClosedUnit[] {
  const units = new RoutedUnits(rules);
  const closed: ClosedUnit[] = [];
  for (const [index, call] of calls.entries()) {
    if (call.atMs > nowMs) continue;
    closed.push(...units.passed(call.atMs));
    units.begun(`${index}`, call);
    if (call.forMs === null || call.atMs + call.forMs > nowMs) continue;
    if (call.lost) units.lost(`${index}`);
    else units.ended(`${index}`, call.atMs + call.forMs, call.metrics ?? metrics);
  }
  return [...closed, ...units.passed(nowMs)];
}

/** The same, told as it happens, and asked at some other times in between. */
function unitsAsTheyCome(calls: readonly History[], nowMs: number, looksMs: readonly number[] = []): ClosedUnit[] {
  const units = new RoutedUnits(rules);
  const closed: ClosedUnit[] = [];
  const happens = [
    ...calls.map((call, index) => ({ atMs: call.atMs, does: () => units.begun(`${index}`, call) })),
    ...calls.flatMap(({ forMs, lost, ...call }, index) => {
      const atMs = call.atMs + (forMs ?? 0);
      const ended = () => units.ended(`${index}`, atMs, call.metrics ?? metrics);
      return forMs === null ? [] : [{ atMs, does: lost === true ? () => units.lost(`${index}`) : ended }];
    }),
    ...looksMs.map((atMs) => ({ atMs, does: () => closed.push(...units.passed(atMs)) })),
  ];
  for (const { atMs, does } of happens.sort((one, other) => one.atMs - other.atMs)) if (atMs <= nowMs) does();
  return [...closed, ...units.passed(nowMs)];
}

describe("a session is one unit", () => {
  test("with the geometric mean of its latencies, any error, and the label of its first call", () => {
    const first = { ...routed(0, "a", { arm: "candidate", weight: 0.1 }), forMs: 5 };
    const second = { ...routed(1, "a", { arm: "candidate", weight: 0.5 }), forMs: 5 };
    const units = unitsOf(
      [
        { ...first, metrics: { msPerToken: 10, totalMs: 100, errors: 0, violations: 0 } },
        { ...second, metrics: { msPerToken: 40, totalMs: 400, errors: 1, violations: 0 } },
      ],
      20 * minuteMs,
    );
    expect(units).toEqual([
      {
        arm: "candidate",
        weight: 0.1,
        session: "a",
        calls: 2,
        endedAtMs: 10 * minuteMs,
        metrics: {
          msPerToken: expect.closeTo(20, 9),
          totalMs: expect.closeTo(200, 9),
          errors: 1,
          violations: 0,
        },
      },
    ]);
  });

  test("of the calls that are routed within ten minutes of its first, whenever they end", () => {
    const calls = [0, 9 * minuteMs, 10 * minuteMs].map((atMs) => ({ ...routed(atMs, "a"), forMs: 5 * minuteMs }));
    expect(unitsOf(calls, 14 * minuteMs - 1)).toEqual([]);
    expect(unitsOf(calls, 14 * minuteMs)).toMatchObject([{ calls: 2, endedAtMs: 14 * minuteMs }]);
  });

  test("of so many calls, and later ones do not count", () => {
    const calls = [1, 2, 3, 4, 5].map((atMs) => ({
      ...routed(atMs, "a"),
      forMs: 1,
      metrics: { msPerToken: atMs > 3 ? 1_000 : 8 },
    }));
    expect(unitsOf(calls, 60 * minuteMs)).toEqual([
      {
        arm: "stable",
        weight: 0.5,
        session: "a",
        calls: 3,
        endedAtMs: 1 + 10 * minuteMs,
        metrics: { msPerToken: expect.closeTo(8, 9) },
      },
    ]);
  });

  test("that counts once however often it comes back", () => {
    const calls = [0, 60, 120].map((minute) => ({ ...routed(minute * minuteMs, "a"), forMs: 1 }));
    expect(unitsOf(calls, 600 * minuteMs)).toHaveLength(1);
  });

  test("without what it was told by the other arm", () => {
    const calls = [
      { ...routed(0, "a", { arm: "candidate" }), forMs: 1 },
      { ...routed(1, "a"), forMs: 1, metrics: { msPerToken: 500 } },
    ];
    expect(unitsOf(calls, 60 * minuteMs)).toMatchObject([
      { arm: "candidate", calls: 1, metrics: { msPerToken: expect.closeTo(10, 9) } },
    ]);
  });

  test("where a coin was thrown for it, and not where all calls went to one version", () => {
    const weights = [0, 0.5, 1, 1].map((weight, hour) => ({
      ...routed(60 * hour * minuteMs, "a", { arm: weight === 0 ? "stable" : "candidate", weight }),
      forMs: 1,
    }));
    expect(unitsOf(weights, 600 * minuteMs).map(({ weight }) => weight)).toEqual([0.5]);
  });

  test("in which a call that hangs and fails counts as failed, though the session was silent meanwhile", () => {
    const hung = { ...routed(minuteMs, "a"), forMs: 10 * minuteMs, metrics: { errors: 1 } };
    expect(unitsOf([{ ...routed(0, "a"), forMs: 1 }, hung], 11 * minuteMs)).toMatchObject([
      { calls: 2, metrics: { errors: 1 } },
    ]);
  });
});

test("a call without a session is a unit of its own, at once and with its own figures", () => {
  expect(unitsOf([{ ...routed(7, null), forMs: 3 }], 10)).toEqual([
    { arm: "stable", weight: 0.5, calls: 1, endedAtMs: 10, metrics },
  ]);
});

test("a metric that no call had is not in the summary", () => {
  expect(unitsOf([{ ...routed(0, "a"), forMs: 1, metrics: { errors: 1 } }], 60 * minuteMs)[0]?.metrics).toEqual({
    errors: 1,
  });
});

test("what ends early waits for what was routed before it", () => {
  const calls = [
    { ...routed(0, null, { arm: "candidate" }), forMs: 100 },
    { ...routed(1, null), forMs: 1 },
  ];
  expect(unitsAsTheyCome(calls, 99)).toEqual([]);
  expect(unitsAsTheyCome(calls, 100).map(({ arm }) => arm)).toEqual(["candidate", "stable"]);
});

test("a call waits for no session that is in progress, and a session for the calls that were routed before its time was over", () => {
  const calls = [
    { ...routed(0, "a"), forMs: 1 },
    { ...routed(2, null), forMs: 1 },
    { ...routed(9 * minuteMs, null), forMs: 5 * minuteMs },
    { ...routed(11 * minuteMs, null), forMs: 1 },
  ];
  const startsMs = (nowMs: number) =>
    unitsAsTheyCome(calls, nowMs).map(({ session, endedAtMs }) => session ?? endedAtMs);
  expect(startsMs(3)).toEqual([3]);
  expect(startsMs(13 * minuteMs)).toEqual([3]);
  expect(startsMs(14 * minuteMs)).toEqual([3, 14 * minuteMs, "a", 14 * minuteMs]);
});

test("nothing waits for a call whose end will not be known, and it is no unit", () => {
  const calls = [
    { ...routed(0, null), forMs: 50, lost: true },
    { ...routed(1, null), forMs: 1 },
  ];
  expect(unitsAsTheyCome(calls, 49)).toEqual([]);
  expect(unitsAsTheyCome(calls, 50)).toMatchObject([{ endedAtMs: 2 }]);
});

test("a call that takes longer than is waited for counts as having taken so long, whether or not it ends", () => {
  const early = { ...routed(1, null), forMs: 1 };
  const cut = { metrics: { totalMs: rules.maxDurationMs }, endedAtMs: rules.maxDurationMs };
  expect(unitsAsTheyCome([{ ...routed(0, null), forMs: null }, early], rules.maxDurationMs - 1)).toEqual([]);
  for (const forMs of [null, rules.maxDurationMs, 10 * rules.maxDurationMs])
    expect(unitsAsTheyCome([{ ...routed(0, null), forMs }, early], 30 * rules.maxDurationMs)).toMatchObject([cut, {}]);
});

test("it says when time alone will next complete one, and how many are in progress", () => {
  const units = new RoutedUnits(rules);
  expect([units.nextAtMs, units.inProgress]).toEqual([null, 0]);
  units.begun("1", routed(minuteMs, "a"));
  expect([units.nextAtMs, units.inProgress]).toEqual([minuteMs + rules.maxDurationMs, 1]);
  units.ended("1", 2 * minuteMs, metrics);
  expect([units.nextAtMs, units.inProgress]).toEqual([11 * minuteMs, 1]);
  expect([units.passed(11 * minuteMs - 1), units.passed(11 * minuteMs)]).toMatchObject([[], [{ calls: 1 }]]);
  expect([units.nextAtMs, units.inProgress]).toEqual([null, 0]);
});

const histories = fc
  .array(
    fc.record({
      waitMs: fc.integer({ min: 0, max: 8 * minuteMs }),
      session: fc.constantFrom("a", "b", "c", null),
      onCandidate: fc.boolean(),
      ms: fc.integer({ min: 1, max: 99 }),
      forMs: fc.option(fc.integer({ min: 0, max: 25 * minuteMs }), { freq: 9 }),
      lost: fc.constantFrom(false, false, false, true),
    }),
    { maxLength: 40 },
  )
  .map((steps) => {
    let atMs = 0;
    const arms = new Map<string | null, "stable" | "candidate">();
    return steps.map(({ waitMs, session, onCandidate, ms, forMs, lost }): History => {
      atMs += waitMs;
      const arm = arms.get(session) ?? (onCandidate ? "candidate" : "stable");
      if (session !== null) arms.set(session, arm);
      return { ...routed(atMs, session, { arm }), forMs, lost, metrics: { msPerToken: ms, errors: ms > 90 ? 1 : 0 } };
    });
  });
const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

test("whenever it is asked, and whether it is told as it happens or from a log, the units are the same in the same order", () => {
  fc.assert(
    fc.property(histories, shares, fc.double({ min: 0, max: 1, noNaN: true }), (calls, looks, end) => {
      const wholeMs = (calls.at(-1)?.atMs ?? 0) + 60 * minuteMs;
      const endMs = end * wholeMs;
      expect(
        unitsAsTheyCome(
          calls,
          endMs,
          looks.map((share) => share * endMs),
        ),
      ).toEqual(unitsOf(calls, endMs));
    }),
    { numRuns: 2_000 },
  );
});

test("each session is at most one unit, in the order in which they were begun, and no later than its rules say", () => {
  fc.assert(
    fc.property(histories, (calls) => {
      const firsts = new Map<string, History>();
      for (const call of calls) if (call.session !== null && !firsts.has(call.session)) firsts.set(call.session, call);
      const lastMs = (calls.at(-1)?.atMs ?? 0) + rules.withinMs + rules.maxDurationMs;
      const sessions = unitsOf(calls, lastMs).flatMap(({ session }) => session ?? []);
      const begun = [...firsts.keys()];
      expect(sessions).toEqual(begun.filter((session) => sessions.includes(session)));
      const known = begun.filter((session) => firsts.get(session)?.lost !== true);
      expect(sessions).toEqual(expect.arrayContaining(known));
    }),
  );
});

test("a clock that goes back closes nothing twice and opens nothing again", () => {
  const units = new RoutedUnits(rules);
  units.begun("1", routed(20 * minuteMs, "a"));
  units.ended("1", 20 * minuteMs, metrics);
  expect(units.passed(30 * minuteMs)).toHaveLength(1);
  units.begun("2", routed(0, "a"));
  units.begun("3", routed(0, "b"));
  units.ended("2", 1, metrics);
  units.ended("3", 1, metrics);
  expect(units.passed(25 * minuteMs)).toMatchObject([{ session: "b" }]);
});
