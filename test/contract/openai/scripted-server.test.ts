import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { Failure } from "../../../src/main/base/failure.ts";
import type { ProviderRequest } from "../../../src/main/inference/provider.ts";
import { createOpenAIProvider } from "../../../src/main/inference/providers/openai/openai-provider.ts";
import { probeOpenAI } from "../../../src/main/inference/providers/openai/probe.ts";
import { callTools, type Script, tell, think } from "../../kit/servers/ollama-scripts.ts";
import type { Dialect } from "../../kit/servers/openai-dialects.ts";
import { events, type OpenAIServer, startOpenAIServer } from "../../kit/servers/openai-server.ts";
import { collect, conformance, shortRequest, textOf, withProvider } from "./conformance.ts";

const never = new AbortController().signal;
const model = "story-model";
let server: OpenAIServer;
afterEach(() => server.close());

async function start(dialect: Dialect, options: { key?: string; models?: string[] } = {}): Promise<void> {
  server = await startOpenAIServer({ dialect, ...options });
}

function ask(options: ProviderRequest["options"], over: Partial<ProviderRequest> = {}, key: string | null = null) {
  const request = shortRequest({ url: server.url, modelName: model }, { options, ...over });
  return withProvider((provider) => collect(provider.stream(request, never)), key);
}

function sent(): readonly unknown[] {
  return server.calls.map(({ body }) => body);
}

/** A chunk of a chat's answer. */
function delta(fields: object, finish: string | null = null): object {
  return { choices: [{ index: 0, delta: fields, finish_reason: finish }] };
}

/** A server that answers a chat with these chunks. */
async function says(...chunks: (object | string)[]) {
  await start("llama.cpp");
  server.use(events(...chunks, "[DONE]"));
  return ask({});
}

describe.each<Dialect>(["llama.cpp", "LM Studio", "vLLM", "LiteLLM", "OpenAI"])("a scripted %s", (dialect) => {
  const subject = () => ({ url: server.url, modelName: model });
  describe("conforms", () => {
    // Each test of the suite has a server of its own, closed after it.
    conformance(subject, () => start(dialect));
  });
});

describe("what a call looks like", () => {
  test("every option has OpenAI's name, or the name that llama.cpp, LM Studio and vLLM share", async () => {
    await start("llama.cpp");
    await ask(
      {
        temperature: 0.8,
        topP: 0.9,
        topK: 30,
        minP: 0.05,
        typicalP: 0.95,
        repeatPenalty: 1.1,
        repeatLastN: 64,
        presencePenalty: 0.2,
        frequencyPenalty: 0.3,
        seed: 11,
        maxTokens: 50,
        stop: ["END"],
        serverOptions: { mirostat: 2 },
      },
      {
        configuration: {
          endpoint: server.url,
          serverModel: model,
          options: { topK: 3, stop: ["NEVER"], serverOptions: { mirostat: 1, mirostat_tau: 4 } },
        },
        model: "ours",
      },
    );
    expect(sent()).toEqual([
      {
        model,
        messages: [
          { role: "system", content: "You write stories." },
          { role: "user", content: "A lighthouse keeper finds a map." },
        ],
        stream: true,
        stream_options: { include_usage: true },
        temperature: 0.8,
        top_p: 0.9,
        top_k: 30,
        min_p: 0.05,
        typical_p: 0.95,
        repeat_penalty: 1.1,
        repeat_last_n: 64,
        presence_penalty: 0.2,
        frequency_penalty: 0.3,
        seed: 11,
        max_tokens: 50,
        stop: ["END"],
        mirostat: 2,
        mirostat_tau: 4,
      },
    ]);
  });

  test("images, tools, calls and their answers have OpenAI's shapes", async () => {
    await start("llama.cpp");
    const parameters = { type: "object", properties: { where: { type: "string" } } };
    await ask(
      { tools: [{ name: "look", description: "Looks.", parameters }, { name: "wait" }] },
      {
        messages: [
          { role: "user", content: "What is this?", images: ["/9j/4AAQ", "iVBORw0KGgo="] },
          { role: "assistant", content: "", toolCalls: [{ id: "call_7", name: "look", arguments: { where: "sea" } }] },
          { role: "tool", content: "A sail.", toolName: "look" },
          { role: "tool", content: "Again.", toolCallId: "call_7" },
        ],
      },
    );
    expect(sent()).toEqual([
      {
        model,
        stream: true,
        stream_options: { include_usage: true },
        tools: [
          { type: "function", function: { name: "look", description: "Looks.", parameters } },
          { type: "function", function: { name: "wait", parameters: { type: "object", properties: {} } } },
        ],
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "What is this?" },
              { type: "image_url", image_url: { url: "data:image/jpeg;base64,/9j/4AAQ" } },
              { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
            ],
          },
          {
            role: "assistant",
            content: "",
            tool_calls: [{ id: "call_7", type: "function", function: { name: "look", arguments: '{"where":"sea"}' } }],
          },
          { role: "tool", content: "A sail.", tool_call_id: "call_7" },
          { role: "tool", content: "Again.", tool_call_id: "call_7" },
        ],
      },
    ]);
  });

  test("a raw prompt goes to the completions beside the chat", async () => {
    await start("llama.cpp");
    server.use(tell("Yes."));
    expect(textOf(await ask({ raw: true }, { messages: [{ role: "user", content: "Once" }] }))).toBe("Yes.");
    expect(server.calls).toMatchObject([{ path: "/v1/completions", body: { prompt: "Once" } }]);
    expect(server.calls[0]?.body).not.toHaveProperty("messages");
  });

  test("a longer path is the chat completions URL itself", async () => {
    await start("llama.cpp");
    const configuration = { endpoint: `${server.url}/somewhere/generate` };
    await ask({}, { configuration });
    expect(server.calls).toMatchObject([{ path: "/somewhere/generate" }]);
  });

  test.each<[Dialect, ProviderRequest["options"], object, string[]]>([
    ["vLLM", { repeatPenalty: 1.1 }, { repetition_penalty: 1.1 }, ["repeat_penalty"]],
    ["LM Studio", { repeatPenalty: 1.1, keepAlive: "2m" }, { repeat_penalty: 1.1, ttl: 120 }, ["repetition_penalty"]],
    ["llama.cpp", { keepAlive: 60 }, {}, ["ttl"]],
    ["llama.cpp", { think: false }, { chat_template_kwargs: { enable_thinking: false } }, ["reasoning_effort"]],
    ["OpenAI", { think: false }, { reasoning_effort: "none" }, ["chat_template_kwargs"]],
    ["OpenAI", { think: "high" }, { reasoning_effort: "high" }, ["chat_template_kwargs"]],
  ])("%s is given %j in its own words", async (dialect, options, words, absent) => {
    await start(dialect);
    await ask(options);
    expect(server.calls[0]?.body).toMatchObject(words);
    for (const name of absent) expect(server.calls[0]?.body).not.toHaveProperty(name);
  });
});

describe("what a server refuses", () => {
  test("is left out, is remembered, and never takes what was meant with it", async () => {
    await start("OpenAI");
    const request = shortRequest(
      { url: server.url, modelName: model },
      { options: { topK: 5, minP: 0.1, maxTokens: 9, temperature: 0.3, stop: ["END"] } },
    );
    const wire: string[] = [];
    await withProvider(async (provider) => {
      await collect(provider.stream({ ...request, observe: (event) => wire.push(event.type) }, never));
      expect(server.calls).toHaveLength(4);
      await collect(provider.stream(request, never));
    });
    expect(server.calls).toHaveLength(5);
    expect(sent().at(-1)).toEqual(sent().at(-2));
    expect(sent().at(-1)).toMatchObject({ max_completion_tokens: 9, temperature: 0.3, stop: ["END"] });
    expect(Object.keys(server.calls.at(-1)?.body ?? {})).not.toEqual(expect.arrayContaining(["top_k"]));
    expect(wire).toEqual(Array.from({ length: 4 }, () => ["wire_request", "wire_response"]).flat());
  });

  test("several things at once cost one more call", async () => {
    await start("LiteLLM");
    await ask({ topK: 5, minP: 0.1, seed: 3, temperature: 0.3 });
    expect(server.calls).toHaveLength(2);
    expect(sent().at(-1)).toMatchObject({ temperature: 0.3 });
  });

  test("one model's refusals are not another's", async () => {
    await start("OpenAI", { models: [model, "other"] });
    await withProvider(async (provider) => {
      for (const modelName of [model, "other"]) {
        await collect(provider.stream(shortRequest({ url: server.url, modelName }), never));
      }
    });
    expect(server.calls).toHaveLength(4);
  });

  test("a format it does not know becomes the next one it might", async () => {
    await start("LM Studio");
    await ask({ format: "json" });
    expect(sent()).toMatchObject([
      { response_format: { type: "json_object" } },
      { response_format: { type: "json_schema", json_schema: { schema: { type: "object" } } } },
    ]);
  });

  test("a format of no kind at all is left to our own check", async () => {
    await start("llama.cpp");
    const refusal = { error: { message: "This server does not support response_format." } };
    server.use(({ body }) => (body?.["response_format"] === undefined ? tell("{}") : refused(400, refusal)));
    expect(textOf(await ask({ format: { type: "object" } }))).toBe("{}");
    expect(sent().map((body) => (body as { response_format?: { type: string } }).response_format?.type)).toEqual([
      "json_schema",
      "json_object",
      undefined,
    ]);
  });

  test("a body that FastAPI does not validate names what is extra", async () => {
    await start("llama.cpp");
    const detail = [{ type: "extra_forbidden", loc: ["body", "top_k"], msg: "Extra inputs are not permitted" }];
    server.use(({ body }) => (body?.["top_k"] === undefined ? tell("Yes.") : refused(422, { detail })));
    expect(textOf(await ask({ topK: 4 }))).toBe("Yes.");
  });

  test("tools are never dropped: the call is rejected in the server's words", async () => {
    await start("vLLM");
    await expect(ask({ tools: [{ name: "look" }] })).rejects.toMatchObject({
      errorClass: "rejected",
      message: `${new URL(server.url).host} cannot do this (400). "auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set.`,
      remedy: "Start the server with support for tools, or assign a model that can call them.",
    });
    expect(server.calls).toHaveLength(1);
  });

  test.each(["tools", "stop", "messages", "max_tokens"])(
    "%s are never dropped, however clearly they are refused",
    async (name) => {
      await start("llama.cpp");
      server.use(refused(400, { error: { message: `Unsupported parameter: '${name}'.`, param: name } }));
      const options = { tools: [{ name: "look" }], stop: ["END"], maxTokens: 5 };
      await expect(ask(options)).rejects.toMatchObject({ errorClass: "rejected" });
      expect(server.calls).toHaveLength(1);
    },
  );

  test("a value out of range is never replaced by the server's default", async () => {
    await start("vLLM");
    await expect(ask({ temperature: 3 })).rejects.toMatchObject({
      errorClass: "rejected",
      message: expect.stringContaining("temperature must be in [0, 2], got 3.0."),
    });
    expect(server.calls).toHaveLength(1);
  });

  test("an option in the person's own words is never dropped", async () => {
    await start("OpenAI");
    await expect(ask({ serverOptions: { num_gpu: 3 } })).rejects.toMatchObject({
      errorClass: "rejected",
      message: expect.stringContaining("Unknown parameter: 'num_gpu'."),
    });
  });

  test("an option in the person's own words is not asked for over and over where the same name could be left out", async () => {
    await start("llama.cpp");
    server.use(refused(400, { error: { message: "Unknown parameter: 'top_k'.", param: "top_k" } }));
    await expect(ask({ topK: 3, serverOptions: { top_k: 5 } })).rejects.toMatchObject({ errorClass: "rejected" });
    expect(server.calls).toHaveLength(2);
  });

  test("a server that refuses for ever is asked a bounded number of times", async () => {
    await start("llama.cpp");
    server.use(refused(400, { error: { message: "Unknown parameter: 'temperature'.", param: "temperature" } }));
    await expect(ask({ temperature: 1 })).rejects.toMatchObject({ errorClass: "rejected" });
    expect(server.calls).toHaveLength(2);
  });
});

describe("what the provider makes of the bytes", () => {
  test.each([1, 2, 3, 7, 64])("text survives cuts every %i bytes, inside characters too", async (cutBytes) => {
    const story = "Łódź — 灯台守は地図を見つけた。 👩‍🚀 naïve “quotes”\nnext line.";
    await start("llama.cpp");
    server.use(tell(story, { cutBytes }));
    expect(textOf(await ask({}))).toBe(story);
  });

  test("CRLF, comments, ids, and the absence of [DONE] are fine after a finish reason", async () => {
    const body = [
      ": a heartbeat",
      "",
      "event: message",
      "id: 1",
      `data: ${JSON.stringify(delta({ role: "assistant", content: "One" }))}`,
      "",
      `data:${JSON.stringify(delta({ content: " two" }, "stop"))}`,
    ].join("\r\n");
    await start("llama.cpp");
    server.use({ steps: [{ do: "bytes", bytes: body }] });
    const answer = await ask({});
    expect(textOf(answer)).toBe("One two");
    expect(answer.at(-1)).toMatchObject({ type: "result", result: { finishReason: "stop", promptTokens: null } });
  });

  test("reasoning is thought, by either of its names, and no part of the text", async () => {
    const answer = await says(
      delta({ reasoning_content: "Hm." }),
      delta({ reasoning: " So." }),
      delta({ content: "Yes.", reasoning_content: null }),
      delta({}, "stop"),
    );
    expect(answer.slice(0, -1)).toEqual([
      { type: "thought", text: "Hm." },
      { type: "thought", text: " So." },
      { type: "text", text: "Yes." },
    ]);
  });

  test("thoughts and tools of a whole answer come before its result", async () => {
    await start("llama.cpp");
    server.use(think("Hm.", "Yes."));
    expect(await ask({})).toMatchObject([
      { type: "thought", text: "Hm." },
      { type: "text", text: "Yes." },
      { type: "result" },
    ]);
    server.use(callTools([{ name: "look", arguments: { where: "sea" } }]));
    expect(await ask({ tools: [{ name: "look" }] })).toMatchObject([
      { type: "tool_call", call: { id: "call_0", name: "look", arguments: { where: "sea" } } },
      { type: "result", result: { finishReason: "tool_calls" } },
    ]);
  });

  test("fragments of tool calls become one call each, in order", async () => {
    const answer = await says(
      delta({ tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "look", arguments: "" } }] }),
      delta({ tool_calls: [{ index: 0, function: { arguments: '{"whe' } }] }),
      delta({ tool_calls: [{ index: 1, id: "b", function: { name: "wait", arguments: "" } }] }),
      delta({ tool_calls: [{ index: 0, function: { arguments: 're":"sea"}' } }] }),
      delta({}, "tool_calls"),
    );
    expect(answer.slice(0, -1)).toEqual([
      { type: "tool_call", call: { id: "a", name: "look", arguments: { where: "sea" } } },
      { type: "tool_call", call: { id: "b", name: "wait", arguments: {} } },
    ]);
    expect(answer.at(-1)).toMatchObject({ result: { finishReason: "tool_calls" } });
  });

  test("whole calls without index or id are told apart by their names", async () => {
    const answer = await says(
      delta({ tool_calls: [{ function: { name: "look", arguments: { where: "sea" } } }] }),
      delta({ tool_calls: [{ function: { name: "look", arguments: '{"where":"sky"}' } }] }),
      delta({}, "stop"),
    );
    expect(answer).toMatchObject([
      { call: { id: "call_0", arguments: { where: "sea" } } },
      { call: { id: "call_1", arguments: { where: "sky" } } },
      { result: { finishReason: "tool_calls" } },
    ]);
  });

  test("a call whose arguments are no JSON is invalid output, unless the token limit cut it", async () => {
    const call = delta({ tool_calls: [{ index: 0, id: "a", function: { name: "look", arguments: '{"where' } }] });
    await expect(says(call, delta({}, "tool_calls"))).rejects.toMatchObject({
      errorClass: "invalid_output",
      message: 'story-model called the tool look with arguments that are no JSON object: {"where.',
    });
    await server.close();
    expect(await says(call, delta({}, "length"))).toMatchObject([{ result: { finishReason: "length" } }]);
  });

  test("a content filter is a rejection that says how much had come", async () => {
    await expect(says(delta({ content: "Four" }), delta({}, "content_filter"))).rejects.toMatchObject({
      errorClass: "rejected",
      message: expect.stringMatching(/^\S+ stopped the answer by its own content filter after 4 characters of text\.$/),
    });
  });

  test("a prompt of which fewer tokens were counted than it has words is told as cut", async () => {
    await start("vLLM");
    const content = "The keeper walked along the shore and counted the waves. ".repeat(20);
    server.use({
      steps: [
        { do: "text", tokens: ["Well."] },
        { do: "done", fields: { prompt_tokens: 150 } },
      ],
    });
    expect((await ask({}, { messages: [{ role: "user", content }] })).at(-1)).toMatchObject({
      result: { promptTruncated: true, promptTokens: 150 },
    });
  });

  test("llama.cpp's timings are the call's", async () => {
    await start("llama.cpp");
    server.use(tell("One two three"));
    expect((await ask({})).at(-1)).toEqual({
      type: "result",
      result: {
        finishReason: "stop",
        promptTokens: expect.any(Number),
        completionTokens: 3,
        queueMs: null,
        loadMs: null,
        prefillMs: 31.5,
        decodeMs: 48,
        promptTruncated: false,
      },
    });
  });

  test("a server that answers in one piece although it was asked to stream is understood", async () => {
    const message = { role: "assistant", content: "Whole.", tool_calls: null };
    const whole = {
      choices: [{ index: 0, message, finish_reason: "stop" }],
      usage: { prompt_tokens: 5, completion_tokens: 2 },
    };
    await start("llama.cpp");
    server.use({ contentType: "application/json", steps: [{ do: "bytes", bytes: JSON.stringify(whole) }] });
    expect(await ask({})).toMatchObject([
      { type: "text", text: "Whole." },
      { type: "result", result: { finishReason: "stop", promptTokens: 5, completionTokens: 2 } },
    ]);
  });

  test("ten thousand tokens at once arrive whole and in order with a reader who dawdles", async () => {
    const tokens = Array.from({ length: 10_000 }, (_, index) => `${index} `);
    await start("llama.cpp");
    server.use({ steps: [{ do: "text", tokens }, { do: "done" }] });
    const request = shortRequest({ url: server.url, modelName: model });
    let text = "";
    let seen = 0;
    await withProvider(async (provider) => {
      for await (const event of provider.stream(request, never)) {
        if (event.type === "text") text += event.text;
        if (seen++ % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      }
    });
    expect(text).toBe(tokens.join(""));
  });
});

describe("what a server is and has", () => {
  test.each<[Dialect, string | null, string | null, object]>([
    ["llama.cpp", "llama.cpp", "b8681", { parameters: "134.52M", sizeBytes: 91_720_000, loaded: true }],
    ["LM Studio", "LM Studio", null, { quantization: "Q4_K_M", loaded: true }],
    ["vLLM", "vLLM", "0.9.2", { loaded: true }],
    ["LiteLLM", "LiteLLM", "1.72.0", { loaded: null }],
    ["OpenAI", null, null, { loaded: null }],
  ])("%s is recognised by what only it has", async (dialect, name, version, details) => {
    await start(dialect, { key: "k-123" });
    const nothing = { name: model, digest: null, sizeBytes: null, parameters: null, quantization: null };
    expect(await probeOpenAI(server.url, { key: "k-123" })).toEqual({
      state: "up",
      latencyMs: expect.any(Number),
      server: name,
      version,
      models: [{ ...nothing, ...details }],
    });
    expect(server.calls).toEqual([]);
    // A server that says what it is in its list is not asked for the others' addresses.
    expect(server.requests).toHaveLength(dialect === "OpenAI" ? 7 : 2);
  });

  test.each<[Dialect, number | null, boolean | null, number | null]>([
    ["llama.cpp", 2_048, true, 3],
    ["LM Studio", 4_096, true, null],
    ["vLLM", 2_048, true, 3],
    ["LiteLLM", null, null, null],
    ["OpenAI", null, null, null],
  ])("%s says its window, what is loaded and how it counts, or null", async (dialect, window, loaded, count) => {
    await start(dialect);
    const request = shortRequest({ url: server.url, modelName: model });
    await withProvider(async (provider) => {
      expect(await provider.contextTokens(request)).toBe(window);
      expect(await provider.isLoaded(request)).toBe(loaded);
      expect(await provider.countTokens(request, "one two three")).toBe(count);
      const narrower = { ...request, configuration: { ...request.configuration, contextTokens: 512 } };
      expect(await provider.contextTokens(narrower)).toBe(512);
    });
    expect(server.calls).toEqual([]);
  });

  test("LM Studio's model on disk is not loaded, and has no window yet", async () => {
    await start("LM Studio", { models: [model, "sleeping-model"] });
    const request = shortRequest({ url: server.url, modelName: "sleeping-model" });
    await withProvider(async (provider) => {
      expect(await provider.isLoaded(request)).toBe(false);
      expect(await provider.contextTokens(request)).toBe(null);
    });
  });

  test("vectors come in the order of the texts, whatever order they arrive in", async () => {
    await start("llama.cpp");
    const request = shortRequest({ url: server.url, modelName: model });
    await withProvider(async (provider) => {
      expect(await provider.embed(request, ["a", "bcd"], never)).toEqual({
        vectors: [
          [1, 0],
          [3, 1],
        ],
        promptTokens: 6,
        loadMs: null,
        promptTruncated: false,
      });
    });
  });
});

describe("connections", () => {
  test("calls one after the other share their connections, refusals and late last bytes between them", async () => {
    await start("LiteLLM");
    server.use({ steps: [...tell("Yes.").steps, { do: "wait", ms: 20 }] });
    const request = shortRequest({ url: server.url, modelName: model }, { options: { topK: 5 } });
    await withProvider(async (provider) => {
      for (let call = 0; call < 5; call++) {
        await collect(provider.stream(request, never));
        // The last bytes come after the answer is complete; in the turns after that they are read.
        expect(await server.calls.at(-1)?.ended).toBe("answered");
        for (let turn = 0; turn < 3; turn++) await nextTurn();
      }
    });
    expect(server.calls).toHaveLength(6);
    // A refusal's connection is not free yet when the call is made again.
    expect(server.opened()).toBeLessThanOrEqual(2);
    await expect.poll(() => server.connections()).toBe(0);
  });

  test("64 calls at once are all answered", async () => {
    await start("llama.cpp");
    server.use(tell("Yes, indeed.", { everyMs: 5 }));
    const request = shortRequest({ url: server.url, modelName: model });
    const answers = await withProvider((provider) =>
      Promise.all(Array.from({ length: 64 }, () => collect(provider.stream(request, never)))),
    );
    expect(answers.map(textOf)).toEqual(answers.map(() => "Yes, indeed."));
  });
});

describe("keys", () => {
  test("go with every request to their server, and nowhere into what is told of it", async () => {
    const key = "sk-very-secret-1234";
    await start("llama.cpp", { key });
    const wire: unknown[] = [];
    await ask({ repeatPenalty: 1.1 }, { observe: (event) => wire.push(event) }, key);
    expect(server.requests.length).toBeGreaterThan(1);
    for (const { headers } of server.requests) expect(headers.authorization).toBe(`Bearer ${key}`);
    expect(wire).toHaveLength(2);
    expect(JSON.stringify(wire)).not.toContain(key);
  });

  test("a missing key is asked for, and a wrong one is never said back", async () => {
    await start("LiteLLM", { key: "right" });
    const host = new URL(server.url).host;
    const words = "Authentication Error, Invalid proxy server token passed. Received API Key =";
    await expect(ask({})).rejects.toMatchObject({
      errorClass: "not_allowed",
      message: `${host} asks for a key (401). ${words}.`,
      remedy: "Save the server's key with its endpoint on the Models screen.",
    });
    const wire: unknown[] = [];
    await expect(ask({}, { observe: (event) => wire.push(event) }, "sk-wrong-1234")).rejects.toMatchObject({
      errorClass: "not_allowed",
      message: `${host} does not allow this with the key that is kept for it (401). ${words} [key].`,
      remedy: "Save a valid key for this endpoint on the Models screen.",
    });
    expect(JSON.stringify(wire)).not.toContain("sk-wrong-1234");
    expect(await probeOpenAI(server.url, { key: "sk-wrong-1234" })).toEqual({
      state: "down",
      lastError: `${host} does not allow this with the key that is kept for it (401). ${words} [key].`,
      remedy: "Save a valid key for this endpoint on the Models screen.",
    });
  });

  test.each<[string, string]>([
    ["an error inside the answer", 'data: {"error":{"message":"key sk-said-back-1234 has no budget"}}\n\n'],
    ["a line that cannot be read", "key sk-said-back-1234 has no budget\n"],
  ])("%s that says the key back is told without it", async (_name, bytes) => {
    await start("llama.cpp", { key: "sk-said-back-1234" });
    server.use({ steps: [{ do: "bytes", bytes }] });
    const wire: unknown[] = [];
    await expect(ask({}, { observe: (event) => wire.push(event) }, "sk-said-back-1234")).rejects.toMatchObject({
      message: expect.stringContaining("key [key] has no budget"),
    });
    expect(JSON.stringify(wire)).toContain("key [key] has no budget");
    expect(JSON.stringify(wire)).not.toContain("sk-said-back-1234");
  });

  test.each(["two\nlines", "two words", "schlüssel", ""])(
    "one that cannot be a header, %j, is not allowed and not sent",
    async (key) => {
      await start("llama.cpp");
      const remedy = "Save the key again for this endpoint on the Models screen.";
      await expect(ask({}, {}, key)).rejects.toMatchObject({ errorClass: "not_allowed", remedy });
      expect(await probeOpenAI(server.url, { key })).toMatchObject({ state: "down", remedy });
      expect(server.requests).toEqual([]);
    },
  );

  test("one that cannot be read is not allowed, with the way to put that right", async () => {
    await start("llama.cpp");
    const failure = new Failure("STORAGE", "The keys in keys.json cannot be read.", { remedy: "Move it away." });
    const provider = createOpenAIProvider({ keyOf: () => Promise.reject(failure) });
    const request = shortRequest({ url: server.url, modelName: model });
    await expect(collect(provider.stream(request, never))).rejects.toMatchObject({
      errorClass: "not_allowed",
      message: "The keys in keys.json cannot be read.",
      remedy: "Move it away.",
    });
    expect(await provider.contextTokens(request)).toBe(2_048);
    await provider.close();
  });

  test("credentials in the address become basic authorization and are not told", async () => {
    await start("llama.cpp");
    const endpoint = server.url.replace("http://", "http://anna:s%C3%BC%C3%9F@");
    const wire: unknown[] = [];
    await ask({}, { configuration: { endpoint }, observe: (event) => wire.push(event) });
    const expected = `Basic ${Buffer.from("anna:süß").toString("base64")}`;
    expect(server.calls[0]?.headers.authorization).toBe(expected);
    expect(JSON.stringify(wire)).not.toContain("anna");
  });
});

function refused(status: number, value: object): Script {
  return { status, contentType: "application/json", steps: [{ do: "bytes", bytes: JSON.stringify(value) }] };
}
