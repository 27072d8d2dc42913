import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProviderEvent } from "../../../src/main/inference/provider.ts";
import { createOpenAIProvider } from "../../../src/main/inference/providers/openai/openai-provider.ts";
import { probeOpenAI } from "../../../src/main/inference/providers/openai/probe.ts";
import { type RealOllama, startRealOllama, whyNoRealOllama } from "../../kit/servers/real-ollama.ts";
import { collect, conformance, shortRequest, textOf, withProvider } from "./conformance.ts";

const missing = whyNoRealOllama();
const never = new AbortController().signal;

describe.skipIf(missing !== null)(
  `a real Ollama's /v1${missing === null ? "" : ` (skipped: ${missing})`}`,
  { timeout: 60_000 },
  () => {
    let real: RealOllama;
    const subject = () => ({ url: real.url, modelName: real.modelName });
    beforeAll(async () => {
      const started = await startRealOllama();
      if (started === null) throw new Error("the real Ollama vanished between the look and the start");
      real = started;
    }, 90_000);
    afterAll(() => real.close());

    conformance(subject);

    test("is recognised, with digests, sizes and what is loaded", async () => {
      await withProvider((provider) => collect(provider.stream(shortRequest(subject()), never)));
      expect(await probeOpenAI(`${real.url}/v1`)).toEqual({
        state: "up",
        latencyMs: expect.any(Number),
        server: "Ollama",
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        models: [
          {
            name: real.modelName,
            digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
            sizeBytes: expect.any(Number),
            parameters: expect.stringMatching(/^\d+(\.\d+)?[MB]$/),
            quantization: "Q4_1",
            loaded: true,
          },
        ],
      });
    });

    test("says what is loaded and how large its window is, and does not count", () =>
      withProvider(async (provider) => {
        await collect(provider.stream(shortRequest(subject()), never));
        const request = shortRequest(subject());
        expect(await provider.isLoaded(request)).toBe(true);
        expect(await provider.isLoaded({ ...request, model: "no-such-model" })).toBe(false);
        expect(await provider.contextTokens(request)).toBeGreaterThanOrEqual(2_048);
        expect(await provider.countTokens(request, "a b c")).toBe(null);
      }));

    test("a schema is kept to", () =>
      withProvider(async (provider) => {
        const format = { type: "object", properties: { name: { type: "string", enum: ["Mara"] } }, required: ["name"] };
        const options = { format, maxTokens: 40, temperature: 0 };
        const events = await collect(provider.stream(shortRequest(subject(), { options }), never));
        expect(JSON.parse(textOf(events))).toEqual({ name: "Mara" });
      }));

    test("a prompt that it cuts to its window is reported as cut", () =>
      withProvider(async (provider) => {
        const small = { model: "small-window", from: real.modelName, parameters: { num_ctx: 256, num_thread: 1 } };
        const created = await fetch(`${real.url}/api/create`, { method: "POST", body: JSON.stringify(small) });
        expect(await created.text()).toContain("success");
        const content = "The keeper walked along the shore and counted waves. ".repeat(100);
        const messages = [{ role: "user" as const, content }];
        const request = shortRequest(
          { ...subject(), modelName: "small-window" },
          { messages, options: { maxTokens: 1 } },
        );
        const events = await collect(provider.stream(request, never));
        expect(events.at(-1)).toMatchObject({ type: "result", result: { promptTruncated: true } });
        expect(await provider.contextTokens(request)).toBe(256);
      }));

    test("tools for a model without them are rejected, not dropped", () =>
      withProvider(async (provider) => {
        const options = { tools: [{ name: "look" }], maxTokens: 4 };
        await expect(collect(provider.stream(shortRequest(subject(), { options }), never))).rejects.toMatchObject({
          errorClass: "rejected",
          message: expect.stringContaining("does not support tools"),
          remedy: "Start the server with support for tools, or assign a model that can call them.",
        });
      }));

    test("gives one vector a text, all of one length", () =>
      withProvider(async (provider) => {
        const { vectors } = await provider.embed(shortRequest(subject()), ["one", "another text"], never);
        expect(vectors).toHaveLength(2);
        expect(vectors[0]?.length).toBe(vectors[1]?.length);
        await expect(
          provider.embed({ ...shortRequest(subject()), model: "no-such-model" }, ["one"], never),
        ).rejects.toMatchObject({ errorClass: "model_not_found" });
      }));

    test("a model deleted between two calls is model_not_found", () =>
      withProvider(async (provider) => {
        const passing = { ...subject(), modelName: "passing" };
        const copied = { source: real.modelName, destination: passing.modelName };
        await fetch(`${real.url}/api/copy`, { method: "POST", body: JSON.stringify(copied) });
        expect((await collect(provider.stream(shortRequest(passing), never))).at(-1)?.type).toBe("result");
        await fetch(`${real.url}/api/delete`, { method: "DELETE", body: JSON.stringify({ model: passing.modelName }) });
        await expect(collect(provider.stream(shortRequest(passing), never))).rejects.toMatchObject({
          errorClass: "model_not_found",
        });
      }));

    test("a server killed mid-stream is a broken stream, then refuses", async () => {
      const provider = createOpenAIProvider({ keys: { keyOf: () => Promise.resolve(null) } });
      const events: ProviderEvent[] = [];
      const run = async () => {
        const options = { maxTokens: 400, temperature: 1 };
        for await (const event of provider.stream(shortRequest(subject(), { options }), never)) {
          events.push(event);
          if (events.length === 5) await real.kill();
        }
      };
      await expect(run()).rejects.toMatchObject({
        name: "ProviderError",
        errorClass: "broken_stream",
        message: expect.stringMatching(/^The connection to .* broke after \d+ characters of text\.$/),
      });
      expect(events.every((event) => event.type === "text")).toBe(true);
      await expect(collect(provider.stream(shortRequest(subject()), never))).rejects.toMatchObject({
        errorClass: "refused",
        message: `Nothing answers at ${new URL(real.url).host}.`,
      });
      await provider.close();
    });
  },
);
