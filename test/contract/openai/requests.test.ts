import { describe, expect, test } from "vitest";
import type { ProviderRequest } from "../../../src/main/inference/provider.ts";
import { textOf } from "./conformance.ts";
import { ask, closeServerAfterEach, model, sent, server, start } from "./scripted.ts";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import type { Dialect } from "../../kit/servers/openai-dialects.ts";

closeServerAfterEach();

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
    server.use(streamText("Yes."));
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
