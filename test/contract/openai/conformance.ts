import { beforeEach, expect, test } from "vitest";
import type { ProviderEvent, ProviderRequest } from "../../../src/main/inference/provider.ts";
import { createOpenAIProvider } from "../../../src/main/inference/providers/openai/openai-provider.ts";
import { probeOpenAI } from "../../../src/main/inference/providers/openai/probe.ts";

/** A server to hold to the promises: where it is, and a model it has. */
export interface Subject {
  readonly url: string;
  readonly modelName: string;
  /** What it asks for, if anything. */
  readonly key?: string;
  /** llama-cpp-python's server counts no streamed answer, and takes any name for its one model. */
  readonly countsNothing?: true;
}

/** A short call that ends by itself or at `maxTokens`. */
export function shortRequest(subject: Subject, over: Partial<ProviderRequest> = {}): ProviderRequest {
  return {
    model: subject.modelName,
    configuration: { endpoint: subject.url },
    messages: [
      { role: "system", content: "You write stories." },
      { role: "user", content: "A lighthouse keeper finds a map." },
    ],
    options: { maxTokens: 24, temperature: 0.7 },
    ...over,
  };
}

export async function collect(events: AsyncIterable<ProviderEvent>): Promise<ProviderEvent[]> {
  const all: ProviderEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

export function textOf(events: readonly ProviderEvent[]): string {
  return events.map((event) => (event.type === "text" ? event.text : "")).join("");
}

/** Uses a provider and closes it; `key` is the key of every endpoint. */
export async function withProvider<T>(
  use: (provider: ReturnType<typeof createOpenAIProvider>) => Promise<T>,
  key: string | null = null,
): Promise<T> {
  const provider = createOpenAIProvider({ keys: { keyOf: () => Promise.resolve(key) } });
  try {
    return await use(provider);
  } finally {
    await provider.close();
  }
}

/** What every server that speaks OpenAI's API must let the provider do; `start` runs before each promise. */
export function conformance(subject: () => Subject, start: () => Promise<void> = () => Promise.resolve()): void {
  beforeEach(start);
  const never = new AbortController().signal;
  const using = <T>(use: (provider: ReturnType<typeof createOpenAIProvider>) => Promise<T>) =>
    withProvider(use, subject().key ?? null);

  test("streams text in pieces and one result as its last event, counted", () =>
    using(async (provider) => {
      const events = await collect(provider.stream(shortRequest(subject()), never));
      const texts = events.filter((event) => event.type === "text");
      expect(texts.length).toBeGreaterThan(3);
      expect(texts.every((event) => event.text.length > 0)).toBe(true);
      expect(events.filter((event) => event.type === "result")).toEqual([events.at(-1)]);
      expect(events.at(-1)).toMatchObject({
        result: {
          finishReason: expect.stringMatching(/^(stop|length)$/),
          promptTokens: subject().countsNothing ? null : expect.any(Number),
          completionTokens: subject().countsNothing ? null : expect.any(Number),
          queueMs: null,
          loadMs: null,
          promptTruncated: false,
        },
      });
    }));

  test.each(["/v1", "/v1/", "/v1/chat/completions"])("says the same of an endpoint that ends in %s", (path) =>
    using(async (provider) => {
      const configuration = { endpoint: `${subject().url}${path}` };
      const events = await collect(provider.stream(shortRequest(subject(), { configuration }), never));
      expect(textOf(events)).not.toBe("");
      expect(events.at(-1)?.type).toBe("result");
    }),
  );

  test("takes a raw prompt without the model's template", () =>
    using(async (provider) => {
      const messages = [{ role: "user" as const, content: "Once upon a time" }];
      const options = { maxTokens: 8, raw: true };
      const events = await collect(provider.stream(shortRequest(subject(), { messages, options }), never));
      expect(textOf(events)).not.toBe("");
      const promptTokens = subject().countsNothing ? null : expect.any(Number);
      expect(events.at(-1)).toMatchObject({ type: "result", result: { promptTokens } });
    }));

  test("every option of a call is taken, or is left out after its refusal", () =>
    using(async (provider) => {
      const options = {
        temperature: 0.5,
        topP: 0.9,
        topK: 20,
        minP: 0.05,
        typicalP: 0.9,
        repeatPenalty: 1.1,
        repeatLastN: 32,
        presencePenalty: 0.1,
        frequencyPenalty: 0.1,
        seed: 3,
        maxTokens: 8,
        stop: ["THE END"],
        threads: 1,
        keepAlive: "5m",
      };
      const events = await collect(provider.stream(shortRequest(subject(), { options }), never));
      expect(events.at(-1)?.type).toBe("result");
    }));

  test.each([
    ["any JSON", "json" as const],
    ["a schema", { type: "object", properties: { name: { type: "string" } }, required: ["name"] }],
  ])("an answer in a format, %s, is answered", (_name, format) =>
    using(async (provider) => {
      const messages = [{ role: "user" as const, content: "Answer with a JSON object that has a name." }];
      const options = { maxTokens: 40, format, temperature: 0 };
      const events = await collect(provider.stream(shortRequest(subject(), { messages, options }), never));
      expect(events.at(-1)?.type).toBe("result");
    }),
  );

  test("a model the server does not have is model_not_found", () =>
    using(async (provider) => {
      const request = shortRequest({ ...subject(), modelName: "no-such-model" });
      if (subject().countsNothing) {
        expect((await collect(provider.stream(request, never))).at(-1)?.type).toBe("result");
        return;
      }
      await expect(collect(provider.stream(request, never))).rejects.toMatchObject({
        name: "ProviderError",
        errorClass: "model_not_found",
        message: `${new URL(subject().url).host} has no model no-such-model.`,
        remedy: "Use one of the names the server lists, or load the model there.",
      });
    }));

  test("a path the server does not have is told apart from a missing model", () =>
    using(async (provider) => {
      const configuration = { endpoint: `${subject().url}/nowhere/chat/completions` };
      await expect(collect(provider.stream(shortRequest(subject(), { configuration }), never))).rejects.toMatchObject({
        name: "ProviderError",
        errorClass: "rejected",
        message: expect.stringMatching(/^There is nothing at \/nowhere\/chat\/completions on /),
      });
    }));

  test("aborting between tokens throws the signal's reason and the server answers the next call", () =>
    using(async (provider) => {
      const stop = new AbortController();
      const reason = new Error("the reader pressed stop");
      const events: ProviderEvent[] = [];
      const run = async () => {
        for await (const event of provider.stream(shortRequest(subject()), stop.signal)) {
          events.push(event);
          stop.abort(reason);
        }
      };
      await expect(run()).rejects.toBe(reason);
      expect(events.map((event) => event.type)).toEqual(["text"]);
      const again = await collect(provider.stream(shortRequest(subject()), never));
      expect(again.at(-1)?.type).toBe("result");
    }));

  test("what goes over the wire is told, as it was sent and as it came", () =>
    using(async (provider) => {
      const wire: unknown[] = [];
      const request = shortRequest(subject(), { observe: (event) => wire.push(event) });
      await collect(provider.stream(request, never));
      // Refusals and what was said in their place come before.
      expect(wire.slice(-2)).toEqual([
        {
          type: "wire_request",
          method: "POST",
          url: `${subject().url}/v1/chat/completions`,
          body: expect.stringContaining('"stream":true'),
        },
        { type: "wire_response", status: 200, body: expect.stringMatching(/^data: \{[^]*data: \[DONE\]/) },
      ]);
    }));

  test("a probe tells that it is up and lists the model", async () => {
    expect(await probeOpenAI(subject().url, { key: subject().key ?? null })).toMatchObject({
      state: "up",
      latencyMs: expect.any(Number),
      models: expect.arrayContaining([expect.objectContaining({ name: subject().modelName })]),
    });
  });
}
