import {
  rolloutMetric,
  type RolloutMetric,
  type RolloutObjective,
  rolloutPlan,
  type RolloutPlan,
} from "../../../../../shared/contract/rollout-plan.ts";
import { type SpanDraft, span } from "../typed-numbers.ts";

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
  readonly shares: Readonly<Record<RolloutMetric, string>>;
  readonly errorLimit: string;
  readonly blockedLimit: string;
  readonly objectives: readonly ObjectiveDraft[];
  readonly deadline: SpanDraft;
  readonly abortOnDeadline: boolean;
  readonly rollbackWindow: string;
}

const metrics = rolloutMetric.options;
const usual = rolloutPlan.parse({ strategy: "all_at_once" }).analysis.metrics;
const usualShares = Object.fromEntries(
  metrics.map((metric) => [metric, String(Math.round((usual[metric] ?? 0) * 100))]),
) as PlanDraft["shares"]; // an entry a metric

/** The draft of a plan with everything as the contract has it by default. */
export function draftWith(steps: readonly StepDraft[]): PlanDraft {
  return {
    strategy: "canary",
    steps,
    previewSteps: [{ id: newId(), type: "person_gate", question: "Does the candidate answer as it should?" }],
    holdbackPercent: "0",
    holdback: span("1", "h"),
    standby: span("10", "min"),
    watch: span("10", "min"),
    startAt: "",
    warmUp: true,
    shadowPercent: "0",
    shadowThroughout: false,
    alpha: "0.05",
    shares: usualShares,
    errorLimit: "",
    blockedLimit: "",
    objectives: [],
    deadline: span("1", "d"),
    abortOnDeadline: false,
    rollbackWindow: "1",
  };
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
