import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import { DatabasePool } from "../../../src/main/db/pool.ts";
import { Failure } from "../../../src/main/base/failure.ts";
import type { SecretStore } from "../../../src/main/host/secrets.ts";
import type { VersionConfiguration } from "../../../src/shared/contract/registry.ts";
import { databaseWorker, startBackend } from "../../kit/backend.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { type OpenAIServer, startOpenAIServer } from "../../kit/servers/openai-server.ts";
import { type Client, type Transport, transports } from "../../kit/transports.ts";
import { waitFor } from "../../kit/wait-for.ts";

const key = "sk-not-to-be-seen-anywhere";

describe.each(transports)("endpoints over a %s", (_name, open) => {
  let ollama: OllamaServer;
  let openai: OpenAIServer;
  let backend: Backend;
  let transport: Transport;
  let registry: Client["registry"];
  beforeAll(async () => {
    ollama = await startOllamaServer({ models: [{ name: "a:latest" }, { name: "b:1b", loaded: true }] });
    openai = await startOpenAIServer({ dialect: "vLLM", key, models: ["story-model"] });
    backend = await startBackend({ ollamaEndpoint: ollama.url });
    transport = await open(backend.router);
    registry = transport.client.registry;
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
    await ollama.close();
    await openai.close();
  });

  test("a server tells what it has, what is in memory and what it is registered as, and loads nothing for it", async () => {
    const version = await registry.registerModel({ modelName: "a", provider: "ollama", version: "1" });
    const older = await registry.registerModel({
      modelName: "b",
      provider: "ollama",
      version: "1",
      configuration: { endpoint: `${ollama.url}/`, serverModel: "b:1b" },
    });
    await registry.setStatus({ versionId: older.id, status: "retired" });
    expect(await registry.endpoints({})).toEqual([
      {
        endpoint: ollama.url,
        provider: "ollama",
        state: "up",
        server: "Ollama",
        serverVersion: expect.any(String),
        latencyMs: expect.any(Number),
        lastError: null,
        checkedAtMs: expect.any(Number),
        maxConcurrent: 64,
        hasKey: false,
        models: [
          expect.objectContaining({ name: "a:latest", digest: version.digest, loaded: false, versionId: version.id }),
          expect.objectContaining({ name: "b:1b", loaded: true, versionId: null }),
        ],
      },
    ]);
    expect(ollama.requests).toEqual([]);
    expect(ollama.shelf.calls.filter(({ path }) => path !== "/api/show")).toEqual([]);
  });

  test("servers that versions name are asked too, replicas included, each once whatever its spelling; retired versions' are not", async () => {
    const first = await registry.registerModel({
      modelName: "spread",
      version: "1",
      provider: "ollama",
      configuration: { endpoint: "http://127.0.0.1:9/", replicas: ["http://127.0.0.1:7"] },
    });
    await registry.registerModel({
      modelName: "spread",
      version: "2",
      provider: "ollama",
      configuration: { endpoint: "http://127.0.0.1:9" },
    });
    await registry.registerModel({
      modelName: "custom",
      version: "1",
      provider: "ollama",
      configuration: { endpoint: "http://127.0.0.1:8/generate" },
    });
    const asked = async () => (await registry.endpoints({ provider: "ollama" })).map(({ endpoint }) => endpoint);
    expect(await asked()).toEqual([ollama.url, "http://127.0.0.1:7", "http://127.0.0.1:9"]);
    await registry.setStatus({ versionId: first.id, status: "retired" });
    expect(await asked()).toEqual([ollama.url, "http://127.0.0.1:9"]);
    expect(backend.services.endpoints.addressesOf(first)).toEqual(["http://127.0.0.1:9", "http://127.0.0.1:7"]);
  });

  test("one that is down is told with what to do, known or not, and asking it saves nothing", async () => {
    const [health] = await registry.endpoints({ endpoint: "http://127.0.0.1:5" });
    expect(health).toMatchObject({
      endpoint: "http://127.0.0.1:5",
      state: "down",
      lastError: expect.stringContaining("ollama serve"),
      models: [],
    });
    expect((await registry.endpoints({})).map(({ endpoint }) => endpoint)).not.toContain("http://127.0.0.1:5");
  });

  test("a saved server is asked with its key, which is in no answer, no export and no file of the database", async () => {
    const saved = await registry.saveEndpoint({
      endpoint: `${openai.url}/v1/`,
      provider: "openai",
      maxConcurrent: 3,
      key,
    });
    expect(saved).toMatchObject({
      endpoint: openai.url,
      provider: "openai",
      state: "up",
      maxConcurrent: 3,
      hasKey: true,
      models: [expect.objectContaining({ name: "story-model" })],
    });
    const version = await registry.registerModel({
      modelName: "story-model",
      provider: "openai",
      version: "1",
      configuration: { endpoint: `${openai.url}/v1` },
    });
    const all = await registry.endpoints({});
    expect(all.filter(({ provider }) => provider === "openai")).toEqual([
      expect.objectContaining({ endpoint: openai.url, models: [expect.objectContaining({ versionId: version.id })] }),
    ]);
    const exported = await registry.exportRegistry();
    expect(exported.endpoints).toEqual([{ endpoint: openai.url, provider: "openai", maxConcurrent: 3 }]);
    expect(JSON.stringify([saved, all, exported])).not.toContain(key);
    const files = (await readdir(backend.dataDirectory)).filter((name) => name.startsWith("taleward."));
    expect(files).toContain("taleward.db");
    const texts = await Promise.all(files.map((name) => readFile(join(backend.dataDirectory, name), "latin1")));
    expect(texts.join(" ")).not.toContain(key);
  });

  test("what is left out when a server is saved again stays; an empty key forgets it; calls know the limit at once", async () => {
    const endpoint = openai.url;
    expect(await registry.saveEndpoint({ endpoint, provider: "openai" })).toMatchObject({
      maxConcurrent: 3,
      hasKey: true,
    });
    const { endpoints } = backend.services;
    expect(
      [endpoint, `${endpoint}/v1`, "http://127.0.0.1:5", "embedded"].map((at) => endpoints.maxConcurrent(at)),
    ).toEqual([3, 3, 64, 64]);
    const without = await registry.saveEndpoint({ endpoint, provider: "openai", maxConcurrent: 5, key: "" });
    expect(without).toMatchObject({ state: "down", maxConcurrent: 5, hasKey: false });
    expect(endpoints.maxConcurrent(`${endpoint}/v1`)).toBe(5);
  });

  test("a server goes with its key, but not while a version names it, and not twice", async () => {
    const { endpoint } = await registry.saveEndpoint({ endpoint: "http://127.0.0.1:4/", provider: "ollama", key });
    expect(endpoint).toBe("http://127.0.0.1:4");
    const version = await registry.registerModel({
      modelName: "needy",
      provider: "ollama",
      version: "1",
      configuration: { endpoint: ollama.url, replicas: ["http://127.0.0.1:4"] },
    });
    const refusal = () => registry.removeEndpoint({ endpoint: "http://127.0.0.1:4/" }).catch((error: unknown) => error);
    expect(await refusal()).toMatchObject({
      code: "CONFLICT",
      message: "http://127.0.0.1:4 is named by needy 1.",
      data: { field: "endpoint", value: endpoint },
    });
    expect((await registry.endpoints({ endpoint }))[0]).toMatchObject({ hasKey: true });
    await registry.setStatus({ versionId: version.id, status: "retired" });
    expect(await refusal()).toEqual({});
    expect((await registry.endpoints({ endpoint }))[0]).toMatchObject({ hasKey: false });
    expect(await refusal()).toMatchObject({
      code: "NOT_FOUND",
      data: { field: "endpoint", value: "http://127.0.0.1:4/" },
    });
  });

  test.each([
    ["no web address", { endpoint: "ftp://127.0.0.1" }, "endpoint"],
    ["an address with a password", { endpoint: "http://me:secret@127.0.0.1:1" }, "endpoint"],
    ["no calls at once", { maxConcurrent: 0 }, "maxConcurrent"],
    ["a provider that has no server", { provider: "embedded" }, "provider"],
    ["a key that was copied from where it is shown in part", { key: "sk-abc…xyz" }, "key"],
    ["a key of two lines", { key: "sk-abc\nsk-xyz" }, "key"],
  ])("%s is refused by name, and nothing is saved", async (_what, wrong, field) => {
    const input = { endpoint: "http://127.0.0.1:3", provider: "ollama", ...wrong };
    const refusal: unknown = await registry.saveEndpoint(input as never).catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: "BAD_REQUEST",
      data: { field, ...(field === "key" && { remedy: expect.stringContaining("save it again") }) },
    });
    expect(JSON.stringify(refusal)).not.toContain("sk-abc");
    expect((await registry.exportRegistry()).endpoints.map(({ endpoint }) => endpoint)).not.toContain(input.endpoint);
  });

  test("where keys are kept is told in a sentence", async () => {
    expect(await registry.keyStorage()).toEqual({ available: true, description: expect.stringMatching(/\.$/) });
  });
});

test("the status bar tells of trouble only when every address of a version is down, and asks the one that is up what is loaded", async () => {
  const replica = await startOllamaServer({ models: [{ name: "spread:latest", loaded: true }] });
  const backend = await startBackend({ ollamaEndpoint: "http://127.0.0.1:9" });
  const { client, close } = await transports[0][1](backend.router);
  const gone = { endpoint: "http://127.0.0.1:9", replicas: ["http://127.0.0.1:7"] };
  const trouble = async (version: string, configuration: VersionConfiguration) => {
    const useCase = "story_generation";
    await client.registry.registerModel({ modelName: "spread", version, provider: "ollama", configuration, useCase });
    return client.inference.status({ useCase });
  };
  try {
    const answered = { ...gone, replicas: [...gone.replicas, replica.url] };
    expect(await trouble("1", answered)).toMatchObject({ loaded: true, trouble: null });
    expect(await trouble("2", gone)).toMatchObject({
      loaded: false,
      trouble: expect.stringContaining("127.0.0.1:9"),
    });
    // Nobody can tell of a generate URL whether it is down.
    const unknown = { ...gone, replicas: ["http://127.0.0.1:7/generate"] };
    expect(await trouble("3", unknown)).toMatchObject({ trouble: null });
  } finally {
    await close();
    await backend.close();
    await replica.close();
  }
});

test("a server whose key cannot be kept is not saved, and neither is a key whose server cannot be saved", async () => {
  const kept = new Map<string, string | null>();
  let available = false;
  const secrets: SecretStore = {
    get available() {
      return available;
    },
    description: "There is no place for keys here.",
    get: async (name) => kept.get(name) ?? null,
    set: async (name, value) => void kept.set(name, value),
  };
  const dataDirectory = await mkdtemp(join(tmpdir(), "taleward-keys-"));
  const database = await DatabasePool.open(databaseWorker, dataDirectory);
  const backend = await startBackend({ secrets, dataDirectory, database });
  const { client, close } = await transports[0][1](backend.router);
  try {
    const input = { endpoint: "http://127.0.0.1:3", provider: "ollama", key } as const;
    await expect(client.registry.saveEndpoint(input)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      data: { field: "key", remedy: expect.stringContaining("without it") },
    });
    available = true;
    const full = new Failure("STORAGE", "The disk is full.", { remedy: "Free some space." });
    const failing = vi.spyOn(database, "write").mockRejectedValueOnce(full);
    await expect(client.registry.saveEndpoint(input)).rejects.toMatchObject({ code: "STORAGE" });
    failing.mockRestore();
    expect([...kept.values()]).toEqual([null]);
    expect((await client.registry.exportRegistry()).endpoints).toEqual([]);
  } finally {
    await close();
    await backend.close();
    await rm(dataDirectory, { recursive: true });
  }
});

test("after a restart the first call knows how many at once a server takes", async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), "taleward-limits-"));
  try {
    const first = await startBackend({ dataDirectory });
    await first.services.endpoints.save({ endpoint: "http://127.0.0.1:9", provider: "ollama", maxConcurrent: 2 });
    await first.close();
    const second = await startBackend({ dataDirectory });
    const { client, close } = await transports[0][1](second.router);
    await client.inference.status({ useCase: "story_generation" });
    expect(second.services.endpoints.maxConcurrent("http://127.0.0.1:9/")).toBe(2);
    await close();
    await second.close();
  } finally {
    await rm(dataDirectory, { recursive: true });
  }
});

test("in the background a server that goes and comes back is announced, one that stays as it is is not, and no model is loaded", async () => {
  const server = await startOllamaServer();
  const backend = await startBackend({ ollamaEndpoint: server.url, healthMs: 40 });
  const { client, close } = await transports[0][1](backend.router);
  let announced = 0;
  const listening = backend.services.changes.listen((topic) => void (announced += topic === "endpoints" ? 1 : 0));
  /** It is announced unasked, and is as it should be in the end: a look under way at the change may be announced first. */
  const announcedWhen = async (change: () => unknown, state: object) => {
    const before = announced;
    await change();
    await waitFor(() => expect(announced).toBeGreaterThan(before));
    await waitFor(async () => expect(await client.registry.endpoints({})).toMatchObject([state]));
  };
  try {
    await client.registry.endpoints({});
    const received = server.received("/api/tags");
    // A check begins when the one before it has announced what it found.
    await waitFor(() => expect(server.received("/api/tags")).toBeGreaterThanOrEqual(received + 4));
    expect(announced).toBe(0);
    await announcedWhen(() => server.refuse(), {
      state: "down",
      lastError: expect.stringContaining("does not answer"), // and no longer that it closed the connection
    });
    await announcedWhen(() => server.listen(), { state: "up" });
    await announcedWhen(() => server.shelf.put({ name: "new:latest" }), {
      state: "up",
      models: expect.arrayContaining([expect.objectContaining({ name: "new:latest" })]),
    });
    expect(server.requests).toEqual([]);
    expect(server.shelf.processes()).toEqual({ models: [] });
  } finally {
    listening[Symbol.dispose]();
    await close();
    await backend.close();
    await waitFor(async () => expect(await server.connections()).toBe(0));
    await server.close();
  }
});
