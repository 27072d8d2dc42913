import { expect, test } from "vitest";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import { describeModel, probeOllama } from "../../../src/main/inference/providers/ollama/discover.ts";
import type { ProviderEvent, ProviderRequest, ProviderResult } from "../../../src/main/inference/provider.ts";
import type { Script } from "../../kit/servers/ollama-scripts.ts";

/** A server to hold to the promises: where it is, and a model it has. */
export interface Subject {
  readonly url: string;
  readonly modelName: string;
  /** Tells a scripted server what its model says next; a real model says what it likes. */
  readonly report: (script: Script) => void;
}

/** A short call that ends by itself or at `maxTokens`, on one thread so that it is quick on a busy machine. */
export function shortRequest(model: string, over: Partial<ProviderRequest> = {}): ProviderRequest {
  return {
    model,
    configuration: {},
    messages: [
      { role: "system", content: "You write stories." },
      { role: "user", content: "A lighthouse keeper finds a map." },
    ],
    options: { maxTokens: 24, seed: 7, temperature: 0.7, threads: 1 },
    ...over,
  };
}

export async function collect(events: AsyncIterable<ProviderEvent>): Promise<ProviderEvent[]> {
  const all: ProviderEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

export function textOf(events: readonly ProviderEvent[], type: "text" | "thought" = "text"): string {
  return events.map((event) => (event.type === type ? event.text : "")).join("");
}

export function resultOf(events: readonly ProviderEvent[]): ProviderResult {
  const last = events.at(-1);
  if (last?.type !== "result") throw new Error("the last event is no result");
  return last.result;
}

/** What every server that speaks Ollama's API must let the provider do. */
export function conformance(subject: () => Subject): void {
  const withProvider = async (use: (provider: ReturnType<typeof createOllamaProvider>) => Promise<void>) => {
    const provider = createOllamaProvider({ defaultEndpoint: subject().url });
    try {
      await use(provider);
    } finally {
      await provider.close();
    }
  };
  const never = new AbortController().signal;

  test("streams text in pieces and one result as its last event", () =>
    withProvider(async (provider) => {
      const events = await collect(provider.stream(shortRequest(subject().modelName), never));
      const texts = events.filter((event) => event.type === "text");
      expect(texts.length).toBeGreaterThan(3);
      expect(texts.every((event) => event.text.length > 0)).toBe(true);
      expect(events.at(-1)).toEqual({
        type: "result",
        result: {
          finishReason: expect.stringMatching(/^(stop|length)$/),
          promptTokens: expect.any(Number),
          completionTokens: expect.any(Number),
          queueMs: null,
          loadMs: expect.any(Number),
          prefillMs: expect.any(Number),
          decodeMs: expect.any(Number),
          promptTruncated: false,
        },
      });
      expect(events.filter((event) => event.type === "result")).toHaveLength(1);
    }));

  test("durations are milliseconds: no call of a few words claims minutes or nothing", () =>
    withProvider(async (provider) => {
      const startedAt = performance.now();
      const events = await collect(provider.stream(shortRequest(subject().modelName), never));
      const last = events.at(-1);
      if (last?.type !== "result") throw new Error("no result");
      expect(last.result.decodeMs).toBeGreaterThan(1);
      expect(last.result.decodeMs).toBeLessThan(Math.max(10_000, performance.now() - startedAt));
    }));

  test("says the same of a version whose endpoint is the generate URL", () =>
    withProvider(async (provider) => {
      const configuration = { endpoint: `${subject().url}/api/generate` };
      const events = await collect(provider.stream(shortRequest(subject().modelName, { configuration }), never));
      expect(events.filter((event) => event.type === "text").length).toBeGreaterThan(3);
      expect(events.at(-1)?.type).toBe("result");
    }));

  test("an empty conversation is a warm-up: no text, one result, nothing counted", () =>
    withProvider(async (provider) => {
      const events = await collect(provider.stream(shortRequest(subject().modelName, { messages: [] }), never));
      expect(events).toEqual([
        {
          type: "result",
          result: {
            finishReason: "stop",
            promptTokens: null,
            completionTokens: null,
            queueMs: null,
            loadMs: null,
            prefillMs: null,
            decodeMs: null,
            promptTruncated: false,
          },
        },
      ]);
    }));

  test("a model the server does not have is model_not_found with the command that pulls it", () =>
    withProvider(async (provider) => {
      const request = shortRequest("no-such-model:1b");
      await expect(collect(provider.stream(request, never))).rejects.toMatchObject({
        name: "ProviderError",
        errorClass: "model_not_found",
        message: `Ollama at ${new URL(subject().url).host} has no model no-such-model:1b.`,
        remedy: "Pull it with `ollama pull no-such-model:1b`, or assign another model.",
      });
    }));

  test("aborting between tokens throws the signal's reason and the server answers the next call", () =>
    withProvider(async (provider) => {
      const stop = new AbortController();
      const reason = new Error("the reader pressed stop");
      const events: ProviderEvent[] = [];
      const run = async () => {
        for await (const event of provider.stream(shortRequest(subject().modelName), stop.signal)) {
          events.push(event);
          stop.abort(reason);
        }
      };
      await expect(run()).rejects.toBe(reason);
      expect(events.map((event) => event.type)).toEqual(["text"]);
      const again = await collect(provider.stream(shortRequest(subject().modelName), never));
      expect(again.at(-1)?.type).toBe("result");
    }));

  test("says what is loaded, and that a model it does not know is not", () =>
    withProvider(async (provider) => {
      await collect(provider.stream(shortRequest(subject().modelName), never));
      expect(await provider.isLoaded({ model: subject().modelName, configuration: {} })).toBe(true);
      expect(await provider.isLoaded({ model: "no-such-model", configuration: {} })).toBe(false);
    }));

  test("a probe tells version, models with digests, and what is loaded", async () => {
    const probe = await probeOllama(subject().url);
    expect(probe).toEqual({
      state: "up",
      latencyMs: expect.any(Number),
      server: "Ollama",
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      models: [
        {
          name: subject().modelName,
          digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
          sizeBytes: expect.any(Number),
          parameters: expect.stringMatching(/^\d+(\.\d+)?[MB]$/),
          quantization: "Q4_1",
          loaded: expect.any(Boolean),
        },
      ],
    });
  });

  test("describing a model gives the probe's digest and the context length it was trained for", async () => {
    const probe = await probeOllama(subject().url);
    if (probe.state !== "up") throw new Error(probe.lastError);
    expect(await describeModel(subject().url, subject().modelName)).toEqual({
      digest: probe.models[0]?.digest,
      contextTokens: 8_192,
    });
    await expect(describeModel(subject().url, "no-such-model")).rejects.toMatchObject({
      errorClass: "model_not_found",
    });
  });
}
