import type { Database } from "better-sqlite3";
import type { AssignmentId, ModelId, VersionId } from "../../../../shared/contract/ids.ts";
import type { Assignment, ModelVersion } from "../../../../shared/contract/registry.ts";
import { Failure } from "../../../base/failure.ts";
import { all, one } from "../../statements.ts";

export interface VersionRow {
  id: VersionId;
  model_id: ModelId;
  name: string;
  type: ModelVersion["modelType"];
  provider: ModelVersion["provider"];
  version: string;
  status: ModelVersion["status"];
  digest: string | null;
  configuration: string;
  created_at_ms: number;
  note: string;
  drift: string | null;
  /** JSON arrays. */
  assigned_to: string;
  tags: string;
  aliases: string;
}

export interface AssignmentRow {
  id: AssignmentId;
  use_case: string;
  version_id: VersionId;
  name: string;
  version: string;
  fallbacks: string;
  defaults: string;
  from_ms: number;
  until_ms: number | null;
  assigned_by: string;
  reason: string | null;
}

export const selectVersions = `
  SELECT v.id, v.model_id, m.name, m.type, m.provider, v.version, v.status, v.digest, v.configuration, v.created_at_ms, v.note, v.drift,
    (SELECT json_group_array(use_case ORDER BY use_case) FROM assignments WHERE version_id = v.id AND until_ms IS NULL) AS assigned_to,
    (SELECT json_group_array(tag ORDER BY tag) FROM version_tags WHERE version_id = v.id) AS tags,
    (SELECT json_group_array(alias ORDER BY alias) FROM model_aliases WHERE version_id = v.id) AS aliases
  FROM model_versions v JOIN models m ON m.id = v.model_id`;

/** Fallbacks with their names, so that a list of assignments is one statement. */
export const selectAssignments = `
  SELECT a.id, a.use_case, a.version_id, m.name, v.version, a.defaults, a.from_ms, a.until_ms, a.assigned_by, a.reason,
    (SELECT json_group_array(json_object('versionId', fv.id, 'model', fm.name, 'version', fv.version) ORDER BY f.key)
     FROM json_each(a.fallbacks) f JOIN model_versions fv ON fv.id = f.value JOIN models fm ON fm.id = fv.model_id) AS fallbacks
  FROM assignments a JOIN model_versions v ON v.id = a.version_id JOIN models m ON m.id = v.model_id`;

/**
 * A version as the contract has it; `digest` is null until it is pinned, `drift` null while its content is what it was
 * pinned to.
 */
export function toVersion(row: VersionRow): ModelVersion {
  return {
    id: row.id,
    modelId: row.model_id,
    model: row.name,
    modelType: row.type,
    provider: row.provider,
    version: row.version,
    status: row.status,
    digest: row.digest,
    configuration: JSON.parse(row.configuration),
    createdAtMs: row.created_at_ms,
    assignedTo: JSON.parse(row.assigned_to),
    tags: JSON.parse(row.tags),
    aliases: JSON.parse(row.aliases),
    note: row.note,
    drift: row.drift === null ? null : JSON.parse(row.drift),
  };
}

/** An assignment as the contract has it; `untilMs` is null while it is live. */
export function toAssignment(row: AssignmentRow): Assignment {
  return {
    id: row.id,
    useCase: row.use_case,
    versionId: row.version_id,
    model: row.name,
    version: row.version,
    fallbacks: JSON.parse(row.fallbacks),
    defaults: JSON.parse(row.defaults),
    fromMs: row.from_ms,
    untilMs: row.until_ms,
    by: JSON.parse(row.assigned_by),
    reason: row.reason,
  };
}

/** The version with an id. Throws NOT_FOUND, which names the `field` that held the id. */
export function requireVersion(db: Database, id: VersionId, field = "versionId"): ModelVersion {
  const row = one<VersionRow>(db, `${selectVersions} WHERE v.id = $id`, { id });
  if (!row)
    throw new Failure("NOT_FOUND", "There is no such model version.", {
      field,
      value: id,
      remedy: "List the versions and use one of their ids.",
    });
  return toVersion(row);
}

/** Throws NOT_FOUND, whose remedy lists the use cases, where there is none of the name. */
export function requireUseCase(db: Database, name: string): void {
  if (one(db, "SELECT 1 FROM use_cases WHERE name = $name", { name })) return;
  const known = all<{ name: string }>(db, "SELECT name FROM use_cases ORDER BY created_at_ms").map((row) => row.name);
  throw new Failure("NOT_FOUND", `There is no use case ${name}.`, {
    field: "useCase",
    value: name,
    remedy: `Use one of ${known.join(", ")}, or add it first.`,
  });
}

/** The text that a search by words looks through: normalised (NFKC) and in lower case. */
export function searchText(parts: readonly string[]): string {
  return parts.join(" ").normalize("NFKC").toLowerCase();
}
