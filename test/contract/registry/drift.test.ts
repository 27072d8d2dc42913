import { writeFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import type { ModelVersion } from "../../../src/shared/contract/registry.ts";
import { startBackend } from "../../kit/backend.ts";
import { ggufFile } from "../../kit/servers/gguf.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { type RealOllama, startRealOllama, whyNoRealOllama } from "../../kit/servers/real-ollama.ts";
import { type Client, type Transport, transports } from "../../kit/transports.ts";
import { waitFor } from "../../kit/wait-for.ts";

const before = "a".repeat(64);
const after = "b".repeat(64);

describe.each(transports)("drift over a %s", (_name, open) => {
  let server: OllamaServer;
  let backend: Backend;
  let transport: Transport;
  let registry: Client["registry"];
  let models = 0;
  beforeAll(async () => {
    server = await startOllamaServer();
    backend = await startBackend({ ollamaEndpoint: server.url });
    transport = await open(backend.router);
    registry = transport.client.registry;
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
    await server.close();
  });

  /** A model of its own, pinned to what the server has of it. */
  const pinned = async (useCase?: string): Promise<ModelVersion> => {
    models += 1;
    server.shelf.put({ name: `m${models}:latest`, digest: before });
    return registry.registerModel({
      modelName: `m${models}`,
      provider: "ollama",
      version: "1",
      tags: ["mine"],
      ...(useCase === undefined ? {} : { useCase }),
    });
  };
  const change = (version: ModelVersion) => server.shelf.put({ name: `${version.model}:latest`, digest: after });
  const restore = (version: ModelVersion) => server.shelf.put({ name: `${version.model}:latest`, digest: before });
  const refusal = (work: Promise<unknown>) => work.catch((error: unknown) => error);

  test("a version is pinned to the content its name had, and a check finds that the name holds something else", async () => {
    const version = await pinned();
    expect(version.digest).toBe(`sha256:${before}`);
    expect((await registry.checkDrift()).map(({ id }) => id)).not.toContain(version.id);
    change(version);
    const drifted = (await registry.checkDrift()).find(({ id }) => id === version.id);
    expect(drifted).toEqual({
      ...version,
      drift: { endpoint: server.url, foundDigest: `sha256:${after}`, foundAtMs: expect.any(Number) },
    });
    expect(await registry.drifts()).toContainEqual(drifted);
    expect((await registry.versions({ drifted: true })).items).toContainEqual(drifted);
    restore(version);
    await registry.checkDrift();
    expect(await registry.version({ versionId: version.id })).toEqual(version);
  });

  test("accepting it registers what is there now, which takes over use cases and fallback places with one reason", async () => {
    const other = await pinned();
    const old = await pinned("coordination_layer");
    await registry.assign({
      useCase: "foundation_layer",
      versionId: other.id,
      fallbacks: [old.id],
      defaults: { seed: 4 },
    });
    change(old);
    await registry.checkDrift();
    const accepted = await registry.acceptDrift({ versionId: old.id, version: "2", reason: "Pulled on purpose" });
    expect(accepted).toEqual({
      ...old,
      id: expect.not.stringMatching(old.id),
      version: "2",
      status: "active",
      digest: `sha256:${after}`,
      createdAtMs: expect.any(Number),
      assignedTo: ["coordination_layer"],
    });
    const now = { versionId: accepted.id, model: old.model, version: "2" };
    const [live, earlier] = await registry.history({ useCase: "coordination_layer" });
    expect(live).toMatchObject({ ...now, reason: "Pulled on purpose", untilMs: null });
    expect(earlier).toMatchObject({ versionId: old.id, untilMs: live?.fromMs });
    expect((await registry.history({ useCase: "foundation_layer" }))[0]).toMatchObject({
      versionId: other.id,
      fallbacks: [now],
      defaults: { seed: 4 },
      reason: "Pulled on purpose",
    });
    expect((await registry.version({ versionId: old.id })).status).toBe("deprecated");
    expect((await registry.checkDrift()).map(({ id }) => id)).not.toContain(accepted.id);
  });

  test("accepting is refused where the label is taken, nothing drifted, the content is back, or the server is away; nothing changes", async () => {
    const version = await pinned("customization_layer");
    const accept = (label: string) => refusal(registry.acceptDrift({ versionId: version.id, version: label }));
    expect(await accept("2")).toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("no drift to accept"),
    });
    change(version);
    await registry.checkDrift();
    expect(await accept("1")).toMatchObject({ code: "CONFLICT", data: { field: "version", value: "1" } });
    await server.refuse();
    expect(await accept("2")).toMatchObject({
      code: "UNAVAILABLE",
      data: { field: "versionId", remedy: "Start its server, then try again." },
    });
    await server.listen();
    restore(version);
    expect(await accept("2")).toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("again what was registered"),
    });
    expect(await registry.version({ versionId: version.id })).toEqual(version);
    expect(await registry.history({ useCase: "customization_layer" })).toHaveLength(1);
  });

  test("what drifted is not assigned, as version, by undo or as a new fallback, and one that answers already may keep its place", async () => {
    const useCase = "interaction_layer";
    const drifted = await pinned(useCase);
    const other = await pinned();
    change(drifted);
    await registry.checkDrift();
    const refused = { code: "CONFLICT", message: expect.stringContaining("no longer what it was registered as") };
    const fallbacks = [other.id];
    expect(await registry.assign({ useCase, versionId: drifted.id, fallbacks })).toMatchObject({
      versionId: drifted.id,
    });
    await registry.assign({ useCase, versionId: other.id, fallbacks: [] });
    const assigned = async () => (await registry.useCases()).find(({ name }) => name === useCase)?.assignment;
    const before = await assigned();
    for (const field of ["versionId", "fallbacks"] as const) {
      const input =
        field === "versionId" ? { versionId: drifted.id } : { versionId: other.id, fallbacks: [drifted.id] };
      expect(await refusal(registry.assign({ useCase, ...input }))).toMatchObject({
        ...refused,
        data: { field, value: drifted.id },
      });
    }
    expect(await refusal(registry.undoAssignment({ useCase }))).toMatchObject(refused);
    expect(await assigned()).toEqual(before);
    restore(drifted);
    await registry.checkDrift();
    expect(await registry.assign({ useCase, versionId: drifted.id })).toMatchObject({ versionId: drifted.id });
  });

  test("a model file that was written to is found by a check, and can be accepted", async () => {
    const folder = join(backend.dataDirectory, "models");
    await mkdir(folder, { recursive: true });
    const path = join(folder, "own.gguf");
    await writeFile(path, ggufFile());
    const version = await registry.registerModel({
      modelName: "own file",
      provider: "embedded",
      version: "1",
      configuration: { file: "own.gguf" },
    });
    await writeFile(path, ggufFile({ weightsBytes: 256 }));
    const [drifted] = (await registry.checkDrift()).filter(({ id }) => id === version.id);
    expect(drifted?.drift).toMatchObject({ endpoint: "embedded", foundDigest: expect.stringMatching(/^sha256:/) });
    const accepted = await registry.acceptDrift({ versionId: version.id, version: "2" });
    expect(accepted.digest).toBe(drifted?.drift?.foundDigest);
  });
});

test("drift is found and announced without any call, and cleared likewise", async () => {
  const server = await startOllamaServer({ models: [{ name: "quiet:latest", digest: before }] });
  const backend = await startBackend({ ollamaEndpoint: server.url, healthMs: 50 });
  const { client, close } = await transports[0][1](backend.router);
  const stop = new AbortController();
  try {
    const version = await client.registry.registerModel({ modelName: "quiet", provider: "ollama", version: "1" });
    const announced = async (found: boolean) => {
      for await (const { topics } of await client.app.changes(undefined, { signal: stop.signal })) {
        if (!topics.includes("registry")) continue;
        if (((await client.registry.version({ versionId: version.id })).drift !== null) === found) return;
      }
      throw new Error("nothing was announced");
    };
    const found = announced(true);
    server.shelf.put({ name: "quiet:latest", digest: after });
    await found;
    const resolved = announced(false);
    server.shelf.put({ name: "quiet:latest", digest: before });
    await resolved;
    expect(server.requests).toEqual([]);
  } finally {
    stop.abort();
    await close();
    await backend.close();
    await server.close();
  }
});

test("a version of a server that was away is pinned without anybody asking, and the routes say so until then", async () => {
  const server = await startOllamaServer({ models: [{ name: "late:latest", digest: before }] });
  await server.refuse();
  const backend = await startBackend({ ollamaEndpoint: server.url, healthMs: 50 });
  const { client, close } = await transports[0][1](backend.router);
  try {
    const version = await client.registry.registerModel({ modelName: "late", provider: "ollama", version: "1" });
    expect(version.digest).toBeNull();
    expect(await client.registry.pinning({ versionId: version.id })).toMatchObject({ state: "away" });
    const document = await client.registry.exportRegistry();
    await server.listen();
    await waitFor(async () =>
      expect(await client.registry.version({ versionId: version.id })).toEqual({
        ...version,
        digest: `sha256:${before}`,
      }),
    );
    expect(await client.registry.pinning({ versionId: version.id })).toMatchObject({ state: "pinned" });
    // What was exported before is still the same registry.
    expect(await client.registry.importRegistry({ document })).toMatchObject({ versionsAdded: 0 });
    server.shelf.put({ name: "late:latest", digest: after });
    expect((await client.registry.checkDrift()).map(({ id }) => id)).toEqual([version.id]);
  } finally {
    await close();
    await backend.close();
    await server.close();
  }
});

const missing = whyNoRealOllama();

describe.skipIf(missing !== null)(`drift on a real Ollama${missing === null ? "" : ` (skipped: ${missing})`}`, () => {
  let real: RealOllama;
  let backend: Backend;
  let transport: Transport;
  beforeAll(async () => {
    const started = await startRealOllama();
    if (started === null) throw new Error("the real Ollama vanished between the look and the start");
    real = started;
    backend = await startBackend({ ollamaEndpoint: real.url });
    transport = await transports[0][1](backend.router);
  }, 90_000);
  afterAll(async () => {
    await transport.close();
    await backend.close();
    await real.close();
  });

  test("another model created under the same name is found, and no model was loaded to find it", async () => {
    const { registry } = transport.client;
    const version = await registry.registerModel({ modelName: real.modelName, provider: "ollama", version: "1" });
    expect(version.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await registry.checkDrift()).toEqual([]);
    const created = await fetch(`${real.url}/api/create`, {
      method: "POST",
      body: JSON.stringify({ model: real.modelName, from: real.modelName, system: "You are a pirate.", stream: false }),
    });
    expect(await created.text()).toContain("success");
    const [drifted] = await registry.checkDrift();
    expect(drifted).toMatchObject({ id: version.id, drift: { endpoint: real.url } });
    const accepted = await registry.acceptDrift({ versionId: version.id, version: "pirate" });
    expect(accepted.digest).toBe(drifted?.drift?.foundDigest);
    const [health] = await registry.endpoints({ endpoint: real.url });
    expect(health?.models).toEqual([
      expect.objectContaining({ digest: accepted.digest, versionId: accepted.id, loaded: false }),
    ]);
  }, 60_000);
});
