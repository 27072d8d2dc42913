import { describe, expect, test } from "vitest";
import { shortRequest, textOf, withProvider } from "./conformance.ts";
import { ask, closeServerAfterEach, delta, model, never, streamsText, server, start } from "./scripted.ts";
import { callTools, streamText, think } from "../../kit/servers/ollama-scripts.ts";

closeServerAfterEach();

describe("what the provider makes of the bytes", () => {
  test.each([1, 2, 3, 7, 64])("text survives cuts every %i bytes, inside characters too", async (cutBytes) => {
    const story = "Łódź — 灯台守は地図を見つけた。 👩‍🚀 naïve “quotes”\nnext line.";
    await start("llama.cpp");
    server.use(streamText(story, { cutBytes }));
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
    const answer = await streamsText(
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
    const answer = await streamsText(
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
    const answer = await streamsText(
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
    await expect(streamsText(call, delta({}, "tool_calls"))).rejects.toMatchObject({
      errorClass: "invalid_output",
      message: 'story-model called the tool look with arguments that are no JSON object: {"where.',
    });
    await server.close();
    expect(await streamsText(call, delta({}, "length"))).toMatchObject([{ result: { finishReason: "length" } }]);
  });

  test("a content filter is a rejection that says how much had come", async () => {
    await expect(streamsText(delta({ content: "Four" }), delta({}, "content_filter"))).rejects.toMatchObject({
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
    server.use(streamText("One two three"));
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

describe("whatever the content type says", () => {
  const chunks = [delta({ content: "One " }), delta({ content: "two." }, "stop")];
  const stream = `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("")}data: [DONE]\n\n`;
  const whole = JSON.stringify({ choices: [{ message: { content: "One two." }, finish_reason: "stop" }] }, null, 2);

  test.each([
    ["events as JSON", "application/json", stream],
    ["events as plain text", "text/plain", stream],
    ["a whole answer as events", "text/event-stream", whole],
    ["a whole answer as plain text, after empty lines", "text/plain", `\n\n\n${whole}`],
    ["a whole answer as a page", "text/html", whole],
  ])("%s are read", async (_name, contentType, bytes) => {
    await start("LiteLLM");
    server.use({ contentType, steps: [{ do: "bytes", bytes }] });
    expect(textOf(await ask({}))).toBe("One two.");
  });
});
