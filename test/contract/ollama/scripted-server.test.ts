import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Failure } from "../../../src/main/base/failure.ts";
import type { Message, WireEvent } from "../../../src/shared/contract/inference.ts";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import type { ProviderRequest } from "../../../src/main/inference/provider.ts";
import { probeOllama } from "../../../src/main/inference/providers/ollama/discover.ts";
import { breakOff, fast, stall, type Step, tell } from "../../kit/servers/ollama-scripts.ts";
import { type OllamaServer, refusingUrl, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { collect, conformance, shortRequest, textOf } from "./conformance.ts";
import { optionsConformance } from "./options-conformance.ts";

let server: OllamaServer;
beforeAll(async () => {
  server = await startOllamaServer();
});
afterAll(() => server.close());

const never = new AbortController().signal;
const model = "smollm2:135m";

async function ask(request: ProviderRequest = shortRequest(model)) {
  const provider = createOllamaProvider({ defaultEndpoint: server.url });
  try {
    return await collect(provider.stream(request, never));
  } finally {
    await provider.close();
  }
}

describe("the scripted server", () => {
  conformance(() => ({ url: server.url, modelName: model, say: (script) => server.use(script) }));
  optionsConformance(() => ({ url: server.url, modelName: model, say: (script) => server.use(script) }));
});

describe("what the provider sends", () => {
  test("chat gets the messages and every option by Ollama's name", async () => {
    server.use(tell("Yes."));
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
    server.use(tell("Yes."));
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
    server.use(tell("Yes."));
    const endpoint = server.url.replace("http://", "http://anna:s%C3%BC%C3%9F@");
    await ask(shortRequest(model, { configuration: { endpoint } }));
    const expected = `Basic ${Buffer.from("anna:süß").toString("base64")}`;
    expect(server.requests.at(-1)?.headers["authorization"]).toBe(expected);
  });

  test("a server's key goes along as a bearer, and one that cannot be read ends the call before it is made", async () => {
    server.use(tell("Yes."));
    const asked: string[] = [];
    const keyOf = (endpoint: string) => Promise.resolve(asked.push(endpoint) > 0 ? "k-1" : null);
    const provider = createOllamaProvider({ defaultEndpoint: server.url, keyOf });
    await collect(provider.stream(shortRequest(model), never));
    expect(server.requests.at(-1)?.headers["authorization"]).toBe("Bearer k-1");
    await provider.embed({ model, configuration: {} }, ["a"], never);
    expect(server.shelf.calls.at(-1)).toMatchObject({ path: "/api/embed", authorization: "Bearer k-1" });
    expect(asked).toEqual([server.url, server.url]);
    await provider.close();
    const before = server.requests.length;
    const unreadable = createOllamaProvider({
      defaultEndpoint: server.url,
      keyOf: () => Promise.reject(new Failure("UNAVAILABLE", "The keys cannot be read.", { remedy: "Unlock them." })),
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
    server.use(tell("Yes."));
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

describe("what the provider makes of the bytes", () => {
  test.each([1, 2, 3, 7, 64])("text survives cuts every %i bytes, inside characters too", async (cutBytes) => {
    const story = "Łódź — 灯台守は地図を見つけた。 👩‍🚀 naïve “quotes”\nnext line.";
    server.use(tell(story, { cutBytes }));
    expect(textOf(await ask())).toBe(story);
  });

  test("CRLF and blank lines are read as Ollama's own", async () => {
    const lines = '\r\n{"message":{"content":"One"},"done":false}\r\n\r\n{"message":{"content":" two"},"done":true}';
    server.use({ steps: [{ do: "bytes", bytes: lines }] });
    const events = await ask();
    expect(textOf(events)).toBe("One two");
    expect(events.at(-1)?.type).toBe("result");
  });

  test("counts and durations that are absent are null, not zero", async () => {
    const fields = { prompt_eval_count: null, load_duration: null, eval_duration: 1_500_000 };
    server.use({
      steps: [
        { do: "text", tokens: ["Yes."] },
        { do: "done", reason: "length", fields },
      ],
    });
    expect((await ask()).at(-1)).toEqual({
      type: "result",
      result: {
        finishReason: "length",
        promptTokens: null,
        completionTokens: 1,
        queueMs: null,
        loadMs: null,
        prefillMs: expect.any(Number),
        decodeMs: 1.5,
        promptTruncated: false,
      },
    });
  });

  test("thoughts, text and tools come in the order in which they came", async () => {
    const said = (message: object) =>
      `${JSON.stringify({ message: { role: "assistant", ...message }, done: false })}\n`;
    const bytes = [
      said({ content: "", thinking: "Hm." }),
      said({ content: "Yes.", thinking: "Or so." }),
      // An id is missing, and the arguments are a text as OpenAI's servers send them.
      said({
        content: "",
        tool_calls: [{ function: { name: "a", arguments: '{"x":1}' } }, { function: { name: "b" } }],
      }),
    ].join("");
    server.use({
      steps: [
        { do: "bytes", bytes },
        { do: "done", reason: "stop" },
      ],
    });
    const id = expect.stringMatching(/^call_[0-9a-f]{8}$/);
    expect((await ask()).map((event) => (event.type === "result" ? event.result.finishReason : event))).toEqual([
      { type: "thought", text: "Hm." },
      { type: "thought", text: "Or so." },
      { type: "text", text: "Yes." },
      { type: "tool_call", call: { id, name: "a", arguments: { x: 1 } } },
      { type: "tool_call", call: { id, name: "b", arguments: {} } },
      "tool_calls",
    ]);
  });

  test("a call of a tool that cannot be read is a broken stream", async () => {
    server.use({ steps: [{ do: "tools", calls: [{ name: "a", arguments: [] as never }] }, { do: "done" }] });
    await expect(ask()).rejects.toMatchObject({ errorClass: "broken_stream" });
  });

  test("what an observer is told is cut at 256 KiB, and comes however the answer ends", async () => {
    const told: WireEvent[] = [];
    const observe = (event: WireEvent) => void told.push(event);
    server.use({
      steps: [{ do: "text", tokens: Array.from({ length: 300 }, () => "ż".repeat(1_000)) }, { do: "done" }],
    });
    await ask({ ...shortRequest(model), observe });
    const body = told[1]?.type === "wire_response" ? told[1].body : "";
    expect(Buffer.byteLength(body)).toBeGreaterThan(256 * 1024 - 4);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(256 * 1024);
    expect(body.endsWith("\uFFFD")).toBe(false);
    told.length = 0;
    server.use(breakOff("Half", "hangUp"));
    await expect(ask({ ...shortRequest(model), observe })).rejects.toThrow();
    expect(told[1]).toMatchObject({ type: "wire_response", status: 200, body: expect.stringContaining("Half") });
    told.length = 0;
    const nobody = await refusingUrl();
    const endpoint = nobody.replace("http://", "http://anna:secret@");
    await expect(ask({ ...shortRequest(model), configuration: { endpoint }, observe })).rejects.toThrow();
    expect(told).toMatchObject([
      { type: "wire_request", method: "POST", url: `${nobody}/api/chat` },
      { type: "wire_response", status: null, body: "" },
    ]);
    expect(JSON.stringify(told)).not.toContain("secret");
  });

  test("pieces pass one to one, as soon as each has come", async () => {
    const pieces = ["a", " b", " c", " d", " e", " f"].map((token) => ({
      token,
      passed: Promise.withResolvers<void>(),
    }));
    // None is sent before the one before it has passed.
    const steps = pieces.flatMap(({ token, passed }): Step[] => [
      { do: "text", tokens: [token] },
      { do: "hold", until: passed.promise },
    ]);
    server.use({ steps: [...steps, { do: "done" }] });
    const provider = createOllamaProvider({ defaultEndpoint: server.url });
    const arrivals: string[] = [];
    for await (const event of provider.stream(shortRequest(model), never)) {
      if (event.type !== "text") continue;
      pieces[arrivals.length]?.passed.resolve();
      arrivals.push(event.text);
    }
    await provider.close();
    expect(arrivals).toEqual(pieces.map(({ token }) => token));
  });

  test("ten thousand tokens at once arrive whole and in order with a consumer that dawdles", async () => {
    const tokens = Array.from({ length: 10_000 }, (_, index) => `${index} `);
    server.use({ steps: [{ do: "text", tokens }, { do: "done" }] });
    const provider = createOllamaProvider({ defaultEndpoint: server.url });
    let text = "";
    let seen = 0;
    for await (const event of provider.stream(shortRequest(model), never)) {
      if (event.type === "text") text += event.text;
      if (seen++ % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await provider.close();
    expect(text).toBe(tokens.join(""));
  });
});

describe("connections", () => {
  test("calls one after the other share their connections, and closing the provider ends them", async () => {
    const own = await startOllamaServer({ script: fast(20) });
    const provider = createOllamaProvider({ defaultEndpoint: own.url });
    for (let call = 0; call < 20; call++) await collect(provider.stream(shortRequest(model), never));
    expect(await own.connections()).toBeLessThanOrEqual(2);
    await provider.close();
    await expect.poll(() => own.connections()).toBe(0);
    await own.close();
  });

  test("64 calls at once are all answered", async () => {
    server.use(tell("Yes, indeed.", { everyMs: 5 }));
    const provider = createOllamaProvider({ defaultEndpoint: server.url });
    const calls = Array.from({ length: 64 }, () => collect(provider.stream(shortRequest(model), never)));
    const answers = await Promise.all(calls);
    expect(answers.map((events) => textOf(events))).toEqual(answers.map(() => "Yes, indeed."));
    await provider.close();
  });

  test("closing the provider ends a call that is running", async () => {
    server.use(stall("Once"));
    const provider = createOllamaProvider({ defaultEndpoint: server.url });
    const run = collect(provider.stream(shortRequest(model), never));
    await expect.poll(() => server.requests.at(-1)?.outcome).toBe(null);
    await provider.close();
    await expect(run).rejects.toMatchObject({ name: "ProviderError" });
    expect(await server.requests.at(-1)?.ended).toBe("left");
  });
});
