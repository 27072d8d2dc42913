import type { Actor } from "../../../../shared/contract/actor.ts";
import type { Database } from "better-sqlite3";
import { v7 as uuid } from "uuid";
import { assignmentId, type AssignmentId, type ModelId, type VersionId } from "../../../../shared/contract/ids.ts";
import type { Drift, ModelVersion } from "../../../../shared/contract/registry.ts";
import { Failure } from "../../../base/failure.ts";
import { all, one, run } from "../../statements.ts";
import { liveAssignmentsWith, makeLive } from "./assignments.ts";
import { requireVersion, selectVersions, toVersion, type VersionRow } from "./rows.ts";
import { versionsHere } from "./servers.ts";
import { versionWrites } from "./versions.ts";

/** What a check of a server or a file found for one version: other content than it was pinned to, or (null) the pinned content again. */
export interface DriftNews {
  readonly versionId: VersionId;
  readonly foundDigest: string | null;
}

/** A version that is not pinned yet, and the digest of what its name stands for. */
export interface PinNews {
  readonly versionId: VersionId;
  readonly digest: string;
}

/** The names a server has, with what they hold; `isDefault` adds versions without an endpoint. */
export interface ServerReading {
  readonly server: string;
  readonly isDefault: boolean;
  readonly models: readonly { readonly name: string; readonly digest: string }[];
}

export interface HashedFile {
  readonly path: string;
  /** Changes whenever the file is written to: its size, time of change and inode. */
  readonly state: string;
  readonly digest: string;
}

/** A drift found on one server is neither overwritten nor ended by what another server of the version has. */
const newsWhere = `here.digest IS NOT NULL AND (
  (here.digest <> found.digest AND (here.drift IS NULL
    OR (here.drift ->> 'endpoint' = $endpoint AND here.drift ->> 'foundDigest' <> found.digest)))
  OR (here.digest = found.digest AND here.drift ->> 'endpoint' = $endpoint))`;
const newsColumns = "here.id AS versionId, CASE WHEN here.digest <> found.digest THEN found.digest END AS foundDigest";

const hereAndFound = `here AS MATERIALIZED (${versionsHere}),
  found AS MATERIALIZED (SELECT value ->> 'name' AS name, value ->> 'digest' AS digest FROM json_each($models))`;

export const driftReads = {
  /** The versions whose content is not what they were pinned to, newest first, retired ones left out. */
  driftedVersions(db: Database): ModelVersion[] {
    return all<VersionRow>(
      db,
      `${selectVersions} WHERE v.drift IS NOT NULL AND v.status <> 'retired' ORDER BY v.created_at_ms DESC, v.id DESC`,
    ).map(toVersion);
  },

  /**
   * What a server's list of models changes for the versions pinned to it: a drift that is new, or (`foundDigest` null)
   * one that has ended. A drift found on another server is neither overwritten nor ended.
   */
  driftNews(db: Database, on: ServerReading): DriftNews[] {
    return all(
      db,
      `WITH ${hereAndFound}
       SELECT ${newsColumns} FROM here JOIN found ON found.name = here.server_model WHERE ${newsWhere}`,
      { ...serverParameters(on), endpoint: on.server },
    );
  },

  /** The versions on a server that have no digest yet and can be pinned to what it has. */
  pinNews(db: Database, on: ServerReading): PinNews[] {
    return all(
      db,
      `WITH ${hereAndFound}
       SELECT here.id AS versionId, found.digest FROM here JOIN found ON found.name = here.server_model
       WHERE here.digest IS NULL`,
      serverParameters(on),
    );
  },

  /** The same for a model file of the built-in engine, by the name that configurations give it. */
  fileDriftNews(db: Database, on: { file: string; digest: string }): DriftNews[] {
    return all(
      db,
      `WITH here AS (
         SELECT v.id, v.digest, v.drift FROM model_versions v JOIN models m ON m.id = v.model_id
         WHERE m.provider = 'embedded' AND v.status <> 'retired' AND v.configuration ->> 'file' = $file),
       found AS (SELECT $digest AS digest)
       SELECT ${newsColumns} FROM here, found WHERE ${newsWhere}`,
      { ...on, endpoint: "embedded" },
    );
  },

  /** The files that pinned versions of the built-in engine name, retired ones left out, as they name them. */
  pinnedFiles(db: Database): string[] {
    return all<{ file: string }>(
      db,
      `SELECT DISTINCT v.configuration ->> 'file' AS file FROM model_versions v JOIN models m ON m.id = v.model_id
       WHERE v.configuration ->> 'file' IS NOT NULL AND m.provider = 'embedded' AND v.status <> 'retired'
         AND v.digest IS NOT NULL ORDER BY file`,
    ).map((row) => row.file);
  },

  /** The digest of a file as it was computed last, with the state the file had then; null where it never was. */
  hashedFile(db: Database, { path }: { path: string }): HashedFile | null {
    const row = one<HashedFile>(db, "SELECT path, state, digest FROM hashed_files WHERE path = $path", { path });
    return row ?? null;
  },
};

export const driftWrites = {
  /** Pins a version to a digest. False where it has one already, or was removed. */
  pinVersion(db: Database, news: PinNews): boolean {
    return run(db, "UPDATE model_versions SET digest = $digest WHERE id = $versionId AND digest IS NULL", news) > 0;
  },

  /**
   * Records that a drift was found or has ended. False where nothing changed: the version was removed, or another check
   * recorded it first.
   */
  recordDrift(db: Database, news: DriftNews & { endpoint: string; atMs: number }): boolean {
    const { versionId, foundDigest, endpoint } = news;
    if (foundDigest === null)
      return (
        run(db, "UPDATE model_versions SET drift = NULL WHERE id = $versionId AND drift ->> 'endpoint' = $endpoint", {
          versionId,
          endpoint,
        }) > 0
      );
    const drift: Drift = { endpoint, foundDigest, foundAtMs: news.atMs };
    return (
      run(
        db,
        `UPDATE model_versions SET drift = $drift WHERE id = $versionId AND digest <> $foundDigest
         AND (drift IS NULL OR (drift ->> 'endpoint' = $endpoint AND drift ->> 'foundDigest' <> $foundDigest))`,
        { versionId, endpoint, foundDigest, drift: JSON.stringify(drift) },
      ) > 0
    );
  },

  /** Stores a file's digest with the state it was computed from; replaces the one before. */
  rememberFile(db: Database, file: HashedFile): void {
    run(db, "INSERT OR REPLACE INTO hashed_files (path, state, digest) VALUES ($path, $state, $digest)", file);
  },

  /**
   * Accepts the drifted content as a new version, which takes the place of the drifted one in every live assignment and
   * is deprecated itself, in one transaction. Throws NOT_FOUND, and CONFLICT where there is no drift or the version
   * label is taken.
   */
  acceptDrift(
    db: Database,
    fact: {
      versionId: VersionId;
      newVersionId: VersionId;
      version: string;
      digest: string;
      servers: readonly string[];
      atMs: number;
      by: Actor;
      reason: string | null;
    },
  ): ModelVersion {
    const old = requireVersion(db, fact.versionId);
    if (old.drift === null)
      throw new Failure(
        "CONFLICT",
        `${old.model} ${old.version} has what was registered: there is no drift to accept.`,
        {
          field: "versionId",
          value: old.id,
          remedy: "Nothing needs to be done.",
        },
      );
    versionWrites.registerVersion(db, {
      modelName: old.model,
      modelType: old.modelType,
      provider: old.provider,
      version: fact.version,
      tags: old.tags,
      note: old.note,
      configuration: old.configuration,
      modelId: old.modelId satisfies ModelId,
      versionId: fact.newVersionId,
      assignmentId: newAssignmentId(),
      digest: fact.digest,
      servers: fact.servers,
      atMs: fact.atMs,
      by: fact.by,
    });
    const replaced = (id: VersionId) => (id === old.id ? fact.newVersionId : id);
    for (const live of liveAssignmentsWith(db, old.id))
      makeLive(db, live, {
        assignmentId: newAssignmentId(),
        useCase: live.use_case,
        versionId: replaced(live.version_id),
        fallbacks: JSON.stringify((JSON.parse(live.fallbacks) as VersionId[]).map(replaced)), // as it was written
        defaults: live.defaults,
        atMs: fact.atMs,
        by: fact.by,
        reason:
          fact.reason ?? `Takes over from ${old.model} ${old.version}, whose content on ${old.drift.endpoint} changed`,
      });
    run(db, "UPDATE model_versions SET status = 'deprecated' WHERE id = $id AND status <> 'retired'", { id: old.id });
    return requireVersion(db, fact.newVersionId);
  },
};

function serverParameters({ server, isDefault, models }: ServerReading) {
  return { server, orDefault: isDefault ? "" : server, provider: "ollama", models: JSON.stringify(models) };
}

function newAssignmentId(): AssignmentId {
  return assignmentId.parse(uuid());
}
