import type {
  SimulatedEffect,
  SimulatedScenario,
  SimulationInput,
  SimulationResult,
} from "../../../shared/contract/rollout-simulation.ts";
import { simulatedEffect } from "../../../shared/contract/rollout-simulation.ts";
import { stepsOf } from "../../../shared/rollout-labels.ts";
import { Random } from "./random.ts";
import { unitRules } from "../statistics/routed-units.ts";
import { openTraffic } from "./simulated-traffic.ts";
import { type VirtualOutcome, VirtualRollout, type VirtualRules } from "./virtual-rollout.ts";
import { percentile } from "../../base/percentile.ts";

export interface SimulationControl {
  /** After each run: runs made, and runs to make. */
  readonly progress?: (made: number, toMake: number) => void;
  /** Asked before each run. What was made by then is the result. */
  readonly shouldStop?: () => boolean;
  /** Decides after every call, as live: slower, with the same result. */
  readonly looksAlways?: boolean;
}

/** What every plan is tried against. */
export const standardScenarios: readonly SimulatedEffect[] = [
  simulatedEffect.parse({ name: "No change" }),
  simulatedEffect.parse({
    name: "Takes 1.2 times as long",
    msPerTokenTimes: 1.2,
    firstTokenTimes: 1.2,
  }),
  simulatedEffect.parse({
    name: "Takes 1.5 times as long",
    msPerTokenTimes: 1.5,
    firstTokenTimes: 1.5,
  }),
  simulatedEffect.parse({ name: "Takes twice as long", msPerTokenTimes: 2, firstTokenTimes: 2 }),
  simulatedEffect.parse({ name: "5 % of the calls fail", errorShare: 0.05 }),
  simulatedEffect.parse({ name: "Five times the violations", violationsTimes: 5 }),
];

/**
 * Runs a plan over recorded history or a load model, in each scenario as often as asked: what it would catch, where, and how
 * soon. Seeded: the same input gives the same result. Pure and synchronous, about half a microsecond a call; for a worker.
 */
export function simulate(input: SimulationInput, control: SimulationControl = {}): SimulationResult {
  const scenarios = scenariosOf(input);
  const open = openTraffic(input.traffic);
  const rules: VirtualRules = {
    startAtMs: input.startAtMs,
    maxCalls: input.maxCallsPerRun,
    sessions: input.sticky
      ? { ...unitRules, withinMs: input.sessionWithinMs, maxCalls: input.maxCallsPerSession }
      : null,
    looksAlways: control.looksAlways ?? false,
  };
  const plan = { ...input.plan, startAtMs: undefined, warmUp: false };
  const toMake = scenarios.length * input.runs;
  const results: SimulatedScenario[] = [];
  let made = 0;
  let calls = 0;
  let stopped = false;
  for (const [position, { name, effect }] of scenarios.entries()) {
    const traffic = open(effect);
    const outcomes: VirtualOutcome[] = [];
    for (let run = 0; run < input.runs; run += 1) {
      stopped ||= control.shouldStop?.() === true;
      if (stopped) break;
      const random = new Random(input.seed, position * 1_000_003 + run);
      const outcome = new VirtualRollout(plan, traffic, rules, random).run();
      outcomes.push(run === 0 ? outcome : { ...outcome, events: [] });
      calls += outcome.calls;
      control.progress?.((made += 1), toMake);
    }
    if (outcomes.length > 0) results.push(summaryOf(name, effect, outcomes, stepsOf(input.plan).length));
  }
  return { scenarios: results, calls, stopped, assumptions: assumptionsOf(input) };
}

function scenariosOf({
  traffic,
  scenarios,
  standard,
}: SimulationInput): { name: string; effect: SimulatedEffect | null }[] {
  const described =
    traffic.type === "load" && traffic.candidate ? [{ name: "The candidate as described", effect: null }] : [];
  return [
    ...described,
    ...[...(standard ? standardScenarios : []), ...scenarios].map((effect) => ({
      name: effect.name,
      effect,
    })),
  ];
}

function summaryOf(
  name: string,
  effect: SimulatedEffect | null,
  outcomes: readonly VirtualOutcome[],
  steps: number,
): SimulatedScenario {
  const runs = outcomes.length;
  const ended = (end: VirtualOutcome["end"]) => outcomes.filter((outcome) => outcome.end === end);
  const rolledBack = ended("rolled_back");
  let caughtSoFar = 0;
  return {
    name,
    effect,
    runs,
    rolledBack: rolledBack.length / runs,
    promoted: ended("promoted").length / runs,
    inconclusive: ended("inconclusive").length / runs,
    medianUnits: median(rolledBack.map(({ units }) => units)),
    medianHours: median(rolledBack.map(({ spanMs }) => spanMs / 3_600_000)),
    candidateAnswers: mean(outcomes.map(({ candidateAnswers }) => candidateAnswers)) ?? 0,
    candidateAnswersUntilRollback: mean(rolledBack.map(({ candidateAnswers }) => candidateAnswers)),
    steps: Array.from({ length: steps + 1 }, (_, step) => {
      const reached = outcomes.filter((outcome) => outcome.step >= step).length;
      const caught = rolledBack.filter((outcome) => outcome.step === step).length;
      caughtSoFar += caught;
      return {
        step,
        reached,
        caught: reached === 0 ? 0 : caught / reached,
        caughtSoFar: caughtSoFar / runs,
      };
    }),
    example: [...(outcomes[0]?.events ?? [])],
  };
}

function assumptionsOf({ plan, traffic, sticky }: SimulationInput): string[] {
  const steps = stepsOf(plan);
  const unknown = (["rating"] as const).filter((metric) => (plan.analysis.metrics[metric] ?? 0) > 0);
  return [
    ...(plan.startAtMs === undefined ? [] : ["It starts at once, not at its scheduled time."]),
    ...(steps.some(({ type }) => type === "person_gate") ||
    steps.some((step) => step.type === "pause" && step.forMs === undefined)
      ? ["Persons let it through at once."]
      : []),
    ...(steps.some(({ type }) => type === "suite_gate") ? ["Test suites pass, in no time."] : []),
    ...(plan.shadowPercent > 0
      ? [
          "Unseen copies are left out: the rollout may wait for a person before its first call, where this one does not.",
        ]
      : []),
    ...unknown.map((metric) => `Nothing happens to the ${metric}, whose share of the evidence speaks for nothing.`),
    ...(sticky ? [] : ["Each call has an arm of its own."]),
    ...(traffic.type === "history" ? ["The coming calls are like those of the past."] : []),
  ];
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return percentile(values, 0.5);
}
