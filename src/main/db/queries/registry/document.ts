import { isDeepStrictEqual } from "node:util";
import type { Database } from "better-sqlite3";
import type { ModelId, VersionId } from "../../../../shared/contract/ids.ts";
import type { RegistryDocument } from "../../../../shared/contract/registry.ts";
import { Failure } from "../../../base/failure.ts";
import { all, one, run } from "../../statements.ts";
import { insertUpdate } from "../coordination.ts";
import { searchText, selectVersions, toVersion, type VersionRow } from "./rows.ts";
import { type SavedServer, serverReads } from "./servers.ts";
import { assignAgain, withdrawStarter } from "./starter-withdrawal.ts";
import { addServers, addTag } from "./versions.ts";

type Document = RegistryDocument;
type Of<List extends "models" | "versions" | "useCases" | "assignments" | "endpoints"> = Document[List][number];

export const documentReads = {
  /** The whole registry as of one moment. API keys of servers are not in the database, so they are not in it. */
  exportRegistry(db: Database, { atMs }: { atMs: number }): Document {
    return db.transaction(() => ({
      format: "taleward-registry" as const,
      formatVersion: 2 as const,
      exportedAtMs: atMs,
      models: modelsOf(db),
      versions: all<VersionRow>(db, `${selectVersions} ORDER BY v.created_at_ms, v.id`).map(exportedVersion),
      useCases: all<Of<"useCases">>(
        db,
        "SELECT name, description, created_at_ms AS createdAtMs FROM use_cases ORDER BY created_at_ms, name",
      ),
      assignments: all<AssignedRow>(db, `${selectAssigned} ORDER BY from_ms, id`).map(exportedAssignment),
      endpoints: serverReads.savedServers(db),
    }))();
  },
};

export const documentWrites = {
  /**
   * Imports a document in one transaction and returns how much was added. What is here already and the same is skipped;
   * a difference is a CONFLICT that names the first differing field. A starter model that nobody used gives way. `servers` lists, for each version of the document,
   * the servers that it runs on.
   */
  importRegistry(
    db: Database,
    { document, servers, atMs }: { document: Document; servers: readonly (readonly string[])[]; atMs: number },
  ): { versionsAdded: number; useCasesAdded: number; assignmentsAdded: number } {
    const withdrawn = withdrawStarter(db, document);
    const modelNames = new Map(document.models.map(({ id, name }) => [id, name]));
    for (const [index, model] of document.models.entries()) addModel(db, `models.${index}`, model);
    let versionsAdded = 0;
    for (const [index, version] of document.versions.entries())
      if (addVersion(db, `versions.${index}`, version, modelNames.get(version.modelId) ?? "", servers[index] ?? []))
        versionsAdded += 1;
    for (const [index, model] of document.models.entries()) addAliases(db, `models.${index}.aliases`, model);
    const useCasesAdded = count(document.useCases, (useCase, index) => addUseCase(db, `useCases.${index}`, useCase));
    const occupied = new Set(
      all<{ useCase: string }>(db, "SELECT DISTINCT use_case AS useCase FROM assignments").map(
        ({ useCase }) => useCase,
      ),
    );
    const assignmentsAdded = count(document.assignments, (assigned, index) =>
      addAssignment(db, `assignments.${index}`, assigned, occupied.has(assigned.useCase), atMs),
    );
    for (const [index, server] of document.endpoints.entries()) addServer(db, `endpoints.${index}`, server);
    if (withdrawn) assignAgain(db, withdrawn, atMs);
    return { versionsAdded, useCasesAdded, assignmentsAdded };
  },
};

function modelsOf(db: Database): Of<"models">[] {
  const aliases = Map.groupBy(
    all<{ modelId: ModelId; alias: string; versionId: VersionId }>(
      db,
      "SELECT model_id AS modelId, alias, version_id AS versionId FROM model_aliases ORDER BY alias",
    ),
    ({ modelId }) => modelId,
  );
  return all<Omit<Of<"models">, "aliases">>(
    db,
    "SELECT id, name, type AS modelType, provider, created_at_ms AS createdAtMs FROM models ORDER BY created_at_ms, id",
  ).map((model) => ({
    ...model,
    aliases: (aliases.get(model.id) ?? []).map(({ alias, versionId }) => ({ alias, versionId })),
  }));
}

function exportedVersion(row: VersionRow): Of<"versions"> {
  const { id, modelId, version, status, digest, configuration, createdAtMs, tags, note, drift } = toVersion(row);
  return { id, modelId, version, status, digest, configuration, createdAtMs, tags, note, drift };
}

interface AssignedRow extends Omit<Of<"assignments">, "fallbacks" | "defaults" | "by"> {
  readonly by: string;
  readonly fallbacks: string;
  readonly defaults: string;
}

const selectAssigned = `
  SELECT id, use_case AS useCase, version_id AS versionId, fallbacks, defaults, from_ms AS fromMs, until_ms AS untilMs,
    assigned_by AS "by", reason FROM assignments`;

function exportedAssignment(row: AssignedRow): Of<"assignments"> {
  return {
    ...row,
    fallbacks: JSON.parse(row.fallbacks),
    defaults: JSON.parse(row.defaults),
    by: JSON.parse(row.by),
  };
}

function addModel(db: Database, path: string, model: Of<"models">): void {
  const { aliases: _, ...facts } = model;
  const here = one<typeof facts>(
    db,
    `SELECT id, name, type AS modelType, provider, created_at_ms AS createdAtMs FROM models
     WHERE id = $id OR name = $name ORDER BY id = $id DESC LIMIT 1`,
    { id: model.id, name: model.name },
  );
  if (here) return refuseDifference(path, `The model ${model.name}`, model.name, here, facts);
  run(
    db,
    `INSERT INTO models (id, name, type, provider, created_at_ms) VALUES ($id, $name, $modelType, $provider, $createdAtMs)`,
    facts,
  );
}

function addVersion(
  db: Database,
  path: string,
  version: Of<"versions">,
  model: string,
  servers: readonly string[],
): boolean {
  const name = `${model} ${version.version}`;
  const tags = version.tags.toSorted();
  const row = one<VersionRow>(
    db,
    `${selectVersions} WHERE v.id = $id OR (v.model_id = $modelId AND v.version = $version) ORDER BY v.id = $id DESC LIMIT 1`,
    { id: version.id, modelId: version.modelId, version: version.version },
  );
  if (row) {
    const here = exportedVersion(row);
    // The document may be from before it was pinned here.
    const digest = version.digest ?? here.digest;
    refuseDifference(path, name, name, { ...here, tags: here.tags.toSorted() }, { ...version, tags, digest });
    return false;
  }
  run(
    db,
    `INSERT INTO model_versions (id, model_id, version, status, digest, configuration, created_at_ms, note, drift, search_text)
     VALUES ($id, $modelId, $version, $status, $digest, $configuration, $createdAtMs, $note, $drift, $searchText)`,
    {
      ...version,
      configuration: JSON.stringify(version.configuration),
      drift: version.drift === null ? null : JSON.stringify(version.drift),
      searchText: searchText([model, version.version, ...tags, version.note]),
    },
  );
  for (const tag of tags) addTag(db, version.id, tag);
  addServers(db, version.id, servers);
  return true;
}

function addAliases(db: Database, path: string, model: Of<"models">): void {
  for (const [index, { alias, versionId }] of model.aliases.entries()) {
    const of = { modelId: model.id, alias, versionId };
    const here = one<{ versionId: VersionId }>(
      db,
      `SELECT version_id AS versionId FROM model_aliases WHERE model_id = $modelId AND alias = $alias
       UNION ALL SELECT id FROM model_versions WHERE model_id = $modelId AND version = $alias`,
      of,
    );
    if (here) refuseDifference(`${path}.${index}`, `${model.name}@${alias}`, alias, here, { versionId });
    else run(db, "INSERT INTO model_aliases (model_id, alias, version_id) VALUES ($modelId, $alias, $versionId)", of);
  }
}

function addUseCase(db: Database, path: string, useCase: Of<"useCases">): boolean {
  const here = one<Of<"useCases">>(
    db,
    "SELECT name, description, created_at_ms AS createdAtMs FROM use_cases WHERE name = $name",
    { name: useCase.name },
  );
  if (here) refuseDifference(path, `The use case ${useCase.name}`, useCase.name, here, useCase);
  else
    run(
      db,
      "INSERT INTO use_cases (name, description, created_at_ms) VALUES ($name, $description, $createdAtMs)",
      useCase,
    );
  return here === undefined;
}

/** The document's own assignments do not overlap, so only a use case that had some here before can be in the way. */
function addAssignment(
  db: Database,
  path: string,
  assigned: Of<"assignments">,
  occupied: boolean,
  atMs: number,
): boolean {
  const row = one<AssignedRow>(db, `${selectAssigned} WHERE id = $id`, { id: assigned.id });
  if (row) {
    refuseDifference(path, `An assignment of ${assigned.useCase}`, assigned.id, exportedAssignment(row), assigned);
    return false;
  }
  // Assignments here do not overlap, so the last one that begins before this one ends decides for all.
  const overlapping =
    occupied &&
    one<{ name: string }>(
      db,
      `SELECT m.name || ' ' || v.version AS name
     FROM (SELECT version_id, until_ms FROM assignments WHERE use_case = $useCase AND from_ms < coalesce($untilMs, $never)
           ORDER BY from_ms DESC, coalesce(until_ms, $never) DESC LIMIT 1) a
     JOIN model_versions v ON v.id = a.version_id JOIN models m ON m.id = v.model_id
     WHERE coalesce(a.until_ms, $never) > $fromMs`,
      { useCase: assigned.useCase, fromMs: assigned.fromMs, untilMs: assigned.untilMs, never: Number.MAX_SAFE_INTEGER },
    );
  if (overlapping)
    throw conflict(
      path,
      assigned.useCase,
      `${overlapping.name} answers ${assigned.useCase} here at a time when the document has another version.`,
      "Import it into a data directory of its own.",
    );
  run(
    db,
    `INSERT INTO assignments (id, use_case, version_id, from_ms, until_ms, assigned_by, reason, fallbacks, defaults)
     VALUES ($id, $useCase, $versionId, $fromMs, $untilMs, $by, $reason, $fallbacks, $defaults)`,
    {
      ...assigned,
      fallbacks: JSON.stringify(assigned.fallbacks),
      defaults: JSON.stringify(assigned.defaults),
      by: JSON.stringify(assigned.by),
    },
  );
  const { useCase, versionId, untilMs } = assigned;
  const message = "Answers all calls now, as the imported registry says";
  if (untilMs === null) insertUpdate(db, { type: "assigned", atMs, useCase, versionId, percent: 100, message });
  return true;
}

function addServer(db: Database, path: string, server: Of<"endpoints">): void {
  const here = one<SavedServer>(
    db,
    "SELECT endpoint, provider, max_concurrent AS maxConcurrent FROM endpoints WHERE endpoint = $endpoint",
    { endpoint: server.endpoint },
  );
  if (here) refuseDifference(path, `The server ${server.endpoint}`, server.endpoint, here, server);
  else
    run(
      db,
      "INSERT INTO endpoints (endpoint, provider, max_concurrent) VALUES ($endpoint, $provider, $maxConcurrent)",
      server satisfies SavedServer,
    );
}

/** Names the first fact in which what is here is not what the document has. */
function refuseDifference<Facts extends object>(
  path: string,
  what: string,
  value: string,
  here: Facts,
  there: Facts,
): void {
  for (const [field, wanted] of Object.entries(there)) {
    if (isDeepStrictEqual(Reflect.get(here, field), wanted)) continue;
    throw conflict(
      `${path}.${field}`,
      value,
      `${what} is here already with another ${field}.`,
      "Take it out of the document, or import into a data directory of its own.",
    );
  }
}

function conflict(path: string, value: string, message: string, remedy: string): Failure {
  return new Failure("CONFLICT", message, { field: `document.${path}`, value, remedy });
}

function count<Item>(items: readonly Item[], add: (item: Item, index: number) => boolean): number {
  return items.filter(add).length;
}
