import { afterEach, describe, expect, test } from "vitest";
import type { InferenceEvent } from "../../../src/shared/contract/inference.ts";
import { goTime } from "../../../src/main/gateway/ollama/answers.ts";
import { lines, openaiAt, post } from "./programs.ts";
import { done, plays, type Script, type ScriptedGateway, startScriptedGateway, streams } from "./scripted-gateway.ts";

const messages = [{ role: "user" as const, content: "Begin" }];
const asksOllama = { model: "story_generation", messages };
const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);

let server: ScriptedGateway;
afterEach(() => server.close());

const metrics = {
  total_duration: 90_000_000,
  load_duration: 30_000_000,
  prompt_eval_count: 11,
  prompt_eval_duration: 12_500_000,
  eval_count: 5,
  eval_duration: 40_000_000,
};

const extension = {
  inferenceId: expect.any(String),
  model: "smollm2",
  version: "1.0",
  held: null,
  promptTruncated: false,
  attempts: [],
};

describe("Ollama's chat", () => {
  test("is a line for each piece and one that ends it", async () => {
    await serve(streams("The lamp went"));
    const answer = await post(server, "/api/chat", asksOllama);
    expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
    expect(answer.headers.get("x-taleward-inference-id")).toMatch(/^[0-9a-f-]{36}$/);
    const head = { model: "story_generation", created_at: timestamp };
    expect(await lines(answer)).toEqual([
      { ...head, message: { role: "assistant", content: "The" }, done: false },
      { ...head, message: { role: "assistant", content: " lamp" }, done: false },
      { ...head, message: { role: "assistant", content: " went" }, done: false },
      {
        ...head,
        message: { role: "assistant", content: "" },
        done: true,
        done_reason: "stop",
        ...metrics,
        taleward: extension,
      },
    ]);
  });

  test("leaves out counts and durations that nobody knows", async () => {
    const unknown = { queueMs: null, loadMs: null, prefillMs: null, decodeMs: null, firstTokenMs: null, totalMs: 9 };
    await serve(
      streams("Yes.", { promptTokens: null, completionTokens: null, timings: unknown, finishReason: "length" }),
    );
    expect(Object.keys(await whole("/api/chat", { ...asksOllama, stream: false }))).toEqual([
      "model",
      "created_at",
      "message",
      "done",
      "done_reason",
      "total_duration",
      "taleward",
    ]);
  });

  test("tells thoughts and tools in their own fields, streamed and whole", async () => {
    await serve(plays(withTools, done({ finishReason: "tool_calls" })));
    const call = { id: "call_1", function: { index: 0, name: "look", arguments: { place: "sea" } } };
    expect((await lines(await post(server, "/api/chat", asksOllama))).map(({ message }) => message)).toEqual([
      { role: "assistant", content: "", thinking: "Where?" },
      { role: "assistant", content: "I look." },
      { role: "assistant", content: "", tool_calls: [call] },
      { role: "assistant", content: "" },
    ]);
    expect(await whole("/api/chat", { ...asksOllama, stream: false })).toMatchObject({
      message: { role: "assistant", content: "I look.", thinking: "Where?", tool_calls: [call] },
      done_reason: "stop",
    });
  });

  test("puts a thought that only ended where thoughts are; in a stream the model's own mark ends it", async () => {
    await serve(
      plays(
        [
          { type: "token", text: "He asks." },
          { type: "text_was_thought", marker: "</think>" },
          { type: "token", text: "I look." },
        ],
        done({ finishReason: "stop" }),
      ),
    );
    expect(await whole("/api/chat", { ...asksOllama, stream: false })).toMatchObject({
      message: { role: "assistant", content: "I look.", thinking: "He asks." },
    });
    const streamed = (await lines(await post(server, "/api/chat", asksOllama))).map(({ message }) => message.content);
    expect(streamed).toEqual(["He asks.", "</think>\n\n", "I look.", ""]);
  });

  test.each([
    ["the model into memory", { keep_alive: "5m" }, "load", "300"],
    ["the model out of memory", { keep_alive: 0 }, "unload", "0"],
  ])("without messages brings %s and writes nothing", async (_what, fields, reason, seconds) => {
    await serve(streams("Never."));
    const line = { model: "story_generation:latest", created_at: timestamp, done: true, done_reason: reason };
    const body = { ...fields, model: "story_generation:latest" };
    expect(await whole("/api/chat", { ...body, messages: [] })).toEqual({
      ...line,
      message: { role: "assistant", content: "" },
    });
    expect(await whole("/api/generate", body)).toEqual({ ...line, response: "" });
    expect([server.residency, server.asked]).toEqual([[seconds, seconds], []]);
  });
});

describe("Ollama's generate", () => {
  test("has its text in `response`, streamed and whole, and no `context`", async () => {
    await serve(streams("The lamp"));
    const head = { model: "smollm2@1.0", created_at: timestamp };
    const asks = { model: "smollm2@1.0", prompt: "Begin" };
    const last = { done: true, done_reason: "stop", ...metrics, taleward: extension };
    expect(await lines(await post(server, "/api/generate", asks))).toEqual([
      { ...head, response: "The", done: false },
      { ...head, response: " lamp", done: false },
      { ...head, response: "", ...last },
    ]);
    expect(await whole("/api/generate", { ...asks, stream: false })).toEqual({
      ...head,
      response: "The lamp",
      ...last,
    });
  });
});

describe("OpenAI's chat", () => {
  const head = {
    id: expect.stringMatching(/^chatcmpl-/),
    object: "chat.completion.chunk",
    created: expect.any(Number),
    model: "story_generation",
    system_fingerprint: "fp_taleward",
  };
  const usage = { prompt_tokens: 11, completion_tokens: 5, total_tokens: 16 };

  test("is a chunk for each piece, one that ends it, the usage where it was asked for, and [DONE]", async () => {
    await serve(streams("The lamp"));
    const answer = await post(server, "/v1/chat/completions", {
      ...asksOllama,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    const text = await answer.text();
    const chunks = text
      .split("\n\n")
      .slice(0, -1)
      .map((chunk) => chunk.replace(/^data: /, ""));
    expect(chunks.at(-1)).toBe("[DONE]");
    const parsed = chunks.slice(0, -1).map((chunk) => JSON.parse(chunk));
    expect(parsed).toEqual([
      { ...head, choices: [{ index: 0, delta: { role: "assistant", content: "The" }, finish_reason: null }] },
      { ...head, choices: [{ index: 0, delta: { role: "assistant", content: " lamp" }, finish_reason: null }] },
      {
        ...head,
        choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: "stop" }],
        taleward: extension,
      },
      { ...head, choices: [], usage },
    ]);
    expect(new Set(parsed.map(({ id }) => id)).size).toBe(1);
  });

  test("whole has its text, its usage and what Taleward adds", async () => {
    await serve(streams("The lamp"));
    expect(await whole("/v1/chat/completions", asksOllama)).toEqual({
      ...head,
      object: "chat.completion",
      choices: [{ index: 0, message: { role: "assistant", content: "The lamp" }, finish_reason: "stop" }],
      usage,
      taleward: extension,
    });
  });

  test("has no usage where the server told nothing of tokens", async () => {
    await serve(streams("The lamp", { promptTokens: null, completionTokens: null }));
    expect(await whole("/v1/chat/completions", asksOllama)).not.toHaveProperty("usage");
    const streamed = await post(server, "/v1/chat/completions", {
      ...asksOllama,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(await streamed.text()).not.toContain("usage");
  });

  test("tools that are called reach OpenAI's own client, streamed and whole", async () => {
    await serve(plays(withTools, done({ finishReason: "tool_calls" })));
    const call = { id: "call_1", type: "function", function: { name: "look", arguments: '{"place":"sea"}' } };
    const completion = await openaiAt(server).chat.completions.create({ model: "story_generation", messages });
    expect(completion.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: { content: "I look.", tool_calls: [call] },
    });
    const streamed = await openaiAt(server)
      .chat.completions.stream({ model: "story_generation", messages })
      .finalChatCompletion();
    expect(streamed.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: { content: "I look.", tool_calls: [call] },
    });
  });
});

describe("OpenAI's completion", () => {
  test("is text in `choices`, streamed and whole", async () => {
    await serve(streams("The lamp went", { finishReason: "length" }));
    const completion = await openaiAt(server).completions.create({ model: "story_generation", prompt: "Begin" });
    expect(completion).toMatchObject({
      object: "text_completion",
      choices: [{ text: "The lamp went", finish_reason: "length" }],
    });
    let text = "";
    for await (const chunk of await openaiAt(server).completions.create({
      model: "story_generation",
      prompt: "x",
      stream: true,
    }))
      text += chunk.choices[0]?.text ?? "";
    expect(text).toBe("The lamp went");
  });
});

test.each([
  [1_767_323_045_123_456_789n, "2026-01-02T03:04:05.123456789Z"],
  [1_767_323_045_120_000_000n, "2026-01-02T03:04:05.12Z"],
  [1_767_323_045_000_000_000n, "2026-01-02T03:04:05Z"],
  [1_767_323_045_000_000_001n, "2026-01-02T03:04:05.000000001Z"],
])("%d nanoseconds are %s, as Go writes it", (nanoseconds, written) => {
  expect(goTime(nanoseconds)).toBe(written);
});

const withTools: InferenceEvent[] = [
  { type: "thought", text: "Where?" },
  { type: "token", text: "I look." },
  { type: "tool_call", call: { id: "call_1", name: "look", arguments: { place: "sea" } } },
];

async function serve(script: Script): Promise<void> {
  server = await startScriptedGateway(script);
}

async function whole(path: string, body: object) {
  return (await post(server, path, body)).json();
}
