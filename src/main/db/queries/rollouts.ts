import type { Database } from "better-sqlite3";
import type { RolloutId, VersionId } from "../../../shared/contract/ids.ts";
import type { ModelVersion } from "../../../shared/contract/registry.ts";
import type { RolloutPlan } from "../../../shared/contract/rollout-plan.ts";
import type { RolloutPrediction } from "../../../shared/contract/rollout-simulation.ts";
import type { Rollout, RolloutEvent, RolloutStatus } from "../../../shared/contract/rollout-status.ts";
import { Failure } from "../../base/failure.ts";
import { all, one, run } from "../statements.ts";
import { insertUpdate, type NewUpdate } from "./coordination.ts";
import { type AssignFact, assignmentWrites } from "./registry/assignments.ts";
import { requireVersion } from "./registry/rows.ts";

/** A rollout as it is kept. */
export type StoredRollout = Omit<Rollout, "waitingFor">;

export type RolloutEventFact = Omit<RolloutEvent, "sequence">;

/** What a decision changes, as one fact. */
export interface RolloutDecisionFact {
  readonly rolloutId: RolloutId;
  readonly status: RolloutStatus;
  readonly events: readonly RolloutEventFact[];
  /** Null while it is in progress. */
  readonly finishedAtMs: number | null;
  /** The rollout is resumed: calls until now no longer count. */
  readonly countsAnew: boolean;
  /** Where the candidate becomes the stable version; `assign` inserts the update of it. */
  readonly assignment: AssignFact | null;
  readonly updates: readonly NewUpdate[];
}

interface RolloutRow {
  id: RolloutId;
  use_case: string;
  stable_version_id: VersionId;
  candidate_version_id: VersionId;
  plan: string;
  status: string;
  started_at_ms: number;
  finished_at_ms: number | null;
  stable_model: string;
  stable_version: string;
  candidate_model: string;
  candidate_version: string;
}

const selectRollouts = `
  SELECT r.*, sm.name AS stable_model, sv.version AS stable_version, cm.name AS candidate_model, cv.version AS candidate_version
  FROM rollouts r
  JOIN model_versions sv ON sv.id = r.stable_version_id JOIN models sm ON sm.id = sv.model_id
  JOIN model_versions cv ON cv.id = r.candidate_version_id JOIN models cm ON cm.id = cv.model_id`;

export const rolloutReads = {
  /**
   * The rollouts, newest first, at most `limit`. `active`: true gives those that have not ended, false those that have,
   * undefined both.
   */
  listRollouts(
    db: Database,
    filter: { useCase?: string | undefined; active?: boolean | undefined; limit: number },
  ): StoredRollout[] {
    const where = [
      filter.useCase === undefined ? null : "r.use_case = $useCase",
      filter.active === undefined ? null : `r.finished_at_ms IS ${filter.active ? "" : "NOT "}NULL`,
    ].filter((clause) => clause !== null);
    return all<RolloutRow>(
      db,
      `${selectRollouts} ${where.length > 0 ? `WHERE ${where.join(" AND ")}` : ""}
       ORDER BY r.started_at_ms DESC, r.id DESC LIMIT $limit`,
      { useCase: filter.useCase, limit: filter.limit },
    ).map(toRollout);
  },

  /** One rollout as it is stored. Throws NOT_FOUND. */
  getRollout(db: Database, { rolloutId }: { rolloutId: RolloutId }): StoredRollout {
    return requireRollout(db, rolloutId);
  },

  /** The events of a rollout, in the order in which they happened. Throws NOT_FOUND. */
  rolloutEvents(db: Database, { rolloutId }: { rolloutId: RolloutId }): RolloutEvent[] {
    requireRollout(db, rolloutId);
    return eventsOf(db, rolloutId);
  },

  /**
   * All that a runner starts from: the rollout, both versions whole, and the versions that were assigned to its use
   * case until it began, newest first. Throws NOT_FOUND.
   */
  rolloutToRun(
    db: Database,
    { rolloutId }: { rolloutId: RolloutId },
  ): {
    rollout: StoredRollout;
    stable: ModelVersion;
    candidate: ModelVersion;
    history: VersionId[];
  } {
    const rollout = requireRollout(db, rolloutId);
    return {
      rollout,
      stable: requireVersion(db, rollout.stable.versionId),
      candidate: requireVersion(db, rollout.candidate.versionId),
      history: all<{ version_id: VersionId }>(
        db,
        `SELECT version_id FROM assignments WHERE use_case = $useCase AND from_ms <= $startedAtMs ORDER BY from_ms DESC, id DESC`,
        rollout,
      ).map((row) => row.version_id),
    };
  },

  /** What was predicted of the plan before the rollout began; null where nothing was. Throws NOT_FOUND. */
  rolloutPrediction(db: Database, { rolloutId }: { rolloutId: RolloutId }): RolloutPrediction | null {
    requireRollout(db, rolloutId);
    const row = one<{ prediction: string | null }>(db, "SELECT prediction FROM rollouts WHERE id = $rolloutId", {
      rolloutId,
    });
    return row?.prediction == null ? null : JSON.parse(row.prediction);
  },

  /** The version that is assigned to a use case now; null where none is, or there is no such use case. */
  assignedVersion(db: Database, { useCase }: { useCase: string }): VersionId | null {
    return assigned(db, useCase);
  },
};

export const rolloutWrites = {
  /**
   * Starts a rollout, with its first events and updates, in one transaction; where it supersedes another, that one's
   * last decision is part of it. Throws CONFLICT while another one is in progress on the use case, or where the stable
   * version is no longer the one assigned.
   */
  startRollout(
    db: Database,
    fact: {
      rolloutId: RolloutId;
      useCase: string;
      stableVersionId: VersionId;
      candidateVersionId: VersionId;
      plan: RolloutPlan;
      prediction: RolloutPrediction | null;
      status: RolloutStatus;
      events: readonly RolloutEventFact[];
      updates: readonly NewUpdate[];
      atMs: number;
      superseded: RolloutDecisionFact | null;
    },
  ): StoredRollout {
    if (fact.superseded) rolloutWrites.applyRolloutDecision(db, fact.superseded);
    refuseSecond(db, fact.useCase, fact.rolloutId);
    refuseReassigned(db, fact.useCase, fact.stableVersionId);
    run(
      db,
      `INSERT INTO rollouts (id, use_case, stable_version_id, candidate_version_id, plan, prediction, status, state,
         started_at_ms)
       VALUES ($rolloutId, $useCase, $stableVersionId, $candidateVersionId, $plan, $prediction, $status, $state, $atMs)`,
      {
        ...fact,
        plan: JSON.stringify(fact.plan),
        prediction: fact.prediction && JSON.stringify(fact.prediction),
        status: JSON.stringify(fact.status),
        state: fact.status.state,
      },
    );
    markCandidate(db, fact.candidateVersionId);
    addEvents(db, fact.rolloutId, fact.events);
    for (const update of fact.updates) insertUpdate(db, update);
    return requireRollout(db, fact.rolloutId);
  },

  /**
   * Applies a decision in one transaction: status, events, the assignment where the candidate becomes the stable
   * version, and the updates for subscribers. Throws NOT_FOUND, and CONFLICT where the use case got another version, or
   * another rollout, meanwhile.
   */
  applyRolloutDecision(db: Database, fact: RolloutDecisionFact): StoredRollout {
    const { useCase, stable, candidate, finishedAtMs } = requireRollout(db, fact.rolloutId);
    if (finishedAtMs !== null) refuseSecond(db, useCase, fact.rolloutId);
    if (fact.assignment) {
      refuseReassigned(db, useCase, stable.versionId);
      assignmentWrites.assign(db, fact.assignment);
    }
    run(
      db,
      `UPDATE rollouts SET status = $status, state = $state, finished_at_ms = $finishedAtMs,
         counted_after = CASE WHEN $countsAnew THEN (SELECT coalesce(max(rollout_begin), 0) FROM inferences
           WHERE rollout_id = $rolloutId AND rollout_begin IS NOT NULL) ELSE counted_after END
       WHERE id = $rolloutId`,
      {
        rolloutId: fact.rolloutId,
        status: JSON.stringify(fact.status),
        state: fact.status.state,
        finishedAtMs: fact.finishedAtMs,
        countsAnew: fact.countsAnew ? 1 : 0,
      },
    );
    markCandidate(db, candidate.versionId);
    addEvents(db, fact.rolloutId, fact.events);
    // Where another version was assigned meanwhile it is that one that answers, and subscribers know it already.
    const isStable = assigned(db, useCase) === stable.versionId;
    for (const update of fact.updates)
      insertUpdate(
        db,
        update.type === "rollout_rolled_back" && !isStable
          ? { ...update, versionId: candidate.versionId, percent: 0 }
          : update,
      );
    return requireRollout(db, fact.rolloutId);
  },
};

/** A version that nothing answers by is a candidate while it is rolled out, and registered else. */
function markCandidate(db: Database, versionId: VersionId): void {
  run(
    db,
    `UPDATE model_versions SET status = CASE WHEN EXISTS (
       SELECT 1 FROM rollouts WHERE candidate_version_id = $versionId AND finished_at_ms IS NULL
     ) THEN 'candidate' ELSE 'registered' END
     WHERE id = $versionId AND status IN ('registered', 'candidate')`,
    { versionId },
  );
}

function refuseSecond(db: Database, useCase: string, except: RolloutId): void {
  const running = one<RolloutRow>(
    db,
    `${selectRollouts} WHERE r.use_case = $useCase AND r.finished_at_ms IS NULL AND r.id <> $except`,
    { useCase, except },
  );
  if (!running) return;
  throw new Failure(
    "CONFLICT",
    `${running.candidate_model} ${running.candidate_version} is being rolled out on ${useCase} already (${running.id}).`,
    {
      field: "useCase",
      value: useCase,
      remedy: "Wait for its end, abort it, or start this one so that it supersedes it.",
    },
  );
}

function refuseReassigned(db: Database, useCase: string, stable: VersionId): void {
  if (assigned(db, useCase) === stable) return;
  throw new Failure("CONFLICT", `Another version was assigned to ${useCase} meanwhile.`, {
    field: "useCase",
    value: useCase,
    remedy: "Look at what is assigned now, then start a new rollout from it.",
  });
}

function assigned(db: Database, useCase: string): VersionId | null {
  const live = one<{ version_id: VersionId }>(
    db,
    "SELECT version_id FROM assignments WHERE use_case = $useCase AND until_ms IS NULL",
    { useCase },
  );
  return live?.version_id ?? null;
}

/** The rollout with an id. Throws NOT_FOUND. */
export function requireRollout(db: Database, rolloutId: RolloutId): StoredRollout {
  const row = one<RolloutRow>(db, `${selectRollouts} WHERE r.id = $rolloutId`, { rolloutId });
  if (!row)
    throw new Failure("NOT_FOUND", "There is no such rollout.", {
      field: "rolloutId",
      value: rolloutId,
      remedy: "List the rollouts and use one of their ids.",
    });
  return toRollout(row);
}

function eventsOf(db: Database, rolloutId: RolloutId): RolloutEvent[] {
  return all<EventRow>(
    db,
    `SELECT sequence, at_ms, type, message, asked_by, candidate_percent FROM rollout_events
     WHERE rollout_id = $rolloutId ORDER BY sequence`,
    { rolloutId },
  ).map((row) => ({
    sequence: row.sequence,
    atMs: row.at_ms,
    type: row.type,
    message: row.message,
    by: JSON.parse(row.asked_by),
    candidatePercent: row.candidate_percent,
  }));
}

function addEvents(db: Database, rolloutId: RolloutId, events: readonly RolloutEventFact[]): void {
  for (const event of events)
    run(
      db,
      `INSERT INTO rollout_events (rollout_id, sequence, at_ms, type, message, asked_by, candidate_percent)
       VALUES ($rolloutId, (SELECT coalesce(max(sequence), 0) + 1 FROM rollout_events WHERE rollout_id = $rolloutId),
         $atMs, $type, $message, $by, $candidatePercent)`,
      { ...event, by: JSON.stringify(event.by), rolloutId },
    );
}

interface EventRow {
  sequence: number;
  at_ms: number;
  type: RolloutEvent["type"];
  message: string;
  asked_by: string;
  candidate_percent: number;
}

function toRollout(row: RolloutRow): StoredRollout {
  return {
    id: row.id,
    useCase: row.use_case,
    stable: { versionId: row.stable_version_id, model: row.stable_model, version: row.stable_version },
    candidate: { versionId: row.candidate_version_id, model: row.candidate_model, version: row.candidate_version },
    plan: storedPlan(row.plan),
    status: JSON.parse(row.status),
    startedAtMs: row.started_at_ms,
    finishedAtMs: row.finished_at_ms,
  };
}

/** Plans from before there was a safeguard have none, and those from before arms had to settle count every call. */
function storedPlan(text: string): StoredRollout["plan"] {
  const plan = JSON.parse(text);
  return { safeguard: false, ...plan, analysis: { settleCalls: 0, ...plan.analysis } };
}
