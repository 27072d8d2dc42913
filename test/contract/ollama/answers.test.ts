import { describe, expect, test } from "vitest";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import type { WireEvent } from "../../../src/shared/contract/inference.ts";
import { shortRequest, textOf } from "./conformance.ts";
import { ask, model, never, server, useScriptedServer } from "./scripted.ts";
import { breakOff, type Step, streamText } from "../../kit/servers/ollama-scripts.ts";
import { refusingUrl } from "../../kit/servers/ollama-server.ts";

useScriptedServer();

describe("what the provider makes of the bytes", () => {
  test.each([1, 2, 3, 7, 64])("text survives cuts every %i bytes, inside characters too", async (cutBytes) => {
    const story = "Łódź — 灯台守は地図を見つけた。 👩‍🚀 naïve “quotes”\nnext line.";
    server.use(streamText(story, { cutBytes }));
    expect(textOf(await ask())).toBe(story);
  });

  test("CRLF and blank lines are read as Ollama's own", async () => {
    const lines = '\r\n{"message":{"content":"One"},"done":false}\r\n\r\n{"message":{"content":" two"},"done":true}';
    server.use({ steps: [{ do: "bytes", bytes: lines }] });
    const events = await ask();
    expect(textOf(events)).toBe("One two");
    expect(events.at(-1)?.type).toBe("result");
  });

  test("counts and durations that are absent are null, not zero", async () => {
    const fields = { prompt_eval_count: null, load_duration: null, eval_duration: 1_500_000 };
    server.use({
      steps: [
        { do: "text", tokens: ["Yes."] },
        { do: "done", reason: "length", fields },
      ],
    });
    expect((await ask()).at(-1)).toEqual({
      type: "result",
      result: {
        finishReason: "length",
        promptTokens: null,
        completionTokens: 1,
        queueMs: null,
        loadMs: null,
        prefillMs: expect.any(Number),
        decodeMs: 1.5,
        promptTruncated: false,
      },
    });
  });

  test("thoughts, text and tools come in the order in which they came", async () => {
    const reply = (message: object) =>
      `${JSON.stringify({ message: { role: "assistant", ...message }, done: false })}\n`;
    const bytes = [
      reply({ content: "", thinking: "Hm." }),
      reply({ content: "Yes.", thinking: "Or so." }),
      // An id is missing, and the arguments are a text as OpenAI's servers send them.
      reply({
        content: "",
        tool_calls: [{ function: { name: "a", arguments: '{"x":1}' } }, { function: { name: "b" } }],
      }),
    ].join("");
    server.use({
      steps: [
        { do: "bytes", bytes },
        { do: "done", reason: "stop" },
      ],
    });
    const id = expect.stringMatching(/^call_[0-9a-f]{8}$/);
    expect((await ask()).map((event) => (event.type === "result" ? event.result.finishReason : event))).toEqual([
      { type: "thought", text: "Hm." },
      { type: "thought", text: "Or so." },
      { type: "text", text: "Yes." },
      { type: "tool_call", call: { id, name: "a", arguments: { x: 1 } } },
      { type: "tool_call", call: { id, name: "b", arguments: {} } },
      "tool_calls",
    ]);
  });

  test("a call of a tool that cannot be read is a broken stream", async () => {
    server.use({ steps: [{ do: "tools", calls: [{ name: "a", arguments: [] as never }] }, { do: "done" }] });
    await expect(ask()).rejects.toMatchObject({ errorClass: "broken_stream" });
  });

  test("what an observer is told is cut at 256 KiB, and comes however the answer ends", async () => {
    const received: WireEvent[] = [];
    const observe = (event: WireEvent) => void received.push(event);
    server.use({
      steps: [{ do: "text", tokens: Array.from({ length: 300 }, () => "ż".repeat(1_000)) }, { do: "done" }],
    });
    await ask({ ...shortRequest(model), observe });
    const body = received[1]?.type === "wire_response" ? received[1].body : "";
    expect(Buffer.byteLength(body)).toBeGreaterThan(256 * 1024 - 4);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(256 * 1024);
    expect(body.endsWith("\uFFFD")).toBe(false);
    received.length = 0;
    server.use(breakOff("Half", "hangUp"));
    await expect(ask({ ...shortRequest(model), observe })).rejects.toThrow();
    expect(received[1]).toMatchObject({ type: "wire_response", status: 200, body: expect.stringContaining("Half") });
    received.length = 0;
    const nobody = await refusingUrl();
    const endpoint = nobody.replace("http://", "http://anna:secret@");
    await expect(ask({ ...shortRequest(model), configuration: { endpoint }, observe })).rejects.toThrow();
    expect(received).toMatchObject([
      { type: "wire_request", method: "POST", url: `${nobody}/api/chat` },
      { type: "wire_response", status: null, body: "" },
    ]);
    expect(JSON.stringify(received)).not.toContain("secret");
  });

  test("pieces pass one to one, as soon as each has come", async () => {
    const pieces = ["a", " b", " c", " d", " e", " f"].map((token) => ({
      token,
      passed: Promise.withResolvers<void>(),
    }));
    // None is sent before the one before it has passed.
    const steps = pieces.flatMap(({ token, passed }): Step[] => [
      { do: "text", tokens: [token] },
      { do: "hold", until: passed.promise },
    ]);
    server.use({ steps: [...steps, { do: "done" }] });
    const provider = createOllamaProvider({ defaultEndpoint: server.url });
    const arrivals: string[] = [];
    for await (const event of provider.stream(shortRequest(model), never)) {
      if (event.type !== "text") continue;
      pieces[arrivals.length]?.passed.resolve();
      arrivals.push(event.text);
    }
    await provider.close();
    expect(arrivals).toEqual(pieces.map(({ token }) => token));
  });

  test("ten thousand tokens at once arrive whole and in order with a consumer that dawdles", async () => {
    const tokens = Array.from({ length: 10_000 }, (_, index) => `${index} `);
    server.use({ steps: [{ do: "text", tokens }, { do: "done" }] });
    const provider = createOllamaProvider({ defaultEndpoint: server.url });
    let text = "";
    let seen = 0;
    for await (const event of provider.stream(shortRequest(model), never)) {
      if (event.type === "text") text += event.text;
      if (seen++ % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await provider.close();
    expect(text).toBe(tokens.join(""));
  });
});
