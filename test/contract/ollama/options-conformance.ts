import { expect, test } from "vitest";
import { createAgent } from "../../../src/main/inference/providers/http/agent.ts";
import { listRunning, probeOllama } from "../../../src/main/inference/providers/ollama/discover.ts";
import { createModel } from "../../../src/main/inference/providers/ollama/manage.ts";
import { planModel } from "../../../src/main/inference/providers/ollama/modelfile-recipe.ts";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import type { ProviderEvent, ProviderRequest } from "../../../src/main/inference/provider.ts";
import type { ToolDefinition, WireEvent } from "../../../src/shared/contract/inference.ts";
import { callTools, streamText, think } from "../../kit/servers/ollama-scripts.ts";
import { collect, resultOf, shortRequest, type Subject, textOf } from "./conformance.ts";

/** A real model is made to think by a prompt that ends where thoughts begin. */
const thinker = `FROM smollm2:135m
TEMPLATE """{{- range .Messages }}<|im_start|>{{ .Role }}
{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
{{ if .Think }}<think>
{{ end }}"""`;

/** A real model is made to call a tool by a format that lets it say nothing else. */
const caller = `FROM smollm2:135m
TEMPLATE """{{- if .Tools }}<|im_start|>system
Tools: {{ .Tools }}<|im_end|>
{{ end }}{{- range .Messages }}<|im_start|>{{ .Role }}
{{ if .ToolCalls }}{{ range .ToolCalls }}{"name": "{{ .Function.Name }}", "parameters": {{ .Function.Arguments }}}{{ end }}{{ else }}{{ .Content }}{{ end }}<|im_end|>
{{ end }}<|im_start|>assistant
"""`;

const lookUp: ToolDefinition = {
  name: "look_up",
  description: "Looks a place up.",
  parameters: { type: "object", properties: { place: { type: "string" } }, required: ["place"] },
};
const onlyLookUp = {
  type: "object",
  properties: {
    name: { type: "string", enum: ["look_up"] },
    parameters: {
      type: "object",
      properties: { place: { type: "string", enum: ["lighthouse"] } },
      required: ["place"],
    },
  },
  required: ["name", "parameters"],
};
const oneThread = { seed: 7, temperature: 0.7, threads: 1 };

/** What every server that speaks Ollama's API must make of each option of a call, and of each kind of model. */
export function optionsConformance(subject: () => Subject): void {
  const withProvider = async (use: (provider: ReturnType<typeof createOllamaProvider>) => Promise<void>) => {
    const provider = createOllamaProvider({ defaultEndpoint: subject().url });
    try {
      await use(provider);
    } finally {
      await provider.close();
    }
  };
  const never = new AbortController().signal;
  const ask = async (over: Partial<ProviderRequest> = {}): Promise<ProviderEvent[]> => {
    let events: ProviderEvent[] = [];
    await withProvider(async (provider) => {
      events = await collect(provider.stream(shortRequest(subject().modelName, over), never));
    });
    return events;
  };
  const withServer = async <Result>(use: (server: Parameters<typeof listRunning>[0]) => Promise<Result>) => {
    const dispatcher = createAgent(2_000);
    try {
      return await use({ dispatcher, endpoint: subject().url, key: null });
    } finally {
      await dispatcher.destroy();
    }
  };
  const make = (name: string, modelfile: string) =>
    withServer((server) => Array.fromAsync(createModel(server, name, planModel(modelfile).recipe, never)));
  const running = async () => (await withServer(listRunning)).find(({ name }) => name === subject().modelName);

  test("text of several bytes a character arrives whole", async () => {
    subject().report(streamText('"Łódź 🚀 灯台"', { cutBytes: 1 }));
    const events = await ask({
      options: { ...oneThread, format: { type: "string", enum: ["Łódź 🚀 灯台"] }, maxTokens: 60 },
    });
    expect(JSON.parse(textOf(events))).toBe("Łódź 🚀 灯台");
  });

  test("an answer that reaches its limit ends as length, one that ends by itself as stop", async () => {
    subject().report(streamText("Three words only", { reason: "length" }));
    expect(resultOf(await ask({ options: { ...oneThread, maxTokens: 3 } })).finishReason).toBe("length");
    subject().report(streamText("true"));
    const format = { type: "boolean" };
    expect(resultOf(await ask({ options: { ...oneThread, format, maxTokens: 40 } })).finishReason).toBe("stop");
  });

  test("a stop sequence ends the answer and is not part of it", async () => {
    subject().report(streamText('"one '));
    const format = { type: "string", enum: ["one END two"] };
    const events = await ask({ options: { ...oneThread, format, stop: ["END"], maxTokens: 40 } });
    expect(textOf(events).trimEnd()).toBe('"one');
    expect(textOf(events)).not.toContain("END");
    expect(resultOf(events).finishReason).toBe("stop");
  });

  test("format json and a schema both bind the answer", async () => {
    const schema = {
      type: "object",
      properties: { mood: { type: "string", enum: ["calm", "stormy"] } },
      required: ["mood"],
    };
    subject().report(streamText('{"mood": "calm"}'));
    const bound = textOf(await ask({ options: { ...oneThread, format: schema, maxTokens: 40 } }));
    expect(JSON.parse(bound)).toEqual({ mood: expect.stringMatching(/^(calm|stormy)$/) });
    const any = textOf(await ask({ options: { ...oneThread, format: "json", maxTokens: 8 } }));
    expect(any.trimStart()).toMatch(/^[{["\d]/);
  });

  test("every option of a call is taken", async () => {
    subject().report(streamText("Well.", { reason: "length" }));
    const events = await ask({
      options: {
        temperature: 0.8,
        topP: 0.9,
        topK: 40,
        minP: 0.05,
        typicalP: 0.9,
        repeatPenalty: 1.1,
        repeatLastN: 64,
        presencePenalty: 0.5,
        frequencyPenalty: -0.5,
        seed: 4_294_967_295,
        maxTokens: 4,
        stop: ["\u0000"],
        threads: 1,
        think: false,
        keepAlive: "5m",
        serverOptions: { num_batch: 256, use_mmap: true },
      },
    });
    expect(resultOf(events)).toMatchObject({ finishReason: "length", promptTruncated: false });
  });

  test("an option of a wrong type is rejected in the server's words", async () => {
    await expect(ask({ options: { ...oneThread, serverOptions: { num_gpu: "many" } } })).rejects.toMatchObject({
      errorClass: "rejected",
      message: expect.stringContaining('option "num_gpu" must be of type integer'),
      remedy: "Change or leave out the option that it names.",
    });
  });

  test.each([
    ["a duration", "10m", 600_000],
    ["seconds", 90, 90_000],
    ["a fraction of an hour", "0.5h", 1_800_000],
  ] as const)("keep_alive as %s says when the model leaves memory", async (_name, keepAlive, keptMs) => {
    await ask({ messages: [], options: { ...oneThread, keepAlive } });
    const leavesInMs = async () => ((await running())?.expiresAtMs ?? 0) - Date.now();
    // Ollama counts from the end of the call, which it notices a moment after it has answered.
    await expect.poll(async () => Math.abs((await leavesInMs()) - keptMs), { timeout: 5_000 }).toBeLessThan(20_000);
  });

  test("keep_alive below zero keeps the model for ever, 0 takes it out of memory", async () => {
    await ask({ messages: [], options: { ...oneThread, keepAlive: -1 } });
    await expect
      .poll(running, { timeout: 5_000 })
      .toMatchObject({ expiresAtMs: null, contextTokens: expect.any(Number) });
    expect(resultOf(await ask({ messages: [], options: { keepAlive: 0 } }))).toMatchObject({ promptTokens: null });
    await expect.poll(running, { timeout: 5_000 }).toBe(undefined);
  });

  test("what is in memory is told with its size, window and digest", async () => {
    await ask({ messages: [], options: oneThread });
    const probe = await probeOllama(subject().url);
    if (probe.state !== "up") throw new Error(probe.lastError);
    expect(await running()).toEqual({
      name: subject().modelName,
      digest: probe.models.find(({ name }) => name === subject().modelName)?.digest,
      sizeBytes: expect.any(Number),
      vramBytes: 0,
      contextTokens: 4_096,
      expiresAtMs: expect.any(Number),
    });
  });

  test("a raw prompt is sent without the template, and only one message can be one", async () => {
    subject().report(streamText("light", { reason: "length" }));
    const options = { ...oneThread, maxTokens: 4, raw: true };
    const raw = await ask({ messages: [{ role: "user", content: "The lamp" }], options });
    const templated = await ask({
      messages: [{ role: "user", content: "The lamp" }],
      options: { ...options, raw: false },
    });
    const tokens = (events: ProviderEvent[]) => resultOf(events).promptTokens ?? 0;
    expect(tokens(raw)).toBeGreaterThan(0);
    expect(tokens(raw)).toBeLessThan(tokens(templated));
    await expect(ask({ options })).rejects.toMatchObject({
      errorClass: "rejected",
      message: "A raw prompt is one message; there are 2.",
    });
  });

  test("a thinking model thinks unless told otherwise, and its thoughts are no part of the text", async () => {
    await make("thinker", thinker);
    const options = { ...oneThread, maxTokens: 6 };
    for (const asked of [{}, { think: true }]) {
      subject().report(think("Where is it?", ""));
      const events = await ask({ model: "thinker", options: { ...options, ...asked } });
      expect(textOf(events, "thought").length).toBeGreaterThan(3);
      expect(textOf(events)).toBe("");
    }
    subject().report(streamText("Here it is now."));
    const plain = await ask({ model: "thinker", options: { ...options, think: false } });
    expect(textOf(plain, "thought")).toBe("");
    expect(textOf(plain).length).toBeGreaterThan(3);
  });

  test("a generate URL tells thoughts too", async () => {
    await make("thinker", thinker);
    subject().report(think("Where is it?", ""));
    const configuration = { endpoint: `${subject().url}/api/generate` };
    const events = await ask({ model: "thinker", configuration, options: { ...oneThread, maxTokens: 6, think: true } });
    expect(textOf(events, "thought").length).toBeGreaterThan(3);
  });

  test.each([true, "high"] as const)("think %s of a model that cannot is rejected", async (asked) => {
    await expect(ask({ options: { ...oneThread, think: asked } })).rejects.toMatchObject({
      errorClass: "rejected",
      message: expect.stringContaining("does not support thinking"),
      remedy: "Assign another model, or leave out what this one does not support.",
    });
  });

  test("a tool the model wants called comes with its arguments and an id, and its answer is taken", async () => {
    await make("caller", caller);
    const question = { role: "user", content: "Where is the lighthouse?" } as const;
    subject().report(callTools([{ id: "call_1", name: "look_up", arguments: { place: "lighthouse" } }]));
    const options = { ...oneThread, maxTokens: 60, tools: [lookUp] };
    const events = await ask({ model: "caller", messages: [question], options: { ...options, format: onlyLookUp } });
    const call = { id: expect.stringMatching(/^call_\w+$/), name: "look_up", arguments: { place: "lighthouse" } };
    expect(events).toEqual([
      { type: "tool_call", call },
      { type: "result", result: expect.objectContaining({ finishReason: "tool_calls" }) },
    ]);
    const called = events[0];
    if (called?.type !== "tool_call") throw new Error("no call");
    subject().report(streamText("On the cape."));
    const answer = await ask({
      model: "caller",
      messages: [
        question,
        { role: "assistant", content: "", toolCalls: [called.call] },
        { role: "tool", content: "On the cape.", toolCallId: called.call.id },
      ],
      options: { ...options, maxTokens: 4 },
    });
    expect(textOf(answer)).not.toBe("");
  });

  test("tools for a model that cannot call them are rejected", async () => {
    await expect(ask({ options: { ...oneThread, tools: [lookUp] } })).rejects.toMatchObject({
      errorClass: "rejected",
      message: expect.stringContaining("does not support tools"),
    });
  });

  test("a prompt longer than the window is prompt_too_large, by chat, by generate and raw", async () => {
    const long = [{ role: "user" as const, content: "The keeper counted the waves until evening came. ".repeat(60) }];
    const tooLarge = {
      errorClass: "prompt_too_large",
      remedy: "Shorten the prompt, or give the version a larger context length.",
    };
    const configuration = { contextTokens: 256 };
    await expect(ask({ messages: long, configuration })).rejects.toMatchObject(tooLarge);
    const endpoint = `${subject().url}/api/generate`;
    await expect(ask({ messages: long, configuration: { ...configuration, endpoint } })).rejects.toMatchObject(
      tooLarge,
    );
    await expect(ask({ messages: long, configuration, options: { raw: true } })).rejects.toMatchObject(tooLarge);
  });

  test("a plain-text error body is told as it is", async () => {
    const nowhere = ask({ configuration: { endpoint: `${subject().url}/nothing/here` } });
    await expect(nowhere).rejects.toMatchObject({
      errorClass: "rejected",
      message: `There is nothing at /nothing/here on ${new URL(subject().url).host} (404). 404 page not found.`,
    });
  });

  test("texts become vectors of length 1, in order, and the same text the same vector", () =>
    withProvider(async (provider) => {
      const address = { model: subject().modelName, configuration: { options: { threads: 1 } } };
      const texts = ["a storm", "a calm", "a storm"];
      const { vectors, promptTokens } = await provider.embed(address, texts, never);
      expect(vectors).toHaveLength(3);
      for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
      const likeness = (left = 0, right = 0) =>
        (vectors[left] ?? []).reduce((sum, value, index) => sum + value * (vectors[right]?.[index] ?? 0), 0);
      expect(likeness(0, 2)).toBeGreaterThan(0.999);
      expect(likeness(0, 1)).toBeLessThan(0.999);
      expect(promptTokens).toBeGreaterThan(3);
      expect(await provider.embed(address, [], never)).toEqual({
        vectors: [],
        promptTokens: 0,
        loadMs: null,
        promptTruncated: false,
      });
      const long = ["The keeper counted the waves until evening came. ".repeat(60)];
      const narrow = { ...address, configuration: { contextTokens: 256, options: { threads: 1 } } };
      await expect(provider.embed(narrow, long, never)).rejects.toMatchObject({ errorClass: "prompt_too_large" });
      const cut = await provider.embed({ ...narrow, truncate: true }, long, never);
      expect(cut).toMatchObject({ vectors: [expect.any(Array)], loadMs: expect.any(Number), promptTruncated: true });
      expect(cut.promptTokens).toBeLessThanOrEqual(256);
      await expect(provider.embed({ ...address, model: "no-such-model" }, texts, never)).rejects.toMatchObject({
        errorClass: "model_not_found",
      });
    }));

  test("an observer is told the request as it was sent and the answer as it came", async () => {
    subject().report(streamText("Well.", { reason: "length" }));
    const received: WireEvent[] = [];
    const options = { ...oneThread, maxTokens: 3 };
    const events = await ask({ options, observe: (event) => received.push(event) });
    const [sent, answered] = received;
    if (sent?.type !== "wire_request" || answered?.type !== "wire_response") throw new Error("not told");
    expect(received).toHaveLength(2);
    expect(sent).toMatchObject({ method: "POST", url: `${subject().url}/api/chat` });
    expect(JSON.parse(sent.body)).toMatchObject({ model: subject().modelName, truncate: false, shift: false });
    expect(answered.status).toBe(200);
    const lines = answered.body
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { message: { content: string } });
    expect(lines.map((line) => line.message.content).join("")).toBe(textOf(events));
    const failed: WireEvent[] = [];
    await expect(ask({ model: "no-such-model", observe: (event) => failed.push(event) })).rejects.toThrow();
    expect(failed[1]).toEqual({
      type: "wire_response",
      status: 404,
      body: '{"error":"model \'no-such-model\' not found"}',
    });
  });
}
