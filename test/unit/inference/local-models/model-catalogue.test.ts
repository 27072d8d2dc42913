import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import manifest from "../../../../resources/model-catalogue.json" with { type: "json" };
import { findFile } from "../../../../src/main/inference/local-models/file-source.ts";
import { memoryFitOf, ModelCatalogue } from "../../../../src/main/inference/local-models/model-catalogue.ts";
import { ModelFiles } from "../../../../src/main/inference/local-models/model-files.ts";
import { ServerJobs } from "../../../../src/main/inference/servers/server-jobs.ts";
import { catalogueModel } from "../../../../src/shared/contract/servers.ts";
import { bestFirst, canWrite } from "../../../../src/renderer/src/features/models/servers/best-first.ts";
import { waitFor } from "../../../kit/wait-for.ts";

const gigabyte = 1e9;
let directory: string;
let jobs: ServerJobs;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "taleward-catalogue-"));
  jobs = new ServerJobs(Date.now);
});
afterEach(async () => {
  await jobs.close();
  await rm(directory, { recursive: true, force: true });
});

const started = { startJob: (...job: Parameters<ServerJobs["start"]>) => jobs.start(...job) };
const catalogueOn = (memoryBytes: number) =>
  new ModelCatalogue({ files: new ModelFiles(directory), jobs: started, memoryBytes });

describe("the catalogue", () => {
  test("describes each model whole, with sources, and needs more memory than its files are large", () => {
    for (const model of manifest.models) {
      expect(catalogueModel.parse(model)).toEqual(model);
      expect(model.sources.length).toBeGreaterThan(0);
      expect(model.memoryBytes).toBeGreaterThan(Math.max(model.ollamaBytes, model.gguf.bytes));
      expect(model.parameters).toBeGreaterThanOrEqual(1);
      expect(model.parameters).toBeLessThanOrEqual(14);
    }
    expect(new Set(manifest.models.map(({ id }) => id)).size).toBe(manifest.models.length);
  });

  test.each([
    [4, "llama-3.2-1b"],
    [8, "gemma-3-4b"],
    [16, "mistral-nemo-12b"],
    [64, "mistral-nemo-12b"],
  ])("recommends on a machine with %d GB what fits it", async (size, id) => {
    const { recommendedId, models } = await catalogueOn(size * gigabyte).list();
    expect(recommendedId).toBe(id);
    const recommended = models.find((model) => model.id === recommendedId);
    expect(recommended?.memoryBytes).toBeLessThanOrEqual(0.7 * size * gigabyte);
  });

  test("recommends nothing that a machine cannot hold", async () => {
    const { recommendedId, models } = await catalogueOn(gigabyte).list();
    expect(recommendedId).toBeNull();
    expect(models.every(({ fit }) => fit === "too_large")).toBe(true);
    expect(memoryFitOf({ memoryBytes: 80 }, 100)).toBe("tight");
  });
});

describe("a file of the catalogue", () => {
  const file = manifest.models[0]?.gguf.file ?? "";
  const content = randomBytes(300_000);
  const sha256 = createHash("sha256").update(content).digest("hex");
  let server: Server;
  let cutAfter: number | null;
  let ranges: (string | undefined)[];
  let headers: Record<string, string>;
  beforeEach(async () => {
    cutAfter = null;
    ranges = [];
    headers = { "x-linked-size": String(content.length), "x-linked-etag": `"${sha256}"` };
    server = createServer((request, response) => {
      if (request.method === "HEAD") return response.writeHead(302, { ...headers, location: "/elsewhere" }).end();
      const { range } = request.headers;
      ranges.push(range);
      const from = Number(/bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0);
      response.writeHead(from > 0 ? 206 : 200, {
        ...(from > 0 && { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` }),
      });
      if (cutAfter === null) return response.end(content.subarray(from));
      response.write(content.subarray(from, from + cutAfter), () => response.destroy());
      cutAfter = null;
      return response;
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  });
  afterEach(() => server.closeAllConnections());
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const catalogue = () => {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new ModelCatalogue({
      files: new ModelFiles(directory),
      jobs: started,
      source: (wanted, signal) => findFile(origin, wanted, signal),
    });
  };
  const ended = async (fetching: ModelCatalogue) => {
    const { id } = fetching.fetch(file);
    await waitFor(() => expect(jobs.list().find((job) => job.id === id)?.state).not.toBe("running"));
    return jobs.list().find((job) => job.id === id);
  };

  test("is fetched with progress, checked, and there for the built-in engine; a break resumes where it was", async () => {
    const fetching = catalogue();
    cutAfter = 100_000;
    expect(await ended(fetching)).toMatchObject({
      state: "failed",
      error: { remedy: expect.stringContaining("try again") },
    });
    expect((await fetching.list()).models[0]?.hasFile).toBe(false);
    expect(await ended(fetching)).toMatchObject({
      state: "done",
      bytesDone: content.length,
      bytesTotal: content.length,
    });
    expect(ranges.at(-1)).toMatch(/^bytes=[1-9]/);
    expect(await readFile(join(directory, file))).toEqual(content);
    expect((await fetching.list()).models[0]?.hasFile).toBe(true);
  });

  test("of another content than its source announces is not kept, and a source that announces nothing is refused", async () => {
    headers["x-linked-etag"] = `"${"0".repeat(64)}"`;
    expect(await ended(catalogue())).toMatchObject({
      state: "failed",
      error: { message: expect.stringContaining("checksum") },
    });
    headers = {};
    expect(await ended(catalogue())).toMatchObject({
      state: "failed",
      error: { message: expect.stringContaining("did not say the size and checksum") },
    });
    await expect(readFile(join(directory, file))).rejects.toThrow("ENOENT");
    expect(() => catalogue().fetch("other.gguf")).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  });
});

test("the best model at hand comes first, and neither a demo nor a model for embeddings counts as a writer", () => {
  const models = [
    { name: "smollm2:135m", sizeBytes: 270_000_000 },
    { name: "nomic-embed-text:latest", sizeBytes: 900_000_000 },
    { name: "llama3.2:3b", sizeBytes: 2_000_000_000 },
    { name: "llama3.1:8b", sizeBytes: 4_900_000_000 },
  ];
  expect(
    bestFirst(models)
      .map(({ name }) => name)
      .slice(0, 2),
  ).toEqual(["llama3.1:8b", "llama3.2:3b"]);
  expect(models.filter(canWrite)).toHaveLength(2);
});
