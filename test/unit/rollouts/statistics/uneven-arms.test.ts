import { describe, expect, test } from "vitest";
import { RolloutCounts } from "../../../../src/main/rollouts/rollout-counts.ts";
import { Lognormal, Random } from "../../../../src/main/rollouts/simulation/random.ts";
import type { EndedCall } from "../../../../src/main/rollouts/statistics/call-metrics.ts";
import { LatencyEProcess } from "../../../../src/main/rollouts/statistics/e-processes.ts";
import type { Measured } from "../../../../src/main/rollouts/statistics/measures.ts";
import { RolloutEvidence } from "../../../../src/main/rollouts/statistics/rollout-evidence.ts";
import type { Arm } from "../../../../src/shared/contract/rollout-plan.ts";
import { rolloutPlan } from "../../../../src/shared/contract/rollout-plan.ts";
import { callId, endedCall } from "../../../kit/ended-call.ts";

const around = new Lognormal(1, 0.6);
const plan = rolloutPlan.parse({ strategy: "canary", steps: [{ type: "weight", percent: 50 }] });
const usual = plan.analysis.metrics;

/** How many of so many seeded rollouts are taken back within a number of units, by the metrics that each unit is given. */
function takenBack(
  runs: number,
  { units, weight }: { readonly units: number; readonly weight: number },
  metricsOf: (arm: Arm, random: Random) => Measured,
): number {
  let hits = 0;
  for (let run = 0; run < runs; run += 1) {
    const random = new Random(71, run);
    const evidence = new RolloutEvidence(usual, 0.05, { seeksProof: false });
    for (let unit = 0; unit < units && !evidence.isReached; unit += 1) {
      const arm = random.next() < weight ? "candidate" : "stable";
      evidence.unit({ arm, weight, metrics: metricsOf(arm, random) });
    }
    if (evidence.isReached) hits += 1;
  }
  return hits;
}

/** A call's pace by every clock, in a world where all of them agree. */
function paceOf(random: Random, times = 1): Measured {
  const msPerToken = 30 * times * around.draw(random);
  return { serverMsPerToken: msPerToken, ownMsPerToken: msPerToken, msPerByte: msPerToken / 4, errors: 0 };
}

describe("a value that only one arm has", () => {
  // Of 100 at 5 %, more than 12 come up less than once in 500 times.
  test.each([
    ["the candidate's server counts nothing", { stable: 0, candidate: 1 }, 0.5],
    ["the candidate's server counts nothing", { stable: 0, candidate: 1 }, 0.1],
    ["the stable version's server counts nothing", { stable: 1, candidate: 0 }, 0.5],
    ["60 % of the candidate's are missing, and 10 % of the others", { stable: 0.1, candidate: 0.6 }, 0.5],
    ["10 % of the candidate's are missing, and 60 % of the others", { stable: 0.6, candidate: 0.1 }, 0.1],
    ["20 % of the candidate's are missing, and 10 % of the others", { stable: 0.1, candidate: 0.2 }, 0.5],
  ] as const)("is no evidence against a version that is as good: %s", (_what, missing, weight) => {
    const hits = takenBack(100, { units: 800, weight }, (arm, random) => {
      const { serverMsPerToken = 0, errors = 0 } = paceOf(random);
      return random.next() < missing[arm] ? { errors } : { serverMsPerToken, errors };
    });
    expect(hits).toBeLessThanOrEqual(12);
  });

  test("is set aside with what it said before, says how many units lack it, and what else measures the same counts on", () => {
    const random = new Random(3);
    const evidence = new RolloutEvidence({ msPerToken: 1 }, 0.05);
    for (let unit = 0; unit < 120; unit += 1) {
      const arm = unit % 2 === 0 ? "stable" : "candidate";
      const { serverMsPerToken, ...ours } = paceOf(random, arm === "candidate" ? 2 : 1);
      const given = serverMsPerToken !== undefined && arm === "stable" ? { serverMsPerToken } : {};
      evidence.unit({ arm, weight: 0.5, metrics: { ...ours, ...given } });
    }
    const [metric] = evidence.metrics;
    // The unit that chooses what is measured is counted by none of it.
    expect(metric?.measures).toEqual([
      {
        measure: "serverMsPerToken",
        isSetAside: true,
        stable: { missing: 0, units: 59 },
        candidate: { missing: 60, units: 60 },
      },
      expect.objectContaining({ measure: "ownMsPerToken", isSetAside: false }),
      expect.objectContaining({ measure: "msPerByte", isSetAside: false }),
    ]);
    expect(evidence.isReached).toBe(true);
  });

  test("that both arms lack alike stays evidence", () => {
    const hits = takenBack(40, { units: 600, weight: 0.5 }, (arm, random) => {
      const { serverMsPerToken = 0, errors = 0 } = paceOf(random, arm === "candidate" ? 2 : 1);
      return random.next() < 0.3 ? { errors } : { serverMsPerToken, errors };
    });
    expect(hits).toBe(40);
  });

  test("proves nothing of a candidate that never has it", () => {
    const random = new Random(4);
    const evidence = new RolloutEvidence({ msPerToken: 1 }, 0.05);
    for (let unit = 0; unit < 2_000; unit += 1) {
      const arm = random.next() < 0.5 ? "stable" : "candidate";
      const { serverMsPerToken = 0 } = paceOf(random);
      evidence.unit({ arm, weight: 0.5, metrics: arm === "stable" ? { serverMsPerToken } : {} });
    }
    expect(evidence.pass).toBeLessThan(10);
  });
});

describe("two clocks", () => {
  const byClocks = (times: number) => (arm: Arm, random: Random) => {
    const { serverMsPerToken, ...ours } = paceOf(random, arm === "candidate" ? times : 1);
    // The server's leaves out a fifth that ours has.
    return arm === "stable" && serverMsPerToken !== undefined
      ? { ...ours, serverMsPerToken: 0.8 * serverMsPerToken }
      : ours;
  };

  test("that measure the arms apart take no version back that goes at the same pace", () => {
    expect(takenBack(100, { units: 800, weight: 0.5 }, byClocks(1))).toBeLessThanOrEqual(12);
  });

  test("and hide none that is slower", () => {
    expect(takenBack(40, { units: 800, weight: 0.5 }, byClocks(1.5))).toBe(40);
  });
});

describe("a very steady machine", () => {
  test.each([0.01, 0.02])("shows a candidate that takes three times as long at once (sigma %d)", (sigma) => {
    const steady = new Lognormal(30, sigma);
    const hits = takenBack(20, { units: 400, weight: 0.1 }, (arm, random) => {
      return { msPerToken: steady.draw(random) * (arm === "candidate" ? 3 : 1), errors: 0 };
    });
    expect(hits).toBe(20);
  });

  test("takes no version back for a difference far below any that is looked for", () => {
    const random = new Random(5);
    const bet = new LatencyEProcess();
    const steady = new Lognormal(30, 0.01);
    for (let unit = 0; unit < 3_000; unit += 1) {
      const onCandidate = random.next() < 0.5;
      bet.unit({ onCandidate, weight: 0.5 }, steady.draw(random) * (onCandidate ? 1.05 : 1));
    }
    expect(bet.value).toBeLessThan(20);
  });
});

describe("after a load", () => {
  /** One rollout of single calls: its counts after so many, each as it is given. */
  const countsAfter = (calls: number, given: (position: number) => Partial<EndedCall>): RolloutCounts => {
    const counts = new RolloutCounts(plan);
    for (let position = 0; position < calls; position += 1) {
      const startedAtMs = 10_000 * position;
      const call = {
        ...endedCall,
        id: callId(position),
        startedAtMs,
        finishedAtMs: startedAtMs + 9_000,
        ...given(position),
      };
      counts.begun(call);
      counts.ended(call);
      counts.passed(startedAtMs + 9_999);
    }
    return counts;
  };
  const timed = (times: number) => ({ decodeMs: 200 * times, firstTokenMs: 50 * times, totalMs: 300 * times });
  const armOf = (position: number): Arm => (position % 10 === 9 ? "candidate" : "stable");
  const tenth = { armPercent: 10 };

  test("a candidate's first five answers are no evidence of latency, on either arm, however slow they are", () => {
    const coldFirst = (position: number) => ({
      ...tenth,
      arm: armOf(position),
      ...timed(armOf(position) === "candidate" && position < 50 ? 5 : 1),
    });
    const { analysis, facts } = countsAfter(200, coldFirst);
    expect(facts.evidence).toBeLessThan(2);
    expect(analysis.settling).toEqual({ stable: 45, candidate: 5 });
  });

  test("what comes after them is", () => {
    const slow = (position: number) => ({
      ...tenth,
      arm: armOf(position),
      ...timed(armOf(position) === "candidate" ? 5 : 1),
    });
    expect(countsAfter(200, slow).facts.evidence).toBeGreaterThan(20);
  });

  test("the plan says how many", () => {
    const counts = new RolloutCounts({ ...plan, analysis: { ...plan.analysis, settleCalls: 0 } });
    const call = { ...endedCall, ...tenth };
    counts.begun(call);
    counts.ended(call);
    counts.passed(9_000_000);
    expect(counts.analysis.settling).toEqual({ stable: 0, candidate: 0 });
  });

  test("a version that was warmed up is settled", () => {
    const counts = new RolloutCounts(plan);
    counts.warmedUp();
    counts.begun(endedCall);
    counts.ended(endedCall);
    counts.passed(9_000_000);
    expect(counts.analysis.settling).toEqual({ stable: 0, candidate: 0 });
  });

  test("one that was kept in memory and is loaded again settles again, and the answer that loaded it is cold too", () => {
    const reloaded = (position: number) => {
      const arm = armOf(position);
      const nth = Math.floor(position / 10); // of the candidate's
      const cold = arm === "candidate" && nth >= 30 && nth < 35;
      return { ...tenth, arm, ...timed(cold ? 5 : 1), ...(arm === "candidate" && nth === 30 && { loadMs: 2_000 }) };
    };
    const { analysis, facts } = countsAfter(500, reloaded);
    expect(facts.evidence).toBeLessThan(2);
    expect(analysis.settling).toEqual({ stable: 45 + 36, candidate: 10 });
  });

  test("a machine that keeps one model shows what loading costs, and its pace is compared all the same", () => {
    const swapped = (times: number) => (position: number) => {
      const arm = armOf(position);
      const changes = position % 10 === 9 || position % 10 === 0;
      const loads = { loadMs: 2_000, firstTokenMs: 10_050, totalMs: 10_000 + 300 * times };
      const pace = timed(arm === "candidate" ? times : 1);
      return { ...tenth, arm, ...pace, ...(changes && loads) };
    };
    const same = countsAfter(600, swapped(1));
    expect(same.facts.evidence).toBeLessThan(2);
    expect(same.analysis.arms.candidate).toMatchObject({ loads: 60, loadMs: 120_000, firstTokenP50Ms: null });
    expect(countsAfter(600, swapped(3)).facts.evidence).toBeGreaterThan(20);
  });
});

test("figures of both arms are by one clock: ours where one server has none, and the server's where both have", () => {
  const counts = new RolloutCounts(plan);
  const calls: EndedCall[] = [
    { ...endedCall, id: callId(1), arm: "stable" },
    { ...endedCall, id: callId(2), arm: "candidate", decodeMs: null },
  ];
  for (const call of calls) {
    counts.begun(call);
    counts.ended(call);
  }
  const { stable, candidate } = counts.analysis.arms;
  expect([stable.clock, candidate.clock]).toEqual(["own", "own"]);
  expect(stable.msPerTokenP50).toBe(candidate.msPerTokenP50);
  const other = { ...endedCall, id: callId(3), arm: "candidate" as const };
  const both = new RolloutCounts(plan);
  for (const call of [...calls.slice(0, 1), other]) {
    both.begun(call);
    both.ended(call);
  }
  expect(both.analysis.arms.candidate.clock).toBe("server");
});

test("what passes without a word of configuration is compared by its first token and its fallbacks too", () => {
  expect(usual.firstTokenMs).toBeGreaterThan(0);
  expect(usual.fallbacks).toBeGreaterThan(0);
  const late = takenBack(20, { units: 1_000, weight: 0.5 }, (arm, random) => ({
    ...paceOf(random),
    firstTokenMs: 400 * around.draw(random) * (arm === "candidate" ? 3 : 1),
  }));
  expect(late).toBe(20);
});
