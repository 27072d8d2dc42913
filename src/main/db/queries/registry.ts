import type { Database } from "better-sqlite3";
import type { AssignmentId, ModelId, VersionId } from "../../../shared/contract/ids.ts";
import type { Assignment, ModelVersion, RegisterModelInput, UseCase } from "../../../shared/contract/registry.ts";
import { Failure } from "../../failure.ts";
import { all, one, run } from "../statements.ts";

interface VersionRow {
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
  assigned_to: string | null;
}

interface AssignmentRow {
  id: AssignmentId;
  use_case: string;
  version_id: VersionId;
  name: string;
  version: string;
  from_ms: number;
  until_ms: number | null;
  assigned_by: string;
  reason: string | null;
}

const selectVersions = `
  SELECT v.id, v.model_id, m.name, m.type, m.provider, v.version, v.status, v.digest, v.configuration, v.created_at_ms,
    (SELECT group_concat(use_case, ' ' ORDER BY use_case) FROM assignments a WHERE a.version_id = v.id AND a.until_ms IS NULL) AS assigned_to
  FROM model_versions v JOIN models m ON m.id = v.model_id`;

const selectAssignments = `
  SELECT a.id, a.use_case, a.version_id, m.name, v.version, a.from_ms, a.until_ms, a.assigned_by, a.reason
  FROM assignments a JOIN model_versions v ON v.id = a.version_id JOIN models m ON m.id = v.model_id`;

export const registryReads = {
  listVersions(db: Database): ModelVersion[] {
    return all<VersionRow>(db, `${selectVersions} ORDER BY v.created_at_ms DESC, v.id DESC`).map(toVersion);
  },
  listUseCases(db: Database): UseCase[] {
    const live = new Map(
      all<AssignmentRow>(db, `${selectAssignments} WHERE a.until_ms IS NULL`).map((row) => [
        row.use_case,
        toAssignment(row),
      ]),
    );
    return all<{ name: string; description: string }>(
      db,
      "SELECT name, description FROM use_cases ORDER BY created_at_ms, name",
    ).map((row) => ({ ...row, assignment: live.get(row.name) ?? null }));
  },
  assignmentHistory(db: Database, { useCase }: { useCase: string }): Assignment[] {
    return all<AssignmentRow>(
      db,
      `${selectAssignments} WHERE a.use_case = $useCase ORDER BY a.from_ms DESC, a.id DESC`,
      {
        useCase,
      },
    ).map(toAssignment);
  },
};

export const registryWrites = {
  /** One fact: the model if it is new, its version, and its assignment if a use case is named. */
  registerVersion(
    db: Database,
    fact: RegisterModelInput & {
      modelId: ModelId;
      versionId: VersionId;
      assignmentId: AssignmentId;
      digest: string | null;
      atMs: number;
      by: string;
    },
  ): ModelVersion {
    const known = one<{ id: ModelId; type: string; provider: string }>(
      db,
      "SELECT id, type, provider FROM models WHERE name = $name",
      { name: fact.modelName },
    );
    if (known && known.provider !== fact.provider)
      throw new Failure("CONFLICT", `${fact.modelName} is registered with the provider ${known.provider}.`, {
        field: "provider",
        value: fact.provider,
        remedy: `Use provider ${known.provider}, or register under another name.`,
      });
    if (known && known.type !== fact.modelType)
      throw new Failure("CONFLICT", `${fact.modelName} is registered as ${known.type}.`, {
        field: "modelType",
        value: fact.modelType,
        remedy: `Use ${known.type}, or register under another name.`,
      });
    const modelId = known?.id ?? fact.modelId;
    if (!known)
      run(
        db,
        "INSERT INTO models (id, name, type, provider, created_at_ms) VALUES ($id, $name, $type, $provider, $atMs)",
        {
          id: modelId,
          name: fact.modelName,
          type: fact.modelType,
          provider: fact.provider,
          atMs: fact.atMs,
        },
      );
    if (
      one(db, "SELECT 1 FROM model_versions WHERE model_id = $modelId AND version = $version", {
        modelId,
        version: fact.version,
      })
    )
      throw new Failure("CONFLICT", `${fact.modelName} already has a version ${fact.version}.`, {
        field: "version",
        value: fact.version,
        remedy: "Versions are never changed in place: choose a new version label.",
      });
    run(
      db,
      `INSERT INTO model_versions (id, model_id, version, status, digest, configuration, created_at_ms)
       VALUES ($id, $modelId, $version, 'registered', $digest, $configuration, $atMs)`,
      {
        id: fact.versionId,
        modelId,
        version: fact.version,
        digest: fact.digest,
        configuration: JSON.stringify(fact.configuration),
        atMs: fact.atMs,
      },
    );
    if (fact.useCase !== undefined)
      registryWrites.assign(db, {
        assignmentId: fact.assignmentId,
        useCase: fact.useCase,
        versionId: fact.versionId,
        atMs: fact.atMs,
        by: fact.by,
        reason: null,
      });
    return requireVersion(db, fact.versionId);
  },

  assign(
    db: Database,
    fact: {
      assignmentId: AssignmentId;
      useCase: string;
      versionId: VersionId;
      atMs: number;
      by: string;
      reason: string | null;
    },
  ): Assignment {
    requireUseCase(db, fact.useCase);
    const version = requireVersion(db, fact.versionId);
    if (version.status === "retired")
      throw new Failure("CONFLICT", `${version.model} ${version.version} is retired.`, {
        field: "versionId",
        value: fact.versionId,
        remedy: "Choose a version that is not retired.",
      });
    const live = one<{ version_id: VersionId; from_ms: number }>(
      db,
      "SELECT version_id, from_ms FROM assignments WHERE use_case = $useCase AND until_ms IS NULL",
      fact,
    );
    // A clock that went back must not make an assignment end before it began.
    const atMs = Math.max(fact.atMs, live?.from_ms ?? 0);
    run(db, "UPDATE assignments SET until_ms = $atMs WHERE use_case = $useCase AND until_ms IS NULL", {
      ...fact,
      atMs,
    });
    run(
      db,
      `INSERT INTO assignments (id, use_case, version_id, from_ms, assigned_by, reason)
       VALUES ($assignmentId, $useCase, $versionId, $atMs, $by, $reason)`,
      { ...fact, atMs },
    );
    run(db, "UPDATE model_versions SET status = 'active' WHERE id = $versionId", fact);
    if (live && live.version_id !== fact.versionId)
      run(
        db,
        `UPDATE model_versions SET status = 'registered' WHERE id = $id AND status = 'active'
         AND NOT EXISTS (SELECT 1 FROM assignments WHERE version_id = $id AND until_ms IS NULL)`,
        { id: live.version_id },
      );
    const row = one<AssignmentRow>(db, `${selectAssignments} WHERE a.id = $id`, { id: fact.assignmentId });
    if (!row) throw new Error("the assignment just written is not there");
    return toAssignment(row);
  },

  addUseCase(db: Database, fact: { name: string; description: string; atMs: number }): UseCase {
    if (one(db, "SELECT 1 FROM use_cases WHERE name = $name", fact))
      throw new Failure("CONFLICT", `There is a use case ${fact.name} already.`, {
        field: "name",
        value: fact.name,
        remedy: "Assign a version to it, or choose another name.",
      });
    run(db, "INSERT INTO use_cases (name, description, created_at_ms) VALUES ($name, $description, $atMs)", fact);
    return { name: fact.name, description: fact.description, assignment: null };
  },
};

function requireUseCase(db: Database, name: string): void {
  if (one(db, "SELECT 1 FROM use_cases WHERE name = $name", { name })) return;
  const known = all<{ name: string }>(db, "SELECT name FROM use_cases ORDER BY created_at_ms").map((row) => row.name);
  throw new Failure("NOT_FOUND", `There is no use case ${name}.`, {
    field: "useCase",
    value: name,
    remedy: `Use one of ${known.join(", ")}, or add it first.`,
  });
}

function requireVersion(db: Database, id: VersionId): ModelVersion {
  const row = one<VersionRow>(db, `${selectVersions} WHERE v.id = $id`, { id });
  if (!row)
    throw new Failure("NOT_FOUND", "There is no such model version.", {
      field: "versionId",
      value: id,
      remedy: "List the versions and use one of their ids.",
    });
  return toVersion(row);
}

function toVersion(row: VersionRow): ModelVersion {
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
    assignedTo: row.assigned_to === null ? [] : row.assigned_to.split(" "),
  };
}

function toAssignment(row: AssignmentRow): Assignment {
  return {
    id: row.id,
    useCase: row.use_case,
    versionId: row.version_id,
    model: row.name,
    version: row.version,
    fromMs: row.from_ms,
    untilMs: row.until_ms,
    by: row.assigned_by,
    reason: row.reason,
  };
}
