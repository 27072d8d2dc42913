import {
  rolloutMetric,
  type RolloutMetric,
  type RolloutPlan,
  type RolloutStep,
} from "../../../../../shared/contract/rollout-plan.ts";
import { type Errors, readNumber, readSpan, type SpanDraft } from "../typed-numbers.ts";
import type { PlanDraft } from "./plan-draft.ts";
import { readSteps } from "./read-steps.ts";

/** What is read of a draft: the plan where nothing is wrong, and what is wrong by the plan's own path to the field. */
export interface ReadPlan {
  readonly plan: RolloutPlan | null;
  readonly errors: Errors;
}

export function readPlan(draft: PlanDraft): ReadPlan {
  const errors: Record<string, string> = {};
  const number = (path: string, typed: string, low: number, high: number, whole = false): number => {
    const { value, error } = readNumber(typed, low, high, whole);
    if (error !== null) errors[path] = error;
    return value;
  };
  const time = (path: string, typed: SpanDraft): number => {
    const { value, error } = readSpan(typed);
    if (error !== null) errors[path] = error;
    return value;
  };
  const optional = (path: string, typed: string): number | undefined =>
    typed.trim() === "" ? undefined : number(path, typed, 0, 1_000_000_000, true);
  const errorLimit = optional("limits.errors", draft.errorLimit);
  const blockedLimit = optional("limits.held", draft.blockedLimit);
  const startAtMs = readStart(draft.startAt, errors);
  const metrics = readShares(draft.shares, errors);
  const common = {
    ...(startAtMs !== undefined && { startAtMs }),
    warmUp: draft.warmUp,
    shadowPercent: number("shadowPercent", draft.shadowPercent, 0, 100),
    shadowThroughout: draft.shadowThroughout,
    analysis: {
      metrics,
      alpha: number("analysis.alpha", draft.alpha, 0.0001, 0.5),
      settleCalls: number("analysis.settleCalls", draft.settleCalls, 0, 100, true),
    },
    safeguard: draft.safeguard,
    limits: {
      ...(errorLimit !== undefined && { errors: errorLimit }),
      ...(blockedLimit !== undefined && { held: blockedLimit }),
    },
    objectives: draft.objectives.map(({ metric, atMost }, index) => {
      const share = metric === "errors" || metric === "violations";
      const typed = number(`objectives.${index}.atMost`, atMost, share ? 0.001 : 0.1, share ? 100 : 86_400_000);
      return { metric, atMost: share ? typed / 100 : typed };
    }),
    progressDeadlineMs: time("progressDeadlineMs", draft.deadline),
    abortOnDeadline: draft.abortOnDeadline,
    rollbackWindow: number("rollbackWindow", draft.rollbackWindow, 0, 20, true),
  };
  const plan = planFrom(draft, common, { errors, number, time });
  return { plan: Object.keys(errors).length === 0 ? plan : null, errors };
}

interface Reading {
  readonly errors: Record<string, string>;
  readonly number: (path: string, typed: string, low: number, high: number, whole?: boolean) => number;
  readonly time: (path: string, typed: SpanDraft) => number;
}

type Common = Omit<Extract<RolloutPlan, { strategy: "all_at_once" }>, "strategy" | "watchMs">;

function planFrom(draft: PlanDraft, common: Common, { errors, number, time }: Reading): RolloutPlan {
  switch (draft.strategy) {
    case "canary":
      return {
        ...common,
        strategy: "canary",
        steps: [...readSteps(draft.steps, "steps", errors)],
        holdbackPercent: number("holdbackPercent", draft.holdbackPercent, 0, 50),
        holdbackMs: time("holdbackMs", draft.holdback),
      };
    case "blue_green":
      return {
        ...common,
        strategy: "blue_green",
        previewSteps: readSteps(draft.previewSteps, "previewSteps", errors).filter(isPreview),
        standbyMs: time("standbyMs", draft.standby),
      };
    case "all_at_once":
      return { ...common, strategy: "all_at_once", watchMs: time("watchMs", draft.watch) };
  }
}

type PreviewStep = Extract<RolloutPlan, { strategy: "blue_green" }>["previewSteps"][number];

/** A preview has no weights and nothing to compare; its editor offers neither. */
function isPreview(step: RolloutStep): step is PreviewStep {
  return step.type !== "weight" && step.type !== "analysis";
}

function readStart(typed: string, errors: Record<string, string>): number | undefined {
  if (typed === "") return undefined;
  const atMs = new Date(typed).getTime();
  if (!Number.isFinite(atMs)) {
    errors["startAtMs"] = "Give a day and a time, or leave it empty to start at once.";
    return undefined;
  }
  return atMs;
}

function readShares(shares: PlanDraft["shares"], errors: Record<string, string>): RolloutPlan["analysis"]["metrics"] {
  const read: Partial<Record<RolloutMetric, number>> = {};
  for (const metric of rolloutMetric.options) {
    const typed = shares[metric].trim();
    const { value, error } = readNumber(typed === "" ? "0" : typed, 0, 100, false);
    if (error !== null) errors[`analysis.metrics.${metric}`] = error;
    else if (value > 0) read[metric] = value / 100;
  }
  if (Object.keys(read).length === 0) errors["analysis.metrics"] = "Give at least one metric a share.";
  return read;
}
