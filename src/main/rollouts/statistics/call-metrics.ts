import type { InferenceId, RolloutId } from "../../../shared/contract/ids.ts";
import type { Severity } from "../../../shared/contract/guardrails.ts";
import type { Arm } from "../../../shared/contract/rollout-plan.ts";
import type { Outcome } from "../../../shared/contract/logs.ts";
import type { Measured } from "./measures.ts";

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
  /** Of the text that came, thoughts included; null where that is not known. */
  readonly textBytes: number | null;
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
  | "outcome"
  | "severity"
  | "byItsArm"
  | "completionTokens"
  | "textBytes"
  | "loadMs"
  | "decodeMs"
  | "firstTokenMs"
  | "totalMs"
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

/** A server that reports less than this had the model in memory. */
const loadedFromMs = 300;

/** Whether a call had to wait for its model to be loaded. */
export function hasLoaded({ loadMs }: Pick<CallFacts, "loadMs">): boolean {
  return loadMs !== null && loadMs >= loadedFromMs;
}

/**
 * The metrics of one call: functions of what its arm's version did, so that two versions that do the same have the same.
 *
 * - Latencies are of answers that came to their own end. A call that failed or was blocked says nothing of how long a whole one
 *   takes; one that a fallback answered took its fallback's time too, and the candidate always has a fallback.
 * - One that a reader stopped went at its pace, or was silent for at least so long: readers stop what is slow, and without those
 *   the others would look fast.
 * - A token's time is taken by every clock that has it: the server's over n tokens, ours over the n - 1 gaps between the first and the
 *   last, and ours over the bytes of the text. Which of them both arms have, and so which is compared, is for the evidence.
 * - Loading the model is left out: who is asked seldom is seldom in memory, and which of the arms that is the weights decide. What
 *   was in memory beside it is lost too (the prompt's cache), so a call that loaded has a pace, and no first token or total.
 */
export function metricsOf(call: CallFacts): Measured {
  const { error, violation } = failureFlagsOf(call);
  const metrics: Measured = { errors: error ? 1 : 0, fallbacks: needsFallback(call) ? 1 : 0 };
  if (call.byItsArm) metrics.violations = violation ? 1 : 0;
  const loaded = hasLoaded(call);
  if (loaded && call.byItsArm && call.loadMs !== null) metrics.loadMs = call.loadMs;
  if (error) return metrics;
  const loadMs = call.loadMs ?? 0;
  const isStopped = call.outcome === "stopped";
  const silentMs = call.firstTokenMs ?? (isStopped ? call.totalMs : null);
  const firstTokenMs = silentMs === null ? null : silentMs - loadMs;
  if (!loaded && isPositive(firstTokenMs)) metrics.firstTokenMs = firstTokenMs;
  if (call.outcome === "held") return metrics;
  const totalMs = call.totalMs === null ? null : call.totalMs - loadMs;
  if (!loaded && !isStopped && isPositive(totalMs)) metrics.totalMs = totalMs;
  return Object.assign(metrics, paceOf(call));
}

/** The time of a token and of a byte, by each clock; `msPerToken` is the server's where it has one, else ours. */
function paceOf({ completionTokens, textBytes, decodeMs, firstTokenMs, totalMs }: CallFacts): Partial<Measured> {
  const pace: Partial<Measured> = {};
  if (isPositive(decodeMs) && isPositive(completionTokens)) pace.serverMsPerToken = decodeMs / completionTokens;
  const streamedMs = totalMs === null || firstTokenMs === null ? null : totalMs - firstTokenMs;
  if (isPositive(streamedMs)) {
    if (completionTokens !== null && completionTokens > 1) pace.ownMsPerToken = streamedMs / (completionTokens - 1);
    if (isPositive(textBytes)) pace.msPerByte = streamedMs / textBytes;
  }
  const msPerToken = pace.serverMsPerToken ?? pace.ownMsPerToken;
  if (msPerToken !== undefined) pace.msPerToken = msPerToken;
  return pace;
}

/** Its version failed before it said anything: where there is a fallback, that is turned to. */
function needsFallback({ byItsArm, outcome, firstTokenMs }: CallFacts): boolean {
  return !byItsArm || (outcome === "failed" && firstTokenMs === null);
}

function isPositive(value: number | null): value is number {
  return value !== null && value > 0;
}
