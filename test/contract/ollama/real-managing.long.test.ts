import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { namedDigests } from "../../../src/main/inference/providers/ollama/discover.ts";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import type { ModelServers } from "../../../src/main/inference/servers/model-servers.ts";
import { modelServersAlone } from "../../kit/model-servers.ts";
import { type ModelRegistryServer, startModelRegistry } from "../../kit/model-registry.ts";
import { type RealOllama, startRealOllama, whyNoRealOllama } from "../../kit/servers/real-ollama.ts";
import { collect, shortRequest } from "./conformance.ts";
import { ended, managing } from "./managing.ts";

const missing = whyNoRealOllama();
const starter = process.env["TALEWARD_STARTER_MODEL"] ?? "";

describe.skipIf(missing !== null)(
  `a real Ollama's models${missing === null ? "" : ` (skipped: ${missing})`}`,
  { timeout: 60_000 },
  () => {
    let real: RealOllama;
    beforeAll(async () => {
      const started = await startRealOllama();
      if (started === null) throw new Error("the real Ollama vanished between the look and the start");
      real = started;
    }, 90_000);
    afterAll(() => real.close());

    managing(() => ({ url: real.url, modelName: real.modelName, gguf: starter }));

    describe("pulling from a registry", () => {
      let registry: ModelRegistryServer;
      let servers: ModelServers;
      beforeEach(async () => {
        // A few bytes more than the server has already, so that they are another blob.
        const more = Buffer.from(`padding ${performance.now()}`.padEnd(64));
        registry = await startModelRegistry(Buffer.concat([await readFile(starter), more]));
        servers = modelServersAlone();
      });
      afterEach(async () => {
        await servers.close();
        await registry.close();
      });
      const on = () => ({ endpoint: real.url, model: registry.name });
      const untilBytes = async (bytes: number) => {
        for await (const { jobs } of servers.jobs(undefined)) {
          if ((jobs[0]?.bytesDone ?? 0) >= bytes || jobs[0]?.state !== "running") return jobs[0];
        }
        return undefined;
      };

      test("cancelled in its middle it goes on where it stopped, and the model answers", async () => {
        registry.throttle(1_000_000, 40);
        const job = servers.pull(on());
        const moving = await untilBytes(25_000_000);
        expect(moving).toMatchObject({
          state: "running",
          status: expect.stringMatching(/^pulling [0-9a-f]{12}$/),
          bytesTotal: registry.weightsBytes,
          bytesPerSecond: expect.any(Number),
          secondsLeft: expect.any(Number),
        });
        expect(await servers.cancel(job.id)).toMatchObject({ state: "cancelled" });
        // Ollama ends its own download when the last one who waits for it has left.
        await expect.poll(() => registry.sending()).toBe(0);
        registry.throttle(4_000_000, 5);
        const done = await ended(servers, servers.pull(on()).id);
        expect(done).toMatchObject({ state: "done", status: "success", error: null });
        expect(done.bytesDone).toBe(done.bytesTotal);
        expect(registry.askedFrom).toHaveLength(2);
        expect(registry.askedFrom[0]).toBe(0);
        expect(registry.askedFrom[1]).toBeGreaterThan(10_000_000);
        const provider = createOllamaProvider({ defaultEndpoint: real.url });
        const events = await collect(provider.stream(shortRequest(registry.pulledName), new AbortController().signal));
        expect(events.at(-1)?.type).toBe("result");
        await provider.close();
        await servers.remove({ endpoint: real.url, model: registry.pulledName, force: true });
      });

      test("a registry that breaks off is asked again from there", async () => {
        registry.throttle(4_000_000, 5);
        registry.breakOffAfter(20_000_000);
        expect(await ended(servers, servers.pull(on()).id)).toMatchObject({ state: "done" });
        expect(registry.askedFrom).toHaveLength(2);
        expect(registry.askedFrom[1]).toBeGreaterThan(0);
        await servers.remove({ endpoint: real.url, model: registry.pulledName, force: true });
      });

      test("what the registry publishes anew under a name changes the digest under us", async () => {
        await ended(servers, servers.pull(on()).id);
        const digestNow = async () => {
          const named = await namedDigests(real.url, new AbortController().signal, null);
          return named.find(({ name }) => name === registry.pulledName)?.digest;
        };
        const before = await digestNow();
        registry.publish("You sank a ship.");
        expect(await ended(servers, servers.pull(on()).id)).toMatchObject({ state: "done" });
        expect(await digestNow()).toMatch(/^sha256:/);
        expect(await digestNow()).not.toBe(before);
        await servers.remove({ endpoint: real.url, model: registry.pulledName, force: true });
      });

      test("a model that the registry lacks, and a registry that is away, are told apart", async () => {
        const { host } = new URL(real.url);
        const absent = registry.name.replace("keeper", "nobody");
        expect(await ended(servers, servers.pull({ ...on(), model: absent }).id)).toMatchObject({
          state: "failed",
          error: { message: `The library of Ollama at ${host} has no model ${absent}.` },
        });
        const away = "http://127.0.0.1:9/library/keeper";
        expect(await ended(servers, servers.pull({ ...on(), model: away }).id)).toMatchObject({
          state: "failed",
          error: {
            message: expect.stringMatching(/cannot reach its library: .*connection refused\.$/),
            remedy:
              "Connect that machine to the network, then pull again. Models that are there already work without it.",
          },
        });
      });
    });
  },
);
