import { afterEach, describe, expect, test } from "vitest";
import type { InferenceEvent } from "../../../src/shared/contract/inference.ts";
import { post } from "./programs.ts";
import {
  done,
  failed,
  held,
  plays,
  type Script,
  type ScriptedGateway,
  startScriptedGateway,
  streams,
} from "./scripted-gateway.ts";

const ask = { model: "story_generation", max_tokens: 64, messages: [{ role: "user", content: "Begin" }] };
const call = { id: "call_1", name: "look", arguments: { place: "sea" } };
const thinksAndCalls: InferenceEvent[] = [
  { type: "thought", text: "Where?" },
  { type: "token", text: "I" },
  { type: "token", text: " look." },
  { type: "tool_call", call },
];
const content = [
  { type: "thinking", thinking: "Where?", signature: "" },
  { type: "text", text: "I look." },
  { type: "tool_use", id: "call_1", name: "look", input: { place: "sea" } },
];

let server: ScriptedGateway;
afterEach(() => server.close());

async function serve(script: Script): Promise<void> {
  server = await startScriptedGateway(script);
}

/** As Anthropic's own client sends it. */
function send(body: object): Promise<Response> {
  return fetch(`${server.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": server.key, "anthropic-version": "2023-06-01", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function events(body: object) {
  const answer = await send({ ...body, stream: true });
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  const blocks = (await answer.text()).split("\n\n").slice(0, -1);
  return blocks.map((block) => {
    const [name = "", data = ""] = block.split("\n");
    const parsed = JSON.parse(data.replace(/^data: /, ""));
    expect(name).toBe(`event: ${parsed.type}`);
    return parsed;
  });
}

describe("the request", () => {
  test("keeps every field it has a place for", async () => {
    await serve(streams("Yes."));
    await send({
      ...ask,
      system: [
        { type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } },
        { type: "text", text: "Be kind." },
      ],
      stop_sequences: ["END"],
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      thinking: { type: "enabled", budget_tokens: 1_024 },
      metadata: { user_id: "reader 3" },
      tools: [
        { name: "look", description: "Looks.", input_schema: { type: "object" } },
        { name: "listen", input_schema: {} },
      ],
      tool_choice: { type: "tool", name: "look" },
      output_config: { format: { type: "json_schema", schema: { type: "object" } } },
    });
    expect(server.asked[0]).toMatchObject({
      sessionKey: "reader 3",
      messages: [
        { role: "system", content: "Be brief.\nBe kind." },
        { role: "user", content: "Begin" },
      ],
      options: {
        maxTokens: 64,
        stop: ["END"],
        temperature: 0.5,
        topP: 0.9,
        topK: 40,
        think: true,
        format: { type: "object" },
        tools: [{ name: "look", description: "Looks.", parameters: { type: "object" } }],
      },
    });
    expect(server.asked[0]?.options.tools?.length).toBe(1);
  });

  test("has blocks: texts, images, thoughts, calls and their answers, each in its turn", async () => {
    await serve(streams("Yes."));
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "aGVsbG8=" } };
    await send({
      ...ask,
      messages: [
        { role: "user", content: [{ type: "text", text: "Look." }, image] },
        { role: "assistant", content },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "call_1", content: [{ type: "text", text: "Water." }] },
            { type: "text", text: "Go on" },
          ],
        },
        { role: "assistant", content: "Well" },
      ],
    });
    expect(server.asked[0]?.messages).toEqual([
      { role: "user", content: "Look.", images: ["aGVsbG8="] },
      { role: "assistant", content: "I look.", thinking: "Where?", toolCalls: [call] },
      { role: "tool", content: "Water.", toolCallId: "call_1", toolName: "look" },
      { role: "user", content: "Go on" },
      { role: "assistant", content: "Well" },
    ]);
  });

  test.each([
    [{ ...ask, max_tokens: undefined }, "max_tokens: Field required"],
    [{ ...ask, max_tokens: 0 }, "max_tokens: Input should be greater than or equal to 1"],
    [{ ...ask, messages: [] }, "messages: at least one message is required"],
    [{ ...ask, messages: "x" }, "messages: Input should be a valid list"],
    [{ ...ask, messages: [{ role: "alien", content: "x" }] }, "messages.0.role: Input should be 'user' or 'assistant'"],
    [{ ...ask, messages: [{ role: "user" }] }, "messages.0.content: Field required"],
    [
      { ...ask, messages: [{ role: "user", content: [{ type: "video" }] }] },
      "messages.0.content.0.type: 'video' is not supported by Taleward. Send it as text",
    ],
    [
      { ...ask, tools: [{ type: "web_search_20250305", name: "web_search" }] },
      /^tools\.0\.type: .*runs no tools of its own/,
    ],
    [{ ...ask, mcp_servers: [{ url: "http://x" }] }, /^mcp_servers: /],
    [{ ...ask, tools: [{ name: "a" }], tool_choice: { type: "tool", name: "b" } }, /'b', which is none of the tools/],
    [{ ...ask, temperature: "hot" }, "temperature: Input should be a valid number"],
  ])("%j is refused by name, in Anthropic's shape", async (body, words) => {
    await serve(streams("Never."));
    const answer = await send(body);
    const message = typeof words === "string" ? words : expect.stringMatching(words);
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { type: "error", error: { type: "invalid_request_error", message } },
    ]);
    expect(server.asked).toEqual([]);
  });

  test.each([
    ["an unknown model", () => send({ ...ask, model: "gpt-9" }), 404, "not_found_error"],
    ["a wrong key", () => post({ url: server.url, key: "tw-x" }, "/v1/messages", ask), 401, "authentication_error"],
    ["an unknown path", () => post(server, "/v1/messages/batches", ask), 404, "not_found_error"],
    ["the counting of tokens", () => post(server, "/v1/messages/count_tokens", ask), 404, "not_found_error"],
  ])("%s is refused in Anthropic's shape", async (_what, asked, status, type) => {
    await serve(streams("Never."));
    const answer = await asked();
    expect([answer.status, await answer.json()]).toEqual([
      status,
      { type: "error", error: { type, message: expect.stringMatching(/\S/) } },
    ]);
  });
});

describe("the answer", () => {
  test("has its blocks, why it stopped, its usage and what Taleward adds", async () => {
    await serve(plays(thinksAndCalls, done({ finishReason: "tool_calls" })));
    expect(await (await send(ask)).json()).toEqual({
      id: expect.stringMatching(/^msg_/),
      type: "message",
      role: "assistant",
      model: "story_generation",
      content,
      stop_reason: "tool_use",
      stop_sequence: null,
      usage: { input_tokens: 11, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 5 },
      taleward: expect.objectContaining({ model: "smollm2", version: "1.0", held: null }),
    });
  });

  test("streams from message_start to message_stop, each block begun and ended at its index", async () => {
    await serve(plays(thinksAndCalls, done({ finishReason: "tool_calls" })));
    const streamed = await events(ask);
    expect(streamed.map(({ type, index, delta }) => [type, index, delta?.type])).toEqual([
      ["message_start", undefined, undefined],
      ["content_block_start", 0, undefined],
      ["content_block_delta", 0, "thinking_delta"],
      ["content_block_delta", 0, "signature_delta"],
      ["content_block_stop", 0, undefined],
      ["content_block_start", 1, undefined],
      ["content_block_delta", 1, "text_delta"],
      ["content_block_delta", 1, "text_delta"],
      ["content_block_stop", 1, undefined],
      ["content_block_start", 2, undefined],
      ["content_block_delta", 2, "input_json_delta"],
      ["content_block_stop", 2, undefined],
      ["message_delta", undefined, undefined],
      ["message_stop", undefined, undefined],
    ]);
    expect(streamed[0].message).toMatchObject({ type: "message", content: [], stop_reason: null });
    expect(streamed.at(-2)).toMatchObject({
      delta: { stop_reason: "tool_use", stop_sequence: null },
      usage: { input_tokens: 11, output_tokens: 5 },
    });
  });

  test.each([
    ["stop", "end_turn"],
    ["length", "max_tokens"],
  ] as const)("that ends as %s says %s", async (finishReason, stop_reason) => {
    await serve(streams("The lamp", { finishReason }));
    expect(await (await send(ask)).json()).toMatchObject({
      stop_reason,
      content: [{ type: "text", text: "The lamp" }],
    });
  });

  test("that is held is its replacement, as a refusal, with the finding, streamed and whole", async () => {
    await serve(plays([{ type: "token", text: "He opened it." }, held], done({ finishReason: "held" })));
    const text = "He opened it. He kept the number to himself.";
    const answer = await send(ask);
    expect(await answer.json()).toMatchObject({
      stop_reason: "refusal",
      content: [{ type: "text", text }],
      taleward: { held: { category: "S7", severity: "high" } },
    });
    expect(answer.headers.get("x-taleward-finding")).toContain("S7");
    const streamed = await events(ask);
    expect(streamed.map(({ delta }) => delta?.text ?? "").join("")).toBe(text);
    expect(streamed.at(-2)).toMatchObject({ delta: { stop_reason: "refusal" } });
  });

  test("without a word is no block at all", async () => {
    await serve(plays([]));
    expect(await (await send(ask)).json()).toMatchObject({ content: [], stop_reason: "end_turn" });
    expect((await events(ask)).map(({ type }) => type)).toEqual(["message_start", "message_delta", "message_stop"]);
  });

  test.each([
    ["prompt_too_large", 400, "invalid_request_error"],
    ["overloaded", 503, "overloaded_error"],
    ["server_error", 502, "api_error"],
    ["timeout", 504, "timeout_error"],
  ] as const)(
    "that fails as %s before its first word is %i, and in the middle an error event",
    async (errorClass, status, type) => {
      await serve(plays([], failed(errorClass)));
      const answer = await send({ ...ask, stream: true });
      const body = { type: "error", error: { type, message: `It was ${errorClass}. Look at the server.` } };
      expect([answer.status, await answer.json()]).toEqual([status, body]);
      await server.close();
      await serve(plays([{ type: "token", text: "The lamp" }], failed(errorClass)));
      expect((await events(ask)).at(-1)).toEqual(body);
    },
  );
});

test("models are listed in Anthropic's shape to who sends its version, and in OpenAI's to everybody else", async () => {
  await serve(streams("Yes."));
  const list = async (headers: Record<string, string>) =>
    (await fetch(`${server.url}/v1/models`, { headers: { "x-api-key": server.key, ...headers } })).json();
  expect(await list({ "anthropic-version": "2023-06-01" })).toMatchObject({
    data: [
      { type: "model", id: "story_generation", display_name: "smollm2 1.0", created_at: expect.any(String) },
      {},
      {},
    ],
    has_more: false,
    first_id: "story_generation",
    last_id: "smollm2@stable",
  });
  expect(await list({})).toMatchObject({ object: "list" });
});
