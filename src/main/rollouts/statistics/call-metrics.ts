import type { InferenceId, RolloutId } from "../../../shared/contract/ids.ts";
import type { Severity } from "../../../shared/contract/guardrails.ts";
import type { Arm } from "../../../shared/contract/rollout-plan.ts";
import type { AnalysisUnit } from "../../../shared/contract/rollout-status.ts";
import type { Outcome } from "../../../shared/contract/logs.ts";

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
  /** Loading the model, where it was not in memory; part of the two latencies below. */
  readonly loadMs: number | null;
  readonly decodeMs: number | null;
  readonly firstTokenMs: number | null;
  readonly totalMs: number | null;
}

/** A call of an arm as it was routed. */
export type BegunCall = Pick<EndedCall, "id" | "arm" | "armPercent" | "session" | "startedAtMs">;

/** What of a call its metrics are made of. */
export type CallFacts = Pick<
  EndedCall,
  "outcome" | "severity" | "byItsArm" | "completionTokens" | "loadMs" | "decodeMs" | "firstTokenMs" | "totalMs"
>;

/** What a limit and the figures of an arm count. */
export interface CallFailureFlags {
  /** The arm's version did not answer, whether or not a fallback did. */
  readonly error: boolean;
  readonly fallback: boolean;
  /** Medium or worse. */
  readonly violation: boolean;
  /** High or critical. */
  readonly held: boolean;
  readonly critical: boolean;
}

export function failureFlagsOf({ outcome, severity, byItsArm }: CallFacts): CallFailureFlags {
  return {
    error: outcome === "failed" || !byItsArm,
    fallback: !byItsArm,
    // What a fallback said is not this arm's doing.
    violation: byItsArm && severity !== "none" && severity !== "low",
    critical: byItsArm && severity === "critical",
    held: byItsArm && (outcome === "held" || severity === "high" || severity === "critical"),
  };
}

/**
 * The metrics of one call: functions of what its arm's version did, so that two versions that do the same have the same.
 *
 * - Latencies are of answers that came to their own end. A call that failed or was blocked says nothing of how long a whole one
 *   takes; one that a fallback answered took its fallback's time too, and the candidate always has a fallback.
 * - One that a reader stopped took at least so long, and its pace is known: readers stop what is slow, and without those the
 *   others would look fast.
 * - Loading the model is left out: who is asked seldom is seldom in memory, and which of the arms that is the weights decide.
 */
export function metricsOf(call: CallFacts): AnalysisUnit["metrics"] {
  const { error, violation } = failureFlagsOf(call);
  const metrics: AnalysisUnit["metrics"] = { errors: error ? 1 : 0, fallbacks: needsFallback(call) ? 1 : 0 };
  if (call.byItsArm) metrics.violations = violation ? 1 : 0;
  if (error) return metrics;
  const loadMs = call.loadMs ?? 0;
  const firstTokenMs = call.firstTokenMs === null ? null : call.firstTokenMs - loadMs;
  if (isPositive(firstTokenMs)) metrics.firstTokenMs = firstTokenMs;
  if (call.outcome === "held") return metrics;
  const totalMs = call.totalMs === null ? null : call.totalMs - loadMs;
  if (isPositive(totalMs)) {
    metrics.tail = totalMs;
    if (call.outcome !== "stopped") metrics.totalMs = totalMs;
  }
  const decodeMs = call.decodeMs ?? streamedMs(call);
  if (isPositive(decodeMs) && isPositive(call.completionTokens)) metrics.msPerToken = decodeMs / call.completionTokens;
  return metrics;
}

/** Its version failed before it said anything: where there is a fallback, that is turned to. */
function needsFallback({ byItsArm, outcome, firstTokenMs }: CallFacts): boolean {
  return !byItsArm || (outcome === "failed" && firstTokenMs === null);
}

/** Where the server does not say how long it decoded: from the first token to the end. */
function streamedMs({ totalMs, firstTokenMs }: CallFacts): number | null {
  return totalMs === null || firstTokenMs === null ? null : totalMs - firstTokenMs;
}

function isPositive(value: number | null): value is number {
  return value !== null && value > 0;
}
