import type { Actor } from "../../../shared/contract/actor.ts";
import type { RolloutPlan, RolloutStep } from "../../../shared/contract/rollout-plan.ts";
import type { PauseReason, RolloutEvent, RolloutStatus } from "../../../shared/contract/rollout-status.ts";
import { causeText } from "../../../shared/rollout-waiting-text.ts";
import type { RolloutCause } from "../../../shared/contract/rollout-waiting.ts";
import { stepsOf } from "../../../shared/rollout-labels.ts";
import type { RolloutFacts } from "./rollout-facts.ts";

type NewEvent = Omit<RolloutEvent, "sequence">;

/** What a decision has at hand. */
interface DecidedOn {
  readonly plan: RolloutPlan;
  readonly status: RolloutStatus;
  readonly facts: RolloutFacts;
  readonly nowMs: number;
  /** Who is named in the events. */
  readonly by: Actor;
}

/** A rollout's status while it is decided on: each change adds the event that reports it. */
export class StatusDraft {
  readonly plan: RolloutPlan;
  readonly steps: readonly RolloutStep[];
  readonly facts: RolloutFacts;
  readonly nowMs: number;
  readonly by: Actor;
  readonly events: NewEvent[] = [];
  status: RolloutStatus;

  constructor({ plan, status, facts, nowMs, by }: DecidedOn) {
    this.plan = plan;
    this.steps = stepsOf(plan);
    this.status = status;
    this.facts = facts;
    this.nowMs = nowMs;
    this.by = by;
  }

  /** The step it stands at; undefined when all are done. */
  get step(): RolloutStep | undefined {
    return this.steps[this.status.step];
  }

  pause(reason: PauseReason, untilMs: number | null, why: string | RolloutCause): void {
    const { message, ...numbers } = explained(why);
    this.addEvent("paused", message);
    this.patch({
      state: "paused",
      pause: { reason, untilMs, message, ...numbers },
      pausedAtMs: this.status.pausedAtMs ?? this.nowMs,
    });
  }

  unpause(): void {
    const { pausedAtMs } = this.status;
    if (pausedAtMs === null) return;
    this.patch({
      state: this.status.state === "paused" ? (this.status.switched ? "promoting" : "progressing") : this.status.state,
      pause: null,
      pausedAtMs: null,
      // A clock that went back must not make the deadline come sooner.
      progressAtMs: this.status.progressAtMs + Math.max(0, this.nowMs - pausedAtMs),
    });
  }

  /** Goes on to the step after this one, with counts and times of its own. */
  nextStep(): void {
    this.patch({
      step: this.status.step + 1,
      stepSinceMs: this.nowMs,
      stepUntilMs: null,
      stepUnits: this.facts.units.stable + this.facts.units.candidate,
      accepted: this.status.accepted.filter((one) => one === "shadow"),
      progressAtMs: this.nowMs,
      deadlineReported: false,
      stuckReported: false,
    });
    const left = this.steps.length - this.status.step;
    this.addEvent("step", left > 0 ? `Step ${this.status.step + 1} of ${this.steps.length}` : "All steps are done");
  }

  /** Gives the candidate this share of the calls, 0 to 100. */
  setWeight(percent: number): void {
    if (percent === this.status.candidatePercent) return;
    this.patch({ candidatePercent: percent });
    this.addEvent("weight", `The candidate gets ${percent} % of the calls`);
  }

  /** Takes every call back; the weight is never raised by it. */
  abort(why: string | RolloutCause): void {
    const { message: reason, cause } = explained(why);
    this.patch({
      state: "aborting",
      pause: null,
      pausedAtMs: null,
      candidatePercent: 0,
      step: 0,
      switched: false,
      watchUntilMs: null,
      reason,
      cause,
    });
    this.addEvent("aborting", reason);
  }

  finish(state: "healthy" | "degraded", message: string): void {
    this.patch({ state, pause: null, pausedAtMs: null, watchUntilMs: null });
    this.addEvent(state, message);
  }

  patch(change: Partial<RolloutStatus>): void {
    this.status = { ...this.status, ...change };
  }

  addEvent(type: RolloutEvent["type"], message: string): void {
    this.events.push({
      atMs: this.nowMs,
      type,
      message,
      by: this.by,
      candidatePercent: this.status.candidatePercent,
    });
  }
}

/** A message with the numbers it is about, where there are any. */
function explained(why: string | RolloutCause): { readonly message: string; readonly cause?: RolloutCause } {
  return typeof why === "string" ? { message: why } : { message: causeText(why), cause: why };
}
