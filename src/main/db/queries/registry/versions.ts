import type { Actor } from "../../../../shared/contract/actor.ts";
import type { Database } from "better-sqlite3";
import type { AssignmentId, ModelId, VersionId } from "../../../../shared/contract/ids.ts";
import type {
  ModelVersion,
  RegisterModelInput,
  VersionFilter,
  VersionStatus,
} from "../../../../shared/contract/registry.ts";
import { Failure } from "../../../base/failure.ts";
import { decodeCursor, encodeCursor } from "../../cursor.ts";
import { all, one, run } from "../../statements.ts";
import { assignmentWrites, liveAssignmentsWith } from "./assignments.ts";
import { requireVersion, searchText, selectVersions, toVersion, type VersionRow } from "./rows.ts";

export const versionReads = {
  /**
   * A page of the versions, newest first. `total` counts all that the filter lets through, on every page; `nextCursor`
   * is null on the last one. Throws BAD_REQUEST for a cursor that no page returned.
   */
  listVersions(
    db: Database,
    filter: VersionFilter & { cursor?: string | undefined; limit: number },
  ): { items: ModelVersion[]; nextCursor: string | null; total: number } {
    const after = decodeCursor(filter.cursor);
    const { where, parameters } = filtered(filter);
    const counted = one<{ total: number }>(
      db,
      `SELECT count(*) AS total FROM model_versions v ${where.length > 0 ? `WHERE ${where.join(" AND ")}` : ""}`,
      parameters,
    );
    const paged = after === null ? where : [...where, "(v.created_at_ms, v.id) < ($atMs, $id)"];
    const rows = all<VersionRow>(
      db,
      `${selectVersions} ${paged.length > 0 ? `WHERE ${paged.join(" AND ")}` : ""}
       ORDER BY v.created_at_ms DESC, v.id DESC LIMIT $oneMore`,
      { ...parameters, ...after, oneMore: filter.limit + 1 },
    );
    const page = rows.slice(0, filter.limit);
    const last = rows.length > filter.limit ? page.at(-1) : undefined;
    return {
      items: page.map(toVersion),
      nextCursor: last ? encodeCursor(last.created_at_ms, last.id) : null,
      total: counted?.total ?? 0,
    };
  },

  /** One version. Throws NOT_FOUND. */
  getVersion(db: Database, { versionId }: { versionId: VersionId }): ModelVersion {
    return requireVersion(db, versionId);
  },

  /** The newest version pinned to a content digest; null where there is none. */
  versionWithDigest(db: Database, { digest }: { digest: string }): ModelVersion | null {
    const row = one<VersionRow>(
      db,
      `${selectVersions} WHERE v.digest = $digest ORDER BY v.created_at_ms DESC, v.id DESC LIMIT 1`,
      { digest },
    );
    return row ? toVersion(row) : null;
  },
};

export const versionWrites = {
  /**
   * Registers a version, with its model where that is new and its assignment where a use case is named, in one
   * transaction. Throws CONFLICT where the label is a version or an alias of the model already, or the model has
   * another provider or type; and what `assign` throws.
   */
  registerVersion(
    db: Database,
    fact: RegisterModelInput & {
      modelId: ModelId;
      versionId: VersionId;
      assignmentId: AssignmentId;
      digest: string | null;
      /** As `version_servers` has them. */
      servers: readonly string[];
      atMs: number;
      by: Actor;
    },
  ): ModelVersion {
    const modelId = modelOf(db, fact);
    refuseTakenLabel(db, modelId, fact);
    const tags = [...new Set(fact.tags)];
    run(
      db,
      `INSERT INTO model_versions (id, model_id, version, status, digest, configuration, created_at_ms, note, search_text)
       VALUES ($id, $modelId, $version, 'registered', $digest, $configuration, $atMs, $note, $searchText)`,
      {
        id: fact.versionId,
        modelId,
        version: fact.version,
        digest: fact.digest,
        configuration: JSON.stringify(fact.configuration),
        atMs: fact.atMs,
        note: fact.note ?? "",
        searchText: searchText([fact.modelName, fact.version, ...tags, fact.note ?? ""]),
      },
    );
    for (const tag of tags) addTag(db, fact.versionId, tag);
    addServers(db, fact.versionId, fact.servers);
    if (fact.useCase !== undefined)
      assignmentWrites.assign(db, {
        assignmentId: fact.assignmentId,
        useCase: fact.useCase,
        versionId: fact.versionId,
        atMs: fact.atMs,
        by: fact.by,
        reason: null,
      });
    return requireVersion(db, fact.versionId);
  },

  /**
   * Replaces tags, aliases and note, in one transaction; what is undefined stays. An alias of another version of the
   * model moves to this one. Throws NOT_FOUND, and CONFLICT for an alias that is a version of the model.
   */
  annotate(
    db: Database,
    fact: {
      versionId: VersionId;
      tags?: readonly string[] | undefined;
      aliases?: readonly string[] | undefined;
      note?: string | undefined;
    },
  ): ModelVersion {
    const before = requireVersion(db, fact.versionId);
    if (fact.tags) {
      run(db, "DELETE FROM version_tags WHERE version_id = $versionId", { versionId: fact.versionId });
      for (const tag of new Set(fact.tags)) addTag(db, fact.versionId, tag);
    }
    if (fact.aliases) {
      run(db, "DELETE FROM model_aliases WHERE version_id = $versionId", { versionId: fact.versionId });
      for (const alias of new Set(fact.aliases)) setAlias(db, before, alias);
    }
    const tags = fact.tags ?? before.tags;
    const note = fact.note ?? before.note;
    run(db, "UPDATE model_versions SET note = $note, search_text = $searchText WHERE id = $versionId", {
      versionId: fact.versionId,
      note,
      searchText: searchText([before.model, before.version, ...tags, note]),
    });
    return requireVersion(db, fact.versionId);
  },

  /**
   * Sets the status of a version that answers nothing. Throws NOT_FOUND; CONFLICT where it is assigned, and, for
   * `retired`, where it is a fallback or being rolled out.
   */
  setStatus(db: Database, fact: { versionId: VersionId; status: Exclude<VersionStatus, "active"> }): ModelVersion {
    const version = requireVersion(db, fact.versionId);
    const name = `${version.model} ${version.version}`;
    const refusal = (message: string, remedy: string) =>
      new Failure("CONFLICT", message, { field: "status", value: fact.status, remedy });
    if (version.assignedTo.length > 0)
      throw refusal(
        `${name} answers ${version.assignedTo.join(", ")}, so it is active.`,
        "Assign another version there first.",
      );
    const fallbackOf = liveAssignmentsWith(db, fact.versionId).map((live) => live.use_case);
    if (fact.status === "retired" && fallbackOf.length > 0)
      throw refusal(`${name} is a fallback of ${fallbackOf.join(", ")}.`, "Take it out of the fallbacks there first.");
    const rolledOut = one<{ use_case: string }>(
      db,
      "SELECT use_case FROM rollouts WHERE candidate_version_id = $versionId AND finished_at_ms IS NULL",
      { versionId: fact.versionId },
    );
    if (fact.status === "retired" && rolledOut)
      throw refusal(`${name} is being rolled out on ${rolledOut.use_case}.`, "Abort that rollout first.");
    run(db, "UPDATE model_versions SET status = $status WHERE id = $versionId", fact);
    return requireVersion(db, fact.versionId);
  },
};

/** Adds a tag that the version does not have yet. */
export function addTag(db: Database, versionId: VersionId, tag: string): void {
  run(db, "INSERT INTO version_tags (version_id, tag) VALUES ($versionId, $tag)", { versionId, tag });
}

/** Adds the servers that a new version may be called on; an empty name means the default one. */
export function addServers(db: Database, versionId: VersionId, servers: readonly string[]): void {
  for (const server of new Set(servers))
    run(db, "INSERT INTO version_servers (server, version_id) VALUES ($server, $versionId)", { server, versionId });
}

function filtered(filter: VersionFilter): { where: string[]; parameters: Record<string, unknown> } {
  const where: string[] = [];
  const parameters: Record<string, unknown> = {};
  const add = (value: unknown, name: string, clause: string) => {
    if (value === undefined) return;
    where.push(clause);
    parameters[name] = value;
  };
  add(filter.model, "model", "v.model_id = (SELECT id FROM models WHERE name = $model)");
  add(filter.status, "status", "v.status = $status");
  add(filter.tag, "tag", "v.id IN (SELECT version_id FROM version_tags WHERE tag = $tag)");
  add(
    filter.useCase,
    "useCase",
    "v.id = (SELECT version_id FROM assignments WHERE use_case = $useCase AND until_ms IS NULL)",
  );
  if (filter.drifted !== undefined) where.push(filter.drifted ? "v.drift IS NOT NULL" : "v.drift IS NULL");
  const words = searchText([filter.text ?? ""])
    .split(/\s+/)
    .filter((word) => word !== "");
  for (const [index, word] of words.entries())
    add(`%${word.replaceAll(/[\\%_]/g, "\\$&")}%`, `word${index}`, `v.search_text LIKE $word${index} ESCAPE '\\'`);
  // The plus keeps SQLite from going model by model: the newest-first index holds all that is compared. Last, for it is the dearest.
  add(filter.provider, "provider", "+v.model_id IN (SELECT id FROM models WHERE provider = $provider)");
  return { where, parameters };
}

/** The model's id; a new model is written. Refuses a name that is another provider's or type's. */
function modelOf(
  db: Database,
  fact: Pick<RegisterModelInput, "modelName" | "modelType" | "provider"> & { modelId: ModelId; atMs: number },
): ModelId {
  const known = one<{ id: ModelId; type: string; provider: string }>(
    db,
    "SELECT id, type, provider FROM models WHERE name = $name",
    { name: fact.modelName },
  );
  if (!known) {
    run(
      db,
      "INSERT INTO models (id, name, type, provider, created_at_ms) VALUES ($id, $name, $type, $provider, $atMs)",
      { id: fact.modelId, name: fact.modelName, type: fact.modelType, provider: fact.provider, atMs: fact.atMs },
    );
    return fact.modelId;
  }
  if (known.provider !== fact.provider)
    throw new Failure("CONFLICT", `${fact.modelName} is registered with the provider ${known.provider}.`, {
      field: "provider",
      value: fact.provider,
      remedy: `Use provider ${known.provider}, or register under another name.`,
    });
  if (known.type !== fact.modelType)
    throw new Failure("CONFLICT", `${fact.modelName} is registered as ${known.type}.`, {
      field: "modelType",
      value: fact.modelType,
      remedy: `Use ${known.type}, or register under another name.`,
    });
  return known.id;
}

function refuseTakenLabel(db: Database, modelId: ModelId, fact: { modelName: string; version: string }): void {
  const refusal = (message: string, remedy: string) =>
    new Failure("CONFLICT", message, { field: "version", value: fact.version, remedy });
  const of = { modelId, label: fact.version };
  if (one(db, "SELECT 1 FROM model_versions WHERE model_id = $modelId AND version = $label", of))
    throw refusal(
      `${fact.modelName} already has a version ${fact.version}.`,
      "Versions are never changed in place: choose a new version label.",
    );
  if (one(db, "SELECT 1 FROM model_aliases WHERE model_id = $modelId AND alias = $label", of))
    throw refusal(
      `${fact.version} is an alias of ${fact.modelName}, and ${fact.modelName}@${fact.version} would mean two versions.`,
      "Choose a version label that is no alias.",
    );
}

function setAlias(db: Database, version: ModelVersion, alias: string): void {
  const of = { modelId: version.modelId, alias, versionId: version.id };
  if (one(db, "SELECT 1 FROM model_versions WHERE model_id = $modelId AND version = $alias", of))
    throw new Failure("CONFLICT", `${alias} is a version of ${version.model}, so it cannot be an alias too.`, {
      field: "aliases",
      value: alias,
      remedy: "Choose an alias that is no version's label, such as stable.",
    });
  run(
    db,
    `INSERT INTO model_aliases (model_id, alias, version_id) VALUES ($modelId, $alias, $versionId)
     ON CONFLICT (model_id, alias) DO UPDATE SET version_id = excluded.version_id`,
    of,
  );
}
