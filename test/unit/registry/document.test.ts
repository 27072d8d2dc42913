import fc from "fast-check";
import { v7 as uuid } from "uuid";
import { afterEach, describe, expect, test } from "vitest";
import type { Database } from "better-sqlite3";
import { assignmentReads, assignmentWrites } from "../../../src/main/db/queries/registry/assignments.ts";
import { useCaseWrites } from "../../../src/main/db/queries/registry/use-cases.ts";
import { documentReads, documentWrites } from "../../../src/main/db/queries/registry/document.ts";
import { driftWrites } from "../../../src/main/db/queries/registry/drift.ts";
import { serverWrites } from "../../../src/main/db/queries/registry/servers.ts";
import { versionReads, versionWrites } from "../../../src/main/db/queries/registry/versions.ts";
import { Failure } from "../../../src/main/base/failure.ts";
import { refuseBrokenDocument } from "../../../src/main/registry/document.ts";
import { assignmentId, modelId, versionId } from "../../../src/shared/contract/ids.ts";
import { generationOptions } from "../../../src/shared/contract/inference.ts";
import { registryDocument, type RegistryDocument } from "../../../src/shared/contract/registry.ts";
import { emptyRegistry } from "../../kit/empty-registry.ts";
import { aTest } from "../../kit/actors.ts";

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

const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).map((text) => text.trim() || "x");
const label = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,8}$/);
const options = fc
  .record(
    {
      temperature: fc.double({ min: 0, max: 5, noNaN: true }).map(Math.abs),
      seed: fc.nat(4_294_967_295),
      stop: fc.array(word, { maxLength: 3 }),
      keepAlive: fc.constantFrom<string | number>("5m", "-1s", 30, -1),
      format: fc.constantFrom<"json" | { type: string; required: string[] }>("json", {
        type: "object",
        required: ["a"],
      }),
      serverOptions: fc.dictionary(label, fc.constantFrom(1, true, "x", null, [1, { a: null }])),
    },
    { requiredKeys: [] },
  )
  .map((value) => generationOptions.parse(value));
const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`);

/** Steps of a registry's life; numbers choose among what is there by then. */
const registering = fc.record({
  do: fc.constant("register" as const),
  model: fc.constantFrom("llama", "a@b", "hf.co/x:q4", "Märchen 🐉"),
  version: word,
  digest: fc.option(digest),
  tags: fc.uniqueArray(label, { maxLength: 4 }),
  note: fc.string({ maxLength: 30 }),
  options,
});
const assigning = fc.record({
  do: fc.constant("assign" as const),
  useCase: fc.constantFrom("story_generation", "foundation_layer", "mine"),
  which: fc.nat(),
  fallbacks: fc.option(fc.uniqueArray(fc.nat(20), { maxLength: 4 })),
  defaults: fc.option(options),
  reason: fc.option(fc.string({ maxLength: 20 })),
  afterMs: fc.integer({ min: -5, max: 1_000 }),
});
const step = fc.oneof(
  { arbitrary: registering, weight: 4 },
  { arbitrary: assigning, weight: 4 },
  fc.record({ do: fc.constant("undo" as const), useCase: fc.constantFrom("story_generation", "mine") }),
  fc.record({
    do: fc.constant("annotate" as const),
    which: fc.nat(),
    aliases: fc.uniqueArray(label, { maxLength: 3 }),
  }),
  fc.record({
    do: fc.constant("status" as const),
    which: fc.nat(),
    status: fc.constantFrom("candidate" as const, "deprecated" as const, "retired" as const, "registered" as const),
  }),
  fc.record({ do: fc.constant("drift" as const), which: fc.nat(), digest }),
  fc.record({ do: fc.constant("accept" as const), which: fc.nat(), version: word, digest }),
  fc.record({
    do: fc.constant("server" as const),
    port: fc.integer({ min: 1, max: 9 }),
    provider: fc.constantFrom("ollama" as const, "openai" as const),
    maxConcurrent: fc.option(fc.integer({ min: 1, max: 10_000 }), { nil: undefined }),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Lives it; a step that is refused, as some are, leaves everything as it was. */
function live(db: Database, steps: readonly Step[]): void {
  useCaseWrites.addUseCase(db, { name: "mine", description: "Of my own", atMs: 50 });
  let atMs = 1_000;
  for (const now of steps) {
    atMs += 1;
    const ids = versionReads.listVersions(db, { limit: 500 }).items.map(({ id }) => id);
    const pick = (which: number) => ids[which % Math.max(1, ids.length)];
    try {
      db.transaction(() => {
        if (now.do === "register")
          versionWrites.registerVersion(db, {
            ...now,
            modelName: now.model,
            modelType: "self_hosted",
            provider: "ollama",
            configuration: { endpoint: "http://127.0.0.1:1", options: now.options },
            modelId: modelId.parse(uuid()),
            versionId: versionId.parse(uuid()),
            assignmentId: assignmentId.parse(uuid()),
            servers: ["http://127.0.0.1:1"],
            atMs,
            by: aTest,
          });
        if (now.do === "server") serverWrites.saveServer(db, { ...now, endpoint: `http://127.0.0.1:${now.port}` });
        if (now.do === "undo")
          assignmentWrites.undoAssignment(db, {
            useCase: now.useCase,
            newId: assignmentId.parse(uuid()),
            atMs,
            by: aTest,
            reason: null,
          });
        const id = "which" in now ? pick(now.which) : undefined;
        if (id === undefined) return;
        if (now.do === "assign") {
          atMs += now.afterMs;
          assignmentWrites.assign(db, {
            assignmentId: assignmentId.parse(uuid()),
            useCase: now.useCase,
            versionId: id,
            fallbacks: now.fallbacks?.map(pick).filter((chosen) => chosen !== undefined),
            defaults: now.defaults ?? undefined,
            atMs,
            by: aTest,
            reason: now.reason,
          });
        }
        if (now.do === "annotate") versionWrites.annotate(db, { versionId: id, aliases: now.aliases });
        if (now.do === "status") versionWrites.setStatus(db, { versionId: id, status: now.status });
        if (now.do === "drift")
          driftWrites.recordDrift(db, { versionId: id, foundDigest: now.digest, endpoint: "http://127.0.0.1:1", atMs });
        if (now.do === "accept")
          driftWrites.acceptDrift(db, {
            versionId: id,
            newVersionId: versionId.parse(uuid()),
            version: now.version,
            digest: now.digest,
            servers: [],
            atMs,
            by: aTest,
            reason: null,
          });
      })();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }
}

/** What every life begins with, so that none is empty by chance. */
const beginning: readonly Step[] = [
  { do: "register", model: "llama", version: "first", digest: null, tags: ["own"], note: "", options: {} },
  { do: "register", model: "a@b", version: "second", digest: null, tags: [], note: "", options: {} },
  {
    do: "assign",
    useCase: "story_generation",
    which: 0,
    fallbacks: [1],
    defaults: null,
    reason: null,
    afterMs: 0,
  },
];

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
