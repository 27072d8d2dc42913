import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ProviderEvent, ProviderRequest, StepDeadlines } from "../../src/main/inference/provider.ts";
import { ProviderError } from "../../src/main/inference/provider.ts";
import { createOpenAIProvider } from "../../src/main/inference/providers/openai/openai-provider.ts";
import { probeOpenAI } from "../../src/main/inference/providers/openai/probe.ts";
import { startFullListener } from "../kit/servers/full-listener.ts";
import { breakOff, missingDone, type Script, slow, stall, status, tell } from "../kit/servers/ollama-scripts.ts";
import { refusingUrl } from "../kit/servers/ollama-server.ts";
import { events, type OpenAIServer, startOpenAIServer } from "../kit/servers/openai-server.ts";

const model = "story-model";
const startIt = "Start the server, or check the endpoint's address and port.";
const generateAgain = "Generate again. If this repeats, the server's own log says why it stopped.";
const checkAddress = "Check that the endpoint's address is an OpenAI-compatible server.";
const ownLog = "The server's own log says more. Generate again, or assign another model.";
const text = "The lamp went out.";
const after = "after 18 characters of text";

let server: OpenAIServer;
beforeEach(async () => {
  server = await startOpenAIServer();
});
afterEach(() => server.close());

/** Runs one call to its end, and proves that it left no connection and no timer behind. */
async function run(
  endpoint: string,
  options: {
    deadlines?: Partial<StepDeadlines>;
    signal?: AbortSignal;
    /** Does something a while after the call began; its timer is not one of those that were there before. */
    later?: { afterMs: number; act: () => void };
    options?: ProviderRequest["options"];
  } = {},
): Promise<{ text: string; events: ProviderEvent[]; error: unknown }> {
  const timersBefore = activeTimers();
  const provider = createOpenAIProvider({ keyOf: () => Promise.resolve(null), deadlines: options.deadlines ?? {} });
  const all: ProviderEvent[] = [];
  let error: unknown = null;
  try {
    const { later, signal = new AbortController().signal } = options;
    if (later) setTimeout(later.act, later.afterMs);
    for await (const event of provider.stream(requestTo(endpoint, options.options), signal)) all.push(event);
  } catch (thrown) {
    error = thrown;
  }
  await provider.close();
  await expect.poll(() => server.connections()).toBe(0);
  expect(activeTimers()).toBeLessThanOrEqual(timersBefore);
  return { text: all.map((event) => (event.type === "text" ? event.text : "")).join(""), events: all, error };
}

function requestTo(endpoint: string, options: ProviderRequest["options"] = {}): ProviderRequest {
  const messages = [{ role: "user" as const, content: "A lighthouse keeper finds a map." }];
  return { model, configuration: { endpoint }, messages, options };
}

function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
}

function failure(errorClass: string, message: unknown, remedy: string) {
  return { name: "ProviderError", errorClass, message, remedy };
}

function host(): string {
  return new URL(server.url).host;
}

/** A text as a model would tell it, and then these bytes. */
function then(bytes: string | Uint8Array, ...more: Script["steps"]): Script {
  return { steps: [...missingDone(text).steps, { do: "bytes", bytes }, ...more] };
}

describe("before the first byte", () => {
  test("a port where nothing listens is refused", async () => {
    const url = await refusingUrl();
    const { error } = await run(url);
    expect(error).toMatchObject(failure("refused", `Nothing answers at ${new URL(url).host}.`, startIt));
  });

  test("a name that no machine has is refused and says so", async () => {
    const { error } = await run("http://no-such-machine.invalid:8080");
    const message = expect.stringMatching(/^Nothing answers at no-such-machine\.invalid:8080 \(.+\)\.$/);
    expect(error).toMatchObject(failure("refused", message, startIt));
  });

  test("a machine that does not accept the connection is a timeout after the connect deadline", async () => {
    const full = await startFullListener();
    const { error } = await run(full.url, { deadlines: { connectMs: 200 } });
    const message = `${new URL(full.url).host} does not accept the connection.`;
    expect(error).toMatchObject(failure("timeout", message, startIt));
    await full.close();
  });

  test("a call's own connect deadline comes before the provider's, a longer one too", async () => {
    const full = await startFullListener();
    const provider = createOpenAIProvider({ keyOf: () => Promise.resolve(null), deadlines: { connectMs: 200 } });
    const call = { ...requestTo(full.url), deadlines: { connectMs: 2_600 } };
    const startedAt = performance.now();
    const connecting = provider.stream(call, new AbortController().signal)[Symbol.asyncIterator]().next();
    const message = `${new URL(full.url).host} does not accept the connection.`;
    await expect(connecting).rejects.toMatchObject({ errorClass: "timeout", message });
    expect(performance.now() - startedAt).toBeGreaterThan(2_550);
    await provider.close();
    await full.close();
  });

  test.each(["hangUp", "reset"] as const)("a connection that ends before the answer (%s) is refused", async (how) => {
    server.use(breakOff("", how));
    const { error } = await run(server.url);
    const message = `${host()} closed the connection before it answered.`;
    expect(error).toMatchObject(failure("refused", message, generateAgain));
  });

  test("a slow server within the first-token deadline is waited for", async () => {
    server.use(slow(1_500, "At last."));
    const answer = await run(server.url, { deadlines: { firstTokenMs: 15_000, betweenTokensMs: 1_000 } });
    expect({ text: answer.text, error: answer.error }).toEqual({ text: "At last.", error: null });
  });

  test("a server slower than the first-token deadline is a timeout, and the connection is dropped", async () => {
    server.use(slow(5_000, "Too late."));
    const { error } = await run(server.url, { deadlines: { firstTokenMs: 150 } });
    const remedy = "It may still be loading the model: generate again in a while, or assign a smaller model.";
    expect(error).toMatchObject(failure("timeout", `${host()} sent no text within 150 ms.`, remedy));
    expect(await server.calls[0]?.ended).toBe("left");
  });

  test("a role and heartbeats are no first token: their deadline runs on", async () => {
    const role = 'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n';
    const heartbeats = Array.from({ length: 60 }, () => [
      { do: "wait" as const, ms: 25 },
      { do: "bytes" as const, bytes: ": still here\n\n" },
    ]).flat();
    server.use({ steps: [{ do: "bytes", bytes: role }, ...heartbeats, ...tell("Late.").steps] });
    const { error, text: told } = await run(server.url, { deadlines: { firstTokenMs: 300, betweenTokensMs: 50 } });
    expect(error).toMatchObject({ errorClass: "timeout", message: `${host()} sent no text within 300 ms.` });
    expect(told).toBe("");
  });

  test("a call's own deadlines come before the provider's", async () => {
    server.use(slow(5_000, "Too late."));
    const provider = createOpenAIProvider({ keyOf: () => Promise.resolve(null) });
    const request = { ...requestTo(server.url), deadlines: { firstTokenMs: 120 } };
    const reading = provider.stream(request, new AbortController().signal)[Symbol.asyncIterator]();
    await expect(reading.next()).rejects.toMatchObject({ message: `${host()} sent no text within 120 ms.` });
    await provider.close();
  });

  test("something that is not HTTP is named as such", async () => {
    server.use({ steps: [{ do: "socket", bytes: "SSH-2.0-OpenSSH_9.6\r\n\r\n" }, { do: "hangUp" }] });
    const { error } = await run(server.url);
    const message = `What answers at ${host()} does not speak HTTP.`;
    expect(error).toMatchObject(failure("broken_stream", message, checkAddress));
  });

  test("a version without an endpoint is rejected before anything is sent", async () => {
    const provider = createOpenAIProvider({ keyOf: () => Promise.resolve(null) });
    const request = { ...requestTo(server.url), configuration: {} };
    const reading = provider.stream(request, new AbortController().signal)[Symbol.asyncIterator]();
    await expect(reading.next()).rejects.toMatchObject({
      errorClass: "rejected",
      message: "The version of story-model names no endpoint.",
    });
    await provider.close();
  });
});

describe("in the middle of the stream", () => {
  const half = 'data: {"choices":[{"index":0,"delta":{"cont';
  test.each<[string, Script, string, string]>([
    ["a connection that closes", breakOff(text, "hangUp"), `The connection to HOST broke ${after}.`, generateAgain],
    ["a reset", breakOff(text, "reset"), `The connection to HOST broke ${after}.`, generateAgain],
    [
      "half an event and a close",
      then(half, { do: "hangUp" }),
      `The connection to HOST broke ${after}.`,
      generateAgain,
    ],
    [
      "half an event and an end",
      then(half),
      `The answer of HOST ended in the middle of a line, ${after}.`,
      generateAgain,
    ],
    [
      "a garbage line",
      then("%% not an event %%\n\n"),
      `HOST sent a line that is no part of an answer ${after}: %% not an event %%`,
      generateAgain,
    ],
    [
      "data that is not JSON",
      then("data: %% not json %%\n\n"),
      `HOST sent a line that is no part of an answer ${after}: %% not json %%`,
      generateAgain,
    ],
    [
      "data of another protocol",
      then('data: {"choices":[{"delta":{"content":5}}]}\n\n'),
      `HOST sent a chunk that is not one of OpenAI's API ${after}.`,
      generateAgain,
    ],
    [
      "data that is no object",
      then("data: [1,2]\n\n"),
      `HOST sent a chunk that is not one of OpenAI's API ${after}.`,
      generateAgain,
    ],
    [
      "a line over 8 MB",
      then(`data: {"choices":[{"delta":{"content":"${"x".repeat(9_000_000)}"}}]}\n\n`),
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
      then("data: [DONE]\n\n"),
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
    const { error, text: told } = await run(server.url);
    expect(error).toMatchObject({ errorClass: "broken_stream", remedy: checkAddress });
    expect(told).toBe("");
  });

  test("a stall is a timeout after the between-tokens deadline, heartbeats or not", async () => {
    const heartbeats = Array.from({ length: 60 }, () => [
      { do: "wait" as const, ms: 25 },
      { do: "bytes" as const, bytes: ": still here\n\n" },
    ]).flat();
    // Where heartbeats counted, there would be more text.
    for (const script of [stall(text), then("", ...heartbeats, { do: "text", tokens: [" More."] }, { do: "stall" })]) {
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
    server.use(tell("One two three", { everyMs: 5 }));
    const provider = createOpenAIProvider({
      keyOf: () => Promise.resolve(null),
      deadlines: { betweenTokensMs: 1_000 },
    });
    let told = "";
    for await (const event of provider.stream(requestTo(server.url), new AbortController().signal)) {
      if (event.type !== "text") continue;
      told += event.text;
      await new Promise((resolve) => setTimeout(resolve, 1_200));
    }
    await provider.close();
    expect(told).toBe("One two three");
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
    server.use(then(bytes));
    const result = await run(server.url);
    const message = `${host()} stopped ${after}: CUDA error: unspecified launch failure.`;
    expect(result.error).toMatchObject(failure("server_error", message, ownLog));
    expect(result.text).toBe(text);
  });

  test("an error inside the stream that carries a status is classed by it", async () => {
    server.use(then('data: {"error":{"message":"slow down","code":429}}\n\n'));
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
  ])("an answer that %s after its finish reason is whole, without its counts", async (_name, ending) => {
    const finish = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
    server.use(then(finish, ...ending));
    const result = await run(server.url);
    expect({ text: result.text, error: result.error }).toEqual({ text, error: null });
    expect(result.events.at(-1)).toMatchObject({ type: "result", result: { promptTokens: null } });
  });

  test("a connection that stays open after [DONE] does not keep us", async () => {
    server.use({ steps: [...tell("Done.").steps, { do: "stall" }] });
    const result = await run(server.url);
    expect(result.events.map(({ type }) => type)).toEqual(["text", "result"]);
    expect(await server.calls[0]?.ended).toBe("left");
  });
});

describe("error statuses", () => {
  const rejected = "Change what it refuses, in the call or in the version's options, or assign another model.";
  const unloaded = "Use one of the names the server lists, or load the model there.";
  const tooLarge = "Shorten the prompt or ask for fewer tokens, or start the server with a larger context.";
  test.each<[number, string | object, string, string, string]>([
    [400, { error: { message: "bad thing" } }, "rejected", "HOST cannot do this (400). bad thing.", rejected],
    [
      400,
      { error: { message: "too much", type: "invalid_request_error", code: "context_length_exceeded" } },
      "prompt_too_large",
      "The prompt does not fit the context window of story-model: too much.",
      tooLarge,
    ],
    [
      400,
      {
        error: {
          code: 400,
          message: "the request exceeds the available context size, try increasing it",
          type: "exceed_context_size_error",
        },
      },
      "prompt_too_large",
      "The prompt does not fit the context window of story-model: the request exceeds the available context size, try increasing it.",
      tooLarge,
    ],
    [
      401,
      { error: "Unauthorized" },
      "not_allowed",
      "HOST asks for a key (401). Unauthorized.",
      "Save the server's key with its endpoint on the Models screen.",
    ],
    [
      403,
      "",
      "not_allowed",
      "HOST asks for a key (403).",
      "Save the server's key with its endpoint on the Models screen.",
    ],
    [
      404,
      { error: { message: "The model `story-model` does not exist.", code: "model_not_found" } },
      "model_not_found",
      "HOST has no model story-model.",
      unloaded,
    ],
    [
      404,
      { object: "error", message: "The model `story-model` does not exist.", type: "NotFoundError", code: 404 },
      "model_not_found",
      "HOST has no model story-model.",
      unloaded,
    ],
    [
      404,
      { error: { message: "model 'llama3.1:8b' not found", type: "api_error", param: null, code: null } },
      "model_not_found",
      "HOST has no model story-model.",
      unloaded,
    ],
    [
      404,
      { detail: "Not Found" },
      "rejected",
      "There is nothing at /v1/chat/completions on HOST (404). Not Found.",
      checkAddress,
    ],
    [
      404,
      "404 page not found",
      "rejected",
      "There is nothing at /v1/chat/completions on HOST (404). 404 page not found.",
      checkAddress,
    ],
    [
      422,
      { detail: [{ loc: ["body", "messages"], msg: "Field required", type: "missing" }] },
      "rejected",
      "HOST cannot do this (422). Field required: messages.",
      rejected,
    ],
    [
      429,
      { error: { message: "Rate limit reached" } },
      "overloaded",
      "HOST has too many requests (429). Rate limit reached.",
      "Wait a while and generate again.",
    ],
    [500, { error: { message: "boom" } }, "server_error", "HOST failed (500). boom.", ownLog],
    [500, "plain words", "server_error", "HOST failed (500). plain words.", ownLog],
    [
      500,
      { error: { message: "CUDA out of memory. Tried to allocate 2.00 GiB" } },
      "not_enough_memory",
      "HOST has not enough memory for story-model: CUDA out of memory. Tried to allocate 2.00 GiB.",
      "Close what else uses memory, unload other models, or assign a smaller model.",
    ],
    [
      501,
      { error: { message: "This server does not support that" } },
      "rejected",
      "HOST cannot do this (501). This server does not support that.",
      rejected,
    ],
    [
      502,
      "Bad Gateway",
      "server_error",
      "The proxy at HOST cannot reach the model's server (502). Bad Gateway.",
      "Start the server behind it, or assign another model.",
    ],
    [
      503,
      { error: { code: 503, message: "Loading model", type: "unavailable_error" } },
      "overloaded",
      "HOST cannot answer now (503). Loading model.",
      "Wait until it has loaded its model or has fewer requests, and generate again.",
    ],
    [504, "", "timeout", "HOST gave up waiting for the model (504).", "Generate again, or assign a smaller model."],
    [
      307,
      "",
      "rejected",
      "HOST sends requests on to another address (307).",
      "This address does not speak OpenAI's API itself: use that address as the endpoint.",
    ],
  ])("%i with %j", async (code, body, errorClass, message, remedy) => {
    server.use(status(code, body));
    const result = await run(server.url);
    expect(result.error).toMatchObject(failure(errorClass, message.replace("HOST", host()), remedy));
    expect(result.text).toBe("");
    expect(server.calls).toHaveLength(1);
  });

  test.each<[Record<string, string>, number | null]>([
    [{ "retry-after": "7" }, 7_000],
    [{ "retry-after-ms": "250", "retry-after": "7" }, 250],
    [{ "retry-after": "Tue, 01 Jan 2019 00:00:00 GMT" }, 0],
    [{ "retry-after": "soon" }, null],
    [{}, null],
  ])("429 and 503 with %j say how long to wait", async (headers, retryAfterMs) => {
    for (const code of [429, 503]) {
      server.use({ ...status(code, { error: "busy" }), headers });
      const { error } = await run(server.url);
      expect(error).toMatchObject({ errorClass: "overloaded", retryAfterMs });
    }
  });

  test("a date in the future is counted from now", async () => {
    server.use({ ...status(429, ""), headers: { "retry-after": new Date(Date.now() + 60_000).toUTCString() } });
    const { error } = await run(server.url);
    if (!(error instanceof ProviderError)) throw new Error("no ProviderError");
    expect(error.retryAfterMs).toBeGreaterThan(50_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  test.each<[string, Script["steps"]]>([
    ["never come", [{ do: "bytes", bytes: "" }, { do: "stall" }]],
    ["break off", [{ do: "bytes", bytes: "" }, { do: "wait", ms: 20 }, { do: "reset" }]],
  ])("a status whose words %s is told without them", async (_name, steps) => {
    server.use({ status: 503, steps });
    const { error } = await run(server.url);
    expect(error).toMatchObject({ errorClass: "overloaded", message: `${host()} cannot answer now (503).` });
  });

  test("a proxy's page of HTML is not quoted", async () => {
    const page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
    server.use({ status: 502, contentType: "text/html", steps: [{ do: "bytes", bytes: page }] });
    const { error } = await run(server.url);
    expect(error).toMatchObject({ message: `The proxy at ${host()} cannot reach the model's server (502).` });
  });
});

describe("aborting", () => {
  test.each<[string, Script]>([
    ["while the server evaluates the prompt", stall("")],
    ["while it is silent between tokens", stall("Once")],
    [
      "while tokens pour in",
      { steps: [{ do: "text", tokens: Array.from({ length: 5_000 }, () => " on"), everyMs: 1 }] },
    ],
  ])("%s closes the socket and throws the signal's reason", async (_name, script) => {
    server.use(script);
    const stop = new AbortController();
    const reason = new Error("stopped by the reader");
    const later = { afterMs: 100, act: () => stop.abort(reason) };
    const { error } = await run(server.url, { signal: stop.signal, later });
    expect(error).toBe(reason);
    expect(await server.calls[0]?.ended).toBe("left");
  });

  test("before the call sends nothing", async () => {
    const reason = new Error("never mind");
    const { error } = await run(server.url, { signal: AbortSignal.abort(reason) });
    expect(error).toBe(reason);
    expect(server.requests).toEqual([]);
  });

  test("while it is still unknown what answers there returns", async () => {
    const full = await startFullListener();
    const reason = new Error("stopped");
    const stop = new AbortController();
    const later = { afterMs: 50, act: () => stop.abort(reason) };
    const options = { repeatPenalty: 1.1 };
    const { error } = await run(full.url, { signal: stop.signal, later, deadlines: { connectMs: 60_000 }, options });
    expect(error).toBe(reason);
    await full.close();
  });

  test("while connecting returns", async () => {
    const full = await startFullListener();
    const reason = new Error("stopped");
    const stop = new AbortController();
    const later = { afterMs: 50, act: () => stop.abort(reason) };
    const { error } = await run(full.url, { signal: stop.signal, later, deadlines: { connectMs: 60_000 } });
    expect(error).toBe(reason);
    await full.close();
  });

  test("a reader who leaves closes the socket", async () => {
    server.use(stall("Once upon a time"));
    const provider = createOpenAIProvider({ keyOf: () => Promise.resolve(null) });
    for await (const event of provider.stream(requestTo(server.url), new AbortController().signal)) {
      expect(event.type).toBe("text");
      break;
    }
    expect(await server.calls[0]?.ended).toBe("left");
    await provider.close();
  });

  test("a signal that serves many calls keeps no listener of any", async () => {
    const stop = new AbortController();
    let listeners = 0;
    const add = stop.signal.addEventListener.bind(stop.signal);
    const remove = stop.signal.removeEventListener.bind(stop.signal);
    stop.signal.addEventListener = (...given: Parameters<typeof add>) => (listeners++, add(...given));
    stop.signal.removeEventListener = (...given: Parameters<typeof remove>) => (listeners--, remove(...given));
    for (const script of [tell(text), breakOff(text, "reset"), status(500, "no"), events({ choices: [] })]) {
      server.use(script);
      await run(server.url, { signal: stop.signal });
    }
    expect(listeners).toBe(0);
  });
});

describe("a server that is away or strange", () => {
  test("is an answer of a probe, and unknown to all other questions", async () => {
    const url = await refusingUrl();
    expect(await probeOpenAI(url)).toEqual({
      state: "down",
      lastError: `Nothing answers at ${new URL(url).host}.`,
      remedy: startIt,
    });
    const provider = createOpenAIProvider({ keyOf: () => Promise.resolve(null) });
    const request = requestTo(url);
    expect(await provider.isLoaded(request)).toBe(null);
    expect(await provider.contextTokens(request)).toBe(null);
    expect(await provider.countTokens(request, "one")).toBe(null);
    await expect(provider.embed(request, ["one"], new AbortController().signal)).rejects.toMatchObject({
      errorClass: "refused",
    });
    await provider.close();
  });

  test("a probe that is aborted throws the reason and leaves no connection", async () => {
    const full = await startFullListener();
    const stop = new AbortController();
    const reason = new Error("left the screen");
    setTimeout(() => stop.abort(reason), 50);
    await expect(probeOpenAI(full.url, { signal: stop.signal })).rejects.toBe(reason);
    await full.close();
  });

  test("closing the provider ends a call that is running", async () => {
    server.use(stall("Once"));
    const provider = createOpenAIProvider({ keyOf: () => Promise.resolve(null) });
    const reading = provider.stream(requestTo(server.url), new AbortController().signal)[Symbol.asyncIterator]();
    expect((await reading.next()).value).toEqual({ type: "text", text: "Once" });
    const next = reading.next();
    await Promise.all([expect(next).rejects.toMatchObject({ name: "ProviderError" }), provider.close()]);
    expect(await server.calls[0]?.ended).toBe("left");
  });

  test("a server restarted on its port is called again by the next call", async () => {
    const first = await startOpenAIServer();
    const provider = createOpenAIProvider({ keyOf: () => Promise.resolve(null) });
    const call = async () => {
      const types: string[] = [];
      for await (const event of provider.stream(requestTo(first.url), new AbortController().signal))
        types.push(event.type);
      return types.at(-1);
    };
    expect(await call()).toBe("result");
    await first.close();
    await expect(call()).rejects.toMatchObject({ errorClass: "refused" });
    const again = await startOpenAIServer({ port: Number(new URL(first.url).port) });
    expect(await call()).toBe("result");
    await provider.close();
    await again.close();
  });
});
