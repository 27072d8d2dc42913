import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { v7 as uuid } from "uuid";
import { findReads } from "../../src/main/db/queries/registry/find.ts";
import { versionReads } from "../../src/main/db/queries/registry/versions.ts";
import { registryDocument, type VersionFilter } from "../../src/shared/contract/registry.ts";
import { startBackend } from "../kit/backend.ts";
import { transports } from "../kit/transports.ts";
import { type Figure, percentile, report } from "./figures.ts";

/**
 * A registry of 10,000 versions of 2,000 models as a screen asks for it, through the contract and a real message port, beside
 * the same queries without either: what stands between them is threads, transport and validation.
 */
const models = 2_000;
const versionsEach = 5;
const rounds = 100;

const backend = await startBackend();
const { client, close } = await transports[0][1](backend.router);
const importedAt = performance.now();
await backend.services.registry.importRegistry(manyVersions());
const importMs = performance.now() - importedAt;
const db = new Sqlite(join(backend.dataDirectory, "taleward.db"), { readonly: true });
const { items } = await client.registry.versions({ limit: 500 });
const any = (round: number) => items[(round * 37) % items.length] ?? items[0]!; // 500 were asked for
const lastPage = await lastCursor();

const list = (filter: VersionFilter & { cursor?: string }) =>
  ({
    asked: () => client.registry.versions(filter),
    raw: () => versionReads.listVersions(db, { ...filter, limit: 200 }),
  }) as const;
const questions: [string, { asked: (round: number) => Promise<unknown>; raw: (round: number) => unknown }][] = [
  ["list the newest 200", list({})],
  ["list the oldest 200", list({ cursor: lastPage })],
  ["filter by two words", list({ text: "model-17 quiet" })],
  ["filter by a word that is nowhere", list({ text: "zzz" })],
  ["filter by tag", list({ tag: "tag-3" })],
  ["filter by status and provider", list({ status: "candidate", provider: "ollama" })],
  [
    "open one",
    {
      asked: (round) => client.registry.version({ versionId: any(round).id }),
      raw: (round) => versionReads.getVersion(db, { versionId: any(round).id }),
    },
  ],
  [
    "find model@version",
    {
      asked: (round) => client.registry.find({ name: `${any(round).model}@${any(round).version}` }),
      raw: (round) => findReads.findVersion(db, { name: `${any(round).model}@${any(round).version}` }),
    },
  ],
];

const figures: Figure[] = [{ metric: `import ${models * versionsEach} versions`, value: importMs, unit: "ms" }];
for (const [name, { asked, raw }] of questions) {
  const through: number[] = [];
  const alone: number[] = [];
  for (let round = -5; round < rounds; round += 1) {
    const at = performance.now();
    await asked(round + 5);
    const between = performance.now();
    raw(round + 5);
    if (round < 0) continue;
    through.push(between - at);
    alone.push(performance.now() - between);
  }
  figures.push(
    { metric: `${name} p50`, value: percentile(through, 0.5), unit: "ms", target: 50 },
    { metric: `${name} p95`, value: percentile(through, 0.95), unit: "ms", target: 50 },
    { metric: `${name}, SQL alone p50`, value: percentile(alone, 0.5), unit: "ms" },
  );
}
const onServer = items.map(({ model, digest }) => ({ name: model, digest }));
const compared: number[] = [];
for (let round = 0; round < 20; round += 1) {
  const at = performance.now();
  await backend.services.digests.observe("http://127.0.0.1:9", onServer);
  compared.push(performance.now() - at);
}
figures.push({
  metric: "hold a server's 500 models against every pin p50",
  value: percentile(compared, 0.5),
  unit: "ms",
});
report("registry", figures);
db.close();
await close();
await backend.close();

async function lastCursor(): Promise<string> {
  let cursor: string | null = null;
  for (;;) {
    const page: { nextCursor: string | null } = await client.registry.versions({
      limit: 500,
      cursor: cursor ?? undefined,
    });
    if (page.nextCursor === null) return cursor ?? "";
    cursor = page.nextCursor;
  }
}

function manyVersions() {
  const all = Array.from({ length: models }, (_, index) => ({
    id: uuid(),
    name: `family-${index % 50}/model-${index}:q4`,
    modelType: "self_hosted",
    provider: "ollama",
    createdAtMs: 1_000 + index,
    aliases: [],
  }));
  const versions = all.flatMap((model, index) =>
    Array.from({ length: versionsEach }, (_, number) => ({
      id: uuid(),
      modelId: model.id,
      version: `${number + 1}.0`,
      status: number === 0 ? "candidate" : "registered",
      digest: `sha256:${String(index * versionsEach + number).padStart(64, "0")}`,
      configuration: { contextTokens: 4_096, options: { temperature: 0.7, stop: ["END"] } },
      createdAtMs: 1_000_000 + index * versionsEach + number,
      tags: [`tag-${index % 40}`, number % 2 === 0 ? "even" : "odd"],
      note: `A ${index % 3 === 0 ? "quiet" : "lively"} voice for the keeper of the lighthouse, tried on the second draft.`,
      drift: null,
    })),
  );
  return registryDocument.parse({
    format: "taleward-registry",
    formatVersion: 1,
    exportedAtMs: 1,
    models: all,
    versions,
    useCases: [],
    assignments: [],
    endpoints: [],
  });
}
