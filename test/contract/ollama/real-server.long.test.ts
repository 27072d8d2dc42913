import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Provider, ProviderEvent, ProviderRequest } from "../../../src/main/inference/provider.ts";
import { createAgent } from "../../../src/main/inference/providers/http/agent.ts";
import { describeModel, type OllamaServer } from "../../../src/main/inference/providers/ollama/discover.ts";
import { createModel, deleteModel } from "../../../src/main/inference/providers/ollama/manage.ts";
import { planModel } from "../../../src/main/inference/providers/ollama/modelfile-recipe.ts";
import { promptCounted } from "../../../src/main/inference/providers/ollama/truncation.ts";
import type { Message } from "../../../src/shared/contract/inference.ts";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import { type RealOllama, startRealOllama, whyNoRealOllama } from "../../kit/servers/real-ollama.ts";
import { collect, conformance, resultOf, shortRequest } from "./conformance.ts";
import { optionsConformance } from "./options-conformance.ts";

const missing = whyNoRealOllama();
const longOptions = { maxTokens: 400, seed: 3, temperature: 1, threads: 1 };

describe.skipIf(missing !== null)(
  `a real Ollama${missing === null ? "" : ` (skipped: ${missing})`}`,
  { timeout: 60_000 },
  () => {
    let real: RealOllama;
    beforeAll(async () => {
      const started = await startRealOllama();
      if (started === null) throw new Error("the real Ollama vanished between the look and the start");
      real = started;
    }, 90_000);
    afterAll(() => real.close());

    conformance(() => ({ url: real.url, modelName: real.modelName, report: () => {} }));
    optionsConformance(() => ({ url: real.url, modelName: real.modelName, report: () => {} }));

    test("aborting during prompt evaluation ends the call at once, and the server goes on to the next", async () => {
      const provider = createOllamaProvider({ defaultEndpoint: real.url });
      const stop = new AbortController();
      const reason = new Error("stopped");
      const long = "The keeper walked along the shore and counted the waves until evening. ".repeat(60);
      const request = shortRequest(real.modelName, { messages: [{ role: "user", content: long }] });
      const run = async () => {
        for await (const event of provider.stream(request, stop.signal)) throw new Error(`came to ${event.type} first`);
      };
      const ended = run().then(
        () => "complete",
        (error: unknown) => error,
      );
      // The server answers another question after it took the prompt, of which it has seconds to read.
      await expect.poll(() => provider.isLoaded(request)).toBe(true);
      // Ollama 0.17 evaluates the prompt to its end before it notices that nobody waits, so the next call queues behind it.
      const next = provider.stream(shortRequest(real.modelName), new AbortController().signal)[Symbol.asyncIterator]();
      stop.abort(reason);
      const nextText = next.next();
      expect(await Promise.race([ended, nextText])).toBe(reason);
      expect((await nextText).value).toMatchObject({ type: "text" });
      await next.return?.();
      await provider.close();
    }, 240_000);

    const words = "The keeper counted the waves until evening came. ".repeat(60);
    const never = new AbortController().signal;
    const first = (provider: Provider, over: Partial<ProviderRequest> = {}) =>
      provider.stream(shortRequest(real.modelName, over), never)[Symbol.asyncIterator]().next();
    const manage = async (use: (server: OllamaServer) => Promise<unknown>) => {
      const dispatcher = createAgent(2_000);
      await use({ dispatcher, endpoint: real.url, key: null });
      await dispatcher.destroy();
    };
    const make = (name: string, modelfile: string) =>
      manage((server) => Array.fromAsync(createModel(server, name, planModel(modelfile).recipe, never)));

    test("where a call lets it cut, it says nothing, and what it counted gives it away", async () => {
      const countOf = async (messages: Message[]) => {
        const body = {
          model: real.modelName,
          messages,
          stream: false,
          options: { num_ctx: 256, num_predict: 1, num_thread: 1 },
        };
        const answer = await fetch(`${real.url}/api/chat`, { method: "POST", body: JSON.stringify(body) });
        return ((await answer.json()) as { prompt_eval_count: number }).prompt_eval_count;
      };
      const cut = await countOf([{ role: "user", content: words }]);
      expect({ cut, received: promptCounted([words], { promptTokens: cut }, undefined).promptTruncated }).toEqual({
        cut: 256,
        received: true,
      });
      const dropped = await countOf([
        { role: "user", content: words },
        { role: "user", content: "Go on." },
      ]);
      expect(dropped).toBeLessThan(50);
      expect(promptCounted([words, "Go on."], { promptTokens: dropped }, undefined).promptTruncated).toBe(true);
      const short = await countOf([{ role: "user", content: "Go on." }]);
      expect(promptCounted(["Go on."], { promptTokens: short }, 256).promptTruncated).toBe(false);
    });

    test("an answer that fills the window ends as length, with nothing of the prompt forgotten for it", async () => {
      const provider = createOllamaProvider({ defaultEndpoint: real.url });
      const configuration = { contextTokens: 256 };
      // A schema that cannot end before the window does.
      const format = { type: "array", items: { type: "boolean" }, minItems: 2_000 };
      const options = { seed: 3, threads: 1, maxTokens: 2_000, format };
      const result = resultOf(
        await collect(provider.stream(shortRequest(real.modelName, { configuration, options }), never)),
      );
      expect(result).toMatchObject({ finishReason: "length", promptTruncated: false });
      expect((result.promptTokens ?? 0) + (result.completionTokens ?? 0)).toBeLessThanOrEqual(257);
      await provider.close();
    });

    test("a server restarted between calls answers the next one, over a connection of its own", async () => {
      const provider = createOllamaProvider({ defaultEndpoint: real.url });
      expect((await first(provider)).value).toMatchObject({ type: "text" });
      await real.restart();
      expect((await first(provider)).value).toMatchObject({ type: "text" });
      await real.kill();
      await expect(first(provider)).rejects.toMatchObject({ errorClass: "refused" });
      await real.restart();
      expect((await first(provider)).value).toMatchObject({ type: "text" });
      await provider.close();
    });

    test("a model deleted between calls is model_not_found", async () => {
      const provider = createOllamaProvider({ defaultEndpoint: real.url });
      await make("short-lived", `FROM ${real.modelName}`);
      expect((await first(provider, { model: "short-lived" })).value).toMatchObject({ type: "text" });
      await manage((server) => deleteModel(server, "short-lived", never));
      await expect(first(provider, { model: "short-lived" })).rejects.toMatchObject({
        errorClass: "model_not_found",
        message: `Ollama at ${new URL(real.url).host} has no model short-lived.`,
      });
      await provider.close();
    });

    test("another model under the same name is told by its digest", async () => {
      await make("changing", `FROM ${real.modelName}\nSYSTEM One.`);
      const before = await describeModel(real.url, "changing");
      await make("changing", `FROM ${real.modelName}\nSYSTEM Two.`);
      const after = await describeModel(real.url, "changing");
      expect(after.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(after.digest).not.toBe(before.digest);
      await manage((server) => deleteModel(server, "changing", never));
    });

    test("a queue that is full is overloaded, and has room again later", async () => {
      const busy = await startRealOllama({
        env: { OLLAMA_MAX_QUEUE: "1", OLLAMA_NUM_PARALLEL: "1", OLLAMA_MAX_LOADED_MODELS: "1" },
      });
      if (busy === null) throw new Error("the real Ollama vanished");
      const provider = createOllamaProvider({ defaultEndpoint: busy.url });
      const stop = new AbortController();
      onTestFinished(async () => {
        stop.abort();
        await provider.close();
        await busy.close();
      });
      // What is being answered keeps the model's window; calls for another window have to wait for its end.
      const running = provider.stream(shortRequest(busy.modelName, { options: longOptions }), stop.signal);
      const reading = running[Symbol.asyncIterator]();
      await reading.next();
      const others = Array.from({ length: 6 }, () =>
        collect(
          provider.stream(shortRequest(busy.modelName, { configuration: { contextTokens: 1_024 } }), stop.signal),
        ).then(
          () => "answered",
          (error: unknown) => error,
        ),
      );
      const refused = await Promise.race(others);
      expect(refused).toMatchObject({
        errorClass: "overloaded",
        message: `Ollama at ${new URL(busy.url).host} has too many requests waiting (503). server busy, please try again. maximum pending requests exceeded.`,
        remedy: "Wait for them to finish and generate again. OLLAMA_MAX_QUEUE allows more.",
      });
      stop.abort();
      await Promise.all(others);
      await reading.return?.();
      const later = () =>
        collect(provider.stream(shortRequest(busy.modelName), never)).then(
          (events) => events.at(-1)?.type,
          () => "still full",
        );
      await expect.poll(later, { timeout: 30_000, interval: 200 }).toBe("result");
    });

    test("a server killed mid-stream is a broken stream, then refuses", async () => {
      const provider = createOllamaProvider({ defaultEndpoint: real.url });
      const signal = new AbortController().signal;
      const events: ProviderEvent[] = [];
      const run = async () => {
        for await (const event of provider.stream(shortRequest(real.modelName, { options: longOptions }), signal)) {
          events.push(event);
          if (events.length === 5) await real.kill();
        }
      };
      await expect(run()).rejects.toMatchObject({
        name: "ProviderError",
        errorClass: "broken_stream",
        message: expect.stringMatching(/after \d+ characters of text\.$/),
        remedy: "Generate again. If this repeats, Ollama's own log says why it stopped.",
      });
      expect(events.every((event) => event.type === "text")).toBe(true);
      const host = new URL(real.url).host;
      await expect(
        provider.stream(shortRequest(real.modelName), signal)[Symbol.asyncIterator]().next(),
      ).rejects.toMatchObject({ errorClass: "refused", message: `Ollama does not answer at ${host}.` });
      await provider.close();
    });
  },
);
