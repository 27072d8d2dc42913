import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ModelServers } from "../../../src/main/inference/servers/model-servers.ts";
import { modelServersAlone } from "../../kit/model-servers.ts";
import type { ServerJob } from "../../../src/shared/contract/servers.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import type { LibraryModel } from "../../kit/servers/ollama-shelf.ts";
import { ended, managing } from "./managing.ts";

const modelName = "smollm2:135m";
const weights = Buffer.concat([Buffer.from("GGUF"), Buffer.alloc(3_000_000, 7)]);
let folder: string;
let gguf: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "taleward-gguf-"));
  gguf = join(folder, "weights.gguf");
  await writeFile(gguf, weights);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a scripted server's models", () => {
  let server: OllamaServer;
  beforeAll(async () => {
    server = await startOllamaServer({ models: [{ name: modelName, options: { num_thread: 1 } }] });
  });
  afterAll(() => server.close());

  managing(() => ({ url: server.url, modelName, gguf }));

  test("the bytes of a file cross once, under their digest", () => {
    const digest = `sha256:${createHash("sha256").update(weights).digest("hex")}`;
    const calls = server.shelf.calls.filter(({ path }) => path.startsWith("/api/blobs/"));
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `HEAD /api/blobs/${digest}`,
      `POST /api/blobs/${digest}`,
      `HEAD /api/blobs/${digest}`,
    ]);
    expect(server.shelf.calls.find(({ path, body }) => path === "/api/create" && body["files"])).toMatchObject({
      body: { model: "from-file", files: { "weights.gguf": digest }, template: "{{ .Prompt }}", stream: true },
    });
  });
});

async function withPull(
  library: Omit<LibraryModel, "name">,
  use: (context: {
    servers: ModelServers;
    server: OllamaServer;
    on: { endpoint: string; model: string };
  }) => Promise<void>,
): Promise<void> {
  const server = await startOllamaServer({ library: [{ name: "big:1b", ...library }] });
  const servers = modelServersAlone({ keys: { keyOf: () => Promise.resolve("secret-key") } });
  try {
    await use({ servers, server, on: { endpoint: server.url, model: "big:1b" } });
  } finally {
    await servers.close();
    await expect.poll(() => server.connections()).toBe(0);
    await server.close();
  }
}

describe("pulling", () => {
  test("sums up the layers, joins who asks twice, and has the model at the end", () =>
    withPull({ layers: [4_000, 1_000, 500], stepBytes: 500, everyMs: 5 }, async ({ servers, server, on }) => {
      const job = servers.pull(on);
      expect(job).toMatchObject({ kind: "pull", model: "big:1b", state: "running", bytesDone: null });
      expect(servers.pull({ ...on, endpoint: `${on.endpoint}/api/generate` }).id).toBe(job.id);
      const seen: ServerJob[] = [];
      for await (const { jobs } of servers.jobs(undefined)) {
        seen.push(...jobs);
        if (jobs[0]?.state !== "running") break;
      }
      expect(seen.at(-1)).toMatchObject({ state: "done", status: "success", bytesDone: 5_500, bytesTotal: 5_500 });
      const done = seen.map(({ bytesDone }) => bytesDone ?? 0);
      expect(done).toEqual(done.toSorted((left, right) => left - right));
      expect(server.shelf.find("big:1b")).toBeDefined();
      expect(server.shelf.calls.filter(({ path }) => path === "/api/pull")).toEqual([
        {
          method: "POST",
          path: "/api/pull",
          body: { model: "big:1b", stream: true },
          authorization: "Bearer secret-key",
        },
      ]);
    }));

  test("cancelling leaves the server at once, and pulling again goes on where it stopped", () =>
    withPull({ layers: [100_000], stepBytes: 1_000, everyMs: 100 }, async ({ servers, server, on }) => {
      const job = servers.pull(on);
      for await (const { jobs } of servers.jobs(undefined)) if ((jobs[0]?.bytesDone ?? 0) > 3_000) break;
      const cancelled = await servers.cancel(job.id);
      expect(cancelled).toMatchObject({ state: "cancelled", error: null, bytesPerSecond: null });
      await expect.poll(() => server.connections()).toBe(0);
      expect(server.shelf.find("big:1b")).toBeUndefined();
      const again = servers.pull(on);
      expect(again.id).not.toBe(job.id);
      for await (const { jobs } of servers.jobs(undefined)) {
        const first = jobs.find(({ id, bytesDone }) => id === again.id && bytesDone !== null);
        if (first === undefined) continue;
        expect(first.bytesDone).toBeGreaterThanOrEqual(cancelled.bytesDone ?? Infinity);
        break;
      }
      await servers.cancel(again.id);
    }));

  test("a connection that breaks off is a job that says so, and pulling again goes on", () =>
    withPull({ layers: [10_000], stepBytes: 1_000, breaksOffAfterBytes: 4_000 }, async ({ servers, server, on }) => {
      expect(await ended(servers, servers.pull(on).id)).toMatchObject({
        state: "failed",
        bytesDone: 4_000,
        error: {
          message: `Ollama at ${new URL(server.url).host} stopped its work on big:1b without saying that it is done.`,
          remedy: "Try again: a pull goes on where it stopped. If this repeats, Ollama's own log says why.",
        },
      });
      expect(await ended(servers, servers.pull(on).id)).toMatchObject({ state: "done", bytesDone: 10_000 });
    }));

  test("a job does not show the credentials of its address", () =>
    withPull({ layers: [1] }, async ({ servers, server, on }) => {
      const endpoint = server.url.replace("http://", "http://anna:secret@");
      const job = await ended(servers, servers.pull({ ...on, endpoint }).id);
      expect(job).toMatchObject({ state: "done", endpoint: `${server.url}/` });
      expect(JSON.stringify(job)).not.toContain("secret");
    }));

  test("a model that the library does not have is named", () =>
    withPull({ layers: [1] }, async ({ servers, server, on }) => {
      expect(await ended(servers, servers.pull({ ...on, model: "no-such:1b" }).id)).toMatchObject({
        state: "failed",
        error: {
          message: `The library of Ollama at ${new URL(server.url).host} has no model no-such:1b.`,
          remedy: "Check the name and its tag, such as llama3.2:1b.",
        },
      });
    }));

  test("closing cancels a pull and frees its connection", async () => {
    const server = await startOllamaServer({
      library: [{ name: "big:1b", layers: [1_000], stepBytes: 1, everyMs: 50 }],
    });
    const servers = modelServersAlone();
    const job = servers.pull({ endpoint: server.url, model: "big:1b" });
    await expect.poll(() => server.shelf.calls.length).toBe(1);
    await servers.close();
    expect(await servers.cancel(job.id)).toMatchObject({ state: "cancelled" });
    await expect.poll(() => server.connections()).toBe(0);
    await server.close();
  });
});

describe("creating from a file", () => {
  test("a file that goes away before it is read is a job that fails by its name", async () => {
    const path = join(folder, "passing.gguf");
    await writeFile(path, weights);
    const { promise: key, resolve } = Promise.withResolvers<null>();
    const servers = modelServersAlone({ keys: { keyOf: () => key } });
    const job = await servers.create({ endpoint: "http://127.0.0.1:9", model: "m", modelfile: `FROM ${path}` });
    await rm(path);
    resolve(null);
    expect(await ended(servers, job.id)).toMatchObject({
      state: "failed",
      error: {
        message: `The file ${path} can no longer be read.`,
        remedy: "Put it back, then create the model again.",
      },
    });
    await servers.close();
  });

  test("cancelling while the bytes cross to a server that does not take them frees the connection at once", async () => {
    const uploads: IncomingMessage[] = [];
    const deaf = createServer((request, response) => {
      if (request.method === "HEAD") response.writeHead(404).end();
      else uploads.push(request.on("error", () => {}));
    });
    deaf.listen(0, "127.0.0.1");
    await once(deaf, "listening");
    // A listening TCP server's address is never a pipe's name.
    const endpoint = `http://127.0.0.1:${(deaf.address() as AddressInfo).port}`;
    const path = join(folder, "large.gguf");
    await writeFile(path, Buffer.concat([Buffer.from("GGUF"), Buffer.alloc(30_000_000)]));
    const servers = modelServersAlone();
    const job = await servers.create({ endpoint, model: "m", modelfile: `FROM ${path}` });
    for await (const { jobs } of servers.jobs(undefined)) if (jobs[0]?.status === "copying large.gguf") break;
    await expect.poll(() => uploads.length).toBe(1);
    expect(await servers.cancel(job.id)).toMatchObject({ state: "cancelled", error: null });
    // A server that does not read does not see either that the other side has left.
    uploads[0]?.resume();
    const connections = () => new Promise((resolve) => deaf.getConnections((_error, count) => resolve(count)));
    await expect.poll(connections).toBe(0);
    expect(uploads[0]?.complete).toBe(false);
    await servers.close();
    deaf.close();
    await once(deaf, "close");
  });
});
