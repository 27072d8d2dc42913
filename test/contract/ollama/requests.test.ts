import { describe, expect, test } from "vitest";
import { Failure } from "../../../src/main/base/failure.ts";
import { probeOllama } from "../../../src/main/inference/providers/ollama/discover.ts";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import type { Message } from "../../../src/shared/contract/inference.ts";
import { collect, shortRequest, textOf } from "./conformance.ts";
import { ask, model, never, server, useScriptedServer } from "./scripted.ts";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import { startOllamaServer } from "../../kit/servers/ollama-server.ts";

useScriptedServer();

describe("what the provider sends", () => {
  test("chat gets the messages and every option by Ollama's name", async () => {
    server.use(streamText("Yes."));
    await ask(
      shortRequest("our-name", {
        configuration: { serverModel: model, contextTokens: 2_048, options: { temperature: 0.1, topK: 3 } },
        options: {
          temperature: 0.8,
          topP: 0.9,
          minP: 0.05,
          repeatPenalty: 1.1,
          repeatLastN: 64,
          seed: 11,
          maxTokens: 50,
          stop: ["END"],
          threads: 1,
        },
      }),
    );
    expect(server.requests.at(-1)).toMatchObject({
      path: "/api/chat",
      body: {
        model,
        stream: true,
        messages: [
          { role: "system", content: "You write stories." },
          { role: "user", content: "A lighthouse keeper finds a map." },
        ],
      },
    });
    expect(server.requests.at(-1)?.body["options"]).toEqual({
      temperature: 0.8,
      top_k: 3,
      top_p: 0.9,
      min_p: 0.05,
      repeat_penalty: 1.1,
      repeat_last_n: 64,
      seed: 11,
      num_predict: 50,
      stop: ["END"],
      num_thread: 1,
      num_ctx: 2_048,
    });
  });

  test("an endpoint with a path is asked there, with a prompt and a system text", async () => {
    server.use(streamText("Yes."));
    const configuration = { endpoint: `${server.url}/generate` };
    expect(textOf(await ask(shortRequest(model, { configuration })))).toBe("Yes.");
    expect(server.requests.at(-1)).toMatchObject({ path: "/generate" });
    expect(server.requests.at(-1)?.body).toEqual({
      model,
      prompt: "A lighthouse keeper finds a map.",
      system: "You write stories.",
      stream: true,
      truncate: false,
      shift: false,
      options: { num_predict: 24, seed: 7, temperature: 0.7, num_thread: 1 },
    });
  });

  test("credentials in the endpoint become basic authorization", async () => {
    server.use(streamText("Yes."));
    const endpoint = server.url.replace("http://", "http://anna:s%C3%BC%C3%9F@");
    await ask(shortRequest(model, { configuration: { endpoint } }));
    const expected = `Basic ${Buffer.from("anna:süß").toString("base64")}`;
    expect(server.requests.at(-1)?.headers["authorization"]).toBe(expected);
  });

  test("a server's key goes along as a bearer, and one that cannot be read ends the call before it is made", async () => {
    server.use(streamText("Yes."));
    const asked: string[] = [];
    const keyOf = (endpoint: string) => Promise.resolve(asked.push(endpoint) > 0 ? "k-1" : null);
    const provider = createOllamaProvider({ defaultEndpoint: server.url, keys: { keyOf } });
    await collect(provider.stream(shortRequest(model), never));
    expect(server.requests.at(-1)?.headers["authorization"]).toBe("Bearer k-1");
    await provider.embed({ model, configuration: {} }, ["a"], never);
    expect(server.shelf.calls.at(-1)).toMatchObject({ path: "/api/embed", authorization: "Bearer k-1" });
    expect(asked).toEqual([server.url, server.url]);
    await provider.close();
    const before = server.requests.length;
    const unreadable = createOllamaProvider({
      defaultEndpoint: server.url,
      keys: {
        keyOf: () => Promise.reject(new Failure("UNAVAILABLE", "The keys cannot be read.", { remedy: "Unlock them." })),
      },
    });
    await expect(collect(unreadable.stream(shortRequest(model), never))).rejects.toMatchObject({
      name: "ProviderError",
      errorClass: "not_allowed",
      message: "The keys cannot be read.",
      remedy: "Unlock them.",
    });
    expect(server.requests).toHaveLength(before);
    await unreadable.close();
  });

  test("format, think, keep_alive, tools, images, penalties and the server's own options go by Ollama's names", async () => {
    const able = await startOllamaServer({
      models: [{ name: model, capabilities: ["completion", "thinking", "tools"] }],
    });
    const provider = createOllamaProvider({ defaultEndpoint: able.url });
    const image = Buffer.from("a picture").toString("base64");
    const call = { id: "call_1", name: "look_up", arguments: { place: "cape" } };
    const messages: Message[] = [
      { role: "user", content: "What is this?", images: [image] },
      { role: "assistant", content: "", toolCalls: [call] },
      { role: "tool", content: "A lamp.", toolCallId: "call_1" },
      { role: "tool", content: "A map.", toolName: "read" },
    ];
    const options = {
      typicalP: 0.7,
      presencePenalty: 0.1,
      frequencyPenalty: -0.2,
      format: { type: "object" },
      think: "low",
      keepAlive: "90s",
      tools: [{ name: "look_up", description: "Looks up." }],
      serverOptions: { num_gpu: 0, seed: 5, num_ctx: 1_024 },
    } as const;
    const configuration = {
      contextTokens: 2_048,
      options: { serverOptions: { num_gpu: 9, num_batch: 64 }, keepAlive: 3 },
    };
    await collect(
      provider.stream({ model, configuration, messages, options: { ...options, tools: [...options.tools] } }, never),
    );
    expect(able.requests.at(-1)?.body).toEqual({
      model,
      stream: true,
      truncate: false,
      shift: false,
      format: { type: "object" },
      think: "low",
      keep_alive: "90s",
      messages: [
        { role: "user", content: "What is this?", images: [image] },
        {
          role: "assistant",
          content: "",
          tool_calls: [{ id: "call_1", function: { name: "look_up", arguments: { place: "cape" } } }],
        },
        { role: "tool", content: "A lamp.", tool_call_id: "call_1", tool_name: "look_up" },
        { role: "tool", content: "A map.", tool_name: "read" },
      ],
      tools: [
        {
          type: "function",
          function: { name: "look_up", description: "Looks up.", parameters: { type: "object", properties: {} } },
        },
      ],
      options: {
        typical_p: 0.7,
        presence_penalty: 0.1,
        frequency_penalty: -0.2,
        num_ctx: 1_024,
        num_gpu: 0,
        num_batch: 64,
        seed: 5,
      },
    });
    await provider.close();
    await able.close();
  });

  test("a raw prompt goes to generate, with its images, whatever the version's endpoint", async () => {
    server.use(streamText("Yes."));
    const image = Buffer.from("a picture").toString("base64");
    const messages: Message[] = [{ role: "user", content: "<s>Lamp", images: [image] }];
    for (const [endpoint, path] of [
      [server.url, "/api/generate"],
      [`${server.url}/api/chat`, "/api/generate"],
      [`${server.url}/generate`, "/generate"],
    ]) {
      await ask({ model, configuration: { endpoint }, messages, options: { raw: true } });
      expect(server.requests.at(-1)).toMatchObject({
        path,
        body: { model, prompt: "<s>Lamp", images: [image], raw: true, stream: true, truncate: false },
      });
    }
  });

  test("tools where they cannot be offered are rejected before anything is sent", async () => {
    const before = server.requests.length;
    const options = { tools: [{ name: "look_up" }] };
    const configuration = { endpoint: `${server.url}/generate` };
    await expect(ask({ model, configuration, messages: [], options })).rejects.toMatchObject({
      errorClass: "rejected",
    });
    const raw = ask({ model, configuration: {}, messages: [], options: { ...options, raw: true } });
    await expect(raw).rejects.toMatchObject({
      errorClass: "rejected",
      message: "A raw prompt cannot offer tools to the model.",
    });
    expect(server.requests).toHaveLength(before);
  });

  test("a probe and isLoaded never ask for text and never load a model", async () => {
    const quiet = await startOllamaServer({ models: [{ name: model }, { name: "other:latest", loaded: true }] });
    const provider = createOllamaProvider({ defaultEndpoint: quiet.url });
    try {
      expect(await provider.isLoaded({ model, configuration: {} })).toBe(false);
      expect(await provider.isLoaded({ model: "other", configuration: {} })).toBe(true);
      expect(await probeOllama(quiet.url)).toMatchObject({
        state: "up",
        models: [
          { name: model, loaded: false },
          { name: "other:latest", loaded: true },
        ],
      });
      expect(await provider.isLoaded({ model, configuration: {} })).toBe(false);
      expect(quiet.requests).toEqual([]);
    } finally {
      await provider.close();
      await quiet.close();
    }
  });

  test("a probe of a generate URL asks the server behind it", async () => {
    expect(await probeOllama(`${server.url}/generate`)).toMatchObject({ state: "up", version: "0.17.4" });
    expect(await probeOllama(`${server.url}/api/generate`)).toMatchObject({ state: "up", version: "0.17.4" });
  });
});
