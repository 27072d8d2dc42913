import {
  rolloutMetric,
  type RolloutMetric,
  type RolloutObjective,
  type RolloutPlan,
  type RolloutStep,
} from "../../../../../shared/contract/rollout-plan.ts";
import { standardPlans } from "../../../../../shared/standard-plans.ts";
import { type SpanDraft, span, spanFrom } from "../typed-numbers.ts";

type Id = string;

/** A step as typed. */
export type StepDraft = { readonly id: Id } & (
  | { readonly type: "weight"; readonly percent: string }
  | { readonly type: "pause"; readonly forPerson: boolean; readonly span: SpanDraft }
  | { readonly type: "analysis"; readonly units: string; readonly within: SpanDraft; readonly proof: boolean }
  | { readonly type: "suite_gate"; readonly suiteId: string | null; readonly atLeastPercent: string }
  | { readonly type: "person_gate"; readonly question: string }
);

export interface ObjectiveDraft {
  readonly id: Id;
  readonly metric: RolloutObjective["metric"];
  /** Milliseconds, or for errors and violations a percentage. */
  readonly atMost: string;
}

/** A plan's fields as typed; what belongs to another strategy is kept while one chooses. */
export interface PlanDraft {
  readonly strategy: RolloutPlan["strategy"];
  readonly steps: readonly StepDraft[];
  readonly previewSteps: readonly StepDraft[];
  readonly holdbackPercent: string;
  readonly holdback: SpanDraft;
  readonly standby: SpanDraft;
  readonly watch: SpanDraft;
  /** As a `datetime-local` field has it, in local time; empty for at once. */
  readonly startAt: string;
  readonly warmUp: boolean;
  readonly shadowPercent: string;
  readonly shadowThroughout: boolean;
  readonly alpha: string;
  readonly settleCalls: string;
  readonly shares: Readonly<Record<RolloutMetric, string>>;
  readonly safeguard: boolean;
  readonly errorLimit: string;
  readonly blockedLimit: string;
  readonly objectives: readonly ObjectiveDraft[];
  readonly deadline: SpanDraft;
  readonly abortOnDeadline: boolean;
  readonly rollbackWindow: string;
}

const metrics = rolloutMetric.options;
const { canary, blue_green: blueGreen, all_at_once: allAtOnce } = standardPlans;
const usual = canary.analysis.metrics;
const usualShares = Object.fromEntries(
  metrics.map((metric) => [metric, String(Math.round((usual[metric] ?? 0) * 100))]),
) as PlanDraft["shares"]; // an entry a metric

/** The draft of the standard plan of each strategy, but for the steps of a canary. */
export function draftWith(steps: readonly StepDraft[]): PlanDraft {
  return {
    strategy: "canary",
    steps,
    previewSteps: blueGreen.previewSteps.map(stepDraftFrom),
    holdbackPercent: String(canary.holdbackPercent),
    holdback: spanFrom(canary.holdbackMs),
    standby: spanFrom(blueGreen.standbyMs),
    watch: spanFrom(allAtOnce.watchMs),
    startAt: "",
    warmUp: canary.warmUp,
    shadowPercent: String(canary.shadowPercent),
    shadowThroughout: canary.shadowThroughout,
    alpha: String(canary.analysis.alpha),
    settleCalls: String(canary.analysis.settleCalls),
    shares: usualShares,
    safeguard: canary.safeguard,
    errorLimit: "",
    blockedLimit: "",
    objectives: [],
    deadline: spanFrom(canary.progressDeadlineMs),
    abortOnDeadline: canary.abortOnDeadline,
    rollbackWindow: String(canary.rollbackWindow),
  };
}

/** A step of a plan as it would be typed. */
export function stepDraftFrom(step: RolloutStep): StepDraft {
  const id = newId();
  switch (step.type) {
    case "weight":
      return { id, type: "weight", percent: String(step.percent) };
    case "pause":
      return { id, type: "pause", forPerson: step.forMs === undefined, span: spanFrom(step.forMs ?? 600_000) };
    case "analysis": {
      const within = step.withinMs === undefined ? span("", "d") : spanFrom(step.withinMs);
      return { id, type: "analysis", units: String(step.units), within, proof: step.proof };
    }
    case "suite_gate":
      return { id, type: "suite_gate", suiteId: step.suiteId, atLeastPercent: String(step.atLeastPercent) };
    case "person_gate":
      return { id, type: "person_gate", question: step.question };
  }
}

export function newId(): Id {
  return crypto.randomUUID();
}

/** A new step of a kind, as good a guess as any. */
export function newStep(type: StepDraft["type"]): StepDraft {
  const id = newId();
  switch (type) {
    case "weight":
      return { id, type, percent: "50" };
    case "pause":
      return { id, type, forPerson: false, span: span("10", "min") };
    case "analysis":
      return { id, type, units: "100", within: span("1", "d"), proof: false };
    case "suite_gate":
      return { id, type, suiteId: null, atLeastPercent: "100" };
    case "person_gate":
      return { id, type, question: "Does it answer as it should?" };
  }
}
