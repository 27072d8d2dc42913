import type { InferenceId, RolloutId } from "../../shared/contract/ids.ts";
import type { Severity } from "../../shared/contract/guardrails.ts";
import type { Arm } from "../../shared/contract/rollout-plan.ts";
import type { AnalysisUnit } from "../../shared/contract/rollout-status.ts";
import type { Outcome } from "../../shared/contract/logs.ts";

/** A call of a rollout that has ended, as the log has it. Latencies in milliseconds. */
export interface EndedCall {
  readonly id: InferenceId;
  readonly rolloutId: RolloutId;
  readonly arm: Arm;
  /** The candidate's share when it was routed, 0 to 100. */
  readonly armPercent: number;
  readonly session: string | null;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly outcome: Exclude<Outcome, "running" | "interrupted">;
  readonly severity: Severity | "none";
  /** False where a fallback was turned to. */
  readonly byItsArm: boolean;
  readonly completionTokens: number | null;
  readonly decodeMs: number | null;
  readonly firstTokenMs: number | null;
  readonly totalMs: number | null;
}

/** A call of an arm as it was routed. */
export type BegunCall = Pick<EndedCall, "id" | "arm" | "armPercent" | "session" | "startedAtMs">;

/** What of a call its metrics are made of. */
export type CallFacts = Pick<
  EndedCall,
  "outcome" | "severity" | "byItsArm" | "completionTokens" | "decodeMs" | "firstTokenMs" | "totalMs"
>;

/** What a limit and the figures of an arm count. */
export interface CallFaults {
  /** The arm's version did not answer, whether or not a fallback did. */
  readonly error: boolean;
  readonly fallback: boolean;
  /** Medium or worse. */
  readonly violation: boolean;
  /** High or critical. */
  readonly held: boolean;
}

export function faultsOf({ outcome, severity, byItsArm }: CallFacts): CallFaults {
  return {
    error: outcome === "failed" || !byItsArm,
    fallback: !byItsArm,
    // What a fallback said is not this arm's doing.
    violation: byItsArm && severity !== "none" && severity !== "low",
    held: byItsArm && (outcome === "held" || severity === "high" || severity === "critical"),
  };
}

/**
 * The metrics of one call. Latencies are of answers that came to their own end: one that failed or was held says nothing of how
 * long a whole one takes. One that a reader stopped took at least so long, and its pace is known: readers stop what is slow, and
 * without those the others would look fast. A fallback's answer counts with what the reader waited for, not with its own speed.
 */
export function metricsOf(call: CallFacts): AnalysisUnit["metrics"] {
  const { error, fallback, violation } = faultsOf(call);
  const metrics: AnalysisUnit["metrics"] = { errors: error ? 1 : 0, fallbacks: fallback ? 1 : 0 };
  if (call.byItsArm) metrics.violations = violation ? 1 : 0;
  if (call.outcome === "failed") return metrics;
  if (isPositive(call.firstTokenMs)) metrics.firstTokenMs = call.firstTokenMs;
  if (call.outcome === "held") return metrics;
  if (isPositive(call.totalMs)) {
    metrics.tail = call.totalMs;
    if (call.outcome !== "stopped") metrics.totalMs = call.totalMs;
  }
  const decodeMs = call.decodeMs ?? streamedMs(call);
  if (call.byItsArm && isPositive(decodeMs) && isPositive(call.completionTokens))
    metrics.msPerToken = decodeMs / call.completionTokens;
  return metrics;
}

/** Where the server does not say how long it decoded: from the first token to the end. */
function streamedMs({ totalMs, firstTokenMs }: CallFacts): number | null {
  return totalMs === null || firstTokenMs === null ? null : totalMs - firstTokenMs;
}

function isPositive(value: number | null): value is number {
  return value !== null && value > 0;
}
