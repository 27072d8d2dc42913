import { describe, expect, test } from "vitest";
import { RolloutEvidence } from "../../../../src/main/rollouts/statistics/rollout-evidence.ts";
import { analyseUnits, parseUnits } from "../../../../src/main/rollouts/studies/analyse-units.ts";
import { Lognormal, Random } from "../../../../src/main/rollouts/simulation/random.ts";
import { ObjectiveWatches } from "../../../../src/main/rollouts/statistics/objectives.ts";
import { ShadowPairs } from "../../../../src/main/rollouts/statistics/shadow-pairs.ts";
import { rolloutMetric } from "../../../../src/shared/contract/rollout-plan.ts";
import type { AnalysisUnit } from "../../../../src/shared/contract/rollout-status.ts";

const latency = new Lognormal(30, 0.6);
function unitsOf(
  count: number,
  times: number,
  session: (position: number) => string | undefined = () => undefined,
): AnalysisUnit[] {
  const random = new Random(9, times * 100);
  const arms = new Map<string | undefined, "stable" | "candidate">();
  return Array.from({ length: count }, (_, position) => {
    const name = session(position);
    const arm = (name === undefined ? undefined : arms.get(name)) ?? (random.next() < 0.5 ? "candidate" : "stable");
    arms.set(name, arm);
    const metrics = { msPerToken: latency.draw(random) * (arm === "candidate" ? times : 1), errors: 0, violations: 0 };
    return { arm, weight: 0.5, metrics, ...(name === undefined ? {} : { session: name }) };
  });
}

describe("the evidence of a rollout", () => {
  test("is the mean of its metrics' by their shares, which need not sum to 1", () => {
    const evidence = new RolloutEvidence({ msPerToken: 0.9, errors: 0.3, violations: 0.6 }, 0.05);
    for (const unit of unitsOf(60, 1.5)) evidence.unit(unit);
    expect(evidence.metrics.map(({ share }) => share)).toEqual([
      expect.closeTo(0.5, 9),
      expect.closeTo(1 / 6, 9),
      expect.closeTo(1 / 3, 9),
    ]);
    expect(evidence.evidence).toBeCloseTo(
      evidence.metrics.reduce((sum, { share, value }) => sum + share * value, 0),
      9,
    );
    expect(evidence.threshold).toBe(20);
  });

  test.each(rolloutMetric.options)("can be of %s alone, and rises when the candidate is worse at it", (metric) => {
    const random = new Random(2);
    const evidence = new RolloutEvidence({ [metric]: 1 }, 0.05);
    for (let unit = 0; unit < 800; unit += 1) {
      const arm = random.next() < 0.5 ? "candidate" : "stable";
      const worse = arm === "candidate";
      const value = {
        msPerToken: latency.draw(random) * (worse ? 2 : 1),
        totalMs: latency.draw(random) * (worse ? 2 : 1),
        firstTokenMs: latency.draw(random) * (worse ? 2 : 1),
        tail: latency.draw(random) * (worse && random.next() < 0.2 ? 6 : 1),
        errors: random.next() < (worse ? 0.1 : 0.01) ? 1 : 0,
        violations: random.next() < (worse ? 0.1 : 0.01) ? 1 : 0,
        fallbacks: random.next() < (worse ? 0.1 : 0.01) ? 1 : 0,
        rating: Math.min(5, Math.max(1, (worse ? 2 : 4) + random.next())),
      }[metric];
      evidence.unit({ arm, weight: 0.5, metrics: { [metric]: value } });
    }
    expect(evidence.evidence).toBeGreaterThan(20);
  });

  test("is not touched by units without a coin, and neither are the counts", () => {
    const evidence = new RolloutEvidence({ msPerToken: 1 }, 0.05);
    for (const weight of [0, 1]) evidence.unit({ arm: "candidate", weight, metrics: { msPerToken: 1_000 } });
    expect([evidence.evidence, evidence.units]).toEqual([1, { stable: 0, candidate: 0 }]);
  });

  test("passes over latencies that are no numbers", () => {
    const evidence = new RolloutEvidence({ msPerToken: 1 }, 0.05);
    for (const msPerToken of [Number.NaN, 0, -1, Number.POSITIVE_INFINITY])
      evidence.unit({ arm: "candidate", weight: 0.5, metrics: { msPerToken } });
    expect(evidence.evidence).toBe(1);
  });

  describe("that it is not slower", () => {
    const proofAfter = (change: (unit: AnalysisUnit, position: number) => AnalysisUnit): number => {
      const evidence = new RolloutEvidence({ msPerToken: 1 }, 0.05);
      const units = unitsOf(2_000, 1).map(change);
      return units.findIndex((unit) => (evidence.unit(unit), evidence.pass >= 10));
    };

    test("is bet on one measure: a unit with another is passed over", () => {
      const alone = proofAfter((unit) => unit);
      const mixed = proofAfter((unit, position) =>
        position % 20 === 7 ? { ...unit, metrics: { totalMs: 4_000 } } : unit,
      );
      expect(alone).toBeGreaterThan(0);
      expect(mixed).toBeGreaterThan(0);
      expect(mixed).toBeLessThan(2 * alone);
    });

    test("is never shown of a candidate that does not have the measure", () => {
      const silent = ({ arm, weight, metrics }: AnalysisUnit) =>
        arm === "stable" ? { arm, weight, metrics } : { arm, weight, metrics: { totalMs: 4_000 } };
      expect(proofAfter(silent)).toBe(-1);
    });
  });

  test("without metrics is none", () => {
    expect(new RolloutEvidence({}, 0.05).evidence).toBe(1);
  });
});

describe("analysing a file of units", () => {
  test("tells each metric's evidence, and the verdict of all", () => {
    const [combined, ...metrics] = analyseUnits(unitsOf(400, 1.6));
    expect(combined).toMatchObject({
      metric: "combined",
      threshold: 20,
      verdict: "The candidate is worse: it would be rolled back",
    });
    expect(combined?.evidence).toBeGreaterThan(20);
    expect(metrics.map(({ metric }) => metric)).toEqual([
      "msPerToken",
      "tail",
      "errors",
      "violations",
      "not_slower",
      "sample_ratio",
    ]);
  });

  test.each([
    ["rating", 5, 1],
    ["totalMs", 1_000, 9_000],
    ["fallbacks", 0, 1],
  ] as const)(
    "finds a difference in %s alone, and speaks of no metric that no unit has",
    (metric, stable, candidate) => {
      const units = unitsOf(400, 1).map(({ arm, weight }) => ({
        arm,
        weight,
        metrics: { [metric]: arm === "candidate" ? candidate : stable },
      }));
      const [combined, ...rows] = analyseUnits(units);
      expect(combined?.verdict).toContain("would be rolled back");
      const others = metric === "totalMs" ? ["tail"] : [];
      expect(rows.map((row) => row.metric)).toEqual([metric, ...others, "not_slower", "sample_ratio"]);
    },
  );

  test("counts for each metric the units that have it", () => {
    const units = unitsOf(40, 1).map((unit, position) =>
      position % 2 === 0 ? unit : { ...unit, metrics: { errors: 0 } },
    );
    const count = ({ stable, candidate }: Record<"stable" | "candidate", number>) => stable + candidate;
    const counts = Object.fromEntries(analyseUnits(units).map((row) => [row.metric, count(row.units)]));
    expect(counts).toMatchObject({ combined: 40, msPerToken: 20, errors: 40, violations: 20 });
  });

  test("weighs by a plan what it names, and nothing else", () => {
    const rows = analyseUnits(unitsOf(40, 1), { metrics: { errors: 1 }, alpha: 0.01, settleCalls: 5 });
    expect(rows[0]).toMatchObject({ threshold: 100 });
    expect(rows.map(({ metric }) => metric)).toEqual(["combined", "errors", "not_slower", "sample_ratio"]);
  });

  test("keeps the highest evidence, since a rollout would have been ended there", () => {
    const [combined] = analyseUnits([...unitsOf(200, 2), ...unitsOf(2_000, 0.5)]);
    expect(combined?.evidence).toBeLessThan(combined?.highest ?? 0);
    expect(combined?.verdict).toContain("would be rolled back");
  });

  test("takes the calls of a session as one unit", () => {
    const [combined] = analyseUnits(unitsOf(400, 1, (position) => `s${position % 50}`));
    expect((combined?.units.stable ?? 0) + (combined?.units.candidate ?? 0)).toBe(50);
  });

  test("refuses a session on both arms", () => {
    const [unit] = unitsOf(1, 1, () => "a");
    if (!unit) throw new Error("there is one");
    const other = { ...unit, arm: unit.arm === "stable" ? ("candidate" as const) : ("stable" as const) };
    expect(() => analyseUnits([unit, other])).toThrow("Session a is on both arms");
  });

  test("of nothing is no evidence", () => {
    expect(analyseUnits([])[0]).toMatchObject({ evidence: 1, highest: 1, units: { stable: 0, candidate: 0 } });
  });

  test.each([
    ["not JSON", "{", "line 2", "Line 2 is not JSON"],
    ["an arm that is none", '{"arm":"canary","weight":0.1,"metrics":{}}', "line 2, arm", "Line 2 cannot be used: arm"],
    [
      "a weight without a coin",
      '{"arm":"stable","weight":1,"metrics":{}}',
      "line 2, weight",
      "Line 2 cannot be used: weight",
    ],
    [
      "a metric that is none",
      '{"arm":"stable","weight":0.1,"metrics":{"speed":1}}',
      "line 2, metrics",
      "Line 2 cannot be used: metrics",
    ],
  ])("refuses %s and names the line", (_what, line, field, message) => {
    const read = () => [...parseUnits(['{"arm":"stable","weight":0.1,"metrics":{}}', line])];
    expect(read).toThrow(message);
    expect(read).toThrow(
      expect.objectContaining({ code: "BAD_REQUEST", data: expect.objectContaining({ field, value: line }) }),
    );
  });

  test("passes over empty lines", () => {
    expect([...parseUnits(["", '{"arm":"stable","weight":0.1,"metrics":{}}', "  "])]).toHaveLength(1);
  });
});

describe("objectives, where there is no control", () => {
  const watch = (metric: "msPerToken" | "errors", atMost: number, values: readonly number[]) => {
    const watches = new ObjectiveWatches([{ metric, atMost }], 0.05);
    for (const value of values) {
      watches.begun();
      watches.ended({ [metric]: value });
    }
    return watches.missed;
  };
  const draws = (median: number, count = 400) => {
    const random = new Random(1);
    const around = new Lognormal(median, 0.6);
    return Array.from({ length: count }, () => around.draw(random));
  };

  test("that are missed are told in a sentence, and those that are kept are not", () => {
    expect(watch("msPerToken", 40, draws(55))).toEqual([
      "The objective of at most 40 ms a token was shown to be missed",
    ]);
    expect(watch("msPerToken", 40, draws(38))).toEqual([]);
    expect(
      watch(
        "errors",
        0.02,
        Array.from({ length: 200 }, (_, position) => (position % 8 === 0 ? 1 : 0)),
      ),
    ).toHaveLength(1);
    expect(
      watch(
        "errors",
        0.02,
        Array.from({ length: 200 }, (_, position) => (position % 80 === 0 ? 1 : 0)),
      ),
    ).toEqual([]);
  });

  test("that are kept by far are kept for as long as one looks, and a fall afterwards is still found", () => {
    const easily = draws(2, 3_000);
    expect(watch("msPerToken", 400, easily)).toEqual([]);
    expect(watch("msPerToken", 400, [...easily.slice(0, 200), ...draws(4_000, 1_500)])).toHaveLength(1);
  });

  test("raise a false alarm in at most one rollout in twenty where the objective is just kept", () => {
    let alarms = 0;
    for (let run = 0; run < 300; run += 1) {
      const random = new Random(31, run);
      const watches = new ObjectiveWatches([{ metric: "msPerToken", atMost: 30 }], 0.05);
      for (let call = 0; call < 1_000 && watches.missed.length === 0; call += 1)
        watches.ended({ msPerToken: latency.draw(random) });
      if (watches.missed.length > 0) alarms += 1;
    }
    // Of 300 at 5 %, more than 27 come up less than once in 500 times.
    expect(alarms).toBeLessThanOrEqual(27);
  });
});

describe("shadow pairs", () => {
  const pairsUntil = (times: number, seed: number, most: number) => {
    const random = new Random(seed, 5);
    const around = new Lognormal(times, 0.4);
    const shadow = new ShadowPairs();
    while (shadow.pairs < most && shadow.value < 20) shadow.pair(1, around.draw(random));
    return shadow;
  };

  test("notice a candidate that is slower by half within a few dozen", () => {
    expect(pairsUntil(1.5, 1, 200).pairs).toBeLessThan(60);
  });

  test("raise a false alarm in at most one rollout in twenty", () => {
    const alarms = Array.from({ length: 300 }, (_, run) => pairsUntil(1, run, 500)).filter(({ value }) => value >= 20);
    expect(alarms.length).toBeLessThanOrEqual(27);
  });

  test("that took equally long say nothing", () => {
    const shadow = new ShadowPairs();
    for (let pair = 0; pair < 10; pair += 1) shadow.pair(5, 5);
    expect([shadow.value, shadow.pairs]).toEqual([1, 0]);
  });
});

test("the evidence of shadow pairs stays a number however clear it is", () => {
  const pairs = new ShadowPairs();
  for (let pair = 0; pair < 3_000; pair += 1) pairs.pair(10, 20 + (pair % 3));
  expect(pairs.value).toBeGreaterThan(1e100);
  expect(Number.isFinite(pairs.value)).toBe(true);
});
