import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../src/main/backend.ts";
import type { InferenceEvent } from "../../src/shared/contract/inference.ts";
import type { VersionConfiguration } from "../../src/shared/contract/registry.ts";
import { startBackend } from "../kit/backend.ts";
import { collect } from "../kit/narrative.ts";
import { streamText } from "../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { type RealOllama, startRealOllama, whyNoRealOllama } from "../kit/servers/real-ollama.ts";
import { type Transport, transports } from "../kit/transports.ts";

const missing = whyNoRealOllama();

/** What a real Ollama does between and during calls, and that the next in the chain answers then, with all of it in the log. */
describe.skipIf(missing !== null)(
  `a real Ollama with a fallback${missing === null ? "" : ` (skipped: ${missing})`}`,
  () => {
    let real: RealOllama;
    let second: OllamaServer;
    let backend: Backend;
    let transport: Transport;
    beforeAll(async () => {
      const started = await startRealOllama({
        env: { OLLAMA_MAX_QUEUE: "1", OLLAMA_NUM_PARALLEL: "1", OLLAMA_MAX_LOADED_MODELS: "1" },
      });
      if (started === null) throw new Error("the real Ollama vanished");
      real = started;
      second = await startOllamaServer({ script: streamText("The second server told it.") });
      backend = await startBackend();
      transport = await transports[0][1](backend.router);
    }, 120_000);
    afterAll(async () => {
      await transport.close();
      await backend.close();
      await second.close();
      await real.close();
    });

    test("restarted between two calls, it answers the second", async () => {
      await assign("restarting");
      await expectChain(await call(), ["restarting null end"]);
      await real.restart();
      const { attempts } = await logOf(await call());
      expect(attempts.at(-1)).toMatchObject({ model: "restarting", outcome: "answered" });
      expect(attempts.length).toBeLessThanOrEqual(2);
    });

    test("killed, it is asked again and then the fallback is; back again, it answers", async () => {
      await assign("killed");
      await real.kill();
      await expectChain(await call(), [
        "killed refused retry",
        "killed refused retry",
        "killed refused fallback",
        "second null end",
      ]);
      await real.restart();
      // Seen to answer, by whoever looks, it is called again at once.
      await transport.client.registry.endpoints({});
      await expectChain(await call(), ["killed null end"]);
    });

    test("without its model any more, the fallback answers", async () => {
      await make("short-lived", `FROM ${real.modelName}`);
      await assign("short-lived", { serverModel: "short-lived" });
      await expectChain(await call(), ["short-lived null end"]);
      await transport.client.servers.remove({ endpoint: real.url, model: "short-lived", force: true });
      await expectChain(await call(), ["short-lived model_not_found fallback", "second null end"]);
    });

    test("with another model under the same name, the fallback answers and the drift is told", async () => {
      await make("changing", `FROM ${real.modelName}\nSYSTEM One.`);
      await assign("changing", { serverModel: "changing" });
      await expectChain(await call(), ["changing null end"]);
      await make("changing", `FROM ${real.modelName}\nSYSTEM Two.`);
      await transport.client.registry.checkDrift();
      await expectChain(await call(), ["changing model_changed fallback", "second null end"]);
      expect((await transport.client.registry.drifts()).map(({ model }) => model)).toContain("changing");
    });

    test("given more than its window, the fallback answers", async () => {
      await assign("narrow", { contextTokens: 256 });
      const prompt = "The keeper counted the waves until evening came. ".repeat(60);
      await expectChain(await call(prompt), ["narrow prompt_too_large fallback", "second null end"]);
    });

    test("with a full queue, it is asked again and then the fallback is", async () => {
      const { id } = await assign("busy");
      // One of them gets the queue's only place, and waits there.
      await assign("busier", { contextTokens: 1_024, deadlines: { firstTokenMs: 4_000 } });
      const stop = new AbortController();
      const { inference, servers } = transport.client;
      // With nothing of another test in memory: what is, then, is what the long call is answered by.
      for (const { name } of await servers.running({ endpoint: real.url }))
        await fetch(`${real.url}/api/generate`, {
          method: "POST",
          body: JSON.stringify({ model: name, keep_alive: 0 }),
        });
      await expect.poll(() => residentAt(real.url), { timeout: 30_000 }).toBe(0);
      // What is being answered keeps the model's window; calls for another window have to wait for its end.
      const long = await inference.chat(
        {
          target: { type: "version", versionId: id },
          messages: [{ role: "user", content: "Count to a thousand." }],
          options: { maxTokens: 4_000, threads: 1, format: countless },
        },
        { signal: stop.signal },
      );
      const holding = collect(long).catch(() => {});
      await expect.poll(() => residentAt(real.url), { timeout: 30_000 }).toBe(1);
      const busy = await Promise.all(Array.from({ length: 5 }, () => call()));
      stop.abort();
      await holding;
      const chains = await Promise.all(busy.map(async (events) => (await logOf(events)).attempts));
      const refused = chains.filter(([first]) => first?.errorClass === "overloaded");
      expect(refused.length).toBeGreaterThan(0);
      for (const attempts of refused) expect(attempts.at(-1)).toMatchObject({ model: "second", outcome: "answered" });
    }, 90_000);

    async function assign(model: string, configuration: Partial<VersionConfiguration> = {}) {
      const { registry } = transport.client;
      const fallback = await registry.find({ name: "second@1" }).catch(() =>
        registry.registerModel({
          modelName: "second",
          provider: "ollama",
          version: "1",
          configuration: { endpoint: second.url, serverModel: "smollm2:135m" },
        }),
      );
      const version = await registry.registerModel({
        modelName: model,
        provider: "ollama",
        version: "1",
        configuration: {
          endpoint: real.url,
          serverModel: real.modelName,
          options: { maxTokens: 8, threads: 1 },
          deadlines: { firstTokenMs: 60_000 },
          ...configuration,
        },
      });
      await registry.assign({ useCase: "story_generation", versionId: version.id, fallbacks: [fallback.id] });
      return version;
    }

    /** Creates a model on the server, as `ollama create` does. */
    async function make(model: string, modelfile: string): Promise<void> {
      const { servers } = transport.client;
      const { id } = await servers.create({ endpoint: real.url, model, modelfile });
      for await (const { jobs } of await servers.jobs()) {
        const job = jobs.find((each) => each.id === id);
        if (job?.state === "failed") throw new Error(job.error?.message);
        if (job?.state === "done") return;
      }
    }

    async function residentAt(endpoint: string): Promise<number> {
      return (await transport.client.servers.running({ endpoint })).length;
    }

    async function call(prompt = "Once upon a time"): Promise<InferenceEvent[]> {
      const events = await transport.client.inference.chat({
        target: { type: "use_case", useCase: "story_generation" },
        messages: [{ role: "user", content: prompt }],
      });
      return (await collect(events)).filter(
        (event): event is InferenceEvent => event.type !== "wire_request" && event.type !== "wire_response",
      );
    }

    async function expectChain(events: readonly InferenceEvent[], chain: readonly string[]): Promise<void> {
      const { attempts, model } = await logOf(events);
      expect(attempts.map(({ model: name, errorClass, next }) => `${name} ${errorClass} ${next}`)).toEqual(chain);
      expect(model).toBe(attempts.at(-1)?.model);
    }

    function logOf(events: readonly InferenceEvent[]) {
      const last = events.at(-1);
      if ((last?.type !== "done" && last?.type !== "failed") || last.inferenceId === null)
        throw new Error(`it did not end in the log: ${JSON.stringify(events)}`);
      return transport.client.logs.get({ inferenceId: last.inferenceId });
    }
  },
);

/** A list of a thousand numbers: a form that keeps even a small model writing. */
const countless = { type: "array", items: { type: "number" }, minItems: 1_000 };
