import { counted } from "../../../shared/format.ts";
import type { RolloutPlan } from "../../../shared/contract/rollout-plan.ts";
import type { RolloutStatus } from "../../../shared/contract/rollout-status.ts";
import { assertNever } from "../../base/failure.ts";
import { stepsOf } from "../../../shared/rollout-labels.ts";
import type { RolloutFacts } from "./rollout-facts.ts";

/** What a unit of the rollout is called. */
export type UnitName = "session" | "call";

/** What a rollout waits for, in a sentence without a full stop; and why that did not work yet, where it did not. */
export function waitingFor(
  plan: RolloutPlan,
  status: RolloutStatus,
  facts: RolloutFacts,
  nowMs: number,
  unit: UnitName,
): string {
  const sentence = waited(plan, status, facts, nowMs, unit);
  if (facts.failing === null) return sentence;
  return `${sentence}. That did not work yet, and is tried again: ${facts.failing.error}`;
}

function waited(plan: RolloutPlan, status: RolloutStatus, facts: RolloutFacts, nowMs: number, unit: UnitName): string {
  switch (status.state) {
    case "scheduled":
      return `Starts in ${span((plan.startAtMs ?? nowMs) - nowMs)}`;
    case "progressing":
      return progress(plan, status, facts, nowMs, unit);
    case "paused":
      return pause(status, nowMs);
    case "promoting":
      return promotion(status, facts, nowMs);
    case "aborting":
      return "Taking every call back to the stable version";
    case "degraded":
      return `Rolled back: ${lowerFirst(status.reason ?? "aborted")}. Retry it, or roll out another version`;
    case "healthy":
      return "Nothing: the candidate is the stable version now";
    default:
      return assertNever(status.state);
  }
}

function progress(
  plan: RolloutPlan,
  status: RolloutStatus,
  facts: RolloutFacts,
  nowMs: number,
  unit: UnitName,
): string {
  if (plan.warmUp && !status.warmed) return "Waiting for the candidate to be loaded";
  const step = stepsOf(plan)[status.step];
  if (step?.type !== "analysis") return "Going on to the next step";
  const left = status.stepUnits + step.units - facts.units.stable - facts.units.candidate;
  const against = `evidence ${figure(facts.evidence)} of ${figure(facts.threshold)} against the candidate`;
  const atMost = status.stepUntilMs === null ? "" : `; at most ${span(status.stepUntilMs - nowMs)} more`;
  const { unitsUnderWay } = facts;
  const underWay = unitsUnderWay === 0 ? "" : ` (${counted(unitsUnderWay, unit)} under way)`;
  if (left > 0) return `Waiting for ${counted(left, `more ${unit}`)}${underWay}; ${against}${atMost}`;
  if (facts.units.candidate === 0) return `Waiting for a first ${unit} on the candidate; ${against}${atMost}`;
  if (facts.units.stable === 0) return `Waiting for a first ${unit} on the stable version; ${against}${atMost}`;
  return `Waiting for proof that the candidate is not slower by more than a quarter: ${figure(facts.pass)} of ${figure(facts.passThreshold)}; ${against}${atMost}`;
}

function pause({ pause: paused }: RolloutStatus, nowMs: number): string {
  if (!paused) return "Paused";
  switch (paused.reason) {
    case "timed":
      return paused.untilMs === null
        ? "Paused by the plan"
        : `Paused by the plan for ${span(paused.untilMs - nowMs)} more`;
    case "person":
      return `Waiting for a person to resume it: ${lowerFirst(paused.message)}`;
    case "inconclusive":
      return `Waiting for a person to resume or abort it: ${lowerFirst(paused.message)}`;
    case "gate":
      return `Waiting at a gate: ${paused.message}`;
    default:
      return assertNever(paused.reason);
  }
}

function promotion({ watchUntilMs, candidatePercent }: RolloutStatus, facts: RolloutFacts, nowMs: number): string {
  if (watchUntilMs !== null && nowMs < watchUntilMs) {
    const kept =
      candidatePercent < 100 ? `; ${figure(100 - candidatePercent)} % stay on the old version for comparison` : "";
    return `Watching the candidate for ${span(watchUntilMs - nowMs)} more${kept}`;
  }
  return facts.assigned ? "Finishing" : "Waiting for the candidate to be written down as the stable version";
}

function figure(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

/** To the largest unit that says it in one number or two. */
export function span(givenMs: number): string {
  const seconds = Math.max(0, Math.ceil(givenMs / 1_000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.round(hours / 24)} days`;
}

function lowerFirst(text: string): string {
  // “AI found …” and the like keep their capitals.
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
