import { describe, expect, test } from "vitest";
import { FakeClock } from "../../kit/fake-clock.ts";
import { createOpenAIProvider } from "../../../src/main/inference/providers/openai/openai-provider.ts";
import { failure } from "../call-to-end.ts";
import {
  after,
  checkAddress,
  generateAgain,
  host,
  ownLog,
  requestTo,
  run,
  server,
  text,
  textThen,
  useScriptedServer,
} from "./scripted-call.ts";
import { breakOff, missingDone, type Script, stall, streamText } from "../../kit/servers/ollama-scripts.ts";

useScriptedServer();

describe("in the middle of the stream", () => {
  const half = 'data: {"choices":[{"index":0,"delta":{"cont';
  test.each<[string, Script, string, string]>([
    ["a connection that closes", breakOff(text, "hangUp"), `The connection to HOST broke ${after}.`, generateAgain],
    ["a reset", breakOff(text, "reset"), `The connection to HOST broke ${after}.`, generateAgain],
    [
      "half an event and a close",
      textThen(half, { do: "hangUp" }),
      `The connection to HOST broke ${after}.`,
      generateAgain,
    ],
    [
      "half an event and an end",
      textThen(half),
      `The answer of HOST ended in the middle of a line, ${after}.`,
      generateAgain,
    ],
    [
      "a garbage line",
      textThen("%% not an event %%\n\n"),
      `HOST sent a line that is no part of an answer ${after}: %% not an event %%`,
      generateAgain,
    ],
    [
      "data that is not JSON",
      textThen("data: %% not json %%\n\n"),
      `HOST sent a line that is no part of an answer ${after}: %% not json %%`,
      generateAgain,
    ],
    [
      "data of another protocol",
      textThen('data: {"choices":[{"delta":{"content":5}}]}\n\n'),
      `HOST sent a chunk that is not one of OpenAI's API ${after}.`,
      generateAgain,
    ],
    [
      "data that is no object",
      textThen("data: [1,2]\n\n"),
      `HOST sent a chunk that is not one of OpenAI's API ${after}.`,
      generateAgain,
    ],
    [
      "a line over 8 MB",
      textThen(`data: {"choices":[{"delta":{"content":"${"x".repeat(9_000_000)}"}}]}\n\n`),
      `HOST sent a line longer than 8 MB ${after}.`,
      generateAgain,
    ],
    [
      "a missing finish reason",
      missingDone(text),
      `The answer of HOST ended without its finish reason, ${after}.`,
      generateAgain,
    ],
    [
      "[DONE] without a finish reason",
      textThen("data: [DONE]\n\n"),
      `The answer of HOST ended without its finish reason, ${after}.`,
      generateAgain,
    ],
    [
      "an empty answer",
      { steps: [] },
      "The answer of HOST ended without its finish reason, before any text had come.",
      generateAgain,
    ],
    [
      "a web page with status 200",
      { contentType: "text/html", steps: [{ do: "bytes", bytes: "<html>\n" }] },
      "HOST sent a line that is no part of an answer before any text had come: <html>",
      checkAddress,
    ],
  ])("%s is a broken stream that says how much had come", async (_name, script, message, remedy) => {
    server.use(script);
    const result = await run(server.url);
    expect(result.error).toMatchObject(failure("broken_stream", message.replace("HOST", host()), remedy));
    expect(result.text).toBe(message.includes("before any text") ? "" : text);
    expect(result.events.every((event) => event.type === "text")).toBe(true);
  });

  test("an invalid UTF-8 byte is a broken stream, never a silently changed text", async () => {
    const bytes = Buffer.concat([
      Buffer.from('data: {"choices":[{"delta":{"content":"caf'),
      Buffer.of(0xe9),
      Buffer.from('"}}]}\n\n'),
    ]);
    server.use({ steps: [{ do: "bytes", bytes }] });
    const { error, text: received } = await run(server.url);
    expect(error).toMatchObject({ errorClass: "broken_stream", remedy: checkAddress });
    expect(received).toBe("");
  });

  test("a stall is a timeout after the between-tokens deadline, heartbeats or not", async () => {
    const heartbeats = Array.from({ length: 60 }, () => [
      { do: "wait" as const, ms: 25 },
      { do: "bytes" as const, bytes: ": still here\n\n" },
    ]).flat();
    // Where heartbeats counted, there would be more text.
    for (const script of [
      stall(text),
      textThen("", ...heartbeats, { do: "text", tokens: [" More."] }, { do: "stall" }),
    ]) {
      server.use(script);
      const result = await run(server.url, { deadlines: { betweenTokensMs: 900 } });
      expect(result.error).toMatchObject(
        failure("timeout", `${host()} fell silent for 900 ms ${after}.`, generateAgain),
      );
      expect(result.text).toBe(text);
      expect(await server.calls.at(-1)?.ended).toBe("left");
    }
  });

  test("a reader who takes longer than the deadline does not make the server late", async () => {
    server.use(streamText("One two three", { everyMs: 5 }));
    const clock = new FakeClock();
    const deadlines = { betweenTokensMs: 1_000 };
    const provider = createOpenAIProvider({ keys: { keyOf: () => Promise.resolve(null) }, deadlines, clock });
    let received = "";
    for await (const event of provider.stream(requestTo(server.url), new AbortController().signal)) {
      if (event.type !== "text") continue;
      received += event.text;
      clock.advance(1_200);
    }
    await provider.close();
    expect(received).toBe("One two three");
  });

  test.each<[string, string]>([
    [
      "in OpenAI's shape",
      'data: {"error":{"message":"CUDA error: unspecified launch failure","type":"server_error"}}\n\n',
    ],
    ["as words (LM Studio)", 'data: {"error":"CUDA error: unspecified launch failure"}\n\n'],
    ["under an event's name", 'event: error\ndata: {"message":"CUDA error: unspecified launch failure"}\n\n'],
    ["in a field of its own (llama.cpp)", 'error: {"message":"CUDA error: unspecified launch failure"}\n\n'],
    ["as an object (vLLM)", 'data: {"object":"error","message":"CUDA error: unspecified launch failure"}\n\n'],
    ["without `data:`", '{"error":{"message":"CUDA error: unspecified launch failure"}}\n'],
  ])("an error inside the stream %s is a server error in the server's own words", async (_name, bytes) => {
    server.use(textThen(bytes));
    const result = await run(server.url);
    const message = `${host()} stopped ${after}: CUDA error: unspecified launch failure.`;
    expect(result.error).toMatchObject(failure("server_error", message, ownLog));
    expect(result.text).toBe(text);
  });

  test("an error inside the stream that carries a status is classed by it", async () => {
    server.use(textThen('data: {"error":{"message":"slow down","code":429}}\n\n'));
    const { error } = await run(server.url);
    expect(error).toMatchObject({
      errorClass: "overloaded",
      message: `${host()} has too many requests (429). slow down.`,
    });
  });

  test("a prompt too large is told inside the stream by LM Studio", async () => {
    const words = "The number of tokens to keep from the initial prompt is greater than the context length.";
    server.use({
      steps: [{ do: "bytes", bytes: `event: error\ndata: ${JSON.stringify({ error: { message: words } })}\n\n` }],
    });
    const { error } = await run(server.url);
    expect(error).toMatchObject({ errorClass: "prompt_too_large" });
  });

  test.each<[string, Script["steps"]]>([
    ["never ends", [{ do: "stall" }]],
    ["breaks", [{ do: "wait", ms: 30 }, { do: "hangUp" }]],
    ["ends in garbage", [{ do: "bytes", bytes: "%%%\n\n" }]],
  ])("an answer that %s after its finish reason is whole, without its counts", async (name, ending) => {
    const finish = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
    server.use(textThen(finish, ...ending));
    const clock = new FakeClock();
    // The counts are waited for for two seconds.
    void clock.scheduled(2_000).then(() => name === "never ends" && clock.advance(2_000));
    const result = await run(server.url, { deadlines: { connectMs: 60_000 }, clock });
    expect({ text: result.text, error: result.error }).toEqual({ text, error: null });
    expect(result.events.at(-1)).toMatchObject({ type: "result", result: { promptTokens: null } });
  });

  test("a connection that stays open after [DONE] does not keep us", async () => {
    server.use({ steps: [...streamText("Done.").steps, { do: "stall" }] });
    const result = await run(server.url);
    expect(result.events.map(({ type }) => type)).toEqual(["text", "result"]);
    expect(await server.calls[0]?.ended).toBe("left");
  });
});
