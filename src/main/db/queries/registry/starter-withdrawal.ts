import { isDeepStrictEqual } from "node:util";
import type { Database } from "better-sqlite3";
import { v7 as uuid } from "uuid";
import { system } from "../../../../shared/contract/actor.ts";
import { assignmentId, type VersionId } from "../../../../shared/contract/ids.ts";
import type { RegistryDocument } from "../../../../shared/contract/registry.ts";
import { nothingAssigned } from "../../../../shared/labels.ts";
import { Failure } from "../../../base/failure.ts";
import { all, one, run } from "../../statements.ts";
import { assignmentWrites } from "./assignments.ts";
import { removalReads, removalWrites } from "./removal.ts";

interface OwnAssignment {
  readonly id: string;
  readonly useCase: string;
  readonly by: string;
  readonly reason: string | null;
}

/** What the starter model answered by itself until a document came, and which of the document's versions is the same model. */
export interface Withdrawn {
  readonly useCases: readonly string[];
  readonly sameVersionId: VersionId;
}

/**
 * Takes the starter model out of the way of a document: Taleward registered and assigned it by itself, so that it does not stand
 * against what a person imports. Its own assignments end where the document has some; the version itself goes where the document
 * has the same model (by its digest) under an id of its own, and is what `assignAgain` needs then. Nothing is touched where the
 * starter was ever used or named by a person. Within the transaction of the import.
 */
export function withdrawStarter(db: Database, document: RegistryDocument): Withdrawn | null {
  const starter = one<{ id: VersionId; model: string; digest: string | null }>(
    db,
    `SELECT v.id, m.name AS model, v.digest FROM model_versions v JOIN models m ON m.id = v.model_id
     WHERE v.configuration ->> 'file' = 'starter' LIMIT 1`,
  );
  if (!starter || document.versions.some(({ id }) => id === starter.id) || hasCalls(db, starter)) return null;
  const own = all<OwnAssignment>(
    db,
    `SELECT id, use_case AS useCase, assigned_by AS "by", reason FROM assignments WHERE version_id = $id`,
    starter,
  );
  if (!own.every(isOwn)) return null;
  const answered = new Set(document.assignments.map(({ useCase }) => useCase));
  const [ending, staying] = [
    own.filter((one) => answered.has(one.useCase)),
    own.filter((one) => !answered.has(one.useCase)),
  ];
  remove(db, ending);
  const same = document.versions.find(({ digest }) => digest !== null && digest === starter.digest);
  if (!same || !removeVersion(db, starter.id, staying)) return null;
  return { useCases: staying.map(({ useCase }) => useCase), sameVersionId: same.id };
}

/** What the starter answered and the document has nothing for is answered by the document's own version of the same model. */
export function assignAgain(db: Database, { useCases, sameVersionId }: Withdrawn, atMs: number): void {
  for (const useCase of useCases)
    assignmentWrites.assign(db, {
      assignmentId: assignmentId.parse(uuid()),
      useCase,
      versionId: sameVersionId,
      atMs,
      by: system,
      reason: nothingAssigned,
    });
}

function isOwn({ by, reason }: OwnAssignment): boolean {
  return reason === nothingAssigned && isDeepStrictEqual(JSON.parse(by), system);
}

function remove(db: Database, assignments: readonly OwnAssignment[]): void {
  for (const { id } of assignments) run(db, "DELETE FROM assignments WHERE id = $id", { id });
}

/** Removes a version with its assignments; false, with nothing changed, where anything else refers to it. */
function removeVersion(db: Database, versionId: VersionId, assignments: readonly OwnAssignment[]): boolean {
  try {
    db.transaction(() => {
      remove(db, assignments);
      removalReads.refuseReferred(db, { versionId });
      removalWrites.removeVersion(db, { versionId, checkedAtMs: 0 });
    })();
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

function hasCalls(db: Database, of: { readonly id: VersionId; readonly model: string }): boolean {
  return one(db, "SELECT 1 FROM inferences WHERE model = $model AND version_id = $id LIMIT 1", of) !== undefined;
}
