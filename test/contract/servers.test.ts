import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../src/main/backend.ts";
import type { ServerJob } from "../../src/shared/contract/servers.ts";
import { startBackend } from "../kit/backend.ts";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { type Transport, transports } from "../kit/transports.ts";

describe.each(transports)("servers over a %s", (_name, open) => {
  let server: OllamaServer;
  let backend: Backend;
  let transport: Transport;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "taleward-servers-"));
    server = await startOllamaServer({
      models: [{ name: "smollm2:135m" }],
      library: [
        { name: "quick:1b", layers: [4_000, 500], stepBytes: 500, everyMs: 2 },
        { name: "slow:1b", layers: [1_000_000], stepBytes: 1_000, everyMs: 20 },
        { name: "smollm2:135m", layers: [100], digest: "a".repeat(64) },
      ],
    });
    backend = await startBackend({ ollamaEndpoint: server.url });
    transport = await open(backend.router);
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const servers = () => transport.client.servers;
  const on = (model: string) => ({ endpoint: server.url, model });
  const untilEnded = async (id: ServerJob["id"]): Promise<ServerJob> => {
    for await (const { jobs } of await servers().jobs()) {
      const job = jobs.find((candidate) => candidate.id === id);
      if (job !== undefined && job.state !== "running") return job;
    }
    throw new Error("the jobs ended");
  };

  test("a pull is a job whose progress is told until it is done, and the model is there", async () => {
    const job = await servers().pull(on("quick:1b"));
    expect(job).toMatchObject({ kind: "pull", endpoint: server.url, model: "quick:1b", state: "running", error: null });
    expect(await untilEnded(job.id)).toMatchObject({ state: "done", bytesDone: 4_500, bytesTotal: 4_500 });
    expect(await servers().show(on("quick:1b"))).toMatchObject({ name: "quick:1b", format: "gguf" });
  });

  test("a pull goes on when nobody watches, and is cancelled by its id", async () => {
    const job = await servers().pull(on("slow:1b"));
    const watched = await servers().jobs();
    for await (const { jobs } of watched) if ((jobs[0]?.bytesDone ?? 0) > 2_000) break;
    const again = await servers().pull(on("slow:1b"));
    expect(again).toMatchObject({ id: job.id, state: "running" });
    expect(await servers().cancel({ jobId: job.id })).toMatchObject({ id: job.id, state: "cancelled", error: null });
  });

  test("creating, copying, loading, unloading and removing do what they say", async () => {
    const created = await servers().create({
      ...on("keeper:1"),
      modelfile: "FROM smollm2:135m\nSYSTEM You keep a lighthouse.",
    });
    expect(await untilEnded(created.id)).toMatchObject({ kind: "create", state: "done", status: "success" });
    await servers().copy({ ...on("keeper:1"), to: "keeper:2" });
    expect(await servers().show(on("keeper:2"))).toMatchObject({ system: "You keep a lighthouse." });
    const loading = await servers().load(on("keeper:2"));
    expect(await untilEnded(loading.id)).toMatchObject({ kind: "load", state: "done" });
    expect(await servers().running({ endpoint: server.url })).toMatchObject([{ name: "keeper:2" }]);
    await servers().unload(on("keeper:2"));
    expect(await servers().running({ endpoint: server.url })).toEqual([]);
    for (const name of ["keeper:1", "keeper:2"]) await servers().remove(on(name));
    await expect(servers().show(on("keeper:1"))).rejects.toMatchObject({
      code: "NOT_FOUND",
      data: { field: "model", value: "keeper:1" },
    });
  });

  test("a model that a version is pinned to is not removed unless forced, by any of its names", async () => {
    const registered = await transport.client.registry.registerModel({
      modelName: "pinned",
      provider: "ollama",
      version: "1.0",
      configuration: { serverModel: "quick" },
    });
    server.shelf.put({ name: "quick:latest" });
    for (const name of ["quick", "quick:latest"]) {
      await expect(servers().remove(on(name))).rejects.toMatchObject({
        code: "CONFLICT",
        message: `${name} cannot be removed: pinned@1.0 would have nothing to answer with.`,
        data: { field: "model", value: name },
      });
    }
    await transport.client.registry.setStatus({ versionId: registered.id, status: "retired" });
    await servers().remove(on("quick"));
    expect(server.shelf.find("quick")).toBeUndefined();
  });

  test("a pull that changes what a pinned name holds is found out at once", async () => {
    const registered = await transport.client.registry.registerModel({
      modelName: "smollm2:135m",
      provider: "ollama",
      version: "1.0",
      configuration: {},
    });
    expect(registered.digest).toMatch(/^sha256:/);
    await untilEnded((await servers().pull(on("smollm2:135m"))).id);
    await expect
      .poll(async () => (await transport.client.registry.version({ versionId: registered.id })).drift, {
        timeout: 10_000,
      })
      .toMatchObject({ foundDigest: `sha256:${"a".repeat(64)}` });
  });

  test("a key that is kept for a server goes along with all work on it", async () => {
    await transport.client.registry.saveEndpoint({ endpoint: server.url, provider: "ollama", key: "k-servers" });
    await servers().show(on("smollm2:135m"));
    expect(server.shelf.calls.at(-1)).toMatchObject({ path: "/api/show", authorization: "Bearer k-servers" });
    await transport.client.registry.saveEndpoint({ endpoint: server.url, provider: "ollama", key: "" });
  });

  test("bad input names the field: an endpoint, a name, a Modelfile, a file", async () => {
    await expect(servers().show({ endpoint: "somewhere", model: "m" })).rejects.toMatchObject({
      code: "BAD_REQUEST",
      data: { field: "endpoint", value: "somewhere" },
    });
    await expect(servers().pull(on("two words"))).rejects.toMatchObject({
      code: "BAD_REQUEST",
      data: { field: "model", value: "two words" },
    });
    await expect(servers().create({ ...on("x"), modelfile: "FORM y" })).rejects.toMatchObject({
      code: "BAD_REQUEST",
      message: "Line 1 of the Modelfile begins with FORM, which is no instruction.",
      data: { field: "modelfile", value: "FORM" },
    });
    const file = join(folder, "x.gguf");
    await writeFile(file, "no weights");
    await expect(servers().create({ ...on("x"), modelfile: `FROM ${file}` })).rejects.toMatchObject({
      code: "BAD_REQUEST",
      message: `The file ${file} is not a GGUF file.`,
    });
  });

  test("a server that is away is UNAVAILABLE, a job on it fails with what to do", async () => {
    const away = { endpoint: "http://127.0.0.1:9", model: "m" };
    const remedy = "Start it with `ollama serve`, or use the built-in engine.";
    await expect(servers().running({ endpoint: away.endpoint })).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: "Ollama does not answer at 127.0.0.1:9.",
      data: { remedy },
    });
    const job = await servers().pull(away);
    expect(await untilEnded(job.id)).toMatchObject({
      state: "failed",
      error: { message: "Ollama does not answer at 127.0.0.1:9.", remedy },
    });
  });

  test("closing ends a watch and cancels what runs, with no connection left", async () => {
    const library = [{ name: "slow:1b", layers: [1_000_000], stepBytes: 1_000, everyMs: 20 }];
    const ownServer = await startOllamaServer({ library });
    const own = await startBackend({ ollamaEndpoint: ownServer.url });
    const second = await open(own.router);
    const watched = await second.client.servers.jobs();
    await watched.next();
    await second.client.servers.pull({ endpoint: ownServer.url, model: "slow:1b" });
    await expect.poll(() => ownServer.shelf.calls.some(({ path }) => path === "/api/pull")).toBe(true);
    await own.close();
    await expect.poll(() => ownServer.connections()).toBe(0);
    await second.close();
    await ownServer.close();
  });
});
