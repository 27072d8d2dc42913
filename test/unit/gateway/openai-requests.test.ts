import { expect, test } from "vitest";
import { chatCompletionRequest, completionRequest } from "../../../src/main/gateway/openai/requests.ts";

const ask = { model: "story_generation", messages: [{ role: "user", content: "Begin" }] };
const png = "aGVsbG8=";
const twoTools = [{ function: { name: "f" } }, { function: { name: "g" } }];

test("a chat completion keeps every field it has a place for and passes over the others", () => {
  const parameters = { type: "object", properties: { place: { type: "string" } } };
  const request = chatCompletionRequest({
    model: "smollm2@1.0",
    stream: true,
    stream_options: { include_usage: true },
    n: 1,
    temperature: 0.5,
    top_p: 0.9,
    presence_penalty: 0.1,
    frequency_penalty: -0.1,
    seed: 7,
    max_tokens: 5,
    max_completion_tokens: 12,
    stop: "END",
    reasoning_effort: "none",
    response_format: { type: "json_schema", json_schema: { name: "scene", strict: true, schema: { type: "object" } } },
    tools: [{ type: "function", function: { name: "look", description: "Looks.", parameters } }],
    logit_bias: { 5: 1 },
    metadata: {},
    user: "reader 3",
    messages: [
      { role: "developer", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is there?" },
          { type: "text", text: "Look." },
          { type: "image_url", image_url: { url: `data:image/png;base64,${png}`, detail: "low" } },
        ],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "call_9", type: "function", function: { name: "look", arguments: '{"place":"sea"}' } }],
      },
      { role: "tool", tool_call_id: "call_9", content: "Water." },
    ],
  });
  expect(request).toEqual({
    model: "smollm2@1.0",
    stream: true,
    includeUsage: true,
    session: "reader 3",
    options: {
      temperature: 0.5,
      topP: 0.9,
      presencePenalty: 0.1,
      frequencyPenalty: -0.1,
      seed: 7,
      maxTokens: 12,
      stop: ["END"],
      think: false,
      format: { type: "object" },
      tools: [{ name: "look", description: "Looks.", parameters }],
      serverOptions: { logit_bias: { 5: 1 } },
    },
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "What is there?\nLook.", images: [png] },
      { role: "assistant", content: "", toolCalls: [{ id: "call_9", name: "look", arguments: { place: "sea" } }] },
      { role: "tool", content: "Water.", toolCallId: "call_9", toolName: "look" },
    ],
  });
});

test.each([
  ["json_object", { response_format: { type: "json_object" } }, { format: "json" }],
  ["text", { response_format: { type: "text" } }, {}],
  ["a list of stop texts", { stop: ["a", "b"] }, { stop: ["a", "b"] }],
  ["max_tokens without a limit", { max_tokens: -1 }, {}],
  ["tools that may not be called", { tool_choice: "none", tools: [{ function: { name: "f" } }] }, {}],
  ["an effort", { reasoning: { effort: "high" } }, { think: "high" }],
  ["null everywhere", { temperature: null, stop: null, tools: null, n: null, max_tokens: null, user: null }, {}],
  ["samplers that OpenAI does not have", { top_k: 5, repetition_penalty: 1.1 }, { topK: 5, repeatPenalty: 1.1 }],
  ["a penalty beyond OpenAI's", { frequency_penalty: 3 }, { frequencyPenalty: 3 }],
  ["a temperature beyond ours, for the server to judge", { temperature: 99 }, { serverOptions: { temperature: 99 } }],
  ["many stop texts", { stop: Array.from({ length: 17 }, String) }, { stop: Array.from({ length: 17 }, String) }],
  ["a long answer", { max_tokens: 100_000 }, { maxTokens: 100_000 }],
  ["no probabilities", { logprobs: false, top_logprobs: 0 }, {}],
  ["a prompt that may be cut", { truncate: true }, { truncate: true }],
  [
    "a tool that has to be called",
    { tool_choice: "required", tools: twoTools },
    { tools: [{ name: "f" }, { name: "g" }], serverOptions: { tool_choice: "required" } },
  ],
  [
    "one tool that has to be called",
    { tool_choice: { type: "function", function: { name: "g" } }, tools: twoTools },
    { tools: [{ name: "g" }], serverOptions: { tool_choice: { type: "function", function: { name: "g" } } } },
  ],
  [
    "some of the tools",
    {
      tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [{ function: { name: "f" } }] } },
      tools: twoTools,
    },
    { tools: [{ name: "f" }] },
  ],
])("%s is read as %j", (_what, fields, options) => {
  expect(chatCompletionRequest({ ...ask, ...fields }).options).toEqual(options);
});

test.each([
  [
    { temperature: "hot" },
    "temperature",
    "Invalid type for 'temperature': expected a number, but got a string instead.",
  ],
  [{ logprobs: true }, "logprobs", /not supported/],
  [{ top_logprobs: 3 }, "top_logprobs", /not supported/],
  [{ functions: [{ name: "f" }] }, "functions", /tools/],
  [{ modalities: ["text", "audio"] }, "modalities", /text alone/],
  [
    { tool_choice: { type: "function", function: { name: "h" } }, tools: twoTools },
    "tool_choice",
    /'h', which is none/,
  ],
  [{ max_tokens: 1.5 }, "max_tokens", /expected an integer/],
  [{ max_tokens: 0 }, "max_tokens", /1 or more/],
  [{ n: 2 }, "n", /n is 2/],
  [{ stop: [1] }, "stop[0]", /expected a string/],
  [{ messages: [] }, "messages", /too short/],
  [{ messages: {} }, "messages", /expected an array/],
  [{ messages: [{ role: "user" }] }, "messages[0].content", /missing/],
  [{ messages: [{ role: "user", content: 3 }] }, "messages[0].content", /expected a string/],
  [{ messages: [{ role: "alien", content: "" }] }, "messages[0].role", /alien/],
  [{ messages: [{ role: "user", content: [{ type: "input_audio" }] }] }, "messages[0].content[0].type", /input_audio/],
  [
    { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "https://x.example/a.png" } }] }] },
    "messages[0].content[0].image_url.url",
    /nothing is fetched/,
  ],
  [
    {
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:image/gif;base64,aaaa" } }] }],
    },
    "messages[0].content[0].image_url.url",
    /invalid image input/,
  ],
  [
    { messages: [{ role: "assistant", tool_calls: [{ id: "a", function: { name: "f", arguments: "{" } }] }] },
    "messages[0].tool_calls[0].function.arguments",
    /invalid tool call arguments/,
  ],
  [{ tools: [{ function: {} }] }, "tools[0].function.name", /name/],
  [{ response_format: { type: "xml" } }, "response_format.type", /xml/],
  [{ response_format: { type: "json_schema" } }, "response_format.json_schema.schema", /missing/],
  [{ reasoning_effort: "x" }, "reasoning_effort", /invalid reasoning value: 'x'/],
  [{ stream: "yes" }, "stream", /expected a boolean/],
  [{ model: null }, "model", /required/],
])("%j is refused, naming %s", (fields, param, words) => {
  expect(() => chatCompletionRequest({ ...ask, ...fields })).toThrow(
    expect.objectContaining({
      status: 400,
      param,
      message: typeof words === "string" ? words : expect.stringMatching(words),
    }),
  );
});

test.each([
  [{ prompt: ["a", "b"] }, "prompt"],
  [{ prompt: [1, 2] }, "prompt"],
  [{ prompt: "x", echo: true }, "echo"],
  [{ prompt: "x", logprobs: 1 }, "logprobs"],
  [{ prompt: "x", best_of: 2 }, "best_of"],
])("a completion with %j is refused, naming %s", (fields, param) => {
  expect(() => completionRequest({ model: "m", ...fields })).toThrow(expect.objectContaining({ status: 400, param }));
});

test("an assistant's earlier thoughts are kept, by either name", () => {
  const messages = ["reasoning", "reasoning_content"].map((name) => ({
    role: "assistant",
    content: "Go.",
    [name]: "Hm.",
  }));
  expect(chatCompletionRequest({ ...ask, messages }).messages).toEqual([
    { role: "assistant", content: "Go.", thinking: "Hm." },
    { role: "assistant", content: "Go.", thinking: "Hm." },
  ]);
});

test("a completion's suffix is passed on", () => {
  expect(completionRequest({ model: "m", prompt: "def f(", suffix: "return x" }).options).toEqual({
    suffix: "return x",
  });
  expect(completionRequest({ model: "m", prompt: "x", suffix: "", logprobs: 0 }).options).toEqual({});
});

test("a completion's prompt is one message", () => {
  expect(completionRequest({ model: "m", prompt: ["Once"], max_tokens: 4 })).toMatchObject({
    messages: [{ role: "user", content: "Once" }],
    options: { maxTokens: 4 },
    stream: false,
  });
});
