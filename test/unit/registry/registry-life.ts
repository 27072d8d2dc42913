import type { Database } from "better-sqlite3";
import fc from "fast-check";
import { v7 as uuid } from "uuid";
import { assignmentWrites } from "../../../src/main/db/queries/registry/assignments.ts";
import { useCaseWrites } from "../../../src/main/db/queries/registry/use-cases.ts";
import { driftWrites } from "../../../src/main/db/queries/registry/drift.ts";
import { serverWrites } from "../../../src/main/db/queries/registry/servers.ts";
import { versionReads, versionWrites } from "../../../src/main/db/queries/registry/versions.ts";
import { Failure } from "../../../src/main/base/failure.ts";
import { assignmentId, modelId, versionId } from "../../../src/shared/contract/ids.ts";
import { generationOptions } from "../../../src/shared/contract/inference.ts";
import { aTest } from "../../kit/actors.ts";

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
export const step = fc.oneof(
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
/** Lets a registry live through the steps; what it refuses of them changes nothing. */
export function live(db: Database, steps: readonly Step[]): void {
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
export const beginning: readonly Step[] = [
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
