import { describe, expect, test } from "vitest";
import { readAnswer } from "../../../../kit/answers/read-answer.ts";

const delta = (content: string, finish?: unknown) => ({ choices: [{ delta: { content }, finish_reason: finish }] });
const streamed = (...events: (object | string)[]) =>
  readAnswer("openai", [
    Buffer.from(events.map((each) => (typeof each === "string" ? each : `data: ${JSON.stringify(each)}\n\n`)).join("")),
  ]);
const whole = (value: unknown) => readAnswer("openai", [Buffer.from(JSON.stringify(value))]);

describe("a finish reason", () => {
  test.each([
    ["stop", ["stop", "STOP", "eos", "eos_token", "stop_sequence", "end_turn", "end-turn", "complete"]],
    ["length", ["length", "max_tokens", "MAX_TOKENS", "model_length", "model_context_window_exceeded"]],
  ])("that names an end ends the answer as %s", async (finishReason, words) => {
    for (const word of words)
      expect(await streamed(delta("Once.", word))).toMatchObject({
        type: "whole",
        text: "Once.",
        result: { finishReason },
      });
  });

  test.each([null, "", "null", undefined, false, 0])("of %j ends nothing, streamed or whole", async (word) => {
    const missing = { type: "failed", text: "Once", error: { errorClass: "broken_stream" } };
    expect(await streamed(delta("Once", word), "data: [DONE]\n\n")).toMatchObject(missing);
    expect(await whole({ choices: [{ message: { content: "Once" }, finish_reason: word }] })).toMatchObject(missing);
  });

  test.each([
    ["abort", "server_error"],
    ["error", "server_error"],
    ["cancelled", "server_error"],
    ["network_error", "server_error"],
    ["insufficient_system_resource", "overloaded"],
    ["MALFORMED_FUNCTION_CALL", "invalid_output"],
    ["function_call_filter: MALFORMED_FUNCTION_CALL", "invalid_output"],
    ["SAFETY", "rejected"],
    ["content_filter: PROHIBITED_CONTENT", "rejected"],
    ["something_new", "broken_stream"],
  ])("of %s is a failure that says so, and no whole answer", async (word, errorClass) => {
    const read = await streamed(delta("Once", word), "data: [DONE]\n\n");
    expect(read).toMatchObject({ type: "failed", text: "Once", error: { errorClass } });
    if (read.type === "failed" && errorClass !== "rejected") expect(read.error.message).toContain(word);
    const line = JSON.stringify({ message: { content: "Once" }, done: true, done_reason: word });
    expect(await readAnswer("ollama", [Buffer.from(line)])).toMatchObject({ type: "failed", error: { errorClass } });
  });

  test("in every chunk ends the answer at the last of them", async () => {
    const read = await streamed(delta("One ", "stop"), delta("two ", "stop"), delta("three.", "stop"));
    expect(read).toMatchObject({ type: "whole", text: "One two three." });
  });

  test("before the last words is none", async () => {
    expect(await streamed(delta("One ", "stop"), delta("two."))).toMatchObject({ type: "failed", text: "One two." });
    const lines = [
      { response: "One ", done: true },
      { response: "two.", done: false },
    ];
    const bytes = lines.map((line) => Buffer.from(`${JSON.stringify(line)}\n`));
    expect(await readAnswer("ollama", bytes)).toMatchObject({ type: "failed", text: "One two." });
  });
});

describe("what is no answer", () => {
  test.each([
    ["an empty `data:`", "data:\n\ndata: \n\n"],
    ["a comment", ": ping\n\n"],
    ["an event named ping", "event: ping\ndata: ping\n\n"],
    ["a chunk of null", "data: null\n\n"],
    ["an empty chunk", "data: {}\n\n"],
    ["an error of null", 'data: {"error":null}\n\n'],
    ["an empty error", 'data: {"error":""}\n\n'],
    ["an error of nothing", 'data: {"error":{"message":null,"code":""}}\n\n'],
    ["empty lines", "\r\n\r\n  \r\n"],
  ])("%s is skipped, before, between and after what is said", async (_name, heartbeat) => {
    const read = await streamed(heartbeat, delta("One ", null), heartbeat, delta("two.", "stop"), heartbeat);
    expect(read).toMatchObject({ type: "whole", text: "One two." });
  });

  test("an error of null beside the words of an answer is none, at Ollama's API too", async () => {
    expect(await streamed({ ...delta("One.", "stop"), error: null })).toMatchObject({ type: "whole", text: "One." });
    const lines = ["", null].map((error) => JSON.stringify({ response: "One.", error, done: error === null }));
    expect(await readAnswer("ollama", [Buffer.from(lines.join("\n"))])).toMatchObject({ text: "One.One." });
  });

  test.each([
    ["words", { error: "the model fell over" }],
    ["an object", { error: { message: "the model fell over", code: null } }],
    ["an object with `msg`", { error: { msg: "the model fell over" } }],
    ["an object in an object", { error: { error: { message: "the model fell over" } } }],
    ["a list", [{ error: { message: "the model fell over" } }]],
    ["errors", { errors: [{ message: "the model fell over" }] }],
    ["a detail", { detail: "the model fell over" }],
    ["a detail with words", { detail: { msg: "the model fell over", type: "service_unavailable" } }],
    ["an object of the kind error", { object: "error", message: "the model fell over" }],
    ["a message alone", { message: "the model fell over", request_id: "1" }],
    ["an error beside choices", { ...delta("", null), error: { message: "the model fell over" } }],
  ])("an error as %s is one, in the server's words", async (_name, error) => {
    const failed = { type: "failed", error: { message: expect.stringContaining("the model fell over") } };
    expect(await streamed(delta("One ", null), error, delta("two.", "stop"))).toMatchObject(failed);
    expect(await whole(error)).toMatchObject(failed);
  });

  test.each([
    ["plain words", "the model fell over", "the model fell over"],
    ["nothing", "{}", "without a word"],
  ])("an event named error with %s is one", async (_name, data, words) => {
    const read = await streamed(delta("One ", null), `event: error\ndata: ${data}\n\n`, delta("two.", "stop"));
    expect(read).toMatchObject({ type: "failed", error: { message: expect.stringContaining(words) } });
  });
});

describe("what a server counts", () => {
  const usage = (prompt: unknown, completion: unknown) => ({
    choices: [],
    usage: { prompt_tokens: prompt, completion_tokens: completion },
  });
  test.each([
    ["a last count of 0 takes none away", [usage(21, 5), usage(0, 0)], 21, 5],
    ["0 and 0 are not known", [usage(0, 0)], null, null],
    ["1 of a prompt in the cache is not known", [usage(1, 5)], null, 5],
    ["what is no count is not known", [usage("21", -5), usage(-1, 5.5)], null, null],
    [
      "tokens in the cache are counted",
      [{ usage: { prompt_tokens: 1, prompt_tokens_details: { cached_tokens: 20 } } }],
      21,
      null,
    ],
  ])("%s", async (_name, chunks, promptTokens, completionTokens) => {
    const read = await streamed(delta("One.", "stop"), ...chunks);
    expect(read).toMatchObject({ type: "whole", result: { promptTokens, completionTokens, promptTruncated: false } });
  });

  test.each(["1e400", "-1", '"12"', "null", "1e300", "[]"])("a duration of %s is not known", async (written) => {
    const timings = `{"choices":[{"delta":{"content":"One."},"finish_reason":"stop"}],"timings":{"prompt_ms":${written},"predicted_ms":${written}}}`;
    expect(await readAnswer("openai", [Buffer.from(timings)])).toMatchObject({
      result: { prefillMs: null, decodeMs: null },
    });
    const line = `{"response":"One.","done":true,"load_duration":${written},"prompt_eval_duration":${written},"eval_duration":${written}}`;
    expect(await readAnswer("ollama", [Buffer.from(line)])).toMatchObject({
      type: "whole",
      result: { loadMs: null, prefillMs: null, decodeMs: null },
    });
  });
});
