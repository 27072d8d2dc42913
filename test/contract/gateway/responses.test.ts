import { afterEach, describe, expect, test } from "vitest";
import type { InferenceEvent } from "../../../src/shared/contract/inference.ts";
import { openaiAt, post } from "./programs.ts";
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

const model = "story_generation";
const look = { type: "function" as const, name: "look", parameters: { type: "object" }, strict: false };
const call = { id: "call_1", name: "look", arguments: { place: "sea" } };
const thinksAndCalls: InferenceEvent[] = [
  { type: "thought", text: "Where" },
  { type: "thought", text: " to?" },
  { type: "token", text: "I look." },
  { type: "tool_call", call },
];

let server: ScriptedGateway;
afterEach(() => server.close());

async function serve(script: Script): Promise<void> {
  server = await startScriptedGateway(script);
}

async function respond(body: object) {
  const answer = await post(server, "/v1/responses", { model, ...body });
  return { status: answer.status, body: await answer.json() };
}

/** The events of a stream, each seen to be named as its data says, and numbered in order. */
async function events(body: object): Promise<Record<string, never>[]> {
  const answer = await post(server, "/v1/responses", { model, stream: true, ...body });
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  const blocks = (await answer.text()).split("\n\n").slice(0, -1);
  return blocks.map((block, index) => {
    const [name = "", data = ""] = block.split("\n");
    const parsed = JSON.parse(data.replace(/^data: /, ""));
    expect([name, parsed.sequence_number]).toEqual([`event: ${parsed.type}`, index]);
    return parsed;
  });
}

describe("the request", () => {
  test("is a text, with instructions before it", async () => {
    await serve(streams("Yes."));
    await respond({
      input: "Begin",
      instructions: "Be brief.",
      temperature: 0.5,
      max_output_tokens: 9,
      truncation: "auto",
    });
    expect(server.asked[0]).toMatchObject({
      target: { type: "use_case", useCase: model },
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Begin" },
      ],
      options: { temperature: 0.5, maxTokens: 9, truncate: true },
    });
  });

  test("is items: messages, what was thought, called and answered, each in its turn", async () => {
    await serve(streams("Yes."));
    const input = [
      { role: "developer", content: "Be brief." },
      {
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "Look." },
          { type: "input_image", image_url: "data:image/png;base64,aGVsbG8=", detail: "auto" },
        ],
      },
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Where?" }] },
      { type: "function_call", call_id: "call_1", name: "look", arguments: '{"place":"sea"}' },
      { type: "function_call", call_id: "call_2", name: "listen", arguments: "" },
      { type: "function_call_output", call_id: "call_1", output: "Water." },
      { type: "function_call_output", call_id: "call_2", output: [{ type: "input_text", text: "Waves." }] },
      { role: "assistant", content: [{ type: "output_text", text: "There is water." }] },
      { role: "user", content: "Go on" },
    ];
    await respond({ input, tools: [look], tool_choice: "auto" });
    expect(server.asked[0]?.messages).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "Look.", images: ["aGVsbG8="] },
      {
        role: "assistant",
        content: "",
        thinking: "Where?",
        toolCalls: [call, { id: "call_2", name: "listen", arguments: {} }],
      },
      { role: "tool", content: "Water.", toolCallId: "call_1", toolName: "look" },
      { role: "tool", content: "Waves.", toolCallId: "call_2", toolName: "listen" },
      { role: "assistant", content: "There is water." },
      { role: "user", content: "Go on" },
    ]);
    expect(server.asked[0]?.options.tools).toEqual([{ name: "look", parameters: { type: "object" } }]);
  });

  test.each([
    [{ text: { format: { type: "json_object" } } }, { format: "json" }],
    [
      { text: { format: { type: "json_schema", name: "a", strict: true, schema: { type: "object" } } } },
      { format: { type: "object" } },
    ],
    [{ reasoning: { effort: "low", summary: "auto" } }, { think: "low" }],
    [{ reasoning: { effort: "none" } }, { think: false }],
  ])("%j is read as %j", async (fields, options) => {
    await serve(streams("{}"));
    await respond({ input: "Begin", ...fields });
    expect(server.asked[0]?.options).toEqual(options);
  });

  test.each([
    [{}, "input"],
    [{ input: [] }, "input"],
    [{ input: 3 }, "input"],
    [{ input: [{ type: "web_search_call" }] }, "input[0].type"],
    [{ input: [{ role: "user", content: [{ type: "input_file" }] }] }, "input[0].content[0].type"],
    [{ input: [{ type: "item_reference", id: "msg_9" }] }, "input[0].id"],
    [{ input: [{ type: "function_call", name: "f", arguments: "{" }] }, "input[0].arguments"],
    [{ input: "x", previous_response_id: "resp_9" }, "previous_response_id"],
    [{ input: "x", tools: [{ type: "web_search" }] }, "tools[0].type"],
    [{ input: "x", text: { format: { type: "grammar" } } }, "text.format.type"],
    [{ input: "x", truncation: "some" }, "truncation"],
    [{ input: "x", background: true }, "background"],
    [{ input: "x", top_logprobs: 2 }, "top_logprobs"],
    [{ input: "x", max_output_tokens: 0 }, "max_output_tokens"],
    [{ input: "x", prompt: { id: "pmpt_1" } }, "prompt"],
  ])("%j is refused by name, in OpenAI's shape", async (fields, param) => {
    await serve(streams("Never."));
    const { status, body } = await respond(fields);
    expect([status >= 400 && status < 500, body]).toEqual([
      true,
      {
        error: { message: expect.stringMatching(/\S/), type: "invalid_request_error", param, code: expect.any(String) },
      },
    ]);
    expect(server.asked).toEqual([]);
  });

  test("is logged under its session", async () => {
    await serve(streams("Yes."));
    await respond({ input: "Begin", prompt_cache_key: "cache 1", conversation: { id: "conv_1" } });
    expect(server.asked[0]?.sessionKey).toBe("conv_1");
  });
});

describe("the answer", () => {
  test("has its text, its usage, what the request said and what Taleward adds", async () => {
    await serve(streams("The lamp went out."));
    const { status, body } = await respond({ input: "Begin", instructions: "Be brief.", metadata: { a: "b" } });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^resp_/),
      object: "response",
      created_at: expect.any(Number),
      status: "completed",
      error: null,
      incomplete_details: null,
      model,
      instructions: "Be brief.",
      metadata: { a: "b" },
      output: [
        {
          id: expect.stringMatching(/^msg_/),
          type: "message",
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text: "The lamp went out.", annotations: [] }],
        },
      ],
      usage: { input_tokens: 11, output_tokens: 5, total_tokens: 16 },
      taleward: { model: "smollm2", version: "1.0" },
    });
  });

  test("has thoughts, text and calls as items, in that order, streamed and whole", async () => {
    await serve(plays(thinksAndCalls, done({ finishReason: "tool_calls" })));
    const items = [
      { type: "reasoning", summary: [{ type: "summary_text", text: "Where to?" }] },
      { type: "message", content: [{ text: "I look." }] },
      { type: "function_call", call_id: "call_1", name: "look", arguments: '{"place":"sea"}', status: "completed" },
    ];
    expect((await respond({ input: "Begin" })).body.output).toMatchObject(items);
    const streamed = await events({ input: "Begin" });
    expect(streamed.at(-1)).toMatchObject({ type: "response.completed", response: { output: items } });
  });

  test("streams its events in OpenAI's order, numbered from 0", async () => {
    await serve(plays(thinksAndCalls, done({ finishReason: "tool_calls" })));
    const streamed = await events({ input: "Begin" });
    expect(streamed.map(({ type, output_index }) => [type, output_index])).toEqual([
      ["response.created", undefined],
      ["response.in_progress", undefined],
      ["response.output_item.added", 0],
      ["response.reasoning_summary_part.added", 0],
      ["response.reasoning_summary_text.delta", 0],
      ["response.reasoning_summary_text.delta", 0],
      ["response.reasoning_summary_text.done", 0],
      ["response.reasoning_summary_part.done", 0],
      ["response.output_item.done", 0],
      ["response.output_item.added", 1],
      ["response.content_part.added", 1],
      ["response.output_text.delta", 1],
      ["response.output_text.done", 1],
      ["response.content_part.done", 1],
      ["response.output_item.done", 1],
      ["response.output_item.added", 2],
      ["response.function_call_arguments.delta", 2],
      ["response.function_call_arguments.done", 2],
      ["response.output_item.done", 2],
      ["response.completed", undefined],
    ]);
  });

  test("reaches OpenAI's own client, streamed and whole, which gathers the same from both", async () => {
    await serve(plays(thinksAndCalls, done({ finishReason: "tool_calls" })));
    const { responses } = openaiAt(server);
    const whole = await responses.create({ model, input: "Begin", tools: [look] });
    expect(whole.output_text).toBe("I look.");
    const stream = responses.stream({ model, input: "Begin", tools: [look] });
    const gathered = await stream.finalResponse();
    expect(gathered.output_text).toBe("I look.");
    expect(gathered.output.map(({ type }) => type)).toEqual(whole.output.map(({ type }) => type));
  });

  test("cut by its tokens is incomplete, as max_output_tokens, with what there is", async () => {
    await serve(streams("The lamp", { finishReason: "length" }));
    const cut = {
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output: [{ status: "incomplete" }],
    };
    expect((await respond({ input: "Begin" })).body).toMatchObject(cut);
    expect((await events({ input: "Begin" })).at(-1)).toMatchObject({ type: "response.incomplete", response: cut });
  });

  test("that is held is its replacement, incomplete as content_filter, with the finding", async () => {
    await serve(plays([{ type: "token", text: "He opened it." }, held], done({ finishReason: "held" })));
    const text = "He opened it. He kept the number to himself.";
    const blocked = {
      status: "incomplete",
      incomplete_details: { reason: "content_filter" },
      output: [{ content: [{ text }] }],
      taleward: { held: { category: "S7", severity: "high" } },
    };
    expect((await respond({ input: "Begin" })).body).toMatchObject(blocked);
    expect((await events({ input: "Begin" })).at(-1)).toMatchObject({ type: "response.incomplete", response: blocked });
  });

  test("has no usage where the server told nothing of tokens", async () => {
    await serve(streams("Yes.", { promptTokens: null, completionTokens: null }));
    expect((await respond({ input: "Begin" })).body.usage).toBeNull();
  });

  test("that fails before its first word is a status, and in the middle an event and an error of OpenAI's client", async () => {
    await serve(plays([], failed("prompt_too_large")));
    expect(await respond({ input: "Begin", stream: true })).toMatchObject({
      status: 400,
      body: { error: { code: "prompt_too_large" } },
    });
    await server.close();
    await serve(plays([{ type: "token", text: "The lamp" }], failed("broken_stream")));
    const streamed = await events({ input: "Begin" });
    expect(streamed.at(-2)).toMatchObject({ type: "response.failed", response: { error: { code: "broken_stream" } } });
    let text = "";
    const reading = (async () => {
      for await (const event of await openaiAt(server).responses.create({ model, input: "Begin", stream: true }))
        if (event.type === "response.output_text.delta") text += event.delta;
    })();
    await expect(reading).rejects.toMatchObject({ code: "broken_stream" });
    expect(text).toBe("The lamp");
  });
});

describe("a conversation", () => {
  test("goes on from the response before, without its instructions", async () => {
    await serve(streams("Once."));
    const { responses } = openaiAt(server);
    const first = await responses.create({ model, input: "Begin", instructions: "Be brief." });
    await responses.create({ model, input: "Go on", previous_response_id: first.id });
    expect(server.asked[1]?.messages).toEqual([
      { role: "user", content: "Begin" },
      { role: "assistant", content: "Once." },
      { role: "user", content: "Go on" },
    ]);
  });

  test("refers to items of earlier answers by their ids, streamed ones too", async () => {
    await serve(plays(thinksAndCalls, done({ finishReason: "tool_calls" })));
    const last = (await events({ input: "Look" })).at(-1) as unknown as { response: { output: { id: string }[] } };
    const references = last.response.output.map(({ id }) => ({ type: "item_reference", id }));
    const input = [
      { role: "user", content: "Look" },
      ...references,
      { type: "function_call_output", call_id: "call_1", output: "Water." },
    ];
    expect((await respond({ input })).status).toBe(200);
    expect(server.asked[1]?.messages).toEqual([
      { role: "user", content: "Look" },
      { role: "assistant", content: "I look.", thinking: "Where to?", toolCalls: [call] },
      { role: "tool", content: "Water.", toolCallId: "call_1", toolName: "look" },
    ]);
  });

  test("is kept as far as was asked: an answer is retrieved and deleted, and none is kept with store: false", async () => {
    await serve(streams("Once."));
    const { responses } = openaiAt(server);
    const first = await responses.create({ model, input: "Begin" });
    expect((await responses.retrieve(first.id)).output_text).toBe("Once.");
    await responses.delete(first.id);
    await expect(responses.retrieve(first.id)).rejects.toMatchObject({ status: 404 });
    const unkept = await responses.create({ model, input: "Begin", store: false });
    await expect(responses.create({ model, input: "x", previous_response_id: unkept.id })).rejects.toMatchObject({
      status: 400,
      code: "previous_response_not_found",
    });
  });
});
