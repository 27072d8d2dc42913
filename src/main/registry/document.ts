import type { RegistryDocument } from "../../shared/contract/registry.ts";
import { Failure } from "../base/failure.ts";
import { refuseCredentials, refuseUnusable } from "./configuration.ts";

type Model = RegistryDocument["models"][number];
type Version = RegistryDocument["versions"][number];
type Assigned = RegistryDocument["assignments"][number];

const remedy = "Export the registry again, or correct the document there.";

/** Throws `Failure` BAD_REQUEST, naming the path in the document, when a document is not consistent by itself. */
export function refuseBrokenDocument({ models, versions, useCases, assignments, endpoints }: RegistryDocument): void {
  const modelOf = distinct("models", "id", models, ({ id }) => id);
  distinct("models", "name", models, ({ name }) => name);
  const versionOf = distinct("versions", "id", versions, ({ id }) => id);
  const labels = distinct("versions", "version", versions, ({ modelId, version }) => `${modelId}@${version}`);
  distinct("useCases", "name", useCases, ({ name }) => name);
  distinct("assignments", "id", assignments, ({ id }) => id);
  distinct("endpoints", "endpoint", endpoints, ({ endpoint }) => endpoint);

  for (const [index, model] of models.entries()) checkAliases(`models.${index}.aliases`, model, versionOf, labels);
  for (const [index, version] of versions.entries()) checkVersion(`versions.${index}`, version, modelOf);
  const names = new Set(useCases.map(({ name }) => name));
  for (const [index, assigned] of assignments.entries())
    checkAssignment(`assignments.${index}`, assigned, names, versionOf);
  refuseOverlaps(assignments);
  checkStatuses(versions, assignments);
  for (const [index, { endpoint }] of endpoints.entries())
    refuseCredentials(endpoint, `document.endpoints.${index}.endpoint`);
}

function broken(path: string, value: string, message: string): Failure {
  return new Failure("BAD_REQUEST", message, { field: `document.${path}`, value, remedy });
}

/** The items by their key; refuses a key that is there twice. */
function distinct<Item>(list: string, field: string, items: readonly Item[], key: (item: Item) => string) {
  const found = new Map<string, Item>();
  for (const [index, item] of items.entries()) {
    if (found.has(key(item))) throw broken(`${list}.${index}.${field}`, key(item), `${key(item)} is in ${list} twice.`);
    found.set(key(item), item);
  }
  return found as ReadonlyMap<string, Item>;
}

function checkAliases(
  path: string,
  model: Model,
  versionOf: ReadonlyMap<string, Version>,
  labels: ReadonlyMap<string, Version>,
): void {
  distinct(path, "alias", model.aliases, ({ alias }) => alias);
  for (const [index, { alias, versionId }] of model.aliases.entries()) {
    if (versionOf.get(versionId)?.modelId !== model.id)
      throw broken(
        `${path}.${index}.versionId`,
        versionId,
        `The alias ${alias} of ${model.name} leads to no version of it.`,
      );
    if (labels.has(`${model.id}@${alias}`))
      throw broken(`${path}.${index}.alias`, alias, `${alias} is a version of ${model.name} and an alias too.`);
  }
}

function checkVersion(path: string, version: Version, modelOf: ReadonlyMap<string, Model>): void {
  const model = modelOf.get(version.modelId);
  if (!model)
    throw broken(`${path}.modelId`, version.modelId, `Version ${version.version} is of a model that is not there.`);
  refuseUnusable(model.provider, version.configuration, `document.${path}.configuration`);
  distinct(`${path}.tags`, "tag", version.tags, (tag) => tag);
  if (version.drift !== null && (version.digest === null || version.digest === version.drift.foundDigest))
    throw broken(
      `${path}.drift`,
      version.drift.foundDigest,
      `${model.name} ${version.version} cannot have drifted from what it is pinned to.`,
    );
}

function checkAssignment(
  path: string,
  assigned: Assigned,
  useCases: ReadonlySet<string>,
  versionOf: ReadonlyMap<string, Version>,
): void {
  if (!useCases.has(assigned.useCase))
    throw broken(`${path}.useCase`, assigned.useCase, `The use case ${assigned.useCase} is not there.`);
  if (!versionOf.has(assigned.versionId))
    throw broken(`${path}.versionId`, assigned.versionId, "It assigns a version that is not there.");
  for (const [index, id] of assigned.fallbacks.entries()) {
    const at = `${path}.fallbacks.${index}`;
    if (!versionOf.has(id)) throw broken(at, id, "It falls back to a version that is not there.");
    if (id === assigned.versionId) throw broken(at, id, "A version cannot be its own fallback.");
    if (assigned.fallbacks.indexOf(id) !== index) throw broken(at, id, "A fallback is named twice.");
  }
  if (assigned.untilMs !== null && assigned.untilMs < assigned.fromMs)
    throw broken(`${path}.untilMs`, String(assigned.untilMs), "An assignment ends before it begins.");
}

/** One version at a time answers a use case, now and in the past. */
function refuseOverlaps(assignments: readonly Assigned[]): void {
  const until = ({ untilMs }: Assigned) => untilMs ?? Number.POSITIVE_INFINITY;
  const inOrder = [...assignments.entries()].sort(([, a], [, b]) => a.fromMs - b.fromMs || compare(until(a), until(b)));
  const lastOf = new Map<string, Assigned>();
  for (const [index, assigned] of inOrder) {
    const last = lastOf.get(assigned.useCase);
    if (last?.untilMs === null && assigned.untilMs === null)
      throw broken(`assignments.${index}.untilMs`, "null", `${assigned.useCase} has two live assignments.`);
    if (last && assigned.fromMs < until(last))
      throw broken(
        `assignments.${index}.fromMs`,
        String(assigned.fromMs),
        `Two assignments of ${assigned.useCase} are live at the same time.`,
      );
    lastOf.set(assigned.useCase, assigned);
  }
}

/** `active` is what a live assignment makes of a version, and a retired one is neither live nor a fallback. */
function checkStatuses(versions: readonly Version[], assignments: readonly Assigned[]): void {
  const live = assignments.filter(({ untilMs }) => untilMs === null);
  const active = new Set(live.map(({ versionId }) => versionId));
  const fallbacks = new Set(live.flatMap((assigned) => assigned.fallbacks));
  for (const [index, { id, status, version }] of versions.entries()) {
    if ((status === "active") !== active.has(id))
      throw broken(
        `versions.${index}.status`,
        status,
        active.has(id)
          ? `Version ${version} answers a use case, so its status is active.`
          : `Version ${version} answers no use case, so its status is not active.`,
      );
    if (status === "retired" && fallbacks.has(id))
      throw broken(`versions.${index}.status`, status, `Version ${version} is a fallback, so it is not retired.`);
  }
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
