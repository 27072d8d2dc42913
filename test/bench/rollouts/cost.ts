import process from "node:process";
import { armOf, saltOf } from "../../../src/main/rollouts/decision/arm-assignment.ts";
import { simulate } from "../../../src/main/rollouts/simulation/simulate.ts";
import { simulationInput } from "../../../src/shared/contract/rollout-simulation.ts";
import type { Figure } from "../figures.ts";

const rounds = 5;

// Read as a request is: a string put together from others would be gone through piece by piece.
const keys: readonly string[] = JSON.parse(
  JSON.stringify(
    Array.from({ length: 1_000 }, (_, session) => `0199a1b2-c3d4-7000-8000-${session.toString(16).padStart(12, "0")}`),
  ),
);
const rollout = { salt: saltOf("0199a1b2-c3d4-7000-8000-00000000abcd"), candidatePercent: 25 };
const turns = 2_000;

const steps = (units: number) =>
  [10, 25, 50, 75].flatMap((percent) => [
    { type: "weight", percent },
    { type: "analysis", units },
  ]);
const stable = { msPerToken: { median: 30 }, firstTokenMs: { median: 400 } };
const traffics = {
  "single calls": { type: "load", callsPerHour: 50, stable },
  sessions: { type: "load", callsPerHour: 50, stable, callsPerSession: 8, betweenSessions: 0.4 },
};

/**
 * What a rollout costs: a routing decision, and a simulated call, in processor time of one core (what a machine that does other
 * things beside it would measure on the wall is theirs as well). Each is the best of five, after a warm-up.
 */
export async function costFigures(): Promise<Figure[]> {
  const group = "cost, in processor time of one core";
  return [
    { group, metric: "routing decision", value: best(nsARouting), unit: "ns", target: 100 },
    ...Object.entries(traffics).map(([name, traffic]): Figure => {
      const nsACall = best(() => nsASimulatedCall(traffic));
      const perSecond = (1_000 / nsACall).toFixed(2);
      // Two million a second are half a microsecond each.
      return { group, metric: `simulated call, ${name} (${perSecond} M/s)`, value: nsACall, unit: "ns", target: 500 };
    }),
  ];
}

function nsARouting(): number {
  let onCandidate = 0;
  const spentNs = processorNs(() => {
    for (let turn = 0; turn < turns; turn += 1) onCandidate += routeAll();
  });
  if (onCandidate === 0) throw new Error("Nothing was routed to the candidate, so nothing was measured");
  return spentNs / (turns * keys.length);
}

function nsASimulatedCall(traffic: object): number {
  const input = simulationInput.parse({ plan: { strategy: "canary", steps: steps(1_000) }, traffic, runs: 40 });
  let calls = 0;
  const spentNs = processorNs(() => {
    calls = simulate(input).calls;
  });
  return spentNs / calls;
}

/** Small enough to be compiled while it runs, as whatever routes for long is. */
function routeAll(): number {
  let onCandidate = 0;
  for (const key of keys) if (armOf(rollout, key) === "candidate") onCandidate += 1;
  return onCandidate;
}

function best(measure: () => number): number {
  measure();
  return Math.min(...Array.from({ length: rounds }, measure));
}

function processorNs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1_000;
}
