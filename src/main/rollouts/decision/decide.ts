import { system } from "../../../shared/contract/actor.ts";
import type { RolloutPlan, RolloutStep } from "../../../shared/contract/rollout-plan.ts";
import type { RolloutEvent, RolloutStatus } from "../../../shared/contract/rollout-status.ts";
import type { RolloutCause } from "../../../shared/contract/rollout-waiting.ts";
import { causeText } from "../../../shared/rollout-waiting-text.ts";
import { assertNever } from "../../base/failure.ts";
import { StatusDraft } from "./status-draft.ts";
import { applyCommand } from "./apply-command.ts";
import type { CommandRequest, FailingWork, RolloutFacts } from "./rollout-facts.ts";

/** Of loading the candidate or running a suite, until an event reports it: one failure may be chance. */
const triesUntilReported = 3;

export interface Decision {
  readonly status: RolloutStatus;
  readonly events: readonly Omit<RolloutEvent, "sequence">[];
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
  asked: CommandRequest | null = null,
): Decision {
  const rollout = new StatusDraft({ plan, status, facts, nowMs, by: asked?.by ?? system });
  if (asked) applyCommand(rollout, asked);
  settle(rollout);
  return { status: rollout.status, events: rollout.events };
}

/** Applies what follows from status and facts until nothing does. */
function settle(rollout: StatusDraft): void {
  for (let turn = 0; turn <= 3 * rollout.steps.length + 10; turn += 1) {
    const before = rollout.status;
    advance(rollout);
    if (rollout.status === before) break;
  }
}

function advance(rollout: StatusDraft): void {
  const { status } = rollout;
  switch (status.state) {
    case "scheduled":
      if (rollout.nowMs < (rollout.plan.startAtMs ?? 0)) return;
      return rollout.patch({
        state: "progressing",
        progressAtMs: rollout.nowMs,
        stepSinceMs: rollout.nowMs,
      });
    case "aborting":
      return rollout.finish("degraded", status.reason ?? "Aborted");
    case "degraded":
    case "healthy":
      return;
    case "paused":
      if (!breached(rollout) && !doubted(rollout)) wait(rollout);
      return;
    case "promoting":
      if (!breached(rollout)) promote(rollout);
      return;
    case "progressing":
      if (breached(rollout) || doubted(rollout) || late(rollout)) return;
      return progress(rollout);
    default:
      return assertNever(status.state);
  }
}

/** What ends a rollout whatever it is doing. True when it did. */
function breached(rollout: StatusDraft): boolean {
  const { facts } = rollout;
  const { limits } = rollout.plan;
  if (rollout.status.candidatePercent === 0) return false;
  const concurrent = rollout.status.candidatePercent < 100;
  if (concurrent && facts.evidence >= facts.threshold)
    return fail(rollout, "evidence", {
      kind: "evidence",
      evidence: facts.evidence,
      threshold: facts.threshold,
      ...(facts.leading && { leading: facts.leading }),
    });
  if (facts.breach) return fail(rollout, "limit", { kind: "safeguard", breach: facts.breach });
  if (limits.errors !== undefined && facts.errors > limits.errors)
    return fail(rollout, "limit", `${facts.errors} calls failed on the candidate, ${limits.errors} are tolerated`);
  if (limits.held !== undefined && facts.held > limits.held)
    return fail(rollout, "limit", `${facts.held} answers of the candidate were held, ${limits.held} are tolerated`);
  const [missed] = facts.missedObjectives;
  return missed !== undefined && fail(rollout, "objective", missed);
}

/**
 * Before the candidate gets any call, a person judges what its shadow responses show: nobody has been harmed, so there
 * is nothing to roll back. True when it pauses for that.
 */
function doubted(rollout: StatusDraft): boolean {
  const facts = rollout.facts;
  const { candidatePercent, pause, accepted } = rollout.status;
  if (candidatePercent > 0 || facts.withinRollbackWindow || facts.shadowEvidence < facts.shadowThreshold) return false;
  // A person who is waited for already is asked when they go on.
  if (accepted.includes("shadow") || pause?.reason === "inconclusive" || pause?.reason === "person") return false;
  inconclusive(rollout, {
    kind: "shadow_evidence",
    evidence: facts.shadowEvidence,
    threshold: facts.shadowThreshold,
  });
  return true;
}

/** The deadline speaks of progress, so pauses do not count. True when it ended the rollout. */
function late(rollout: StatusDraft): boolean {
  if (rollout.status.deadlineReported || rollout.nowMs - rollout.status.progressAtMs <= rollout.plan.progressDeadlineMs)
    return false;
  rollout.addEvent("deadline", `No progress for ${minutes(rollout.plan.progressDeadlineMs)}`);
  rollout.patch({ deadlineReported: true });
  if (rollout.plan.abortOnDeadline) rollout.abort("The progress deadline passed");
  return rollout.plan.abortOnDeadline;
}

function progress(rollout: StatusDraft): void {
  if (rollout.plan.warmUp && !rollout.status.warmed) {
    if (!rollout.facts.warmed) return stuck(rollout, "warm_up", "The candidate could not be loaded");
    rollout.patch({
      warmed: true,
      settled: rollout.facts.settled === true,
      stuckReported: false,
      progressAtMs: rollout.nowMs,
    });
    return rollout.addEvent("warmed", "The candidate is loaded");
  }
  const { step } = rollout.status;
  const next = rollout.facts.withinRollbackWindow ? undefined : rollout.steps[step];
  if (!next) return beginPromotion(rollout);
  switch (next.type) {
    case "weight":
      rollout.setWeight(next.percent);
      return rollout.nextStep();
    case "pause":
      return pauseStep(rollout, next.forMs);
    case "analysis":
      return analyse(rollout, next);
    case "suite_gate":
      return gate(rollout, "The test suite is run on the candidate");
    case "person_gate":
      return gate(rollout, next.question);
    default:
      return assertNever(next);
  }
}

function pauseStep(rollout: StatusDraft, forMs: number | undefined): void {
  if (forMs === undefined) return rollout.pause("person", null, "The plan waits for a person here");
  const untilMs = rollout.status.stepUntilMs ?? rollout.nowMs + forMs;
  if (rollout.nowMs >= untilMs) return rollout.nextStep();
  rollout.patch({ stepUntilMs: untilMs });
  rollout.pause("timed", untilMs, "The plan waits here");
}

function analyse(rollout: StatusDraft, step: Extract<RolloutStep, { type: "analysis" }>): void {
  const facts = rollout.facts;
  const { status } = rollout;
  if (facts.sampleRatio >= facts.sampleRatioThreshold && !status.accepted.includes("sample_ratio"))
    return rollout.pause(
      "inconclusive",
      null,
      "Calls do not fall on the arms as the weight says, so they cannot be compared",
    );
  if (status.stepUntilMs === null && step.withinMs !== undefined)
    return rollout.patch({ stepUntilMs: rollout.nowMs + step.withinMs });
  const units = facts.units.stable + facts.units.candidate - status.stepUnits;
  const enough = units >= step.units && facts.units.stable > 0 && facts.units.candidate > 0;
  if (enough && (!step.proof || facts.pass >= facts.passThreshold)) return rollout.nextStep();
  if (status.accepted.includes("inconclusive")) return rollout.nextStep();
  if (status.stepUntilMs === null || rollout.nowMs < status.stepUntilMs) return;
  inconclusive(
    rollout,
    enough
      ? { kind: "not_proven", pass: facts.pass, threshold: facts.passThreshold }
      : { kind: "too_few_units", units, wanted: step.units },
  );
}

function inconclusive(rollout: StatusDraft, cause: RolloutCause): void {
  rollout.addEvent("inconclusive", causeText(cause));
  rollout.pause("inconclusive", null, cause);
}

/** The verdict on the gate of the current step; null while there is none. */
function verdictOf(rollout: StatusDraft): RolloutFacts["gate"] {
  const { gate } = rollout.facts;
  return gate?.step === rollout.status.step ? gate : null;
}

function gate(rollout: StatusDraft, question: string): void {
  const gate = verdictOf(rollout);
  if (gate === null) return rollout.pause("gate", null, question);
  rollout.addEvent("gate", gate.message);
  if (gate.passed) return rollout.nextStep();
  rollout.abort(gate.message);
}

/** While paused: time may be up, a gate may have been decided. */
function wait(rollout: StatusDraft): void {
  const { pause } = rollout.status;
  if (pause?.reason === "timed" && pause.untilMs !== null && rollout.nowMs >= pause.untilMs) {
    rollout.unpause();
    rollout.addEvent("resumed", "The pause is over");
  } else if (pause?.reason === "gate" && verdictOf(rollout) !== null) rollout.unpause();
  else if (pause?.reason === "gate") stuck(rollout, "suite", "The test suite could not be run on the candidate");
}

/** Reports work that a step waits for and that keeps failing, once a step: nobody may be looking. */
function stuck(rollout: StatusDraft, what: FailingWork["what"], message: string): void {
  const { failing } = rollout.facts;
  const { stuckReported, step } = rollout.status;
  if (stuckReported || failing?.what !== what || failing.step !== step || failing.tries < triesUntilReported) return;
  rollout.addEvent("stuck", `${message} in ${failing.tries} tries. ${failing.error}`);
  rollout.patch({ stuckReported: true });
}

function beginPromotion(rollout: StatusDraft): void {
  const plan = rollout.plan;
  const promotedPercent = plan.strategy === "canary" ? 100 - plan.holdbackPercent : 100;
  // A weight never falls but by an abort: sessions that are on the candidate stay there.
  const percent = Math.max(promotedPercent, rollout.status.candidatePercent);
  if (rollout.status.step < rollout.steps.length)
    rollout.addEvent("step", "All steps are skipped: it was the stable version until recently");
  // No step is asked any more, neither for its suite nor for a person.
  rollout.patch({ step: rollout.steps.length, stepUntilMs: null });
  rollout.setWeight(percent);
  const watchMs = watchOf(plan);
  rollout.addEvent(
    plan.strategy === "canary" ? "promoting" : "switched",
    percent < 100
      ? `${plan.strategy === "canary" ? "Promoting" : "Switched"}: ${100 - percent} % stay on the old version for comparison`
      : "All new calls go to the candidate",
  );
  rollout.patch({
    state: "promoting",
    switched: true,
    watchUntilMs: watchMs === null ? null : rollout.nowMs + watchMs,
    progressAtMs: rollout.nowMs,
  });
}

function promote(rollout: StatusDraft): void {
  const { watchUntilMs, candidatePercent } = rollout.status;
  if (watchUntilMs !== null && rollout.nowMs < watchUntilMs) return;
  if (candidatePercent < 100) return rollout.setWeight(100);
  if (!rollout.facts.assigned) return; // the assignment is being written
  rollout.finish("healthy", "The candidate answers all calls and is the stable version now");
}

function fail(rollout: StatusDraft, type: "evidence" | "limit" | "objective", why: string | RolloutCause): true {
  rollout.addEvent(type, typeof why === "string" ? why : causeText(why));
  rollout.abort(why);
  return true;
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

function minutes(spanMs: number): string {
  return `${Math.round(spanMs / 60_000).toLocaleString("en")} min`;
}
