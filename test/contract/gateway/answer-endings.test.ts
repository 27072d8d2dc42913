import { execFile } from "node:child_process";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { promisify } from "node:util";
import OpenAI from "openai";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type LogLine, logTo } from "../../../src/main/base/logger.ts";
import type { Attempt, InferenceEvent } from "../../../src/shared/contract/inference.ts";
import { ollamaAt, openaiAt, post } from "./programs.ts";
import {
  done,
  failed,
  held,
  plays,
  raw,
  requestBytes,
  type Script,
  type ScriptedGateway,
  smollm,
  startScriptedGateway,
} from "./scripted-gateway.ts";

const messages = [{ role: "user" as const, content: "Begin" }];
const asksOllama = { model: "story_generation", messages };

let server: ScriptedGateway;
afterEach(() => server.close());

const extension = {
  inferenceId: expect.any(String),
  model: "smollm2",
  version: "1.0",
  held: null,
  promptTruncated: false,
  attempts: [],
};

describe("what is held", () => {
  const events: InferenceEvent[] = [{ type: "token", text: "He opened the book." }, held];
  const last = done({ finishReason: "held" });
  const text = "He opened the book. He kept the number to himself.";
  const received = { category: "S7", severity: "high", message: "a card’s number stands in the text" };

  test("is fallback text for Ollama's client, with the finding in `taleward`", async () => {
    await serve(plays(events, last));
    let streamed = "";
    let final: object = {};
    for await (const part of await ollamaAt(server).chat({ ...asksOllama, stream: true })) {
      streamed += part.message.content;
      final = part;
    }
    expect([streamed, final]).toEqual([
      text,
      expect.objectContaining({ done_reason: "stop", taleward: { ...extension, held: received } }),
    ]);
    expect(await ollamaAt(server).chat(asksOllama)).toMatchObject({
      message: { content: text },
      taleward: { held: received },
    });
  });

  test("is fallback text for OpenAI's client, ends as content_filter, with the finding in `taleward`", async () => {
    await serve(plays(events, last));
    const completion = await openaiAt(server).chat.completions.create({ model: "story_generation", messages });
    expect(completion).toMatchObject({
      choices: [{ message: { content: text }, finish_reason: "content_filter" }],
      taleward: { held: received },
    });
    const streamed = await openaiAt(server)
      .chat.completions.stream({ model: "story_generation", messages })
      .finalChatCompletion();
    expect(streamed.choices[0]).toMatchObject({ message: { content: text }, finish_reason: "content_filter" });
  });

  test("is told in a header too, of a whole answer and of a stream that begins with it", async () => {
    await serve(plays([held], last));
    for (const stream of [true, false]) {
      const answer = await post(server, "/api/chat", { ...asksOllama, stream });
      expect(JSON.parse(answer.headers.get("x-taleward-finding") ?? "")).toEqual(received);
      expect(await answer.text()).toContain("He kept the number to himself.");
      expect(answer.headers.get("trailer")).toBeNull();
    }
  });

  test.each(["/api/chat", "/v1/chat/completions"])(
    "is told after the body of a stream of %s that had begun, announced before it",
    async (path) => {
      await serve(plays(events, last));
      const headers = { "x-api-key": server.key };
      const asking = request({ port: server.port, method: "POST", path, headers });
      asking.end(JSON.stringify({ ...asksOllama, stream: true }));
      const [answer] = (await once(asking, "response")) as [IncomingMessage];
      expect(answer.headers).toMatchObject({ trailer: "x-taleward-finding, x-taleward-dropped-messages" });
      expect(answer.headers).not.toHaveProperty("x-taleward-finding");
      expect(Buffer.concat(await answer.toArray()).toString()).toContain("He kept the number to himself.");
      expect(JSON.parse(answer.trailers["x-taleward-finding"] ?? "")).toEqual(received);
    },
  );

  test("is told in the stream alone to a program of HTTP 1.0, which knows no trailers", async () => {
    await serve(plays(events, last));
    const body = JSON.stringify({ ...asksOllama, stream: true });
    const bytes = requestBytes(server.port, "POST", "/api/chat", { headers: { "x-api-key": server.key }, body });
    const answer = await raw(server.port, bytes.replace("HTTP/1.1", "HTTP/1.0"));
    expect([answer.status, answer.headers["trailer"]]).toEqual([200, undefined]);
    const [first, second, final, ...rest] = answer.body.split("\n").map((line) => line && JSON.parse(line));
    expect([first.message.content + second.message.content, final.taleward.held, rest]).toEqual([text, received, [""]]);
  });

  test("leaves no trace in curl's output, streamed with a trailer as it is", async () => {
    await serve(plays(events, last));
    const asks = ["--silent", "--show-error", "--no-buffer", "--fail", "-H", `x-api-key: ${server.key}`];
    const body = JSON.stringify({ ...asksOllama, stream: true });
    const reply = await promisify(execFile)("curl", [...asks, "-d", body, `${server.url}/api/chat`]);
    const streamed = reply.stdout.split("\n").map((line) => line && JSON.parse(line));
    expect([streamed.at(-2).taleward.held, streamed.at(-1), reply.stderr]).toEqual([received, "", ""]);
  });
});

describe("a failure", () => {
  test.each([
    ["no_model", 404],
    ["model_not_found", 404],
    ["overloaded", 503],
    ["prompt_too_large", 400],
    ["rejected", 400],
    ["timeout", 504],
    ["refused", 502],
    ["broken_stream", 502],
    ["model_changed", 502],
    ["not_allowed", 502],
    ["server_error", 502],
    ["engine_crashed", 502],
    ["not_enough_memory", 502],
    ["invalid_output", 502],
    ["storage", 500],
    ["internal", 500],
  ] as const)("%s before the first byte is %i, streamed or not, in both shapes", async (errorClass, status) => {
    await serve(plays([], failed(errorClass)));
    // What is wrong with this machine's data, or with Taleward, is told without what would give away where it lies.
    const error = {
      storage: expect.stringMatching(/^Taleward cannot read or write its data now/),
      internal: "Something went wrong inside Taleward. Its diagnostics say what.",
    };
    const words = Object.hasOwn(error, errorClass)
      ? Reflect.get(error, errorClass)
      : `It was ${errorClass}. Look at the server.`;
    for (const stream of [true, false]) {
      const answer = await post(server, "/api/chat", { ...asksOllama, stream });
      expect([answer.status, await answer.json()]).toEqual([status, { error: words }]);
      expect(answer.headers.get("x-taleward-inference-id")).not.toBeNull();
      expect(answer.headers.get("retry-after")).toBe(status === 503 ? "1" : null);
      const other = await post(server, "/v1/chat/completions", { ...asksOllama, stream });
      expect([other.status, await other.json()]).toEqual([
        status,
        { error: { message: expect.any(String), type: expect.any(String), param: null, code: errorClass } },
      ]);
    }
  });

  test.each([
    ["server_error", 3, "false"],
    ["overloaded", 3, "false"],
    ["invalid_output", 3, "false"],
    ["timeout", 1, "false"],
    ["not_enough_memory", 1, "false"],
    ["overloaded", 1, null],
    ["broken_stream", 1, null],
    ["rejected", 1, null],
    ["no_model", 0, null],
  ] as const)(
    "of %s after %i attempts tells clients that retry by themselves: %s",
    async (errorClass, count, expected) => {
      const attempts = Array.from({ length: count }, () => attempt(errorClass));
      await serve(plays([], { ...failed(errorClass), attempts }));
      for (const path of ["/api/chat", "/v1/chat/completions"])
        expect((await post(server, path, { ...asksOllama, stream: false })).headers.get("x-should-retry")).toBe(
          expected,
        );
    },
  );

  test("that was retried here is one call of OpenAI's client as it comes, which retries by itself", async () => {
    const attempts = [attempt("server_error"), attempt("server_error"), attempt("server_error")];
    await serve(plays([], { ...failed("server_error"), attempts }));
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.key });
    await expect(client.chat.completions.create({ model: "story_generation", messages })).rejects.toMatchObject({
      status: 502,
    });
    expect(server.asked.length).toBe(1);
  });

  const broken: Script = plays([{ type: "token", text: "The lamp" }], failed("broken_stream"));

  test("in the middle of a stream reaches Ollama's client as an error after the text", async () => {
    await serve(broken);
    let text = "";
    const reading = (async () => {
      for await (const part of await ollamaAt(server).chat({ ...asksOllama, stream: true }))
        text += part.message.content;
    })();
    await expect(reading).rejects.toThrow("It was broken_stream. Look at the server.");
    expect(text).toBe("The lamp");
  });

  test("in the middle of a stream reaches OpenAI's client as an error after the text", async () => {
    await serve(broken);
    let text = "";
    const reading = (async () => {
      const stream = await openaiAt(server).chat.completions.create({
        model: "story_generation",
        messages,
        stream: true,
      });
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    })();
    await expect(reading).rejects.toMatchObject({ code: "broken_stream" });
    expect(text).toBe("The lamp");
  });

  test("in the middle of an answer that is not streamed is a status and no half answer", async () => {
    await serve(broken);
    expect((await post(server, "/api/chat", { ...asksOllama, stream: false })).status).toBe(502);
  });

  test("that nobody expected is 500 and says so", async () => {
    const write = vi.fn<(line: LogLine) => void>();
    using _logging = logTo({ write });
    await serve(() => {
      throw new TypeError("a bug");
    });
    expect((await post(server, "/api/chat", asksOllama)).status).toBe(500);
    const error: unknown = expect.objectContaining({ type: "TypeError", code: null });
    expect(write).toHaveBeenCalledExactlyOnceWith({ level: "error", event: expect.any(String), context: {}, error });
  });
});

function attempt(errorClass: Attempt["errorClass"]): Attempt {
  const { model, version, id } = smollm;
  const at = { endpoint: "http://127.0.0.1:9", atMs: 0, durationMs: 1 };
  return { versionId: id, model, version, ...at, outcome: "failed", errorClass, message: "It was.", next: "retry" };
}

async function serve(script: Script): Promise<void> {
  server = await startScriptedGateway(script);
}
