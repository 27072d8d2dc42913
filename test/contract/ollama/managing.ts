import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ModelServers } from "../../../src/main/inference/servers/model-servers.ts";
import { modelServersAlone } from "../../kit/model-servers.ts";
import type { ServerJob } from "../../../src/shared/contract/servers.ts";

/** A server whose models can be managed. */
export interface ManagedSubject {
  readonly url: string;
  readonly modelName: string;
  /** A GGUF file that it can make a model of. */
  readonly gguf: string;
}

/** Resolves to a job as it ended. */
export async function ended(servers: ModelServers, id: ServerJob["id"]): Promise<ServerJob> {
  const stop = new AbortController();
  try {
    for await (const { jobs } of servers.jobs(stop.signal)) {
      const job = jobs.find((candidate) => candidate.id === id);
      if (job !== undefined && job.state !== "running") return job;
    }
    throw new Error("the jobs ended");
  } finally {
    stop.abort();
  }
}

/** What every server that speaks Ollama's API must let its models' keeper do. */
export function managing(subject: () => ManagedSubject): void {
  const changes: string[] = [];
  const pinned = new Map<string, string[]>();
  let servers: ModelServers;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "taleward-managing-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  beforeEach(() => {
    changes.length = 0;
    pinned.clear();
    servers = modelServersAlone({
      listener: { modelsChanged: (endpoint) => void changes.push(endpoint) },
      pins: { pinnedVersions: (_endpoint, model) => Promise.resolve(pinned.get(model) ?? []) },
    });
  });
  afterEach(() => servers.close());

  const on = (model: string) => ({ endpoint: subject().url, model });
  const host = () => new URL(subject().url).host;
  const names = async () => {
    const answer = await fetch(`${subject().url}/api/tags`);
    const { models } = (await answer.json()) as { models: { name: string }[] };
    return models.map(({ name }) => name).toSorted();
  };
  const create = async (model: string, modelfile: string) => {
    const job = await servers.create({ ...on(model), modelfile });
    return ended(servers, job.id);
  };

  test("showing a model tells all of it, without loading it", async () => {
    await servers.unload(on(subject().modelName));
    expect(await servers.show(on(subject().modelName))).toEqual({
      name: subject().modelName,
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      sizeBytes: expect.any(Number),
      modifiedAtMs: expect.any(Number),
      format: "gguf",
      family: "llama",
      parameters: "134.52M",
      quantization: "Q4_1",
      contextTokens: 8_192,
      embeddingLength: 576,
      capabilities: ["completion"],
      options: expect.stringContaining("num_thread"),
      template: expect.stringContaining("{{"),
      system: null,
      license: null,
      modelfile: expect.stringContaining("FROM "),
    });
    expect(await servers.running({ endpoint: subject().url })).toEqual([]);
    expect(await servers.version({ endpoint: subject().url })).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test("a model that is not there is NOT_FOUND for every kind of work, and a job that fails", async () => {
    const missing = {
      code: "NOT_FOUND",
      message: `Ollama at ${host()} has no model no-such-model.`,
      data: { field: "model", value: "no-such-model", remedy: expect.stringContaining("ollama pull no-such-model") },
    };
    await expect(servers.show(on("no-such-model"))).rejects.toMatchObject(missing);
    await expect(servers.copy({ ...on("no-such-model"), to: "other" })).rejects.toMatchObject(missing);
    await expect(servers.remove({ ...on("no-such-model"), force: false })).rejects.toMatchObject(missing);
    await expect(servers.unload(on("no-such-model"))).rejects.toMatchObject(missing);
    expect(await ended(servers, servers.load(on("no-such-model")).id)).toMatchObject({
      state: "failed",
      error: { message: missing.message },
    });
    expect(changes).toEqual([]);
  });

  test("loading puts the weights in memory, unloading takes them out", async () => {
    const job = servers.load(on(subject().modelName));
    expect(servers.load(on(subject().modelName)).id).toBe(job.id);
    expect(await ended(servers, job.id)).toMatchObject({ kind: "load", state: "done", status: "success" });
    expect(await servers.running({ endpoint: subject().url })).toMatchObject([
      { name: subject().modelName, sizeBytes: expect.any(Number), expiresAtMs: expect.any(Number) },
    ]);
    await servers.unload(on(subject().modelName));
    await expect.poll(() => servers.running({ endpoint: subject().url }), { timeout: 5_000 }).toEqual([]);
    expect(changes).toEqual([subject().url, subject().url]);
  });

  test("a model is made of another one by a Modelfile, copied, and removed", async () => {
    const modelfile = `FROM ${subject().modelName}\nSYSTEM You keep a lighthouse.\nPARAMETER temperature 0.2`;
    expect(await create("keeper:1", modelfile)).toMatchObject({ kind: "create", state: "done", status: "success" });
    expect(await servers.show(on("keeper:1"))).toMatchObject({
      system: "You keep a lighthouse.",
      options: expect.stringMatching(/temperature\s+0\.2/),
    });
    await servers.copy({ ...on("keeper:1"), to: "keeper:2" });
    expect(await names()).toEqual(["keeper:1", "keeper:2", subject().modelName]);
    expect((await servers.show(on("keeper:2"))).digest).toBe((await servers.show(on("keeper:1"))).digest);
    await servers.remove({ ...on("keeper:1"), force: false });
    await servers.remove({ ...on("keeper:2"), force: false });
    expect(await names()).toEqual([subject().modelName]);
    expect(changes).toHaveLength(4);
  });

  test("what versions are pinned to is not removed, unless forced", async () => {
    await create("keeper:1", `FROM ${subject().modelName}`);
    pinned.set("keeper:1", ["keeper@1.0", "keeper@1.1", "keeper@1.2", "keeper@1.3"]);
    await expect(servers.remove({ ...on("keeper:1"), force: false })).rejects.toMatchObject({
      code: "CONFLICT",
      message:
        "keeper:1 cannot be removed: keeper@1.0, keeper@1.1, keeper@1.2 and 1 more would have nothing to answer with.",
      data: { field: "model", value: "keeper:1" },
    });
    expect(await names()).toContain("keeper:1");
    await servers.remove({ ...on("keeper:1"), force: true });
    expect(await names()).not.toContain("keeper:1");
  });

  test("a model is made of a GGUF file: read, copied to the server, and its bytes not copied twice", async () => {
    const seen: string[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const { jobs } of servers.jobs(stop.signal)) seen.push(...jobs.map(({ status }) => status));
    })();
    const made = await create("from-file", `FROM ${subject().gguf}\nTEMPLATE {{ .Prompt }}`);
    expect(made).toMatchObject({ state: "done", status: "success", error: null });
    expect((await servers.show(on("from-file"))).template).toBe("{{ .Prompt }}");
    const again = await create("from-file:2", `FROM ${subject().gguf}\nSYSTEM Two.`);
    expect(again.state).toBe("done");
    stop.abort();
    await watching;
    expect(seen.at(-1)).toBe("success");
    await servers.remove({ ...on("from-file"), force: true });
    await servers.remove({ ...on("from-file:2"), force: true });
  });

  test("a Modelfile or a file that is wrong is refused before a job begins", async () => {
    const notGguf = join(folder, "story.gguf");
    await writeFile(notGguf, "Once upon a time");
    const away = join(folder, "away.gguf");
    const refused = (modelfile: string) => servers.create({ ...on("bad"), modelfile });
    await expect(refused("SYSTEM x")).rejects.toMatchObject({ code: "BAD_REQUEST", data: { field: "modelfile" } });
    await expect(refused(`FROM ${away}`)).rejects.toMatchObject({
      code: "BAD_REQUEST",
      message: `The file ${away} is not there.`,
      data: { field: "modelfile", value: away, remedy: "Give the whole path of a GGUF file on this machine." },
    });
    await expect(refused(`FROM ${notGguf}`)).rejects.toMatchObject({
      message: `The file ${notGguf} is not a GGUF file.`,
    });
    await expect(refused(`FROM ${folder}`)).rejects.toMatchObject({ message: `The file ${folder} cannot be read.` });
    const jobs = await servers.jobs(undefined).next();
    expect(jobs.value).toEqual({ jobs: [] });
  });

  test("a name that the server does not take is a job that fails in its words", async () => {
    expect(await create("bad name", `FROM ${subject().modelName}`)).toMatchObject({
      state: "failed",
      error: {
        message: `Ollama at ${host()} cannot make bad name so: invalid model name.`,
        remedy: "Change the Modelfile, then create the model again.",
      },
    });
  });

  describe("with nobody there", () => {
    test("every kind of work is UNAVAILABLE, with what to do", async () => {
      const gone = { endpoint: "http://127.0.0.1:9", model: "m" };
      const unavailable = {
        code: "UNAVAILABLE",
        message: "Ollama does not answer at 127.0.0.1:9.",
        data: { remedy: "Start it with `ollama serve`, or use the built-in engine." },
      };
      await expect(servers.show(gone)).rejects.toMatchObject(unavailable);
      await expect(servers.running(gone)).rejects.toMatchObject(unavailable);
      await expect(servers.copy({ ...gone, to: "n" })).rejects.toMatchObject(unavailable);
      await expect(servers.remove({ ...gone, force: true })).rejects.toMatchObject(unavailable);
      await expect(servers.unload(gone)).rejects.toMatchObject(unavailable);
      const error = { message: unavailable.message, remedy: unavailable.data.remedy };
      for (const job of [servers.pull(gone), servers.load(gone)]) {
        expect(await ended(servers, job.id)).toMatchObject({ state: "failed", error });
      }
    });
  });
}
