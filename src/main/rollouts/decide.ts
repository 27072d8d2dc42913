import type { RolloutPlan, RolloutStep } from "../../shared/contract/rollout-plan.ts";
import type { PauseReason, RolloutEvent, RolloutStatus } from "../../shared/contract/rollout-status.ts";
import { stepsOf } from "../../shared/rollout-words.ts";
import { assertNever } from "../failure.ts";
import type { Asked, FailingWork, RolloutFacts } from "./rollout-facts.ts";
import { initialStatus, isActive } from "./rollout-status.ts";

/** Of loading the candidate or running a suite, before somebody is told: one that fails may be chance. */
const triesUntilTold = 3;

type NewEvent = Omit<RolloutEvent, "sequence">;

export interface Decision {
  readonly status: RolloutStatus;
  readonly events: readonly NewEvent[];
}

/**
 * Where a rollout stands next: pure, and at rest when it returns, so that deciding again on the same facts changes nothing.
 * A command is applied first. The stable version's share is always 100 less the candidate's.
 */
export function decide(
  plan: RolloutPlan,
  status: RolloutStatus,
  facts: RolloutFacts,
  nowMs: number,
  asked: Asked | null = null,
): Decision {
  const deciding = new Deciding(plan, status, facts, nowMs, asked?.by ?? "Taleward");
  if (asked) deciding.command(asked);
  deciding.settle();
  return { status: deciding.status, events: deciding.events };
}

class Deciding {
  readonly events: NewEvent[] = [];
  status: RolloutStatus;
  readonly #plan: RolloutPlan;
  readonly #steps: readonly RolloutStep[];
  readonly #facts: RolloutFacts;
  readonly #nowMs: number;
  #by: string;

  constructor(plan: RolloutPlan, status: RolloutStatus, facts: RolloutFacts, nowMs: number, by: string) {
    this.#plan = plan;
    this.#steps = stepsOf(plan);
    this.status = status;
    this.#facts = facts;
    this.#nowMs = nowMs;
    this.#by = by;
  }

  command({ command, reason }: Asked): void {
    const because = reason === null ? "" : `: ${reason}`;
    const { state } = this.status;
    const active = isActive(state);
    switch (command) {
      case "abort":
        if (active) this.#abort(`Aborted by ${this.#by}${because}`);
        return;
      case "retry":
        if (state !== "degraded") return;
        this.status = { ...initialStatus(this.#plan, this.#nowMs), state: "progressing" };
        return this.#tell("retried", `Started again from the first step${because}`);
      case "pause":
        if (!active || state === "scheduled") return;
        return this.#pause("person", null, `Paused by ${this.#by}${because}`);
      case "resume":
        return this.#resume(because);
      case "step":
      case "promote":
        if (!active || state === "scheduled") return;
        if (this.status.switched) return this.#endWatch(because);
        return this.#skip(command === "step" ? "next weight" : "this step", because);
      case "promote_fully":
        // It clears an abort, and an abort that comes after it wins: the last command stands.
        if (state === "healthy" || state === "promoting") return;
        if (this.status.switched) return this.#endWatch(because);
        this.#unpause();
        this.#move({
          state: "progressing",
          reason: null,
          step: this.#steps.length,
          // What is not asked any more may have been unloaded since.
          ...(state === "degraded" && { warmed: false, stuckTold: false, stepSinceMs: this.#nowMs }),
          accepted: ["shadow"],
          progressAtMs: this.#nowMs,
          deadlineTold: false,
        });
        return this.#tell("resumed", `Promoted to the end${because}`);
      default:
        return assertNever(command);
    }
  }

  /** Applies what follows from status and facts until nothing does. */
  settle(): void {
    for (let turn = 0; turn <= 3 * this.#steps.length + 10; turn += 1) {
      const before = this.status;
      this.#advance();
      if (this.status === before) break;
    }
    this.#by = "Taleward";
  }

  #advance(): void {
    const { status } = this;
    switch (status.state) {
      case "scheduled":
        if (this.#nowMs < (this.#plan.startAtMs ?? 0)) return;
        return this.#move({
          state: "progressing",
          progressAtMs: this.#nowMs,
          stepSinceMs: this.#nowMs,
        });
      case "aborting":
        return this.#finish("degraded", status.reason ?? "Aborted");
      case "degraded":
      case "healthy":
        return;
      case "paused":
        if (!this.#breached() && !this.#doubted()) this.#wait();
        return;
      case "promoting":
        if (!this.#breached()) this.#promote();
        return;
      case "progressing":
        if (this.#breached() || this.#doubted() || this.#late()) return;
        return this.#progress();
      default:
        return assertNever(status.state);
    }
  }

  /** What ends a rollout whatever it is doing. True when it did. */
  #breached(): boolean {
    const { facts, limits } = { facts: this.#facts, limits: this.#plan.limits };
    if (this.status.candidatePercent === 0) return false;
    const concurrent = this.status.candidatePercent < 100;
    if (concurrent && facts.evidence >= facts.threshold)
      return this.#fail(
        "evidence",
        `The evidence against the candidate reached ${round(facts.evidence)} of ${round(facts.threshold)}`,
      );
    if (limits.errors !== undefined && facts.errors > limits.errors)
      return this.#fail("limit", `${facts.errors} calls failed on the candidate, ${limits.errors} are tolerated`);
    if (limits.held !== undefined && facts.held > limits.held)
      return this.#fail("limit", `${facts.held} answers of the candidate were held, ${limits.held} are tolerated`);
    const [missed] = facts.missedObjectives;
    return missed !== undefined && this.#fail("objective", missed);
  }

  /**
   * Before the candidate gets any call, what its unseen answers show is a person's to judge: nobody has been harmed, so there
   * is nothing to roll back. True when it is held for that.
   */
  #doubted(): boolean {
    const facts = this.#facts;
    const { candidatePercent, pause, accepted } = this.status;
    if (candidatePercent > 0 || facts.withinRollbackWindow || facts.shadowEvidence < facts.shadowThreshold)
      return false;
    // A person who is waited for already is asked when they go on.
    if (accepted.includes("shadow") || pause?.reason === "inconclusive" || pause?.reason === "person") return false;
    const what = `On the same prompts it is slower: the evidence of its unseen answers reached ${round(facts.shadowEvidence)} of ${round(facts.shadowThreshold)}`;
    this.#tell("inconclusive", what);
    this.#pause("inconclusive", null, what);
    return true;
  }

  /** The deadline speaks of progress, so pauses do not count. True when it ended the rollout. */
  #late(): boolean {
    if (this.status.deadlineTold || this.#nowMs - this.status.progressAtMs <= this.#plan.progressDeadlineMs)
      return false;
    this.#tell("deadline", `No progress for ${minutes(this.#plan.progressDeadlineMs)}`);
    this.#move({ deadlineTold: true });
    if (this.#plan.abortOnDeadline) this.#abort("The progress deadline passed");
    return this.#plan.abortOnDeadline;
  }

  #progress(): void {
    if (this.#plan.warmUp && !this.status.warmed) {
      if (!this.#facts.warmed) return this.#stuck("warm_up", "The candidate could not be loaded");
      this.#move({ warmed: true, stuckTold: false, progressAtMs: this.#nowMs });
      return this.#tell("warmed", "The candidate is loaded");
    }
    const { step } = this.status;
    const next = this.#facts.withinRollbackWindow ? undefined : this.#steps[step];
    if (!next) return this.#beginPromotion();
    switch (next.type) {
      case "weight":
        this.#weigh(next.percent);
        return this.#nextStep();
      case "pause":
        return this.#pauseStep(next.forMs);
      case "analysis":
        return this.#analyse(next);
      case "suite_gate":
        return this.#gate("The test suite is run on the candidate");
      case "person_gate":
        return this.#gate(next.question);
      default:
        return assertNever(next);
    }
  }

  #pauseStep(forMs: number | undefined): void {
    if (forMs === undefined) return this.#pause("person", null, "The plan waits for a person here");
    const untilMs = this.status.stepUntilMs ?? this.#nowMs + forMs;
    if (this.#nowMs >= untilMs) return this.#nextStep();
    this.#move({ stepUntilMs: untilMs });
    this.#pause("timed", untilMs, "The plan waits here");
  }

  #analyse(step: Extract<RolloutStep, { type: "analysis" }>): void {
    const facts = this.#facts;
    const { status } = this;
    if (facts.sampleRatio >= facts.sampleRatioThreshold && !status.accepted.includes("sample_ratio"))
      return this.#pause(
        "inconclusive",
        null,
        "Calls do not fall on the arms as the weight says, so they cannot be compared",
      );
    if (status.stepUntilMs === null && step.withinMs !== undefined)
      return this.#move({ stepUntilMs: this.#nowMs + step.withinMs });
    const units = facts.units.stable + facts.units.candidate - status.stepUnits;
    const enough = units >= step.units && facts.units.stable > 0 && facts.units.candidate > 0;
    if (enough && (!step.proof || facts.pass >= facts.passThreshold)) return this.#nextStep();
    if (status.accepted.includes("inconclusive")) return this.#nextStep();
    if (status.stepUntilMs === null || this.#nowMs < status.stepUntilMs) return;
    const what = enough
      ? `Its time is up, and it is not shown that the candidate is no slower (${round(facts.pass)} of ${round(facts.passThreshold)})`
      : `Its time is up with ${units} of ${step.units} units`;
    this.#tell("inconclusive", what);
    this.#pause("inconclusive", null, what);
  }

  /** The verdict on the gate of the current step; null while there is none. */
  get #verdict(): RolloutFacts["gate"] {
    const { gate } = this.#facts;
    return gate?.step === this.status.step ? gate : null;
  }

  #gate(question: string): void {
    const gate = this.#verdict;
    if (gate === null) return this.#pause("gate", null, question);
    this.#tell("gate", gate.message);
    if (gate.passed) return this.#nextStep();
    this.#abort(gate.message);
  }

  /** While paused: time may be up, a gate may have been decided. */
  #wait(): void {
    const { pause } = this.status;
    if (pause?.reason === "timed" && pause.untilMs !== null && this.#nowMs >= pause.untilMs) {
      this.#unpause();
      this.#tell("resumed", "The pause is over");
    } else if (pause?.reason === "gate" && this.#verdict !== null) this.#unpause();
    else if (pause?.reason === "gate") this.#stuck("suite", "The test suite could not be run on the candidate");
  }

  /** Work that a step waits for and that keeps failing is told of, once a step: it may be in nobody's sight. */
  #stuck(what: FailingWork["what"], message: string): void {
    const { failing } = this.#facts;
    const { stuckTold, step } = this.status;
    if (stuckTold || failing?.what !== what || failing.step !== step || failing.tries < triesUntilTold) return;
    this.#tell("stuck", `${message}, in ${failing.tries} tries. ${failing.error}`);
    this.#move({ stuckTold: true });
  }

  #beginPromotion(): void {
    const plan = this.#plan;
    const held = plan.strategy === "canary" ? 100 - plan.holdbackPercent : 100;
    // A weight never falls but by an abort: sessions that are on the candidate stay there.
    const percent = Math.max(held, this.status.candidatePercent);
    if (this.status.step < this.#steps.length)
      this.#tell("step", "All steps are skipped: it was the stable version until recently");
    // No step is asked any more, neither for its suite nor for a person.
    this.#move({ step: this.#steps.length, stepUntilMs: null });
    this.#weigh(percent);
    const watchMs = watchOf(plan);
    this.#tell(
      plan.strategy === "canary" ? "promoting" : "switched",
      percent < 100
        ? `${plan.strategy === "canary" ? "Promoting" : "Switched"}: ${100 - percent} % stay on the old version for comparison`
        : "All new calls go to the candidate",
    );
    this.#move({
      state: "promoting",
      switched: true,
      watchUntilMs: watchMs === null ? null : this.#nowMs + watchMs,
      progressAtMs: this.#nowMs,
    });
  }

  #promote(): void {
    const { watchUntilMs, candidatePercent } = this.status;
    if (watchUntilMs !== null && this.#nowMs < watchUntilMs) return;
    if (candidatePercent < 100) return this.#weigh(100);
    if (!this.#facts.assigned) return; // the assignment is being written
    this.#finish("healthy", "The candidate answers all calls and is the stable version now");
  }

  #skip(what: "this step" | "next weight", because: string): void {
    this.#accept();
    this.#unpause();
    const current = this.#steps[this.status.step];
    // A weight is taken at once where it can be; skipped alone, what follows it would have nobody to compare.
    if (!current || (what === "this step" && current.type === "weight")) return;
    this.#tell("resumed", `Skipped ${what === "this step" ? "the current step" : "to the next weight"}${because}`);
    this.#nextStep();
    while (what === "next weight") {
      const next = this.#steps[this.status.step];
      if (!next || next.type === "weight") return;
      this.#nextStep();
    }
  }

  /** All steps are done: what is left to skip is the watch. */
  #endWatch(because: string): void {
    this.#unpause();
    if (this.status.watchUntilMs === null || this.status.watchUntilMs <= this.#nowMs) return;
    this.#move({ watchUntilMs: this.#nowMs });
    this.#tell("resumed", `The watch was ended${because}`);
  }

  #resume(because: string): void {
    const { pause } = this.status;
    if (this.status.state !== "paused" || !pause) return;
    this.#accept();
    this.#unpause();
    this.#tell("resumed", `Resumed${because}`);
    const current = this.#steps[this.status.step];
    if (pause.reason === "inconclusive") return;
    if (pause.reason === "timed" || (current?.type === "pause" && current.forMs === undefined)) this.#nextStep();
    else if (pause.reason === "gate" && current?.type === "person_gate") {
      this.#tell("gate", `Let through by ${this.#by}${because}`);
      this.#nextStep();
    }
  }

  /** What was inconclusive and a person goes on from is not asked again: in the same step, or of shadows in any. */
  #accept(): void {
    const { pause, candidatePercent, accepted } = this.status;
    if (pause?.reason !== "inconclusive") return;
    // Arms are only compared where both get calls, shadows only before.
    const seen = candidatePercent === 0 ? (["shadow"] as const) : (["inconclusive", "sample_ratio"] as const);
    this.#move({ accepted: [...accepted.filter((one) => one === "shadow"), ...seen] });
  }

  #pause(reason: PauseReason, untilMs: number | null, message: string): void {
    this.#tell("paused", message);
    this.#move({
      state: "paused",
      pause: { reason, untilMs, message },
      pausedAtMs: this.status.pausedAtMs ?? this.#nowMs,
    });
  }

  #unpause(): void {
    const { pausedAtMs } = this.status;
    if (pausedAtMs === null) return;
    this.#move({
      state: this.status.state === "paused" ? (this.status.switched ? "promoting" : "progressing") : this.status.state,
      pause: null,
      pausedAtMs: null,
      // A clock that went back must not make the deadline come sooner.
      progressAtMs: this.status.progressAtMs + Math.max(0, this.#nowMs - pausedAtMs),
    });
  }

  #nextStep(): void {
    this.#move({
      step: this.status.step + 1,
      stepSinceMs: this.#nowMs,
      stepUntilMs: null,
      stepUnits: this.#facts.units.stable + this.#facts.units.candidate,
      accepted: this.status.accepted.filter((one) => one === "shadow"),
      progressAtMs: this.#nowMs,
      deadlineTold: false,
      stuckTold: false,
    });
    const left = this.#steps.length - this.status.step;
    this.#tell("step", left > 0 ? `Step ${this.status.step + 1} of ${this.#steps.length}` : "All steps are done");
  }

  #weigh(percent: number): void {
    if (percent === this.status.candidatePercent) return;
    this.#move({ candidatePercent: percent });
    this.#tell("weight", `The candidate gets ${percent} % of the calls`);
  }

  #fail(type: "evidence" | "limit" | "objective", message: string): true {
    this.#tell(type, message);
    this.#abort(message);
    return true;
  }

  #abort(reason: string): void {
    this.#move({
      state: "aborting",
      pause: null,
      pausedAtMs: null,
      candidatePercent: 0,
      step: 0,
      switched: false,
      watchUntilMs: null,
      reason,
    });
    this.#tell("aborting", reason);
  }

  #finish(state: "healthy" | "degraded", message: string): void {
    this.#move({ state, pause: null, pausedAtMs: null, watchUntilMs: null });
    this.#tell(state, message);
  }

  #move(change: Partial<RolloutStatus>): void {
    this.status = { ...this.status, ...change };
  }

  #tell(type: RolloutEvent["type"], message: string): void {
    this.events.push({
      atMs: this.#nowMs,
      type,
      message,
      by: this.#by,
      candidatePercent: this.status.candidatePercent,
    });
  }
}

/** How long a strategy watches after all calls went over; null for not at all. */
function watchOf(plan: RolloutPlan): number | null {
  switch (plan.strategy) {
    case "canary":
      return plan.holdbackPercent > 0 ? plan.holdbackMs : null;
    case "blue_green":
      return plan.standbyMs;
    case "all_at_once":
      return plan.watchMs;
    default:
      return assertNever(plan);
  }
}

const threeDigits = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

function round(value: number): string {
  return threeDigits.format(value);
}

function minutes(spanMs: number): string {
  return `${Math.round(spanMs / 60_000).toLocaleString("en")} min`;
}
