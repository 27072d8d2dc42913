import process from "node:process";
import { parseArgs } from "node:util";
import { RolloutEvidence } from "../../src/main/rollouts/statistics/rollout-evidence.ts";
import { CountEProcess, ErrorEProcess, LatencyEProcess } from "../../src/main/rollouts/statistics/e-processes.ts";
import type { Label } from "../../src/main/rollouts/statistics/mixture.ts";
import { RoutedUnits, unitRules } from "../../src/main/rollouts/statistics/routed-units.ts";
import { ShadowPairs } from "../../src/main/rollouts/statistics/shadow-pairs.ts";
import { simulate } from "../../src/main/rollouts/simulation/simulate.ts";
import { rolloutPlan } from "../../src/shared/contract/rollout-plan.ts";
import { simulationInput } from "../../src/shared/contract/rollout-simulation.ts";
import { byCircumstance } from "./by-circumstance.ts";
import { unevenRows } from "./uneven-arms.ts";
import { longerAnswers } from "./in-flight.ts";
import { measuring } from "./measuring.ts";
import { calmRun, steadyRun, tailRun } from "./plan-runs.ts";
import { loadOf, pastSessions } from "./predicted-traffic.ts";
import {
  answer,
  baseErrorShare,
  baseViolationShare,
  Chance,
  live,
  type LiveRunResult,
  type WorldEffect,
} from "./rollout-world.ts";

/**
 * What the analysis of rollouts promises, measured: seeded runs beside the target of each. Fails when one misses.
 * Use: node test/eval/rollouts.ts [--runs 3000] [--row NAME] [--seed 0] [--json]
 */
const { values: options } = parseArgs({
  options: {
    runs: { type: "string", default: "3000" },
    row: { type: "string" },
    seed: { type: "string", default: "0" },
    json: { type: "boolean", default: false },
  },
});
const runs = Number(options.runs);
if (!Number.isInteger(runs) || runs < 20)
  throw new Error(`--runs is ${options.runs}: give a whole number of 20 or more`);

const seed = Number(options.seed);
if (!Number.isInteger(seed) || seed < 0) throw new Error(`--seed is ${options.seed}: give a whole number, 0 or more`);

const { each, count, upperBound, median } = measuring(runs);
const enough = 20;
/** Rows of the latency bet alone are near their targets: with four times the runs it is not chance that decides. */
const closely = 4 * runs;

interface Row {
  readonly name: string;
  readonly what: string;
  readonly target: number;
  readonly atLeast?: boolean;
  readonly unit: string;
  readonly measure: (seed: number) => number;
}

const plan = rolloutPlan.parse({
  strategy: "canary",
  warmUp: false,
  steps: [10, 25, 50, 75].flatMap((percent) => [
    { type: "weight", percent },
    { type: "analysis", units: 100 },
  ]),
});
const sessionWorld = (icc: number) => ({
  rules: unitRules,
  calls: 8,
  icc,
});

const rows: readonly Row[] = [
  ...[50, 10].flatMap((percent): Row[] => [
    {
      name: `false-${percent}`,
      what: `rolls back though nothing changed, looking at each of 5,000 units, ${percent} %: latency alone, upper 95 % bound`,
      target: 5,
      unit: "%",
      measure: (seed) =>
        upperBound(
          count(seed, (chance) => latencyRun(chance, 1, percent / 100, 5_000) !== null, closely),
          closely,
        ),
    },
    {
      name: `false-all-${percent}`,
      what: `the same with all default metrics, ${percent} %`,
      target: 5,
      unit: "%",
      measure: (seed) => upperBound(count(seed, (chance) => calmRun(plan, chance, percent / 100, 5_000))),
    },
  ]),
  ...[0.3, 0.5].map((icc): Row => ({
    name: `false-sessions-${icc}`,
    what: `the same with sticky sessions of 8, ICC ${icc}, 50 %: a session is a unit`,
    target: 5,
    unit: "%",
    measure: (seed) => upperBound(count(seed, (chance) => calmSessions(chance, icc, 0.5, 5_000))),
  })),
  ...[1, 10].map((callsPerSession): Row => ({
    name: callsPerSession === 1 ? "false-in-flight" : "false-in-flight-sessions",
    what: `rolls back though only its answers are four times as long: 32 callers, ${callsPerSession === 1 ? "1,000 single calls" : "4,000 calls in sessions of 10"}, 50 %, upper 95 % bound`,
    target: 5,
    unit: "%",
    measure: (seed) =>
      upperBound(
        count(seed, (chance) =>
          longerAnswers(chance, { callers: 32, calls: callsPerSession === 1 ? 1_000 : 4_000, callsPerSession }),
        ),
      ),
  })),
  ...(
    [
      [
        "false-timeouts",
        "5 % of both arms' calls time out, and only the candidate has a fallback",
        50,
        { timeouts: 0.05 },
      ],
      ["false-loads", "the candidate, asked seldom, is loaded for each call in eight seconds", 10, { loadMs: 8_000 }],
    ] as const
  ).map(([name, what, percent, befalls]): Row => ({
    name,
    what: `rolls back the same version though ${what}: 2,000 calls, ${percent} %, upper 95 % bound`,
    target: 5,
    unit: "%",
    measure: (seed) => upperBound(count(seed, (chance) => byCircumstance(chance, { percent, ...befalls }))),
  })),
  ...unevenRows.flatMap(({ name, what, befalls, percents, times }): Row[] =>
    percents.map((percent) => ({
      name: `${name}-${percent}`,
      what: `${times === undefined ? "rolls back the same version" : `catches x${times}`} though ${what}: 2,000 calls, ${percent} %${times === undefined ? ", upper 95 % bound" : ""}`,
      target: times === undefined ? 5 : 99,
      atLeast: times !== undefined,
      unit: "%",
      measure: (seed) => {
        const caught = count(seed, (chance) => byCircumstance(chance, { percent, ...befalls, times: times ?? 1 }));
        return times === undefined ? upperBound(caught) : (100 * caught) / runs;
      },
    })),
  ),
  ...[0.01, 0.02].flatMap((sigma): Row[] => [
    {
      name: `false-steady-${sigma}`,
      what: `rolls back the same version on a machine whose latencies vary by ${sigma}: 5,000 units, 10 %, upper 95 % bound`,
      target: 5,
      unit: "%",
      measure: (seed) => upperBound(count(seed, (chance) => steadyRun(plan, chance, sigma, 1, 5_000))),
    },
    {
      name: `steady-3-${sigma}`,
      what: `catches x3 there within 400 units at 10 %`,
      target: 99,
      atLeast: true,
      unit: "%",
      measure: (seed) => (100 * count(seed, (chance) => steadyRun(plan, chance, sigma, 3, 400))) / runs,
    },
  ]),
  ...(
    [
      [1.2, 50, 310],
      [1.5, 50, 75],
      [2, 50, 35],
      [1.2, 10, 805],
      [1.5, 10, 167],
      [2, 10, 65],
    ] as const
  ).map(([times, percent, target]): Row => ({
    name: `latency-${times}-${percent}`,
    what: `median requests to roll back x${times} at ${percent} %`,
    target,
    unit: "requests",
    measure: (seed) =>
      median(each(seed, (chance) => latencyRun(chance, times, percent / 100, 50_000) ?? 50_000, closely)),
  })),
  ...(
    [
      [5, 360],
      [10, 140],
    ] as const
  ).map(([percent, target]): Row => ({
    name: `errors-${percent}`,
    what: `median requests to roll back errors from 1 to ${percent} % at 50 %`,
    target,
    unit: "requests",
    measure: (seed) => median(each(seed, (chance) => errorRun(chance, percent / 100))),
  })),
  {
    name: "tail",
    what: "10 % of requests five times slower: caught within 1,000 at 50 % by the plan's own metrics",
    target: 94,
    atLeast: true,
    unit: "%",
    measure: (seed) => (100 * count(seed, (chance) => tailRun(plan, chance))) / runs,
  },
  {
    name: "shadow",
    what: "median shadow pairs to notice x1.2 (sd 0.4)",
    target: 40,
    unit: "pairs",
    measure: (seed) => median(each(seed, shadowRun)),
  },
  {
    name: "steps-1.5",
    what: "four steps of 100 catch x1.5",
    target: 99,
    atLeast: true,
    unit: "%",
    measure: (seed) => 100 * rolledBack(liveRuns({ times: 1.5 }, seed)),
  },
  {
    name: "steps-2",
    what: "four steps of 100 catch x2",
    target: 100,
    atLeast: true,
    unit: "%",
    measure: (seed) => 100 * rolledBack(liveRuns({ times: 2 }, seed)),
  },
  {
    name: "served-2",
    what: "requests served badly before x2 is rolled back, on average",
    target: 10,
    unit: "requests",
    measure: (seed) => {
      const caught = liveRuns({ times: 2 }, seed);
      return caught.reduce((sum, { candidateAnswers }) => sum + candidateAnswers, 0) / caught.length;
    },
  },
  ...(
    [
      ["x1.2", { times: 1.2 }, { msPerTokenTimes: 1.2, firstTokenTimes: 1.2 }],
      ["x1.5", { times: 1.5 }, { msPerTokenTimes: 1.5, firstTokenTimes: 1.5 }],
      ["errors-5", { errorShare: 0.05 }, { errorShare: 0.05 }],
      ["violations-x20", { violationShare: 20 * baseViolationShare }, { violationsTimes: 20 }],
    ] as const
  ).flatMap(([name, effect, simulated]): Row[] => [
    {
      name: `predicted-${name}`,
      what: `power for ${name}: predicted from a load model less realised, in points`,
      target: 3,
      unit: "points",
      measure: (seed) =>
        100 * Math.abs(predicted(loadOf(1, 0), simulated, seed) - rolledBack(liveRuns(effect, seed + 1))),
    },
    {
      name: `predicted-sessions-${name}`,
      what: `power for ${name}: predicted from a load model with sessions of 8 less realised, in points`,
      target: 3,
      unit: "points",
      measure: (seed) =>
        100 *
        Math.abs(
          predicted(loadOf(8, 0.4), simulated, seed) - rolledBack(liveRuns(effect, seed + 1, sessionWorld(0.4))),
        ),
    },
    {
      name: `predicted-history-${name}`,
      what: `power for ${name}: predicted from 100,000 past calls in sessions less realised, in points`,
      target: 3,
      unit: "points",
      measure: (seed) =>
        100 *
        Math.abs(
          predicted(pastSessions(0.4), simulated, seed) - rolledBack(liveRuns(effect, seed + 1, sessionWorld(0.4))),
        ),
    },
  ]),
  ...[4, 11].map((swing): Row => ({
    name: `predicted-day-${swing}`,
    what: `power for x1.3 where the day's busiest hour is ${swing} times its quietest, in calls and in latency: predicted from past sessions less realised, in points`,
    target: 3,
    unit: "points",
    measure: (seed) => {
      const slower = { msPerTokenTimes: 1.3, firstTokenTimes: 1.3 };
      const realised = liveRuns({ times: 1.3 }, seed + 1, sessionWorld(0.4), swing);
      return 100 * Math.abs(predicted(pastSessions(0.4, swing), slower, seed) - rolledBack(realised));
    },
  })),
  {
    name: "count",
    what: "worked value of the count form: three events on the candidate at 10 %, from 51.134232",
    target: 1e-6,
    unit: "",
    measure: () => {
      const bet = new CountEProcess();
      for (let event = 0; event < 3; event += 1) bet.unit({ onCandidate: true, weight: 0.1 }, true);
      return Math.abs(bet.value - 51.134232);
    },
  },
];

const chosen = rows.filter(({ name }) => options.row === undefined || name.startsWith(options.row));
if (chosen.length === 0)
  throw new Error(`No row begins with ${options.row}: there are ${rows.map(({ name }) => name).join(", ")}`);
let missed = 0;
for (const row of chosen) {
  const { name, what, target, atLeast = false, unit } = row;
  const value = row.measure(1_000 * (rows.indexOf(row) + 1) + 7 * seed);
  const holds = atLeast ? value >= target : value <= target;
  if (!holds) missed += 1;
  if (options.json)
    console.log(JSON.stringify({ eval: "rollouts", row: name, value, target, atLeast, unit, holds, runs }));
  else {
    const digits = { maximumFractionDigits: value < 0.01 ? 8 : 2 };
    const figure = `${value.toLocaleString("en", digits)} ${unit}`.padStart(16);
    console.log(
      `${name.padEnd(30)} ${figure}  ${atLeast ? ">=" : "<="} ${`${target} ${unit}`.padEnd(13)} ${holds ? "      " : "MISSED"} ${what}`,
    );
  }
}
if (!options.json)
  console.log(
    missed === 0 ? `All ${chosen.length} rows hold over ${runs} runs.` : `${missed} of ${chosen.length} rows missed.`,
  );
process.exitCode = missed === 0 ? 0 : 1;

/** The number of units until the latency bet alone is enough; null when it never is. */
function latencyRun(chance: Chance, times: number, weight: number, most: number): number | null {
  const bet = new LatencyEProcess();
  for (let unit = 1; unit <= most; unit += 1) {
    const label = throwCoin(chance, weight);
    bet.unit(label, chance.around(label.onCandidate ? times : 1));
    if (bet.value >= enough) return unit;
  }
  return null;
}

function errorRun(chance: Chance, share: number): number {
  const bet = new ErrorEProcess();
  for (let unit = 1; unit <= 50_000; unit += 1) {
    const label = throwCoin(chance, 0.5);
    bet.unit(label, chance.next() < (label.onCandidate ? share : baseErrorShare));
    if (bet.value >= enough) return unit;
  }
  return 50_000;
}

function shadowRun(chance: Chance): number {
  const pairs = new ShadowPairs();
  while (pairs.value < enough && pairs.pairs < 10_000) pairs.pair(1, chance.around(1.2, 0.4));
  return pairs.pairs;
}

function calmSessions(chance: Chance, icc: number, weight: number, most: number): boolean {
  const evidence = new RolloutEvidence(plan.analysis.metrics, plan.analysis.alpha, {
    seeksProof: false,
  });
  const units = new RoutedUnits({ ...unitRules, maxCalls: 8 });
  for (let session = 0; session < most / 8; session += 1) {
    const arm = chance.next() < weight ? "candidate" : "stable";
    const z = chance.normal();
    for (let call = 0; call < 8; call += 1) {
      const atMs = (session * 8 + call) * 72_000;
      units.instant({ atMs, session: `${session}`, arm, weight }, answer(chance, {}, { z, icc }));
      for (const unit of units.passed(atMs)) evidence.unit(unit);
    }
    if (evidence.isReached) return true;
  }
  return false;
}

function liveRuns(
  effect: WorldEffect,
  seed: number,
  sessions: Parameters<typeof live>[3] = null,
  swing = 1,
): LiveRunResult[] {
  return Array.from({ length: runs }, (_, run) => live(plan, effect, seed * 100_000 + run, sessions, swing));
}

function rolledBack(received: readonly LiveRunResult[]): number {
  return received.filter((run) => run.rolledBack).length / received.length;
}

function predicted(traffic: object, effect: object, seed: number): number {
  const scenarios = [{ name: "looked for", ...effect }];
  const input = simulationInput.parse({ plan, traffic, scenarios, runs, seed, standard: false });
  return simulate(input).scenarios.at(-1)?.rolledBack ?? Number.NaN;
}

function throwCoin(chance: Chance, weight: number): Label {
  return { onCandidate: chance.next() < weight, weight };
}
