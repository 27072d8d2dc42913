import type { RolloutPlan } from "../../../shared/contract/rollout-plan.ts";
import type { RolloutStatus } from "../../../shared/contract/rollout-status.ts";
import type { WaitingFor, WaitingPart } from "../../../shared/contract/rollout-waiting.ts";
import { stepsOf } from "../../../shared/rollout-labels.ts";
import { assertNever } from "../../base/failure.ts";
import type { RolloutFacts } from "./rollout-facts.ts";

/** What a unit of the rollout is called. */
export type UnitName = "session" | "call";

/** What a rollout waits for, as parts with their numbers; last why that did not work yet, where it did not. */
export function waitingFor(
  plan: RolloutPlan,
  status: RolloutStatus,
  facts: RolloutFacts,
  nowMs: number,
  unit: UnitName,
): WaitingFor {
  const parts = partsOf(plan, status, facts, nowMs, unit);
  return facts.failing === null ? parts : [...parts, { kind: "failing", error: facts.failing.error }];
}

function partsOf(
  plan: RolloutPlan,
  status: RolloutStatus,
  facts: RolloutFacts,
  nowMs: number,
  unit: UnitName,
): WaitingPart[] {
  switch (status.state) {
    case "scheduled":
      return [{ kind: "start", atMs: plan.startAtMs ?? nowMs }];
    case "progressing":
      return progress(plan, status, facts, unit);
    case "paused":
      return [pause(plan, status)];
    case "promoting":
      return [promotion(status, facts, nowMs)];
    case "aborting":
      return [{ kind: "rolling_back" }];
    case "degraded":
      return [{ kind: "rolled_back", message: status.reason ?? "aborted", ...numbersOf(status) }];
    case "healthy":
      return [{ kind: "promoted" }];
    default:
      return assertNever(status.state);
  }
}

function progress(plan: RolloutPlan, status: RolloutStatus, facts: RolloutFacts, unit: UnitName): WaitingPart[] {
  if (plan.warmUp && !status.warmed) return [{ kind: "warm_up" }];
  const step = stepsOf(plan)[status.step];
  if (step?.type !== "analysis") return [{ kind: "next_step" }];
  return [
    missing(status.stepUnits + step.units, facts, unit),
    { kind: "evidence", evidence: facts.evidence, threshold: facts.threshold },
    ...(status.stepUntilMs === null ? [] : [{ kind: "step_ends" as const, atMs: status.stepUntilMs }]),
  ];
}

/** What an analysis that ends with so many units still has to see. */
function missing(untilUnits: number, facts: RolloutFacts, unit: UnitName): WaitingPart {
  const { units, unitsInProgress, pass, passThreshold } = facts;
  const left = untilUnits - units.stable - units.candidate;
  if (left > 0) return { kind: "units", left, unit, inProgress: unitsInProgress };
  if (units.candidate === 0) return { kind: "first_unit", arm: "candidate", unit };
  if (units.stable === 0) return { kind: "first_unit", arm: "stable", unit };
  return { kind: "proof", pass, threshold: passThreshold };
}

function pause(plan: RolloutPlan, { pause: paused, step }: RolloutStatus): WaitingPart {
  if (!paused) return { kind: "plan_pause", untilMs: null };
  const { message } = paused;
  switch (paused.reason) {
    case "timed":
      return { kind: "plan_pause", untilMs: paused.untilMs };
    case "person":
      return { kind: "person", toDecide: "resume", message, ...numbersOf(paused) };
    case "inconclusive":
      return { kind: "person", toDecide: "resume_or_abort", message, ...numbersOf(paused) };
    case "gate": {
      const gate = stepsOf(plan)[step];
      return { kind: "gate", question: message, suiteId: gate?.type === "suite_gate" ? gate.suiteId : null };
    }
    default:
      return assertNever(paused.reason);
  }
}

function promotion({ watchUntilMs, candidatePercent }: RolloutStatus, facts: RolloutFacts, nowMs: number): WaitingPart {
  if (watchUntilMs !== null && nowMs < watchUntilMs)
    return { kind: "watch", untilMs: watchUntilMs, holdbackPercent: 100 - candidatePercent };
  return { kind: facts.assigned ? "finishing" : "assignment" };
}

function numbersOf({ cause }: Pick<RolloutStatus, "cause">): Pick<RolloutStatus, "cause"> {
  return cause ? { cause } : {};
}
