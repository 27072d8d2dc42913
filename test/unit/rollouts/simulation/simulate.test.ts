import { describe, expect, test } from "vitest";
import { simulate, standardScenarios } from "../../../../src/main/rollouts/simulation/simulate.ts";
import {
  simulationInput,
  simulationResult,
  type SimulationResult,
} from "../../../../src/shared/contract/rollout-simulation.ts";

const steps = [10, 50].flatMap((percent) => [
  { type: "weight" as const, percent },
  { type: "analysis" as const, units: 100 },
]);
const stable = { msPerToken: { median: 30 }, firstTokenMs: { median: 400 } };
const load = { type: "load" as const, callsPerHour: 50, stable };
const sessions = { ...load, callsPerSession: 8, betweenSessions: 0.4 };
type Given = Parameters<typeof simulationInput.parse>[0];
const input = (more: object = {}) =>
  simulationInput.parse({ plan: { strategy: "canary", steps }, traffic: load, runs: 60, ...more } as Given);
const named = ({ scenarios }: SimulationResult, name: string) => {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (!found) throw new Error(`there is no scenario ${name}`);
  return found;
};

/** Two hundred sessions over four days, busy by day. */
const history = {
  type: "history" as const,
  calls: Array.from({ length: 1_000 }, (_, position) => ({
    atMs: Math.floor(position / 250) * 86_400_000 + 8 * 3_600_000 + (position % 250) * 144_000,
    session: `${Math.floor(position / 5)}`,
    msPerToken: 20 + ((position * 7) % 31),
    tokens: 100 + ((position * 13) % 90),
    firstTokenMs: 300 + ((position * 11) % 400),
    error: position % 100 === 0,
    violation: position % 333 === 0,
  })),
};

test("the same input gives the same result, and another seed another", () => {
  expect(simulate(input())).toEqual(simulate(input()));
  expect(simulate(input())).not.toEqual(simulate(input({ seed: 2 })));
});

describe.each([
  ["single calls", {}],
  ["sessions", { traffic: sessions }],
  ["calls in sessions that are not kept together", { traffic: sessions, sticky: false }],
  ["recorded history", { traffic: history }],
  [
    "days of different hours",
    { traffic: { ...load, dayShape: Array.from({ length: 24 }, (_, hour) => (hour < 7 ? 0 : 1)) } },
  ],
  [
    "pauses, gates, proof, limits and a deadline",
    {
      plan: {
        strategy: "canary",
        progressDeadlineMs: 7_200_000,
        abortOnDeadline: true,
        limits: { errors: 4, held: 1 },
        holdbackPercent: 10,
        steps: [
          { type: "person_gate", question: "Is it good?" },
          { type: "person_gate", question: "Really?" },
          { type: "weight", percent: 20 },
          { type: "pause", forMs: 3_600_000 },
          { type: "pause" },
          { type: "analysis", units: 80, withinMs: 10_800_000, proof: true },
          { type: "weight", percent: 60 },
          { type: "analysis", units: 50, withinMs: 3_600_000 },
        ],
      },
    },
  ],
  [
    "all at once with an objective",
    {
      plan: {
        strategy: "all_at_once",
        watchMs: 36_000_000,
        objectives: [
          { metric: "msPerToken", atMost: 40 },
          { metric: "errors", atMost: 0.02 },
        ],
      },
    },
  ],
  [
    "blue-green",
    {
      plan: {
        strategy: "blue_green",
        previewSteps: [{ type: "pause", forMs: 60_000 }],
        limits: { errors: 3 },
        standbyMs: 7_200_000,
      },
    },
  ],
])("over %s", (_name, more) => {
  test("deciding only when something can change gives exactly what deciding after every call does", () => {
    const given = input({ runs: 12, ...more });
    expect(simulate(given)).toEqual(simulate(given, { looksAlways: true }));
  });

  test("every run ends in one of the three ways, and the result is as the contract says", () => {
    const result = simulate(input({ runs: 12, ...more }));
    expect(simulationResult.parse(result)).toEqual(result);
    for (const { rolledBack, promoted, inconclusive, runs } of result.scenarios) {
      expect(rolledBack + promoted + inconclusive).toBeCloseTo(1, 9);
      expect(runs).toBe(12);
    }
  });
});

test("a candidate that takes twice as long is nearly always rolled back, one that did not change nearly never", () => {
  const result = simulate(input({ runs: 100 }));
  expect(result.scenarios.map(({ name }) => name)).toEqual(standardScenarios.map(({ name }) => name));
  expect(named(result, "No change").rolledBack).toBeLessThan(0.08);
  expect(named(result, "Takes twice as long").rolledBack).toBeGreaterThan(0.97);
  expect(named(result, "Takes 1.2 times as long").rolledBack).toBeLessThan(
    named(result, "Takes 1.5 times as long").rolledBack,
  );
});

test("what is caught adds up over the steps to what was rolled back, and only where time passes", () => {
  const result = simulate(input());
  for (const scenario of result.scenarios) {
    const received = scenario.steps.map(({ caughtSoFar }) => caughtSoFar);
    expect(received).toEqual(received.toSorted((a, b) => a - b));
    expect(received.at(-1)).toBeCloseTo(scenario.rolledBack, 9);
    expect(scenario.steps.map(({ caught }) => caught).filter((_, step) => step === 0 || step === 2)).toEqual([0, 0]);
    expect(scenario.steps[0]?.reached).toBe(scenario.runs);
  }
});

test("a plan that waits longer catches more", () => {
  const longer = steps.map((step) => (step.type === "analysis" ? { ...step, units: 400 } : step));
  const scenarios = [{ name: "a little slower", msPerTokenTimes: 1.2 }];
  const [short, long] = [steps, longer].map((waited) => {
    const given = input({ runs: 80, scenarios, standard: false, plan: { strategy: "canary", steps: waited } });
    return simulate(given).scenarios[0]?.rolledBack ?? Number.NaN;
  });
  expect(long).toBeGreaterThan((short ?? 1) + 0.1);
});

test("the candidate as it is described is a scenario, beside those that were given", () => {
  const candidate = { ...stable, msPerToken: { median: 90 } };
  const scenarios = [{ name: "A tenth of the answers five times slower", slowShare: 0.1, slowTimes: 5 }];
  const result = simulate(input({ traffic: { ...load, candidate }, scenarios, standard: false }));
  expect(result.scenarios.map(({ name, effect }) => [name, effect === null])).toEqual([
    ["The candidate as described", true],
    ["A tenth of the answers five times slower", false],
  ]);
  expect(result.scenarios[0]?.rolledBack).toBeGreaterThan(0.95);
});

test("too little traffic for the time that is given is inconclusive, not a success and not a failure", () => {
  const hasty = [steps[0], { ...steps[1], withinMs: 60_000 }];
  const result = simulate(input({ plan: { strategy: "canary", steps: hasty } }));
  expect(named(result, "No change")).toMatchObject({ inconclusive: 1, promoted: 0, rolledBack: 0, medianUnits: null });
});

test("a rollout that never comes to its end is given up and counts as inconclusive", () => {
  const endless = [steps[0], { type: "analysis", units: 1_000_000 }];
  const result = simulate(input({ plan: { strategy: "canary", steps: endless }, maxCallsPerRun: 200, runs: 5 }));
  expect(named(result, "No change").inconclusive).toBeGreaterThan(0.7);
});

test("at night, when nobody calls, time passes without calls", () => {
  const dayShape = Array.from({ length: 24 }, (_, hour) => (hour >= 8 && hour < 20 ? 1 : 0));
  const span = (traffic: object) => {
    const example = named(simulate(input({ runs: 1, traffic })), "No change").example;
    return (example.at(-1)?.atMs ?? 0) - (example[0]?.atMs ?? 0);
  };
  // 200 calls at 50 an hour: four hours if they come evenly; from midnight on, nothing before eight o'clock.
  expect(span({ ...load, dayShape })).toBeGreaterThan(span(load));
});

test("the example tells one run in the order in which it happened", () => {
  const { example } = named(simulate(input()), "Takes twice as long");
  expect(example.map(({ sequence }) => sequence)).toEqual(example.map((_, position) => position + 1));
  expect(example.map(({ atMs }) => atMs)).toEqual(example.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
  expect(example.slice(-3).map(({ type }) => type)).toEqual(["evidence", "aborting", "degraded"]);
});

test("progress is told after each run, and it stops when asked to with what it has", () => {
  const received: [number, number][] = [];
  const result = simulate(input({ runs: 10 }), {
    progress: (made, toMake) => received.push([made, toMake]),
    shouldStop: () => received.length >= 14,
  });
  expect(received.at(-1)).toEqual([14, 60]);
  expect(result).toMatchObject({ stopped: true, scenarios: [{ runs: 10 }, { runs: 4 }] });
});

test("a session that answers nothing but failures leaves the latencies alone and is counted as failed", () => {
  const broken = simulate(
    input({ traffic: { ...sessions, candidate: { ...stable, errorShare: 1 } }, standard: false }),
  );
  expect(broken.scenarios[0]).toMatchObject({ rolledBack: 1 });
});

test("what cannot be known is told", () => {
  const result = simulate(
    input({
      runs: 1,
      traffic: history,
      plan: {
        strategy: "canary",
        steps: [{ type: "person_gate", question: "Well?" }, ...steps],
        shadowPercent: 5,
        startAtMs: 99,
        analysis: { metrics: { msPerToken: 0.5, rating: 0.5 } },
      },
    }),
  );
  expect(result.assumptions).toHaveLength(5);
});
