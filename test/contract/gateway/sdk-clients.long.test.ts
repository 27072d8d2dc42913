import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { generateText, Output, stepCountIs, streamText, tool } from "ai";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { InferenceEvent } from "../../../src/shared/contract/inference.ts";
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

// Their makers' own clients, unchanged, in front of a script: what they gather is what was said.
const model = "story_generation";
const messages = [{ role: "user" as const, content: "Begin" }];
const call = { id: "call_1", name: "look", arguments: { place: "sea" } };
const thinksAndCalls: InferenceEvent[] = [
  { type: "thought", text: "Where?" },
  { type: "token", text: "I look." },
  { type: "tool_call", call },
];

let server: ScriptedGateway;
afterEach(() => server.close());

async function serve(script: Script): Promise<void> {
  server = await startScriptedGateway(script);
}

/** npm's client of Anthropic, as anybody would set it up. */
function anthropicAt({ url, key }: ScriptedGateway): Anthropic {
  return new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 });
}

/** The AI SDK's provider of OpenAI, which asks `/v1/responses` unless told otherwise. */
function aiSdkAt({ url, key }: ScriptedGateway) {
  return createOpenAI({ baseURL: `${url}/v1`, apiKey: key });
}

/** Calls a tool once, and tells what it found. */
const looksOnce: Script = (asked, signal) => {
  const answered = asked.messages.some(({ role }) => role === "tool");
  return answered
    ? streams("There is water.")(asked, signal)
    : plays(thinksAndCalls, done({ finishReason: "tool_calls" }))(asked, signal);
};

describe("Anthropic's client", () => {
  const ask = { model, max_tokens: 64, messages };

  test("gathers the same message from a stream as it gets whole", async () => {
    await serve(plays(thinksAndCalls, done({ finishReason: "tool_calls" })));
    const whole = await anthropicAt(server).messages.create(ask);
    const gathered = await anthropicAt(server).messages.stream(ask).finalMessage();
    const content = [
      { type: "thinking", thinking: "Where?", signature: "" },
      { type: "text", text: "I look." },
      { type: "tool_use", id: "call_1", name: "look", input: { place: "sea" } },
    ];
    for (const message of [whole, gathered])
      expect(message).toMatchObject({
        content,
        stop_reason: "tool_use",
        usage: { input_tokens: 11, output_tokens: 5 },
      });
  });

  test("calls a tool and answers with what it found", async () => {
    await serve(looksOnce);
    const client = anthropicAt(server);
    const tools = [{ name: "look", input_schema: { type: "object" as const } }];
    const first = await client.messages.create({ ...ask, tools });
    const second = await client.messages.create({
      ...ask,
      tools,
      messages: [
        ...messages,
        { role: "assistant", content: first.content },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "call_1", content: "Water." }] },
      ],
    });
    expect(second).toMatchObject({ content: [{ text: "There is water." }], stop_reason: "end_turn" });
    expect(server.asked[1]?.messages.at(-1)).toEqual({
      role: "tool",
      content: "Water.",
      toolCallId: "call_1",
      toolName: "look",
    });
  });

  test("is told what is held, what it did wrong, and what broke off", async () => {
    await serve(plays([held], done({ finishReason: "held" })));
    expect(await anthropicAt(server).messages.create(ask)).toMatchObject({
      stop_reason: "refusal",
      content: [{ text: "He kept the number to himself." }],
    });
    await expect(anthropicAt(server).messages.create({ ...ask, model: "gpt-9" })).rejects.toMatchObject({
      status: 404,
      type: "not_found_error",
    });
    await server.close();
    await serve(plays([{ type: "token", text: "The lamp" }], failed("broken_stream")));
    await expect(anthropicAt(server).messages.stream(ask).finalMessage()).rejects.toThrow("It was broken_stream.");
  });

  test("does not repeat what was tried again here", async () => {
    const attempt = { endpoint: null, atMs: 0, durationMs: 1, outcome: "failed", errorClass: "server_error" } as const;
    const attempts = Array.from({ length: 3 }, () => ({
      ...attempt,
      versionId: null,
      model: "m",
      version: "1",
      message: null,
      next: "retry" as const,
    }));
    await serve(plays([], { ...failed("server_error"), attempts }));
    await expect(anthropicAt(server).withOptions({ maxRetries: 2 }).messages.create(ask)).rejects.toMatchObject({
      status: 502,
    });
    expect(server.asked.length).toBe(1);
  });

  test("lists and retrieves models", async () => {
    await serve(streams("Yes."));
    const ids = (await anthropicAt(server).models.list()).data.map(({ id }) => id);
    expect(ids).toEqual(["story_generation", "smollm2@1.0", "smollm2@stable"]);
    expect(await anthropicAt(server).models.retrieve("smollm2@1.0")).toMatchObject({
      id: "smollm2@1.0",
      type: "model",
    });
  });
});

describe("the AI SDK, by the road it takes by itself", () => {
  test("writes, streamed and not, with the tokens used", async () => {
    await serve(streams("The lamp went out."));
    const openai = aiSdkAt(server);
    const whole = await generateText({ model: openai(model), prompt: "Begin", system: "Be brief." });
    expect([whole.text, whole.usage.inputTokens, whole.usage.outputTokens]).toEqual(["The lamp went out.", 11, 5]);
    const stream = streamText({ model: openai(model), prompt: "Begin" });
    expect([await stream.text, await stream.finishReason]).toEqual(["The lamp went out.", "stop"]);
    expect(server.asked[0]?.messages[0]).toEqual({ role: "system", content: "Be brief." });
  });

  test("calls tools over several steps, which refer to each other by id", async () => {
    await serve(looksOnce);
    const tools = {
      look: tool({
        description: "Looks.",
        inputSchema: z.object({ place: z.string() }),
        execute: async ({ place }) => `There is water at the ${place}.`,
      }),
    };
    const { text, steps } = await generateText({
      model: aiSdkAt(server)(model),
      prompt: "Begin",
      tools,
      stopWhen: stepCountIs(3),
    });
    expect([text, steps.length]).toEqual(["There is water.", 2]);
    expect(server.asked[1]?.messages.slice(1)).toMatchObject([
      { role: "assistant", content: "I look.", toolCalls: [call] },
      { role: "tool", content: "There is water at the sea.", toolName: "look" },
    ]);
  });

  test("gets an object that fits the schema it asked for", async () => {
    await serve(streams('{"place":"sea"}'));
    const { output } = await generateText({
      model: aiSdkAt(server)(model),
      prompt: "Begin",
      output: Output.object({ schema: z.object({ place: z.string() }) }),
    });
    expect(output).toEqual({ place: "sea" });
    expect(server.asked[0]?.options.format).toMatchObject({ type: "object", required: ["place"] });
  });

  test("is told of what is held as filtered content, and of failures as errors", async () => {
    await serve(plays([held], done({ finishReason: "held" })));
    const blocked = await generateText({ model: aiSdkAt(server)(model), prompt: "Begin" });
    expect([blocked.text, blocked.finishReason]).toEqual(["He kept the number to himself.", "content-filter"]);
    await server.close();
    await serve(plays([], failed("prompt_too_large")));
    await expect(generateText({ model: aiSdkAt(server)(model), prompt: "Begin", maxRetries: 0 })).rejects.toThrow(
      "It was prompt_too_large.",
    );
  });
});
