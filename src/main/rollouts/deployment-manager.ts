import { type Actor, person } from "../../shared/contract/actor.ts";
import { setTimeout as pause } from "node:timers/promises";
import { v7 as uuid } from "uuid";
import { type RolloutId, rolloutId, type VersionId } from "../../shared/contract/ids.ts";
import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { RolloutPlan } from "../../shared/contract/rollout-plan.ts";
import type { RolloutPrediction } from "../../shared/contract/rollout-simulation.ts";
import type { Rollout, RolloutCommand, RolloutEvent } from "../../shared/contract/rollout-status.ts";
import type { EvidencePoint, RolloutSample, RolloutView } from "../../shared/contract/rollouts.ts";
import type { InferenceBegin, InferenceEnd } from "../db/queries/logs.ts";
import { Failure } from "../base/failure.ts";
import type { RolloutRouter, RoutedArm, ShadowCall } from "../inference/ports.ts";
import type { CallObserver } from "../logs/recorder.ts";
import type { AssignmentListener } from "../registry/registry-updates.ts";
import { Sequencer } from "../base/sequencer.ts";
import { WakeUp } from "../base/wake-up.ts";
import { CandidateRoutes } from "./candidate-routes.ts";
import type { CommandRequest } from "./decision/rollout-facts.ts";
import { initialStatus } from "./decision/rollout-status.ts";
import { checkDeployment, type DeploymentCheckPorts } from "./deployment-checks.ts";
import type { EndedCall } from "./statistics/call-metrics.ts";
import { asEnded, EndedRollouts } from "./ended-rollouts.ts";
import { isWithinRollbackWindow } from "./decision/rollback-window.ts";
import type { CandidateVersions } from "./ports.ts";
import { countsFromLog } from "./rollout-log.ts";
import { type RunnerPorts, RolloutRunner } from "./rollout-runner.ts";

export interface DeploymentManagerPorts extends Omit<RunnerPorts, "routes">, DeploymentCheckPorts {
  readonly versions: CandidateVersions;
}

/** What is to be deployed, where, and how. */
export interface Deployment {
  readonly useCase: string;
  readonly candidateVersionId: VersionId;
  readonly plan: RolloutPlan;
  /** Ends the rollout in progress on the use case, if there is one. */
  readonly supersede: boolean;
  /** What a simulation of the plan said. */
  readonly prediction?: RolloutPrediction | undefined;
  readonly reason?: string | undefined;
}

/** Of the stable version, that say what the candidate is measured by where nothing runs beside it. */
const recordedCalls = 1_000;
/** A watcher gets a view at most four times a second. */
const watchEveryMs = 250;

/** Replaces the version of a use case by another, one rollout a use case at a time; who is asked is decided here for every call. */
export class DeploymentManager implements RolloutRouter, CallObserver, AssignmentListener {
  readonly #ports: DeploymentManagerPorts;
  readonly #routes = new CandidateRoutes();
  readonly #runners = new Map<RolloutId, RolloutRunner>();
  readonly #watchers = new Map<RolloutId, Set<() => void>>();
  readonly #ended: EndedRollouts;
  readonly #runnerPorts: RunnerPorts;
  readonly #starting = new Sequencer();
  #isClosed = false;

  constructor(ports: DeploymentManagerPorts) {
    this.#ports = ports;
    this.#ended = new EndedRollouts(ports.database, ports.nowMs);
    this.#runnerPorts = {
      ...ports,
      routes: this.#routes,
      listener: {
        happened: (rollout, events) => {
          for (const wake of this.#watchers.get(rollout.id) ?? []) wake();
          if (rollout.finishedAtMs !== null) this.#over(rollout.id);
          ports.listener.happened(rollout, events);
        },
      },
    };
  }

  /** Resumes the rollouts that were in progress when Taleward ended; calls are routed by it when this resolves. */
  async open(): Promise<void> {
    const alreadyRunning = await this.#ports.database.read("listRollouts", { active: true, limit: 10_000 });
    for (const { id } of alreadyRunning) (await this.#run(id)).look();
    await this.assignmentsChanged();
  }

  /** At once, for every call. See `CandidateRoutes`. */
  armOf(useCase: string, stable: ModelVersion, key: string): RoutedArm | null {
    return this.#routes.armOf(useCase, stable, key);
  }

  /** A call is routed, and about to be written. */
  begun({ id, sessionKey, startedAtMs, rollout }: InferenceBegin): void {
    if (!rollout || rollout.arm === null || rollout.armPercent === null) return;
    const { rolloutId, arm, armPercent } = rollout;
    this.#runners.get(rolloutId)?.begun({ id, arm, armPercent, session: sessionKey, startedAtMs });
  }

  /** A call's end could not be written. */
  lost({ id, rollout }: Pick<InferenceEnd, "id" | "rollout">): void {
    if (rollout) this.#runners.get(rollout.rolloutId)?.lost(id);
  }

  /** A call's end was committed. */
  ended(end: InferenceEnd): void {
    const { id, rollout, outcome, severity, rerouted, finishedAtMs, completionTokens, timings } = end;
    if (!rollout || rollout.arm === null || rollout.armPercent === null) return;
    const { rolloutId, arm, armPercent, startedAtMs, sessionKey } = rollout;
    const call: EndedCall = {
      id,
      rolloutId,
      arm,
      armPercent,
      session: sessionKey,
      startedAtMs,
      finishedAtMs,
      outcome,
      severity,
      byItsArm: rerouted === null,
      completionTokens,
      textBytes: Buffer.byteLength(end.response) + Buffer.byteLength(end.thoughts),
      loadMs: timings.loadMs,
      decodeMs: timings.decodeMs,
      firstTokenMs: timings.firstTokenMs,
      totalMs: timings.totalMs,
    };
    this.#runners.get(rolloutId)?.ended(call);
  }

  answeredByStable(copy: ShadowCall): void {
    this.#runners.get(copy.rolloutId)?.offerShadow(copy);
  }

  /**
   * Deploys a version from its checks to its end, and yields where it stands until then: it is started, warmed up, given calls,
   * watched, broadcast, and completed or rolled back. Leaving the loop leaves the rollout in progress. Throws like `start`.
   */
  async *coordinateModelDeployment(
    deployment: Deployment,
    by: Actor,
    signal?: AbortSignal,
  ): AsyncGenerator<RolloutView> {
    const { id } = await this.start(deployment, by);
    yield* this.watch({ rolloutId: id }, signal);
  }

  /**
   * Checks the candidate and begins to roll it out; from then on it warms up, shifts, watches, and completes or rolls back by
   * itself. Throws `Failure` before anything changed: CONFLICT while another rollout is in progress on the use case, names it.
   */
  start(deployment: Deployment, by: Actor): Promise<Rollout> {
    return this.#starting.queue(async () => {
      const { useCase, plan, candidateVersionId, supersede, prediction = null } = deployment;
      const candidate = await this.#candidate(candidateVersionId);
      const stableId = await this.#stableOf(useCase);
      await checkDeployment(this.#ports, candidate, stableId, deployment);
      const before = [...this.#runners.values()].find((runner) => runner.useCase === useCase && !runner.isOver);
      if (before && !supersede) throw alreadyRunning(before.rollout);
      const nowMs = this.#ports.nowMs();
      const name = `${candidate.model} ${candidate.version}`;
      const because = deployment.reason === undefined ? "" : `: ${deployment.reason}`;
      const { database } = this.#ports;
      const record = { useCase, versionId: stableId, limit: recordedCalls };
      const status = initialStatus(plan, nowMs, await database.read("stableRecord", record));
      const id = rolloutId.parse(uuid());
      const message = `${strategies[plan.strategy]} of ${name} on ${useCase}${because}`;
      const fact = {
        rolloutId: id,
        useCase,
        stableVersionId: stableId,
        candidateVersionId,
        plan,
        prediction,
        status,
        events: [{ atMs: nowMs, type: "started" as const, message, by, candidatePercent: 0 }],
        updates: [
          {
            atMs: nowMs,
            useCase,
            type: "rollout_started" as const,
            versionId: candidateVersionId,
            percent: 0,
            message: `${name} is being rolled out on ${useCase}`,
          },
        ],
        atMs: nowMs,
      };
      if (before)
        await before.supersede(
          { command: "abort", by, reason: `Superseded by ${name}` },
          () => this.#requireAssigned(useCase, stableId),
          (superseded) => database.write("startRollout", { ...fact, superseded }),
        );
      else await database.write("startRollout", { ...fact, superseded: null });
      const runner = await this.#run(id);
      this.#runnerPorts.listener.happened(runner.stored, fact.events);
      await runner.looked();
      return runner.rollout;
    });
  }

  /** See `RolloutRunner.command`. A rollout that was rolled back is taken up again by `retry` and `promote_fully`. */
  async command(
    input: { rolloutId: RolloutId; command: RolloutCommand; reason?: string | undefined },
    by: Actor,
  ): Promise<Rollout> {
    const { rolloutId: id, command, reason = null } = input;
    const asked: CommandRequest = { command, by, reason };
    const done = await this.#runners.get(id)?.command(asked);
    if (done) return done;
    // It is over, or was when the command's turn came: it may be taken up again.
    return this.#starting.queue(async () => {
      const again = this.#runners.get(id) ?? (await this.#takeUp(id, command));
      try {
        return (await again.command(asked)) ?? again.rollout;
      } finally {
        if (again.isOver) this.#over(id);
      }
    });
  }

  /** Somebody may have assigned another version by hand: a rollout whose stable version is stable no more has no ground. */
  async assignmentsChanged(): Promise<void> {
    for (const runner of this.#runners.values()) {
      if (runner.isOver) continue;
      const assigned = await this.#ports.database.read("assignedVersion", { useCase: runner.useCase });
      if (assigned === runner.stored.stable.versionId || runner.isOver) continue;
      const asked = { command: "abort", by: person, reason: "another version was assigned" } as const;
      await runner.command(asked).catch(() => {}); // it was over already
    }
  }

  async list(filter: {
    useCase?: string | undefined;
    active?: boolean | undefined;
    limit: number;
  }): Promise<Rollout[]> {
    const stored = await this.#ports.database.read("listRollouts", filter);
    return stored.map((rollout) => this.#runners.get(rollout.id)?.rollout ?? asEnded(rollout));
  }

  async get({ rolloutId: id }: { rolloutId: RolloutId }): Promise<RolloutView> {
    return this.#runners.get(id)?.view ?? this.#ended.view(id);
  }

  events(input: { rolloutId: RolloutId }): Promise<RolloutEvent[]> {
    return this.#ports.database.read("rolloutEvents", input);
  }

  async evidence({ rolloutId: id }: { rolloutId: RolloutId }): Promise<EvidencePoint[]> {
    return this.#runners.get(id)?.line ?? this.#ended.line(id);
  }

  samples(input: { rolloutId: RolloutId; limit: number }): Promise<RolloutSample[]> {
    return this.#ports.database.read("rolloutSamples", input);
  }

  /** Where it stands, again whenever that changes, until it is over or the signal aborts. */
  async *watch(input: { rolloutId: RolloutId }, signal: AbortSignal | undefined): AsyncGenerator<RolloutView> {
    const changed = new WakeUp(true);
    const notify = (): void => changed.wake();
    const watchers = this.#watchers.get(input.rolloutId) ?? new Set();
    this.#watchers.set(input.rolloutId, watchers.add(notify));
    signal?.addEventListener("abort", notify);
    try {
      while (!signal?.aborted && !this.#isClosed) {
        await changed.wait();
        if (signal?.aborted) return;
        const view = await this.get(input);
        yield view;
        if (view.rollout.finishedAtMs !== null) return;
        await pause(watchEveryMs, undefined, { ref: false });
      }
    } finally {
      watchers.delete(notify);
      if (watchers.size === 0) this.#watchers.delete(input.rolloutId);
      signal?.removeEventListener("abort", notify);
    }
  }

  /** Rollouts stay in progress, and go on when Taleward is opened again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const watchers of this.#watchers.values()) for (const wake of watchers) wake();
    // First those there are: what starts may wait for one of them.
    await Promise.all([this.#starting.settled(), ...[...this.#runners.values()].map((runner) => runner.close())]);
    await Promise.all([...this.#runners.values()].map((runner) => runner.close()));
  }

  async #run(id: RolloutId): Promise<RolloutRunner> {
    const { database } = this.#ports;
    const { rollout, stable, candidate, history } = await database.read("rolloutToRun", { rolloutId: id });
    const { counts, lastPair } = await countsFromLog(database, rollout, this.#ports.nowMs());
    const withinRollbackWindow = isWithinRollbackWindow(history, candidate.id, rollout.plan.rollbackWindow);
    const runner = new RolloutRunner(this.#runnerPorts, {
      rollout,
      stable,
      candidate,
      counts,
      lastPair,
      withinRollbackWindow,
    });
    this.#runners.set(id, runner);
    return runner;
  }

  /** For a command on a rollout that is over: throws `Failure` CONFLICT where it could not be taken up. */
  async #takeUp(id: RolloutId, command: RolloutCommand): Promise<RolloutRunner> {
    const rollout = await this.#ports.database.read("getRollout", { rolloutId: id });
    const other = [...this.#runners.values()].find((runner) => runner.useCase === rollout.useCase && !runner.isOver);
    if (other) throw alreadyRunning(other.rollout);
    if (rollout.status.state === "degraded") {
      const assigned = await this.#stableOf(rollout.useCase);
      if (assigned !== rollout.stable.versionId)
        throw new Failure("CONFLICT", `${rollout.useCase} has another version by now than this rollout began from.`, {
          field: "rolloutId",
          value: id,
          remedy: "Start a new rollout from what is assigned now.",
        });
      // What happened to the candidate meanwhile is asked as at a start.
      if (command === "retry" || command === "promote_fully")
        await checkDeployment(this.#ports, await this.#candidate(rollout.candidate.versionId), assigned, rollout);
    }
    return this.#run(id);
  }

  #over(id: RolloutId): void {
    const runner = this.#runners.get(id);
    this.#runners.delete(id);
    void runner?.close(); // it has ended, and nobody waits for its shadow
  }

  /** The version a use case has. Throws `Failure`: NOT_FOUND where there is no such use case, CONFLICT where it has none. */
  async #stableOf(useCase: string): Promise<VersionId> {
    const live = await this.#ports.database.read("listUseCases");
    const found = live.find(({ name }) => name === useCase);
    if (!found)
      throw new Failure("NOT_FOUND", `There is no use case ${useCase}.`, {
        field: "useCase",
        value: useCase,
        remedy: `Use one of ${live.map(({ name }) => name).join(", ")}, or add it first.`,
      });
    if (found.assignment) return found.assignment.versionId;
    throw new Failure("CONFLICT", `Nothing is assigned to ${useCase}, so there is nothing to replace.`, {
      field: "useCase",
      value: useCase,
      remedy: "Assign the version to it instead.",
    });
  }

  /** Throws `Failure` CONFLICT where a use case has another version by now. */
  async #requireAssigned(useCase: string, versionId: VersionId): Promise<void> {
    if ((await this.#ports.database.read("assignedVersion", { useCase })) === versionId) return;
    throw new Failure("CONFLICT", `Another version was assigned to ${useCase} meanwhile.`, {
      field: "useCase",
      value: useCase,
      remedy: "Look at what is assigned now, then start a new rollout from it.",
    });
  }

  async #candidate(id: VersionId): Promise<ModelVersion> {
    try {
      return await this.#ports.versions.version(id);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      throw new Failure(error.code, error.message, { ...error.data, field: "candidateVersionId" }, { cause: error });
    }
  }
}

const strategies: Readonly<Record<RolloutPlan["strategy"], string>> = {
  canary: "Canary rollout",
  blue_green: "Blue-green rollout",
  all_at_once: "Rollout all at once",
};

function alreadyRunning({ id, useCase, candidate }: Rollout): Failure {
  return new Failure(
    "CONFLICT",
    `${candidate.model} ${candidate.version} is being rolled out on ${useCase} already (${id}).`,
    {
      field: "useCase",
      value: useCase,
      remedy: "Wait for its end, abort it, or start this one so that it supersedes it.",
    },
  );
}
