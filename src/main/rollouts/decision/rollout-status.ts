import type { RolloutPlan } from "../../../shared/contract/rollout-plan.ts";
import type { RolloutStatus, StableRecord } from "../../../shared/contract/rollout-status.ts";
import { assertNever } from "../../base/failure.ts";

/** The status of a rollout that was asked for and has not done anything yet. */
export function initialStatus(plan: RolloutPlan, nowMs: number, stableBefore?: StableRecord): RolloutStatus {
  return {
    state: plan.startAtMs !== undefined && plan.startAtMs > nowMs ? "scheduled" : "progressing",
    pause: null,
    step: 0,
    stepSinceMs: nowMs,
    stepUntilMs: null,
    stepUnits: 0,
    pausedAtMs: null,
    candidatePercent: 0,
    switched: false,
    warmed: false,
    progressAtMs: nowMs,
    deadlineReported: false,
    stuckReported: false,
    watchUntilMs: null,
    accepted: [],
    ...(stableBefore && { stableBefore }),
    reason: null,
  };
}

/** When time alone may next change something; null when only facts and commands can. */
export function nextTimerAtMs(plan: RolloutPlan, status: RolloutStatus): number | null {
  switch (status.state) {
    case "scheduled":
      return plan.startAtMs ?? 0;
    case "progressing": {
      const times = [
        ...(status.stepUntilMs === null ? [] : [status.stepUntilMs]),
        ...(status.deadlineReported ? [] : [status.progressAtMs + plan.progressDeadlineMs + 1]),
      ];
      return times.length === 0 ? null : Math.min(...times);
    }
    case "paused":
      return status.pause?.reason === "timed" ? status.pause.untilMs : null;
    case "promoting":
      return status.watchUntilMs;
    case "aborting":
    case "degraded":
    case "healthy":
      return null;
    default:
      return assertNever(status.state);
  }
}

/** Whether a rollout is still in progress. */
export function isActive(state: RolloutStatus["state"]): boolean {
  switch (state) {
    case "scheduled":
    case "progressing":
    case "paused":
    case "promoting":
      return true;
    case "aborting":
    case "healthy":
    case "degraded":
      return false;
    default:
      return assertNever(state);
  }
}
