import fc from "fast-check";
import { v7 as uuid } from "uuid";
import { afterEach, describe, expect, test } from "vitest";
import type { Database } from "better-sqlite3";
import { assignmentReads } from "../../../src/main/db/queries/registry/assignments.ts";
import { documentReads, documentWrites } from "../../../src/main/db/queries/registry/document.ts";
import { versionReads } from "../../../src/main/db/queries/registry/versions.ts";
import { refuseBrokenDocument } from "../../../src/main/registry/document.ts";
import { assignmentId, modelId, versionId } from "../../../src/shared/contract/ids.ts";
import { registryDocument, type RegistryDocument } from "../../../src/shared/contract/registry.ts";
import { emptyRegistry } from "../../kit/empty-registry.ts";
import { aTest } from "../../kit/actors.ts";
import { beginning, live, step } from "./registry-life.ts";

const opened: Database[] = [];
afterEach(() => {
  for (const db of opened.splice(0)) db.close();
});
function open(): Database {
  const db = emptyRegistry();
  opened.push(db);
  return db;
}

const exportOf = (db: Database) => documentReads.exportRegistry(db, { atMs: 0 });
const importInto = (db: Database, document: RegistryDocument) => {
  refuseBrokenDocument(document);
  return db.transaction(() =>
    documentWrites.importRegistry(db, { document, servers: document.versions.map(() => [""]), atMs: 0 }),
  )();
};

test("any registry, exported and imported into an empty one, exports the same document, and answers the same", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 40 }), (steps) => {
      const db = emptyRegistry();
      const copy = emptyRegistry();
      try {
        live(db, [...beginning, ...steps]);
        const document = exportOf(db);
        expect(document.versions.length).toBeGreaterThanOrEqual(2);
        expect(document.assignments).not.toEqual([]);
        const carried = registryDocument.parse(JSON.parse(JSON.stringify(document)));
        const added = importInto(copy, carried);
        expect(added).toEqual({
          versionsAdded: document.versions.length,
          useCasesAdded: 1,
          assignmentsAdded: document.assignments.length,
        });
        expect(exportOf(copy)).toEqual(document);
        expect(assignmentReads.liveAssignments(copy)).toEqual(assignmentReads.liveAssignments(db));
        expect(importInto(copy, carried)).toEqual({ versionsAdded: 0, useCasesAdded: 0, assignmentsAdded: 0 });
      } finally {
        db.close();
        copy.close();
      }
    }),
    { numRuns: 100 },
  );
}, 300_000);

const ids = Array.from({ length: 6 }, (_, index) => `019ab000-0000-7000-8000-00000000000${index}`);

function sound(): RegistryDocument {
  const [model, one, two, first, second] = ids;
  const version = {
    modelId: model,
    digest: `sha256:${"a".repeat(64)}`,
    configuration: {},
    createdAtMs: 1_000,
    tags: ["x"],
    note: "",
    drift: null,
  };
  const assigned = { useCase: "story_generation", defaults: {}, by: aTest, reason: null };
  return registryDocument.parse({
    format: "taleward-registry",
    formatVersion: 2,
    exportedAtMs: 1,
    models: [
      {
        id: model,
        name: "llama",
        modelType: "self_hosted",
        provider: "ollama",
        createdAtMs: 1_000,
        aliases: [{ alias: "stable", versionId: one }],
      },
    ],
    versions: [
      { ...version, id: one, version: "1", status: "active" },
      { ...version, id: two, version: "2", status: "registered" },
    ],
    useCases: [{ name: "story_generation", description: "Writes the next passage of a story", createdAtMs: 1 }],
    assignments: [
      { ...assigned, id: first, versionId: two, fallbacks: [one], fromMs: 10, untilMs: 20 },
      { ...assigned, id: second, versionId: one, fallbacks: [two], fromMs: 20, untilMs: null },
    ],
    endpoints: [{ endpoint: "http://127.0.0.1:1", provider: "ollama", maxConcurrent: 2 }],
  });
}

type Spoil = (document: RegistryDocument) => void;
const first = <Item>(items: readonly Item[], index = 0): Item => {
  const item = items[index];
  if (item === undefined) throw new Error("the sound document is not what this test thinks");
  return item;
};

describe("a document that does not hold together is refused by the place of its fault", () => {
  test.each<[string, string, Spoil]>([
    ["a version of no model", "versions.1.modelId", (d) => (first(d.versions, 1).modelId = modelId.parse(ids[5]))],
    [
      "an alias of no version",
      "models.0.aliases.0.versionId",
      (d) => (first(first(d.models).aliases).versionId = versionId.parse(ids[5])),
    ],
    ["an alias that is a version too", "models.0.aliases.0.alias", (d) => (first(first(d.models).aliases).alias = "2")],
    ["two versions with one id", "versions.1.id", (d) => (first(d.versions, 1).id = first(d.versions).id)],
    ["two versions with one label", "versions.1.version", (d) => (first(d.versions, 1).version = "1")],
    ["a tag twice", "versions.0.tags.1.tag", (d) => first(d.versions).tags.push("x")],
    [
      "an assignment of no version",
      "assignments.0.versionId",
      (d) => (first(d.assignments).versionId = versionId.parse(ids[5])),
    ],
    ["an assignment of no use case", "assignments.0.useCase", (d) => (first(d.assignments).useCase = "elsewhere")],
    [
      "a fallback to no version",
      "assignments.0.fallbacks.0",
      (d) => (first(d.assignments).fallbacks = [versionId.parse(ids[5])]),
    ],
    [
      "a version that falls back to itself",
      "assignments.1.fallbacks.0",
      (d) => (first(d.assignments, 1).fallbacks = [first(d.versions).id]),
    ],
    ["a fallback twice", "assignments.0.fallbacks.1", (d) => first(d.assignments).fallbacks.push(first(d.versions).id)],
    ["an assignment that ends before it begins", "assignments.0.untilMs", (d) => (first(d.assignments).untilMs = 9)],
    ["two assignments at the same time", "assignments.1.fromMs", (d) => (first(d.assignments, 1).fromMs = 19)],
    ["two live assignments", "assignments.1.untilMs", (d) => (first(d.assignments).untilMs = null)],
    ["an active version that answers nothing", "versions.1.status", (d) => (first(d.versions, 1).status = "active")],
    ["a live version that is not active", "versions.0.status", (d) => (first(d.versions).status = "retired")],
    ["a retired fallback", "versions.1.status", (d) => (first(d.versions, 1).status = "retired")],
    [
      "a drift to what it is pinned to",
      "versions.0.drift",
      (d) => (first(d.versions).drift = { endpoint: "x", foundDigest: `sha256:${"a".repeat(64)}`, foundAtMs: 1 }),
    ],
    [
      "a password in a server's address",
      "endpoints.0.endpoint",
      (d) => (first(d.endpoints).endpoint = "http://a:b@127.0.0.1"),
    ],
    [
      "a password in a version's address",
      "versions.0.configuration.endpoint",
      (d) => (first(d.versions).configuration = { endpoint: "http://a:b@c" }),
    ],
    [
      "a file for a model in Ollama",
      "versions.0.configuration.file",
      (d) => (first(d.versions).configuration = { file: "a" }),
    ],
  ])("%s", (_what, position, spoil) => {
    const document = sound();
    expect(() => refuseBrokenDocument(document)).not.toThrow();
    spoil(document);
    expect(refusalOf(() => refuseBrokenDocument(document))).toMatchObject({
      code: "BAD_REQUEST",
      data: { field: `document.${position}`, value: expect.any(String), remedy: expect.stringMatching(/\S/) },
    });
  });
});

describe("what is here already and differs is refused by name, and nothing of the document stays", () => {
  const llama = (db: Database) => {
    importInto(db, sound());
    return db;
  };
  test.each<[string, string, string, Spoil]>([
    ["another digest", "versions.0.digest", "llama 1", (d) => (first(d.versions).digest = `sha256:${"9".repeat(64)}`)],
    [
      "another configuration",
      "versions.1.configuration",
      "llama 2",
      (d) => (first(d.versions, 1).configuration = { contextTokens: 512 }),
    ],
    ["another note", "versions.0.note", "llama 1", (d) => (first(d.versions).note = "x")],
    ["another provider", "models.0.provider", "llama", (d) => (first(d.models).provider = "openai")],
    ["another model of that name", "models.0.id", "llama", (d) => renumber(d)],
    [
      "an alias that leads elsewhere",
      "models.0.aliases.0.versionId",
      "stable",
      (d) => (first(first(d.models).aliases).versionId = first(d.versions, 1).id),
    ],
    ["another description", "useCases.0.description", "story_generation", (d) => (first(d.useCases).description = "x")],
    ["another reason", "assignments.0.reason", ids[3] ?? "", (d) => (first(d.assignments).reason = "x")],
    [
      "an assignment at a time that has one",
      "assignments.0",
      "story_generation",
      (d) => (first(d.assignments).id = assignmentId.parse(ids[5])),
    ],
    ["another limit", "endpoints.0.maxConcurrent", "http://127.0.0.1:1", (d) => (first(d.endpoints).maxConcurrent = 3)],
  ])("%s", (_what, position, value, spoil) => {
    const db = llama(open());
    const before = exportOf(db);
    const document = sound();
    document.models.push({ ...first(document.models), id: modelId.parse(uuid()), name: "new", aliases: [] });
    spoil(document);
    if (first(document.models).provider === "openai")
      for (const version of document.versions) version.configuration = { endpoint: "http://127.0.0.1:1" };
    expect(refusalOf(() => importInto(db, document))).toMatchObject({
      code: "CONFLICT",
      data: { field: `document.${position}`, value, remedy: expect.stringMatching(/\S/) },
    });
    expect(exportOf(db)).toEqual(before);
  });

  test("a document from before a version was pinned here is still the same registry, and takes no digest away", () => {
    const db = llama(open());
    const before = exportOf(db);
    const document = sound();
    first(document.versions).digest = null;
    expect(importInto(db, document)).toEqual({ versionsAdded: 0, useCasesAdded: 0, assignmentsAdded: 0 });
    expect(exportOf(db)).toEqual(before);
  });

  test("more versions, aliases and history of what is here are added to it", () => {
    const db = llama(open());
    const document = sound();
    document.versions.push({ ...first(document.versions, 1), id: versionId.parse(ids[5]), version: "3" });
    first(document.models).aliases.push({ alias: "third", versionId: versionId.parse(ids[5]) });
    document.assignments.push({
      ...first(document.assignments),
      id: assignmentId.parse(uuid()),
      fromMs: 5,
      untilMs: 10,
    });
    expect(importInto(db, document)).toEqual({ versionsAdded: 1, useCasesAdded: 0, assignmentsAdded: 1 });
    expect(versionReads.getVersion(db, { versionId: versionId.parse(ids[5]) }).aliases).toEqual(["third"]);
  });
});

function renumber(document: RegistryDocument): void {
  const id = modelId.parse(uuid());
  first(document.models).id = id;
  for (const version of document.versions) version.modelId = id;
}

function refusalOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

test("a document of format 1 is read, with the words for who assigned as data", () => {
  const document = sound();
  const words = ["Taleward", "the person at this desk"];
  const before = {
    ...document,
    formatVersion: 1,
    assignments: document.assignments.map((assigned, index) => ({ ...assigned, by: words[index] })),
  };
  const db = open();
  importInto(db, registryDocument.parse(before));
  expect(exportOf(db).assignments.map(({ by }) => by)).toEqual([{ kind: "system" }, { kind: "person" }]);
  expect(importInto(db, registryDocument.parse(before))).toMatchObject({ assignmentsAdded: 0 });
});
