import type { RolloutPlan } from "../../../shared/contract/rollout-plan.ts";
import { measuredMetrics } from "../../../shared/rollout-labels.ts";
import { Failure } from "../../base/failure.ts";

/** What a plan could never do; null where it can. */
export function planProblem(plan: RolloutPlan): Failure | null {
  if (plan.strategy !== "canary") return null;
  const { metrics } = plan.analysis;
  if (!measuredMetrics.some((metric) => (metrics[metric] ?? 0) > 0))
    return refusal(
      "plan.analysis.metrics",
      JSON.stringify(metrics),
      "Nothing would be compared: no metric that a rollout measures has a share of the evidence.",
      `Give a share above 0 to one of ${measuredMetrics.join(", ")}.`,
    );
  let percent = 0;
  for (const [index, step] of plan.steps.entries()) {
    if (step.type === "weight") {
      if (step.percent < percent)
        return refusal(
          `plan.steps.${index}.percent`,
          String(step.percent),
          `Step ${index + 1} lowers the weight from ${percent} % to ${step.percent} %.`,
          "Let weights grow from step to step; to take a version back, abort.",
        );
      percent = step.percent;
    }
    if (step.type === "analysis" && (percent <= 0 || percent >= 100))
      return refusal(
        `plan.steps.${index}`,
        `analysis at ${percent} %`,
        `Step ${index + 1} compares the arms while ${percent === 0 ? "the candidate" : "the stable version"} gets no calls.`,
        "Put a weight between 0 and 100 before it.",
      );
  }
  return null;
}

function refusal(field: string, value: string, message: string, remedy: string): Failure {
  return new Failure("BAD_REQUEST", message, { field, value, remedy });
}
