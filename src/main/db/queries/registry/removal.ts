import type { Database } from "better-sqlite3";
import type { VersionId } from "../../../../shared/contract/ids.ts";
import type { ModelVersion } from "../../../../shared/contract/registry.ts";
import { Failure } from "../../../base/failure.ts";
import { firstCallId } from "../../call-ids.ts";
import { all, one, run } from "../../statements.ts";
import { requireVersion } from "./rows.ts";

export const removalReads = {
  /**
   * Throws CONFLICT, listing what refers to a version, where anything does; NOT_FOUND where there is none. Runs on a
   * reader, because finding no call among millions takes a while; `removeVersion` checks what came since.
   */
  refuseReferred(db: Database, { versionId }: { versionId: VersionId }): void {
    const version = requireVersion(db, versionId);
    refuseWhere(version, quickReferences(db, version));
    refuseWhere(version, calls(db, version, 0));
    const proposed = one(db, "SELECT 1 FROM proposals WHERE model = $model AND version = $version LIMIT 1", {
      model: version.model,
      version: version.version,
    });
    refuseWhere(version, proposed ? ["text it wrote for a story"] : []);
  },
};

export const removalWrites = {
  /**
   * Removes a version to which nothing refers, and its model with its last version, in one transaction. `checkedAtMs`
   * is when `refuseReferred` began: only later calls are checked again. Throws NOT_FOUND and CONFLICT as that does.
   */
  removeVersion(db: Database, { versionId, checkedAtMs }: { versionId: VersionId; checkedAtMs: number }): void {
    const version = requireVersion(db, versionId);
    refuseWhere(version, [...quickReferences(db, version), ...calls(db, version, checkedAtMs)]);
    run(db, "DELETE FROM model_versions WHERE id = $versionId", { versionId });
    run(
      db,
      "DELETE FROM models WHERE id = $modelId AND NOT EXISTS (SELECT 1 FROM model_versions WHERE model_id = $modelId)",
      { modelId: version.modelId },
    );
  },
};

/** Attempts in the log need no check of their own: only an assigned version, a fallback or a call's own version is attempted. */
function calls(db: Database, { id, model }: ModelVersion, sinceMs: number): string[] {
  const found = one(
    db,
    "SELECT 1 FROM inferences WHERE model = $model AND id >= $firstId AND version_id = $id LIMIT 1",
    { id, model, firstId: firstCallId(sinceMs) },
  );
  return found ? ["logged calls"] : [];
}

function quickReferences(db: Database, { id }: ModelVersion): string[] {
  const useCases = (sql: string) =>
    all<{ use_case: string }>(db, sql, { id })
      .map((row) => row.use_case)
      .join(", ");
  const assigned = useCases("SELECT DISTINCT use_case FROM assignments WHERE version_id = $id ORDER BY use_case");
  const fallbacks = useCases(
    `SELECT DISTINCT use_case FROM assignments
     WHERE EXISTS (SELECT 1 FROM json_each(fallbacks) WHERE value = $id) ORDER BY use_case`,
  );
  return [
    ...(assigned === "" ? [] : [`the assignments, past or present, of ${assigned}`]),
    ...(fallbacks === "" ? [] : [`the fallbacks, past or present, of ${fallbacks}`]),
    ...(one(db, "SELECT 1 FROM test_results WHERE version_id = $id LIMIT 1", { id }) ? ["results of test suites"] : []),
    ...(one(db, "SELECT 1 FROM rollouts WHERE $id IN (stable_version_id, candidate_version_id) LIMIT 1", { id })
      ? ["rollouts"]
      : []),
    ...(one(db, "SELECT 1 FROM test_cases WHERE instr(assertions, $id) > 0 LIMIT 1", { id })
      ? ["assertions of test cases"]
      : []),
  ];
}

function refuseWhere({ id, model, version }: ModelVersion, references: readonly string[]): void {
  if (references.length === 0) return;
  throw new Failure("CONFLICT", `${model} ${version} cannot be removed: ${references.join("; ")} refer to it.`, {
    field: "versionId",
    value: id,
    remedy: "Retire it instead: what refers to it keeps its meaning.",
  });
}
