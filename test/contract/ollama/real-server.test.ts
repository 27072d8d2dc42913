import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProviderEvent } from "../../../src/main/inference/provider.ts";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import { type RealOllama, startRealOllama, whyNoRealOllama } from "../../kit/real-ollama.ts";
import { conformance, shortRequest } from "./conformance.ts";

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

    conformance(() => ({ url: real.url, modelName: real.modelName }));

    test("aborting during prompt evaluation ends the call at once, and the server goes on to the next", async () => {
      const provider = createOllamaProvider({ defaultEndpoint: real.url });
      const stop = new AbortController();
      const reason = new Error("stopped");
      const long = "The keeper walked along the shore and counted the waves until evening. ".repeat(60);
      const request = shortRequest(real.modelName, { messages: [{ role: "user", content: long }] });
      const timer = setTimeout(() => stop.abort(reason), 300);
      const startedAt = performance.now();
      const run = async () => {
        for await (const event of provider.stream(request, stop.signal)) throw new Error(`came to ${event.type} first`);
      };
      await expect(run()).rejects.toBe(reason);
      expect(performance.now() - startedAt).toBeLessThan(1_000);
      clearTimeout(timer);
      // Ollama 0.17 evaluates the prompt to its end before it notices that nobody waits, so the next call queues behind it.
      const next = provider.stream(shortRequest(real.modelName), new AbortController().signal);
      expect((await next[Symbol.asyncIterator]().next()).value).toMatchObject({ type: "text" });
      await provider.close();
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
