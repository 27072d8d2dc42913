import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { v7 as uuid } from "uuid";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { DatabasePool } from "../../../src/main/db/pool.ts";
import { Addresses } from "../../../src/main/registry/addresses.ts";
import { DigestWatch } from "../../../src/main/registry/drift.ts";
import { FileDigests } from "../../../src/main/registry/file-digests.ts";
import { assignmentId, modelId, versionId } from "../../../src/shared/contract/ids.ts";
import type { ModelVersion, ProviderName, VersionConfiguration } from "../../../src/shared/contract/registry.ts";
import { databaseWorker } from "../../kit/backend.ts";
import { waitFor } from "../../kit/wait-for.ts";
import { aTest } from "../../kit/actors.ts";

const here = "http://127.0.0.1:11434";
const there = "http://10.0.0.2:11434";
const pinned = `sha256:${"a".repeat(64)}`;
const other = `sha256:${"b".repeat(64)}`;
const never = new AbortController().signal;

let directory: string;
let database: DatabasePool;
let files: FileDigests;
let watch: DigestWatch;
let has: Map<string, string>;
let asked: string[];
let announced: number;
let gate: Promise<void> | null;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "taleward-drift-"));
  database = await DatabasePool.open(databaseWorker, directory);
});
afterAll(async () => {
  await database.close();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(() => {
  [has, asked, announced, gate] = [new Map([["llama:latest", pinned]]), [], 0, null];
  files = new FileDigests(database);
  watch = new DigestWatch({
    database,
    addresses: new Addresses({ defaultEndpoint: here, openAIBase: (endpoint) => endpoint }),
    files,
    catalog: {
      models: async (server) => {
        asked.push(server);
        await gate;
        if (has.size === 0) throw new Error("away");
        return [...has].map(([name, digest]) => ({ name, digest }));
      },
    },
    modelFiles: { resolve: ({ file }) => join(directory, file ?? "") },
    nowMs: () => 5_000,
    listener: { recorded: async () => void (announced += 1) },
  });
});
afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await watch.close();
  await files.close();
  const db = new Sqlite(join(directory, "taleward.db"));
  db.exec("DELETE FROM version_servers; DELETE FROM model_versions; DELETE FROM models; DELETE FROM hashed_files");
  db.close();
});

async function register(
  name: string,
  configuration: VersionConfiguration = {},
  digest: string | null = pinned,
  provider: ProviderName = "ollama",
): Promise<ModelVersion> {
  return database.write("registerVersion", {
    modelName: name,
    modelType: "self_hosted",
    provider,
    version: "1",
    configuration,
    modelId: modelId.parse(uuid()),
    versionId: versionId.parse(uuid()),
    assignmentId: assignmentId.parse(uuid()),
    digest,
    servers: [configuration.endpoint ?? ""],
    atMs: 1_000,
    by: aTest,
  });
}

const again = (version: ModelVersion) => database.read("getVersion", { versionId: version.id });
const settled = async (version: ModelVersion, drift: ModelVersion["drift"]) =>
  waitFor(async () => expect((await again(version)).drift).toEqual(drift));

test("a version whose name holds what it was pinned to is the same, whether or not its tag is written", async () => {
  expect(await watch.verify(await register("llama"), here, never)).toBe("same");
  expect(await watch.verify(await register("llama:latest"), here, never)).toBe("same");
  expect(await watch.verify(await register("mine", { serverModel: "llama" }), `${here}/`, never)).toBe("same");
  expect(announced).toBe(0);
});

test("a name that holds something else is changed, is recorded with what was found, and is announced once", async () => {
  const version = await register("llama");
  has.set("llama:latest", other);
  expect(await watch.verify(version, here, never)).toBe("changed");
  await settled(version, { endpoint: here, foundDigest: other, foundAtMs: 5_000 });
  expect(await watch.verify(await again(version), here, never)).toBe("changed");
  expect(await watch.verify(version, here, never)).toBe("changed");
  expect((await database.read("driftedVersions")).map(({ id }) => id)).toEqual([version.id]);
  await watch.close();
  expect(announced).toBe(1);
});

test("a drift is cleared and announced when the pinned content is back", async () => {
  const version = await register("llama");
  await watch.observe(here, [{ name: "llama:latest", digest: other }]);
  await watch.observe(here, [{ name: "llama:latest", digest: pinned }]);
  expect((await again(version)).drift).toBeNull();
  expect(announced).toBe(2);
  await watch.observe(here, [{ name: "llama:latest", digest: other }]);
  const drifted = await again(version);
  await watch.observe(here, [{ name: "llama:latest", digest: pinned }]);
  expect(await watch.verify(drifted, here, never)).toBe("same");
});

test("a call that meets the pinned content again clears the drift", async () => {
  const version = await register("llama");
  await database.write("recordDrift", { versionId: version.id, foundDigest: other, endpoint: here, atMs: 1 });
  expect(await watch.verify(await again(version), here, never)).toBe("same");
  await settled(version, null);
});

test("what one of a version's servers has neither hides nor clears what another has", async () => {
  const version = await register("llama", { endpoint: there, replicas: [here] });
  await watch.observe(there, [{ name: "llama:latest", digest: other }]);
  expect(await watch.verify(await again(version), here, never)).toBe("same");
  expect(await watch.verify(await again(version), there, never)).toBe("changed");
  expect((await again(version)).drift).toEqual({ endpoint: there, foundDigest: other, foundAtMs: 5_000 });
});

test("it is unknown without a digest, behind a generate URL, on another provider, for a name that is not there, and while the server is away", async () => {
  const unpinned = await register("unpinned", { serverModel: "llama" }, null);
  const custom = await register("custom", { endpoint: `${there}/generate`, serverModel: "llama" });
  const remote = await register("remote", { endpoint: there, serverModel: "llama" }, pinned, "openai");
  const unheard = await register("unheard");
  const llama = await register("llama");
  expect(await watch.verify(unpinned, here, never)).toBe("unknown");
  expect(await watch.verify(custom, `${there}/generate`, never)).toBe("unknown");
  expect(await watch.verify(remote, there, never)).toBe("unknown");
  expect(asked).toEqual([]);
  expect(await watch.verify(unheard, here, never)).toBe("unknown");
  has.clear();
  expect(await watch.verify(llama, there, never)).toBe("unknown");
});

test("a version registered while its server was away is pinned by the first reading that has its name, once, and is then watched", async () => {
  has.delete("llama:latest");
  const version = await register("llama", {}, null);
  await watch.observe(here, [{ name: "another:latest", digest: other }]);
  expect((await again(version)).digest).toBeNull();
  expect(announced).toBe(0);
  await watch.observe(here, [{ name: "llama:latest", digest: pinned }]);
  expect(await again(version)).toEqual({ ...version, digest: pinned });
  expect(announced).toBe(1);
  await watch.observe(here, [{ name: "llama:latest", digest: other }]);
  const drifted = await again(version);
  expect(drifted).toMatchObject({ digest: pinned, drift: { endpoint: here, foundDigest: other } });
  expect(await watch.verify(drifted, here, never)).toBe("changed");
});

test("a digest is written once: neither a second one nor none takes its place", async () => {
  const version = await register("llama", {}, null);
  const pin = (digest: string) => database.write("pinVersion", { versionId: version.id, digest });
  expect(await pin(pinned)).toBe(true);
  expect(await pin(other)).toBe(false);
  expect((await again(version)).digest).toBe(pinned);
  const db = new Sqlite(join(directory, "taleward.db"));
  try {
    for (const digest of [other, null])
      expect(() => db.prepare("UPDATE model_versions SET digest = ? WHERE id = ?").run(digest, version.id)).toThrow(
        "never changed in place",
      );
  } finally {
    db.close();
  }
});

test("why a version is not pinned yet is told, and being asked pins it where it can be", async () => {
  const state = async (version: ModelVersion) => watch.pinning(version.id, never);
  const llama = await register("llama", {}, null);
  has.clear();
  expect(await state(llama)).toMatchObject({ state: "away", message: expect.stringMatching(/cannot be reached/) });
  has.set("lama:latest", other);
  expect(await state(llama)).toEqual({
    state: "missing",
    message: `${here} answers, but has no model named llama. Pull it there, or register the name it has.`,
  });
  has.set("llama:latest", pinned);
  expect(await state(llama)).toEqual({ state: "pinned", message: `Pinned to ${pinned}.` });
  expect((await again(llama)).digest).toBe(pinned);
  const custom = await register("custom", { endpoint: `${there}/generate` }, null);
  const remote = await register("remote", { endpoint: there }, null, "openai");
  for (const version of [custom, remote]) expect(await state(version)).toMatchObject({ state: "unpinnable" });
});

test("a hundred calls at once are one question, and calls in the next five seconds are none", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const version = await register("llama");
  const answers = await Promise.all(Array.from({ length: 100 }, () => watch.verify(version, here, never)));
  expect(new Set(answers)).toEqual(new Set(["same"]));
  vi.advanceTimersByTime(5_000);
  expect(await watch.verify(version, here, never)).toBe("same");
  expect(asked).toEqual([here]);
  vi.advanceTimersByTime(1);
  has.set("llama:latest", other);
  expect(await watch.verify(version, here, never)).toBe("changed");
  expect(asked).toEqual([here, here]);
  watch.forget(here);
  await watch.verify(version, here, never);
  expect(asked).toEqual([here, here, here]);
});

test("a call that is stopped while it waits ends at once, and the question goes on for the others", async () => {
  const version = await register("llama");
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = promise;
  const stop = new AbortController();
  const stopped = watch.verify(version, here, stop.signal);
  const waiting = watch.verify(version, here, never);
  stop.abort(new Error("stopped"));
  await expect(stopped).rejects.toThrow("stopped");
  resolve();
  expect(await waiting).toBe("same");
  expect(asked).toEqual([here]);
});

test("a check asks each server once, however many versions are on it, and leaves retired versions alone", async () => {
  const versions = [];
  for (let index = 0; index < 5; index += 1) versions.push(await register(`m${index}`, { serverModel: "llama" }));
  const [first, second] = versions;
  if (!first || !second) throw new Error("five were registered");
  await register("far", { endpoint: there, serverModel: "llama" });
  await database.write("setStatus", { versionId: second.id, status: "retired" });
  has.set("llama:latest", other);
  const drifted = await watch.check(never);
  expect(drifted.map(({ model }) => model).sort()).toEqual(["far", "m0", "m2", "m3", "m4"]);
  expect(asked.sort()).toEqual([there, here]);
  expect((await again(second)).drift).toBeNull();
});

/** Time is set to what no other writing had, however coarse the disk's clock. */
async function put(path: string, content: string, at: number): Promise<void> {
  await writeFile(path, content);
  await utimes(path, at, at);
}

test("a call on a model file that was written to waits until it was read again, once for all calls", async () => {
  const path = join(directory, "a.gguf");
  await put(path, "content", 1);
  const digest = await files.later(path);
  const version = await register("built-in", { file: "a.gguf" }, digest, "embedded");
  const written = vi.spyOn(database, "write");
  for (let call = 0; call < 50; call += 1) expect(await watch.verify(version, "embedded", never)).toBe("same");
  expect(written).not.toHaveBeenCalled();

  await put(path, "content", 2);
  expect(await watch.verify(version, "embedded", never)).toBe("same");
  await put(path, "changed", 3);
  const calls = Array.from({ length: 20 }, () => watch.verify(version, "embedded", never));
  expect(new Set(await Promise.all(calls))).toEqual(new Set(["changed"]));
  await settled(version, { endpoint: "embedded", foundDigest: await files.later(path), foundAtMs: 5_000 });
  expect(written.mock.calls.filter(([name]) => name === "rememberFile")).toHaveLength(2);

  await put(path, "content", 4);
  expect(await watch.check(never)).toEqual([]);
  expect((await again(version)).drift).toBeNull();
});

test("another size is another content at once; what it is gets known behind the call", async () => {
  const path = join(directory, "a.gguf");
  await put(path, "content", 1);
  const version = await register("built-in", { file: "a.gguf" }, await files.later(path), "embedded");
  await put(path, "longer content", 2);
  const read = vi.spyOn(files, "now");
  expect(await watch.verify(version, "embedded", never)).toBe("changed");
  expect(read).not.toHaveBeenCalled();
  await settled(version, { endpoint: "embedded", foundDigest: await files.later(path), foundAtMs: 5_000 });
});

test("a file that was never read here is read before anything of it is the pinned version", async () => {
  const path = join(directory, "a.gguf");
  await put(path, "content", 1);
  const version = await register("built-in", { file: "a.gguf" }, await files.later(path), "embedded");
  const foreign = await register("imported", { file: "a.gguf" }, pinned, "embedded");
  const db = new Sqlite(join(directory, "taleward.db"));
  db.exec("DELETE FROM hashed_files");
  db.close();
  files = new FileDigests(database);
  expect(await files.known(path)).toBeNull();
  expect(await watch.verify(foreign, "embedded", never)).toBe("changed");
  expect(await watch.verify(version, "embedded", never)).toBe("same");
});

test("a call that stops while its file is read ends at once, and reading goes on for the next", async () => {
  const path = join(directory, "a.gguf");
  await put(path, "content", 1);
  const version = await register("built-in", { file: "a.gguf" }, await files.later(path), "embedded");
  await put(path, "c0ntent", 2);
  const stop = new AbortController();
  const stopped = watch.verify(version, "embedded", stop.signal);
  stop.abort(new Error("stopped"));
  await expect(stopped).rejects.toThrow("stopped");
  await settled(version, { endpoint: "embedded", foundDigest: expect.any(String), foundAtMs: 5_000 });
});

test("what a file held is remembered over a restart, and a file that is away is no drift", async () => {
  const path = join(directory, "a.gguf");
  await writeFile(path, "content");
  const digest = await files.later(path);
  const next = new FileDigests(database);
  expect(await next.known(path)).toBe(digest);
  const version = await register("built-in", { file: "a.gguf" }, digest, "embedded");
  await rm(path);
  expect(await watch.verify(version, "embedded", never)).toBe("unknown");
  expect(await watch.check(never)).toEqual([]);
});
