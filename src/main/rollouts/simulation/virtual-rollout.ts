import type { Arm, RolloutPlan } from "../../../shared/contract/rollout-plan.ts";
import type { SafeguardBreach } from "../../../shared/contract/rollout-waiting.ts";
import type { RolloutEvent, RolloutStatus } from "../../../shared/contract/rollout-status.ts";
import { evidenceFacts, passThreshold, RolloutEvidence, sampleRatioThreshold } from "../statistics/rollout-evidence.ts";
import { stepsOf } from "../../../shared/rollout-labels.ts";
import { decide } from "../decision/decide.ts";
import type { CommandRequest, RolloutFacts } from "../decision/rollout-facts.ts";
import { initialStatus, isActive, nextTimerAtMs } from "../decision/rollout-status.ts";
import { Safeguard } from "../statistics/safeguard.ts";
import { ObjectiveWatches } from "../statistics/objectives.ts";
import type { Random } from "./random.ts";
import { type RoutedCall, RoutedUnits, type UnitRules } from "../statistics/routed-units.ts";
import type { SimulatedCall, SimulatedSession, Traffic } from "./simulated-traffic.ts";

export interface VirtualRules {
  readonly startAtMs: number;
  readonly maxCalls: number;
  /** Null where each call is a unit. */
  readonly sessions: UnitRules | null;
  /** Decides after each call, as a live rollout does, and not only when something may have changed. */
  readonly looksAlways?: boolean;
}

export interface VirtualOutcome {
  readonly end: "rolled_back" | "promoted" | "inconclusive";
  /** The step it was in at the end. */
  readonly step: number;
  readonly units: number;
  readonly spanMs: number;
  readonly calls: number;
  readonly candidateAnswers: number;
  readonly events: readonly RolloutEvent[];
}

const hourMs = 3_600_000;
/** How often one person asks while at it. */
const callsPerReaderHour = 30;

interface Reader {
  readonly session: SimulatedSession;
  name: string;
  arm: Arm;
  weight: number;
}

/** One rollout in virtual time, decided and analysed by the code that runs live. Persons and gates let it through at once. */
export class VirtualRollout {
  readonly #plan: RolloutPlan;
  readonly #traffic: Traffic;
  readonly #rules: VirtualRules;
  readonly #random: Random;
  readonly #evidence: RolloutEvidence;
  readonly #objectives: ObjectiveWatches;
  readonly #sessions: RoutedUnits | null;
  readonly #readers: Reader[];
  readonly #evenly: boolean;
  readonly #answer: SimulatedCall = {
    msPerToken: Number.NaN,
    totalMs: Number.NaN,
    firstTokenMs: Number.NaN,
    errors: 0,
    fallbacks: 0,
    violations: 0,
    held: false,
  };
  /** Where each call is a unit, one object stands for all of them. */
  readonly #unit = { arm: "stable" as Arm, weight: 0, metrics: this.#answer };
  readonly #events: RolloutEvent[] = [];
  #status: RolloutStatus;
  #nowMs: number;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #unitsAwaited = Number.POSITIVE_INFINITY;
  #proofAwaited = false;
  #evidenceCounts = false;
  #sampleRatioCounts = false;
  #over = false;
  #step = 0;
  #sessionsBegun = 0;
  #calls = 0;
  #candidateAnswers = 0;
  #errors = 0;
  #blocked = 0;
  readonly #safeguard: Safeguard | null;
  #breach: SafeguardBreach | null = null;
  /** Calls of the candidate with no control beside it. */
  #alone = 0;

  constructor(plan: RolloutPlan, traffic: Traffic, rules: VirtualRules, random: Random) {
    this.#plan = plan;
    this.#traffic = traffic;
    this.#rules = rules;
    this.#random = random;
    const { metrics, alpha } = plan.analysis;
    const seeksProof = stepsOf(plan).some((step) => step.type === "analysis" && step.proof);
    this.#evidence = new RolloutEvidence(metrics, alpha, { seeksProof });
    this.#safeguard = plan.safeguard ? new Safeguard(traffic.stableRecord) : null;
    this.#objectives = new ObjectiveWatches(plan.objectives, alpha);
    this.#sessions = rules.sessions && traffic.hasSessions ? new RoutedUnits(rules.sessions) : null;
    const busiest = Math.max(...traffic.hourly);
    this.#evenly = traffic.hourly.every((rate) => rate === busiest);
    const readers = traffic.hasSessions ? Math.min(10_000, Math.max(1, Math.round(busiest / callsPerReaderHour))) : 1;
    this.#readers = Array.from({ length: readers }, () => ({
      session: { left: 0, msPerTokenTimes: 1, firstTokenTimes: 1, position: 0 },
      name: "",
      arm: "stable",
      weight: 0,
    }));
    this.#nowMs = rules.startAtMs;
    this.#status = initialStatus(plan, rules.startAtMs);
    this.#look();
  }

  run(): VirtualOutcome {
    while (!this.#over && this.#calls < this.#rules.maxCalls) {
      const callAtMs = Math.round(this.#nextCallAtMs());
      if (this.#sessions !== null || callAtMs >= this.#timerAtMs) this.#pass(callAtMs);
      if (this.#over) break;
      this.#nowMs = callAtMs;
      this.#call();
      if (this.#rules.looksAlways === true || this.#mayChange()) this.#look();
    }
    return {
      end: this.#end,
      step: this.#step,
      units: this.#evidence.unitCount + this.#alone,
      spanMs: this.#nowMs - this.#rules.startAtMs,
      calls: this.#calls,
      candidateAnswers: this.#candidateAnswers,
      events: this.#events,
    };
  }

  get #end(): VirtualOutcome["end"] {
    if (this.#status.state === "healthy") return "promoted";
    if (this.#status.state !== "degraded") return "inconclusive";
    const found = this.#events.some(({ type }) => type === "evidence" || type === "limit" || type === "objective");
    return found ? "rolled_back" : "inconclusive";
  }

  #nextCallAtMs(): number {
    const { hourly } = this.#traffic;
    let wait = this.#random.wait();
    if (this.#evenly) return this.#nowMs + (wait * hourMs) / (hourly[0] ?? 1);
    // Through hours of different pace: each takes its part of the wait. Ten days without a call are a call.
    let atMs = this.#nowMs;
    for (let turn = 0; turn < 240; turn += 1) {
      const rate = (hourly[Math.floor(atMs / hourMs) % 24] ?? 0) / hourMs;
      const leftMs = hourMs - (atMs % hourMs);
      if (wait <= rate * leftMs) return atMs + wait / rate;
      wait -= rate * leftMs;
      atMs += leftMs;
    }
    return atMs;
  }

  /** Lets time pass up to the next call: sessions are complete and timers run out in their order. */
  #pass(untilMs: number): void {
    while (!this.#over) {
      const completeAtMs = this.#sessions?.nextAtMs ?? Number.POSITIVE_INFINITY;
      const nextMs = Math.min(completeAtMs, this.#timerAtMs);
      if (nextMs > untilMs) return;
      this.#nowMs = Math.max(this.#nowMs, nextMs);
      if (completeAtMs <= this.#timerAtMs) {
        for (const unit of this.#sessions?.passed(nextMs) ?? []) this.#evidence.unit(unit);
        if (this.#rules.looksAlways === true || this.#mayChange()) this.#look();
      } else this.#look();
    }
  }

  #call(): void {
    const random = this.#random;
    const reader = this.#readers[this.#readers.length === 1 ? 0 : random.below(this.#readers.length)];
    if (!reader) return;
    const percent = this.#status.candidatePercent;
    const begins = reader.session.left <= 0;
    if (begins || this.#sessions === null) {
      reader.weight = percent / 100;
      reader.arm = random.next() < reader.weight ? "candidate" : "stable";
    }
    if (begins) {
      if (this.#sessions) reader.name = `${(this.#sessionsBegun += 1)}`;
      this.#traffic.open(reader.session, reader.arm, random, this.#nowMs);
    }
    // An open session keeps its arm until one of the two has no traffic at all.
    const arm = percent >= 100 ? "candidate" : percent <= 0 ? "stable" : reader.arm;
    const answer = this.#answer;
    this.#traffic.answer(reader.session, arm, random, answer);
    this.#calls += 1;
    this.#guard(arm, answer);
    if (arm === "candidate") {
      this.#candidateAnswers += 1;
      this.#errors += answer.errors;
      if (answer.held) this.#blocked += 1;
      this.#objectives.begun();
      this.#objectives.ended(answer);
      if (reader.weight >= 1) this.#alone += 1;
    }
    if (this.#sessions) {
      const call: RoutedCall = {
        atMs: this.#nowMs,
        session: reader.name,
        arm,
        weight: reader.weight,
      };
      this.#sessions.instant(call, answer);
      for (const unit of this.#sessions.passed(this.#nowMs)) this.#evidence.unit(unit);
      return;
    }
    this.#unit.arm = arm;
    this.#unit.weight = reader.weight;
    this.#evidence.unit(this.#unit);
  }

  /** Only another event of the candidate's can show that it has more than the stable version. */
  #guard(arm: Arm, { errors, held }: SimulatedCall): void {
    if (!this.#safeguard) return;
    const error = errors > 0;
    this.#safeguard[arm]({ error, held, critical: false });
    if (arm === "candidate" && (error || held)) this.#breach = this.#safeguard.breach;
  }

  /** Whether anything that `decide` compares has come to where it would decide otherwise. */
  #mayChange(): boolean {
    const evidence = this.#evidence;
    const { limits } = this.#plan;
    if (this.#evidenceCounts && evidence.isReached) return true;
    if (this.#breach !== null) return true;
    if (limits.errors !== undefined && this.#errors > limits.errors) return true;
    if (limits.held !== undefined && this.#blocked > limits.held) return true;
    if (evidence.unitCount >= this.#unitsAwaited && (!this.#proofAwaited || evidence.pass >= passThreshold))
      return true;
    if (this.#sampleRatioCounts && evidence.sampleRatio >= sampleRatioThreshold) return true;
    return this.#plan.objectives.length > 0 && this.#objectives.missed.length > 0;
  }

  #look(asked: CommandRequest | null = null): void {
    this.#step = this.#status.step;
    const { status, events } = decide(this.#plan, this.#status, this.#facts(), this.#nowMs, asked);
    if (isActive(status.state)) this.#step = status.step;
    this.#status = status;
    for (const event of events) this.#events.push({ sequence: this.#events.length + 1, ...event });
    const reason = status.pause?.reason;
    if (reason === "person")
      return this.#look({ command: "resume", by: { kind: "program", name: "the simulation" }, reason: null });
    if (reason === "gate") return this.#look();
    this.#watch();
  }

  /** Notes what is waited for, so that it need not be decided again before that comes. */
  #watch(): void {
    const status = this.#status;
    this.#over = !isActive(status.state) || status.pause?.reason === "inconclusive";
    this.#timerAtMs = nextTimerAtMs(this.#plan, status) ?? Number.POSITIVE_INFINITY;
    this.#evidenceCounts = status.candidatePercent > 0 && status.candidatePercent < 100;
    const step = status.state === "progressing" ? stepsOf(this.#plan)[status.step] : undefined;
    const analysis = step?.type === "analysis" ? step : null;
    this.#unitsAwaited = analysis ? status.stepUnits + analysis.units : Number.POSITIVE_INFINITY;
    this.#proofAwaited = analysis?.proof === true;
    this.#sampleRatioCounts = analysis !== null && !status.accepted.includes("sample_ratio");
  }

  #facts(): RolloutFacts {
    return {
      ...evidenceFacts(this.#evidence),
      unitsInProgress: this.#sessions?.inProgress ?? 0,
      shadowEvidence: 1,
      shadowThreshold: Number.POSITIVE_INFINITY,
      errors: this.#errors,
      held: this.#blocked,
      leading: null,
      breach: this.#breach,
      missedObjectives: this.#objectives.missed,
      warmed: true,
      gate: { step: this.#status.step, passed: true, message: "Let through" },
      failing: null,
      assigned: true,
      withinRollbackWindow: false,
    };
  }
}
