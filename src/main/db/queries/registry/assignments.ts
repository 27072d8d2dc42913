import type { Actor } from "../../../../shared/contract/actor.ts";
import type { Database } from "better-sqlite3";
import type { AssignmentId, VersionId } from "../../../../shared/contract/ids.ts";
import type { GenerationOptions } from "../../../../shared/contract/inference.ts";
import type { Assignment, ModelVersion } from "../../../../shared/contract/registry.ts";
import { Failure } from "../../../base/failure.ts";
import { all, one, run } from "../../statements.ts";
import { insertUpdate, type NewUpdate } from "../coordination.ts";
import {
  type AssignmentRow,
  requireUseCase,
  requireVersion,
  selectAssignments,
  selectVersions,
  toAssignment,
  toVersion,
  type VersionRow,
} from "./rows.ts";
import { useCaseReads } from "./use-cases.ts";

export interface LiveAssignment {
  readonly useCase: string;
  /** Null when nothing is assigned. */
  readonly version: ModelVersion | null;
  readonly fallbacks: ModelVersion[];
  readonly defaults: GenerationOptions;
}

export const assignmentReads = {
  /**
   * What answers every use case now, with whole versions: all that routing a call needs. `version` is null where
   * nothing is assigned.
   */
  liveAssignments(db: Database): LiveAssignment[] {
    const versions = new Map(
      all<VersionRow>(
        db,
        `${selectVersions} WHERE v.id IN (
           SELECT version_id FROM assignments WHERE until_ms IS NULL
           UNION SELECT value FROM assignments, json_each(fallbacks) WHERE until_ms IS NULL)`,
      ).map((row) => [row.id, toVersion(row)]),
    );
    const known = (id: VersionId) => versions.get(id) ?? null;
    return useCaseReads.listUseCases(db).map(({ name, assignment }) => ({
      useCase: name,
      version: assignment && known(assignment.versionId),
      fallbacks: (assignment?.fallbacks ?? []).flatMap(({ versionId }) => known(versionId) ?? []),
      defaults: assignment?.defaults ?? {},
    }));
  },

  /**
   * All assignments of a use case, newest first; the live one's `untilMs` is null. Throws NOT_FOUND for the use case.
   */
  assignmentHistory(db: Database, { useCase }: { useCase: string }): Assignment[] {
    requireUseCase(db, useCase);
    return all<AssignmentRow>(
      db,
      `${selectAssignments} WHERE a.use_case = $useCase ORDER BY a.from_ms DESC, a.id DESC`,
      { useCase },
    ).map(toAssignment);
  },

  /**
   * The assignments that were live at some time of a span, its ends included, oldest first; `untilMs` null means until
   * now.
   */
  assignmentTimeline(db: Database, span: { sinceMs: number; untilMs: number | null }): Assignment[] {
    return all<AssignmentRow>(
      db,
      `${selectAssignments} WHERE (a.until_ms IS NULL OR a.until_ms > $sinceMs OR a.from_ms >= $sinceMs)
       AND ($untilMs IS NULL OR a.from_ms <= $untilMs) ORDER BY a.from_ms, a.id`,
      span,
    ).map(toAssignment);
  },
};

export interface AssignFact {
  readonly assignmentId: AssignmentId;
  readonly useCase: string;
  readonly versionId: VersionId;
  /** Left out, they stay as the live assignment has them. */
  readonly fallbacks?: readonly VersionId[] | undefined;
  readonly defaults?: GenerationOptions | undefined;
  readonly atMs: number;
  readonly by: Actor;
  readonly reason: string | null;
  /** See `makeLive`. */
  readonly update?: Pick<NewUpdate, "type" | "message">;
}

interface LiveRow {
  id: AssignmentId;
  use_case: string;
  version_id: VersionId;
  from_ms: number;
  fallbacks: string;
  defaults: string;
}

export const assignmentWrites = {
  /**
   * Makes a version answer a use case from `atMs` on and ends the live assignment, in one transaction with the update
   * for subscribers. Fallbacks and defaults that are undefined stay as they were. Throws NOT_FOUND, CONFLICT for a retired
   * version and for one that drifted and did not answer there yet, since every call would be refused, and BAD_REQUEST for a fallback that is named twice or is the version itself.
   */
  assign(db: Database, fact: AssignFact): Assignment {
    requireUseCase(db, fact.useCase);
    const version = requireVersion(db, fact.versionId);
    refuseRetired(version, "versionId");
    const live = liveOf(db, fact.useCase);
    // A rollout watches the calls of its candidate itself.
    if (live?.version_id !== version.id && fact.update === undefined) refuseDrifted(version, "versionId");
    if (fact.fallbacks) checkFallbacks(db, fact.versionId, fact.fallbacks, live ? parseIds(live.fallbacks) : []);
    // A fallback that becomes the version itself is no fallback any more.
    const carried = live === undefined ? [] : parseIds(live.fallbacks).filter((id) => id !== fact.versionId);
    return makeLive(db, live, {
      ...fact,
      fallbacks: JSON.stringify(fact.fallbacks ?? carried),
      defaults: fact.defaults ? JSON.stringify(fact.defaults) : (live?.defaults ?? "{}"),
    });
  },

  /**
   * Makes an earlier assignment live again as a new one, with its fallbacks (retired ones left out) and defaults;
   * without `assignmentId`, the one before the live one. Throws NOT_FOUND, and CONFLICT where there is no earlier one,
   * it is live already, or its version is retired or has drifted.
   */
  undoAssignment(
    db: Database,
    fact: {
      useCase: string;
      assignmentId?: AssignmentId | undefined;
      newId: AssignmentId;
      atMs: number;
      by: Actor;
      reason: string | null;
    },
  ): Assignment {
    requireUseCase(db, fact.useCase);
    const live = liveOf(db, fact.useCase);
    const target = toAssignment(undoTarget(db, fact, live));
    const version = requireVersion(db, target.versionId);
    const field = fact.assignmentId === undefined ? "useCase" : "assignmentId";
    refuseRetired(version, field, fact.assignmentId ?? fact.useCase);
    refuseDrifted(version, field, fact.assignmentId ?? fact.useCase);
    const fallbacks = target.fallbacks.map(({ versionId }) => requireVersion(db, versionId));
    const retired = fallbacks.filter(({ status }) => status === "retired").map(nameOf);
    const why = fact.reason ?? `Undo: back to ${nameOf(version)} of ${timeOf(target.fromMs, fact.atMs)}`;
    return makeLive(db, live, {
      ...fact,
      assignmentId: fact.newId,
      versionId: version.id,
      fallbacks: JSON.stringify(fallbacks.filter(({ status }) => status !== "retired").map(({ id }) => id)),
      defaults: JSON.stringify(target.defaults),
      reason: retired.length === 0 ? why : `${why} (without the retired fallback ${retired.join(", ")})`,
    });
  },
};

/** The live assignments in which a version answers or is a fallback, by use case. */
export function liveAssignmentsWith(db: Database, versionId: VersionId): LiveRow[] {
  return all<LiveRow>(
    db,
    `${selectLive} AND (version_id = $versionId OR EXISTS (SELECT 1 FROM json_each(fallbacks) WHERE value = $versionId))
     ORDER BY use_case`,
    { versionId },
  );
}

const selectLive = `
  SELECT id, use_case, version_id, from_ms, fallbacks, defaults FROM assignments WHERE until_ms IS NULL`;

/**
 * Ends the live assignment and inserts the new one, the status of both versions and the update for subscribers, in one
 * transaction. Where the clock went back, it begins when the live one began.
 */
export function makeLive(
  db: Database,
  live: LiveRow | undefined,
  fact: Pick<AssignFact, "assignmentId" | "useCase" | "versionId" | "atMs" | "by" | "reason"> & {
    fallbacks: string;
    defaults: string;
    /** Of type `assigned`, with a message made here, unless given. */
    update?: Pick<NewUpdate, "type" | "message">;
  },
): Assignment {
  // A clock that went back must not make an assignment end before it began.
  const atMs = Math.max(fact.atMs, live?.from_ms ?? 0);
  const { assignmentId, useCase, versionId, fallbacks, defaults, by, reason } = fact;
  run(db, "UPDATE assignments SET until_ms = $atMs WHERE use_case = $useCase AND until_ms IS NULL", { useCase, atMs });
  run(
    db,
    `INSERT INTO assignments (id, use_case, version_id, from_ms, assigned_by, reason, fallbacks, defaults)
     VALUES ($assignmentId, $useCase, $versionId, $atMs, $by, $reason, $fallbacks, $defaults)`,
    { assignmentId, useCase, versionId, atMs, by: JSON.stringify(by), reason, fallbacks, defaults },
  );
  run(db, "UPDATE model_versions SET status = 'active' WHERE id = $versionId", { versionId });
  if (live && live.version_id !== versionId)
    run(
      db,
      `UPDATE model_versions SET status = 'registered' WHERE id = $id AND status = 'active'
       AND NOT EXISTS (SELECT 1 FROM assignments WHERE version_id = $id AND until_ms IS NULL)`,
      { id: live.version_id },
    );
  const row = one<AssignmentRow>(db, `${selectAssignments} WHERE a.id = $assignmentId`, { assignmentId });
  if (!row) throw new Error("the assignment just written is not there");
  const what =
    live?.version_id === versionId ? "still answers, with other fallbacks or options" : "answers all calls now";
  const message = `${row.name} ${row.version} ${what}${reason === null ? "" : `: ${reason}`}`;
  const percent = live?.version_id === versionId ? 100 - candidatePercentOf(db, useCase) : 100;
  insertUpdate(db, { type: "assigned", message, ...fact.update, atMs, useCase, versionId, percent });
  return toAssignment(row);
}

/** The share of a candidate that is being rolled out on a use case; 0 where none is. */
function candidatePercentOf(db: Database, useCase: string): number {
  const row = one<{ percent: number }>(
    db,
    "SELECT status ->> 'candidatePercent' AS percent FROM rollouts WHERE use_case = $useCase AND finished_at_ms IS NULL",
    { useCase },
  );
  return row?.percent ?? 0;
}

function liveOf(db: Database, useCase: string): LiveRow | undefined {
  return one<LiveRow>(db, `${selectLive} AND use_case = $useCase`, { useCase });
}

function undoTarget(
  db: Database,
  fact: { useCase: string; assignmentId?: AssignmentId | undefined },
  live: LiveRow | undefined,
): AssignmentRow {
  if (fact.assignmentId === undefined) {
    const before = one<AssignmentRow>(
      db,
      `${selectAssignments} WHERE a.use_case = $useCase AND a.until_ms IS NOT NULL ORDER BY a.from_ms DESC, a.id DESC LIMIT 1`,
      { useCase: fact.useCase },
    );
    if (before) return before;
    throw new Failure("CONFLICT", `There is no earlier assignment of ${fact.useCase} to go back to.`, {
      field: "useCase",
      value: fact.useCase,
      remedy: live ? "Assign another version instead." : "Assign a version first.",
    });
  }
  const row = one<AssignmentRow>(db, `${selectAssignments} WHERE a.use_case = $useCase AND a.id = $assignmentId`, {
    useCase: fact.useCase,
    assignmentId: fact.assignmentId,
  });
  if (!row)
    throw new Failure("NOT_FOUND", `There is no such assignment of ${fact.useCase}.`, {
      field: "assignmentId",
      value: fact.assignmentId,
      remedy: `Use an id from the history of ${fact.useCase}.`,
    });
  if (row.until_ms === null)
    throw new Failure("CONFLICT", `${row.name} ${row.version} is the live assignment of ${fact.useCase} already.`, {
      field: "assignmentId",
      value: fact.assignmentId,
      remedy: "Choose an earlier one.",
    });
  return row;
}

/** One that drifted may stay a fallback, and is none anew. */
function checkFallbacks(
  db: Database,
  versionId: VersionId,
  fallbacks: readonly VersionId[],
  before: readonly VersionId[],
): void {
  const refusal = (value: string, message: string, remedy: string) =>
    new Failure("BAD_REQUEST", message, { field: "fallbacks", value, remedy });
  for (const [index, id] of fallbacks.entries()) {
    const version = requireVersion(db, id, "fallbacks");
    if (id === versionId)
      throw refusal(id, `${nameOf(version)} cannot be its own fallback.`, "Leave it out of the fallbacks.");
    if (fallbacks.indexOf(id) !== index)
      throw refusal(id, `${nameOf(version)} is in the fallbacks twice.`, "Name each fallback once.");
    refuseRetired(version, "fallbacks");
    if (!before.includes(id)) refuseDrifted(version, "fallbacks");
  }
}

function refuseRetired(version: ModelVersion, field: string, value: string = version.id): void {
  if (version.status !== "retired") return;
  throw new Failure("CONFLICT", `${nameOf(version)} is retired.`, {
    field,
    value,
    remedy: "Choose a version that is not retired, or set its status back to registered first.",
  });
}

function refuseDrifted(version: ModelVersion, field: string, value: string = version.id): void {
  if (!version.drift) return;
  throw new Failure(
    "CONFLICT",
    `${nameOf(version)} is no longer what it was registered as on ${version.drift.endpoint}, so that it would answer no call.`,
    {
      field,
      value,
      remedy: "Register what is there now as a new version, or put the registered one back.",
    },
  );
}

function nameOf({ model, version }: ModelVersion): string {
  return `${model} ${version}`;
}

/** Local: `Tue 14:05` within the last six days, `3 Nov 2026 14:05` before. */
function timeOf(thenMs: number, nowMs: number): string {
  const recent = nowMs - thenMs < 6 * 86_400_000;
  const day = recent ? ({ weekday: "short" } as const) : ({ day: "numeric", month: "short", year: "numeric" } as const);
  const date = new Intl.DateTimeFormat("en-GB", day).format(thenMs);
  return `${date} ${new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }).format(thenMs)}`;
}

function parseIds(json: string): VersionId[] {
  return JSON.parse(json);
}
