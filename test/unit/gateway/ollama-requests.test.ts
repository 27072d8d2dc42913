import { describe, expect, test } from "vitest";
import { keepAliveSeconds } from "../../../src/main/gateway/ollama/duration.ts";
import { chatRequest, generateRequest } from "../../../src/main/gateway/ollama/requests.ts";

const png = "aGVsbG8=";
const ask = { model: "story_generation", messages: [{ role: "user", content: "Begin" }] };

test("a chat keeps every field it has a place for", () => {
  const parameters = { type: "object", properties: { place: { type: "string" } }, required: ["place"] };
  const request = chatRequest({
    model: "smollm2@1.0",
    stream: false,
    think: "low",
    keep_alive: "1h30m",
    format: { type: "object" },
    tools: [{ type: "function", function: { name: "look", description: "Looks.", parameters } }],
    options: {
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      min_p: 0.05,
      typical_p: 0.7,
      repeat_penalty: 1.1,
      repeat_last_n: 64,
      presence_penalty: 0.1,
      frequency_penalty: 0.2,
      seed: 7,
      num_predict: 12,
      stop: ["END", ""],
      num_thread: 2,
      num_ctx: 2048,
      mirostat: 1,
    },
    messages: [
      { role: "SYSTEM", content: "Be brief." },
      { role: "user", content: "What is there?", images: [png] },
      {
        role: "assistant",
        content: "",
        thinking: "The sea, I think.",
        tool_calls: [{ function: { index: 0, name: "look", arguments: { place: "sea" } } }],
      },
      { role: "tool", content: "Water.", tool_name: "look", tool_call_id: "call_0" },
    ],
    truncate: false,
    user: "reader 3",
  });
  expect(request).toEqual({
    model: "smollm2@1.0",
    stream: false,
    residency: null,
    keepAliveSeconds: 5400,
    session: "reader 3",
    options: {
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      minP: 0.05,
      typicalP: 0.7,
      repeatPenalty: 1.1,
      repeatLastN: 64,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      seed: 7,
      maxTokens: 12,
      stop: ["END"],
      threads: 2,
      format: { type: "object" },
      think: "low",
      keepAlive: 5400,
      tools: [{ name: "look", description: "Looks.", parameters }],
      serverOptions: { num_ctx: 2048, mirostat: 1 },
    },
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "What is there?", images: [png] },
      {
        role: "assistant",
        content: "",
        thinking: "The sea, I think.",
        toolCalls: [{ id: "call_0", name: "look", arguments: { place: "sea" } }],
      },
      { role: "tool", content: "Water.", toolName: "look", toolCallId: "call_0" },
    ],
  });
});

test("a stream is what a request asks for that says nothing of it", () => {
  expect([chatRequest(ask).stream, generateRequest({ model: "m", prompt: "x" }).stream]).toEqual([true, true]);
});

test("a raw prompt is one message without the chat template, as SillyTavern sends it", () => {
  const body = {
    model: "story_generation",
    prompt: "### Story\nOnce",
    raw: true,
    stream: true,
    keep_alive: -1,
    options: { stop: ["\n"] },
  };
  expect(generateRequest(body)).toMatchObject({
    messages: [{ role: "user", content: "### Story\nOnce" }],
    options: { raw: true, stop: ["\n"], keepAlive: -1 },
  });
});

test("a prompt with a system text becomes two messages", () => {
  expect(generateRequest({ model: "m", prompt: "Go on", system: "Be brief", images: [png] }).messages).toEqual([
    { role: "system", content: "Be brief" },
    { role: "user", content: "Go on", images: [png] },
  ]);
});

describe("an option that our contract has no room for", () => {
  test.each([
    ["a temperature beyond it", { temperature: 9 }, { serverOptions: { temperature: 9 } }],
    [
      "more stop texts than it takes",
      { stop: Array.from({ length: 300 }, String) },
      { serverOptions: { stop: Array.from({ length: 300 }, String) } },
    ],
    ["no limit of tokens", { num_predict: -1 }, {}],
    [
      "as many stop texts as SillyTavern sends",
      { stop: Array.from({ length: 40 }, String) },
      { stop: Array.from({ length: 40 }, String) },
    ],
    ["a long answer", { num_predict: 1e6 }, { maxTokens: 1e6 }],
    ["more tokens than any window holds", { num_predict: 1e9 }, { maxTokens: 4_194_304 }],
    ["a strong penalty", { frequency_penalty: 3 }, { frequencyPenalty: 3 }],
    ["a seed that asks for a fresh one", { seed: -1 }, {}],
    ["a seed beyond 32 bits", { seed: 2 ** 32 + 5 }, { seed: 5 }],
    ["a fraction where a whole number is wanted", { top_k: 40.7 }, { topK: 40 }],
    ["null", { temperature: null }, {}],
    ["no stop text", { stop: [] }, {}],
  ])("%s is sent on or bounded, never refused", (_what, options, expected) => {
    expect(chatRequest({ ...ask, truncate: false, options }).options).toEqual(expected);
  });
});

test.each([
  [
    { ...ask, messages: "x" },
    "json: cannot unmarshal string into Go struct field ChatRequest.messages of type []api.Message",
  ],
  [{ ...ask, model: 3 }, "json: cannot unmarshal number into Go struct field ChatRequest.model of type string"],
  [
    { ...ask, messages: [{ role: "user", content: 3 }] },
    "json: cannot unmarshal number into Go struct field ChatRequest.messages.content of type string",
  ],
  [{ ...ask, stream: "x" }, "json: cannot unmarshal string into Go struct field ChatRequest.stream of type bool"],
  [
    { ...ask, options: "x" },
    "json: cannot unmarshal string into Go struct field ChatRequest.options of type map[string]interface {}",
  ],
  [{ ...ask, options: { temperature: "hot" } }, 'option "temperature" must be of type float32'],
  [{ ...ask, options: { seed: "x" } }, 'option "seed" must be of type integer'],
  [{ ...ask, options: { stop: "x" } }, 'option "stop" must be of type array'],
  [{ ...ask, options: { stop: [1] } }, 'option "stop" must be of an array of strings'],
  [{ ...ask, options: { use_mmap: 1 } }, 'option "use_mmap" must be of type boolean'],
  [{ ...ask, think: "x" }, 'invalid think value: "x" (must be "high", "medium", "low", true, or false)'],
  [{ ...ask, think: 3 }, 'think must be a boolean or string ("high", "medium", "low", true, or false)'],
  [{ ...ask, keep_alive: "x" }, 'time: invalid duration "x"'],
  [{ ...ask, keep_alive: "10" }, 'time: missing unit in duration "10"'],
  [{ ...ask, keep_alive: true }, "Unsupported type: 'bool'"],
  [{ ...ask, format: "xml" }, 'invalid format: "\\"xml\\""; expected "json" or a valid JSON Schema object'],
  [{ ...ask, format: 3 }, 'invalid format: "3"; expected "json" or a valid JSON Schema object'],
  [{ messages: [] }, "model is required"],
  [[], "json: cannot unmarshal array into Go value of type api.ChatRequest"],
])("%j is refused in Ollama's own words", (body, words) => {
  expect(() => chatRequest(body)).toThrow(expect.objectContaining({ message: words }));
});

test.each([
  [{ raw: true, system: "x" }, "raw mode does not support template, system, or context"],
  [{ logprobs: true }, /logprobs is not supported by Taleward.*Leave logprobs out/],
  [{ top_logprobs: 2 }, /top_logprobs is not supported/],
  [{ shift: true }, /shift is not supported/],
  [{ template: "{{ .Prompt }}" }, /template is not supported/],
  [{ context: [1, 2] }, /context is not supported/],
])("a prompt with %j is refused instead of answered otherwise than asked", (fields, words) => {
  expect(() => generateRequest({ model: "m", prompt: "x", ...fields })).toThrow(words);
});

test("a prompt's suffix is passed on", () => {
  expect(generateRequest({ model: "m", prompt: "def f(", suffix: "return x" })).toMatchObject({
    messages: [{ role: "user", content: "def f(" }],
    options: { suffix: "return x" },
  });
  expect(generateRequest({ model: "m", prompt: "x", suffix: "" }).options).not.toHaveProperty("suffix");
});

test.each([
  [{}, true],
  [{ truncate: true }, true],
  [{ truncate: null }, true],
  [{ truncate: false }, undefined],
])(
  "a prompt that is too long is cut as the caller asked, and as Ollama does where nothing is said: %j",
  (fields, cut) => {
    expect(chatRequest({ ...ask, ...fields }).options.truncate).toBe(cut);
    expect(generateRequest({ model: "m", prompt: "x", ...fields }).options.truncate).toBe(cut);
  },
);

test("a schema that nests without end is refused", () => {
  let schema: object = {};
  for (let level = 0; level < 100_000; level += 1) schema = { items: schema };
  expect(() => chatRequest({ ...ask, format: schema })).toThrow(/format nests deeper than 64 levels/);
});

test("nothing to write is a wish to have the model in memory, or out of it", () => {
  expect(
    [
      chatRequest({ model: "m", messages: [] }),
      chatRequest({ model: "m", keep_alive: 0 }),
      generateRequest({ model: "m" }),
      generateRequest({ model: "m", prompt: "", keep_alive: "0s" }),
      generateRequest({ model: "m", prompt: "x", keep_alive: 0 }),
    ].map(({ residency }) => residency),
  ).toEqual(["load", "unload", "load", "unload", null]);
});

test.each([
  [5, 5],
  [-1, -1],
  ["5m", 300],
  ["1h30m10.5s", 5410.5],
  ["250ms", 0.25],
  ["-1s", -1],
  ["0", 0],
  [0, 0],
  [null, undefined],
])("keep_alive %j is %j seconds", (given, expected) => {
  expect(keepAliveSeconds(given)).toBe(expected);
});
