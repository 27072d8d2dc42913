import type { InferenceId, RolloutId } from "../../shared/contract/ids.ts";
import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { RolloutPlan } from "../../shared/contract/rollout-plan.ts";
import type { Rollout, RolloutStatus } from "../../shared/contract/rollout-status.ts";
import type { EvidencePoint, RolloutView } from "../../shared/contract/rollouts.ts";
import type { WaitingFor } from "../../shared/contract/rollout-waiting.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { RolloutDecisionFact, StoredRollout } from "../db/queries/rollouts.ts";
import { Failure } from "../base/failure.ts";
import type { ShadowCall } from "../inference/ports.ts";
import { Sequencer } from "../base/sequencer.ts";
import { log } from "../base/logger.ts";
import type { CandidateRoutes } from "./candidate-routes.ts";
import { decide } from "./decision/decide.ts";
import type { CommandRequest, RolloutFacts } from "./decision/rollout-facts.ts";
import { isActive, nextTimerAtMs } from "./decision/rollout-status.ts";
import { awaitsAssignment, decisionFact } from "./decision-fact.ts";
import type { BegunCall, EndedCall } from "./statistics/call-metrics.ts";
import { waitingFor } from "./decision/explain.ts";
import { isRefusal, notNow, overtaken } from "./not-now.ts";
import type { AssignmentHandover, RolloutListener, VersionTraffic } from "./ports.ts";
import { RolloutCounts } from "./rollout-counts.ts";
import { pairsFromLog } from "./rollout-log.ts";
import { RolloutWork, type RolloutWorkPorts } from "./rollout-work.ts";
import { Shadowing } from "./shadowing.ts";

export interface RunnerPorts extends RolloutWorkPorts {
  readonly database: DatabasePool;
  readonly routes: CandidateRoutes;
  readonly traffic: VersionTraffic;
  readonly handover: AssignmentHandover;
  readonly listener: RolloutListener;
  readonly nowMs: () => number;
}

/** What a runner begins with. */
export interface RunnerStart {
  readonly rollout: StoredRollout;
  readonly stable: ModelVersion;
  readonly candidate: ModelVersion;
  readonly counts: RolloutCounts;
  readonly lastPair: number;
  readonly withinRollbackWindow: boolean;
}

/** The longest a timer sleeps: a clock that was set, or a machine that slept, is noticed within it. */
const lookEveryMs = 500;
/** After a decision that could not be written. */
const tryAgainMs = 1_000;

/**
 * One rollout in progress: one decision at a time, each written with its events in one transaction. A lower weight is routed
 * before it is written, a higher one after. Ended calls and the clock make it decide again.
 */
export class RolloutRunner {
  readonly #ports: RunnerPorts;
  readonly #stable: ModelVersion;
  readonly #candidate: ModelVersion;
  readonly #withinRollbackWindow: boolean;
  readonly #shadowing: Shadowing;
  readonly #work: RolloutWork;
  #rollout: StoredRollout;
  #counts: RolloutCounts;
  #lastPair: number;
  /** In effect already, and not written yet. */
  #abort: CommandRequest | null = null;
  /** The abort that was written, maybe in the turn of a command before it. */
  #aborted: CommandRequest | null = null;
  readonly #turns = new Sequencer();
  #isLookWanted = false;
  #timer: NodeJS.Timeout | undefined;
  #notBeforeMs = 0;
  #isClosed = false;

  constructor(ports: RunnerPorts, start: RunnerStart) {
    this.#ports = ports;
    this.#rollout = start.rollout;
    this.#stable = start.stable;
    this.#candidate = start.candidate;
    this.#counts = start.counts;
    this.#lastPair = start.lastPair;
    this.#withinRollbackWindow = start.withinRollbackWindow;
    this.#work = new RolloutWork(ports, {
      stable: start.stable,
      candidate: start.candidate,
      done: () => this.look(),
      failed: () => {
        ports.listener.happened(this.#rollout, []); // what it waits for now says why that failed
        this.look();
      },
    });
    this.#shadowing = new Shadowing({
      rolloutId: start.rollout.id,
      percent: start.rollout.plan.shadowPercent,
      isBusy: (version) => {
        const { running, queued } = ports.traffic.loadOf(version);
        return running + queued > 0;
      },
      isAwaited: (version) => ports.traffic.loadOf(version).queued > 0,
      ended: () => this.#readPairs(),
    });
    this.#route();
  }

  get useCase(): string {
    return this.#rollout.useCase;
  }

  get id(): RolloutId {
    return this.#rollout.id;
  }

  /** As it is written. */
  get stored(): StoredRollout {
    return this.#rollout;
  }

  get isOver(): boolean {
    return this.#rollout.finishedAtMs !== null;
  }

  /** Where it stands. The weight is the one that calls are routed by. */
  get rollout(): Rollout {
    const { status, plan } = this.#rollout;
    const routed = this.isOver ? status.candidatePercent : this.#ports.routes.percentOf(this.useCase, this.id);
    return {
      ...this.#rollout,
      status: { ...status, candidatePercent: Math.min(status.candidatePercent, routed) },
      waitingFor: this.#waitingFor(status, plan),
    };
  }

  #waitingFor(status: RolloutStatus, plan: RolloutPlan): WaitingFor {
    const unit = this.#counts.hasSessions ? "session" : "call";
    return waitingFor(plan, status, this.#facts(this.#counts), this.#ports.nowMs(), unit);
  }

  get view(): RolloutView {
    return { rollout: this.rollout, analysis: this.#counts.analysis };
  }

  get line(): EvidencePoint[] {
    return this.#counts.line;
  }

  /** A call of it was routed. */
  begun(call: BegunCall): void {
    this.#counts.begun(call);
  }

  /** A call of it has ended, and its end could not be written. */
  lost(id: InferenceId): void {
    if (this.#isClosed || this.isOver) return;
    this.#counts.lost(id);
    this.look();
  }

  /** A call of it has ended and is committed. */
  ended(call: EndedCall): void {
    if (this.#isClosed || this.isOver) return;
    this.#counts.ended(call);
    this.#ports.listener.happened(this.#rollout, []);
    this.look();
  }

  offerShadow(copy: ShadowCall): void {
    const { status, plan } = this.#rollout;
    if (this.#isClosed || !isActive(status.state) || status.state === "scheduled") return;
    // Once it gets calls of its own a copy shows little that they do not, and takes the machine from them.
    if (status.candidatePercent === 0 || plan.shadowThroughout) this.#shadowing.offer(copy);
  }

  /** Decides soon, once however often it is asked before. */
  look(): void {
    if (this.#isLookWanted || this.#isClosed) return;
    this.#isLookWanted = true;
    void this.#turns.queue(async () => {
      this.#isLookWanted = false;
      if (this.#isClosed || this.isOver) return;
      try {
        const abort = this.#abort;
        if (await this.#decide(abort)) this.#aborted = abort;
      } catch (error) {
        this.#notBeforeMs = this.#ports.nowMs() + tryAgainMs;
        if (!(error instanceof Failure)) log.error("a rollout's decision was not written", error);
      }
      this.#followWork();
      this.#setTimer();
    });
  }

  /** Decides, and resolves when that is written. */
  async looked(): Promise<void> {
    this.look();
    await this.#turns.settled();
  }

  /**
   * Resolves when what was asked for is written; an abort is in effect at once, and wins over what was asked before it and is
   * not written yet. Null where the rollout was over before its turn came. Throws `Failure` CONFLICT where it means nothing in
   * the rollout's state. A weight that an abort has taken stays taken where the abort cannot be written.
   */
  async command(asked: CommandRequest): Promise<Rollout | null> {
    if (asked.command === "abort" && isActive(this.#rollout.status.state)) {
      this.#abort ??= asked;
      this.#setWeight(0);
    }
    return this.#turns.queue(async () => {
      if (this.#aborted === asked) return this.rollout;
      if (this.#isClosed && this.isOver) return null;
      if (this.#isClosed) throw new Failure("UNAVAILABLE", "Taleward is closing.", { remedy: "Start it again." });
      const wanted = this.#abort ?? asked;
      try {
        if (!(await this.#decide(wanted))) throw notNow(asked, this.#rollout);
        if (wanted.command === "abort") this.#aborted = wanted;
        if (wanted !== asked) throw overtaken(asked, this.#rollout);
      } catch (error) {
        if (!isRefusal(error)) this.#notBeforeMs = this.#ports.nowMs() + tryAgainMs;
        throw error;
      } finally {
        if (!isActive(this.#rollout.status.state)) this.#abort = null;
        this.#setTimer();
      }
      return this.rollout;
    });
  }

  /**
   * Ends it for another one: in its turn, when no decision can raise the weight any more, the weight is 0, and then what ends it
   * is written by `write`, with what begins; null where it was over. `check` throws where that would be refused, before any
   * session is moved.
   */
  supersede<Written>(
    by: CommandRequest,
    check: () => Promise<void>,
    write: (fact: RolloutDecisionFact | null) => Promise<Written>,
  ): Promise<Written> {
    return this.#turns.queue(async () => {
      await check();
      if (this.isOver) return write(null);
      this.#setWeight(0);
      const { status, plan } = this.#rollout;
      const nowMs = this.#ports.nowMs();
      const decision = decide(plan, status, this.#facts(this.#counts), nowMs, { ...by, command: "abort" });
      const superseded = {
        atMs: nowMs,
        type: "superseded" as const,
        message: by.reason ?? "Superseded",
        by: by.by,
        candidatePercent: 0,
      };
      const fact = decisionFact(this.#rollout, { ...decision, events: [superseded, ...decision.events] }, nowMs, null);
      try {
        const written = await write(fact);
        await this.#applied({ ...this.#rollout, status: decision.status, finishedAtMs: nowMs }, fact);
        return written;
      } catch (error) {
        this.#route();
        throw error;
      }
    });
  }

  /** Stops deciding; resolves when nothing of it is in progress any more. Weights stay as they are. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await Promise.all([this.#work.close(), this.#shadowing.close()]);
    await this.#turns.settled();
    clearTimeout(this.#timer);
  }

  /** True when anything changed. */
  async #decide(asked: CommandRequest | null): Promise<boolean> {
    const { plan, status } = this.#rollout;
    const nowMs = this.#ports.nowMs();
    const takesUp = asked !== null && status.state === "degraded";
    const counts = takesUp ? new RolloutCounts(plan, status.stableBefore) : this.#counts;
    if (takesUp) this.#work.forget();
    const closed = counts.passed(nowMs);
    const facts = this.#facts(counts);
    const first = decide(plan, status, facts, nowMs, asked);
    const promotes = awaitsAssignment(first.status, nowMs);
    if (first.status === status && first.events.length === 0 && !promotes) {
      if (closed > 0) this.#ports.listener.happened(this.#rollout, []); // what is known has changed, where it stands has not
      return false;
    }
    // The candidate becomes the stable version in the transaction that says so.
    const second = promotes ? decide(plan, first.status, { ...facts, assigned: true }, nowMs) : null;
    const decision = second ? { status: second.status, events: [...first.events, ...second.events] } : first;
    const fact = decisionFact(this.#rollout, decision, nowMs, promotes ? asked : null);
    this.#setWeight(Math.min(decision.status.candidatePercent, this.#routed));
    const written = await this.#ports.database.write("applyRolloutDecision", fact);
    this.#counts = counts;
    if (written.status.settled === true) counts.warmedUp();
    await this.#applied(written, fact);
    return true;
  }

  async #applied(rollout: StoredRollout, fact: RolloutDecisionFact): Promise<void> {
    this.#rollout = rollout;
    if (fact.assignment) {
      this.#route();
      try {
        await this.#untilAssigned();
      } finally {
        this.#ports.routes.remove(this.useCase, this.id);
      }
    } else this.#route();
    this.#ports.listener.happened(rollout, fact.events);
    this.#followWork();
  }

  /** Resolves when calls are routed by the assignment, or another one has taken its place already. */
  async #untilAssigned(): Promise<void> {
    const { database, handover } = this.#ports;
    const { useCase } = this;
    while (!this.#isClosed && !(await handover.assignmentChanged(useCase, this.#candidate.id))) {
      if ((await database.read("assignedVersion", { useCase })) !== this.#candidate.id) return;
      await new Promise((resolve) => setTimeout(resolve, tryAgainMs));
    }
  }

  #facts(counts: RolloutCounts): RolloutFacts {
    return {
      ...counts.facts,
      ...this.#work.facts,
      assigned: false,
      withinRollbackWindow: this.#withinRollbackWindow,
    };
  }

  get #routed(): number {
    return this.#ports.routes.percentOf(this.useCase, this.id);
  }

  #setWeight(candidatePercent: number): void {
    this.#ports.routes.setWeight(this.useCase, this.id, this.#abort ? 0 : candidatePercent);
  }

  /** Routes by what is written. */
  #route(): void {
    const { routes } = this.#ports;
    const { status } = this.#rollout;
    if (this.isOver) {
      // All calls are the candidate's; removed once they are by the assignment.
      if (status.state === "healthy") return this.#setWeight(status.candidatePercent);
      routes.setWeight(this.useCase, this.id, 0);
      return routes.remove(this.useCase, this.id);
    }
    if (status.state === "scheduled") return;
    if (!routes.has(this.useCase, this.id))
      routes.put(this.useCase, {
        rolloutId: this.id,
        stableId: this.#stable.id,
        candidate: this.#candidate,
      });
    this.#setWeight(status.candidatePercent);
  }

  /** Begins and ends the work beside the calls. */
  #followWork(): void {
    const { plan, status } = this.#rollout;
    if (!this.#isClosed) this.#work.follow(plan, status);
    if (this.isOver) void this.#shadowing.close(); // stops the copy in progress; nobody waits for it
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed || this.isOver) return;
    const { plan, status } = this.#rollout;
    const times = [nextTimerAtMs(plan, status), this.#counts.nextAtMs].filter((time) => time !== null);
    // What could not be written is not tried at every turn of a timer that has run out.
    const dueAtMs = this.#notBeforeMs === 0 ? Math.min(...times) : this.#notBeforeMs;
    if (dueAtMs === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.max(20, Math.min(lookEveryMs, dueAtMs - this.#ports.nowMs()));
    this.#timer = setTimeout(() => {
      if (this.#ports.nowMs() < dueAtMs) return this.#setTimer();
      this.#notBeforeMs = 0;
      this.look();
    }, waitMs);
    this.#timer.unref();
  }

  #readPairs(): void {
    void this.#turns
      .queue(async () => {
        this.#lastPair = await pairsFromLog(this.#ports.database, this.#rollout, this.#counts, this.#lastPair);
        this.#ports.listener.happened(this.#rollout, []);
        this.look();
      })
      .catch(() => {}); // read with the next one
  }
}
