import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  ProviderError,
  type ProviderEvent,
  type ProviderRequest,
  type StepDeadlines,
} from "../../src/main/inference/provider.ts";
import { describeModel, probeOllama } from "../../src/main/inference/providers/ollama/discover.ts";
import { createOllamaProvider } from "../../src/main/inference/providers/ollama/ollama-provider.ts";
import { startFullListener } from "../kit/servers/full-listener.ts";
import {
  breakOff,
  busy,
  errorInStream,
  garbageLine,
  halfLine,
  missingDone,
  type Script,
  slow,
  stall,
  status,
  tell,
} from "../kit/servers/ollama-scripts.ts";
import { type OllamaServer, refusingUrl, startOllamaServer } from "../kit/servers/ollama-server.ts";

const model = "smollm2:135m";
const request: ProviderRequest = {
  model,
  configuration: {},
  messages: [{ role: "user", content: "A lighthouse keeper finds a map." }],
  options: {},
};
const startIt = "Start it with `ollama serve`, or use the built-in engine.";
const generateAgain = "Generate again. If this repeats, Ollama's own log says why it stopped.";
const notOllamasApi =
  "This address does not speak Ollama's API: give the base URL of an Ollama server, such as http://127.0.0.1:11434.";
const checkAddress = "Check that the endpoint's address is an Ollama server.";

let server: OllamaServer;
beforeEach(async () => {
  server = await startOllamaServer();
});
afterEach(() => server.close());

/** Runs one call to its end, and proves that it left no connection and no timer behind. */
async function run(
  url: string,
  options: {
    deadlines?: Partial<StepDeadlines>;
    signal?: AbortSignal;
    /** Does something a while after the call began; its timer is not one of those that were there before. */
    later?: { afterMs: number; act: () => void };
    configuration?: ProviderRequest["configuration"];
    messages?: ProviderRequest["messages"];
  } = {},
): Promise<{ text: string; events: ProviderEvent[]; error: unknown }> {
  const timersBefore = activeTimers();
  const provider = createOllamaProvider({ defaultEndpoint: url, deadlines: options.deadlines ?? {} });
  const events: ProviderEvent[] = [];
  let error: unknown = null;
  const signal = options.signal ?? new AbortController().signal;
  try {
    const { configuration = {}, messages = request.messages, later } = options;
    if (later) setTimeout(later.act, later.afterMs);
    for await (const event of provider.stream({ ...request, configuration, messages }, signal)) {
      events.push(event);
    }
  } catch (thrown) {
    error = thrown;
  }
  await provider.close();
  await expect.poll(() => server.connections()).toBe(0);
  expect(activeTimers()).toBeLessThanOrEqual(timersBefore);
  const text = events.map((event) => (event.type === "text" ? event.text : "")).join("");
  return { text, events, error };
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

describe("before the first byte", () => {
  test("a port where nothing listens is refused, in the words of the screen", async () => {
    const url = await refusingUrl();
    const { error } = await run(url);
    expect(error).toMatchObject(failure("refused", `Ollama does not answer at ${new URL(url).host}.`, startIt));
  });

  test("a name without an address is refused and says so", async () => {
    const { error } = await run("http://no-such-machine.invalid:11434");
    expect(error).toMatchObject(
      failure(
        "refused",
        "Ollama does not answer at no-such-machine.invalid:11434 (the name has no address).",
        "Check the spelling of the endpoint's address, and the network.",
      ),
    );
  });

  test("a machine that does not accept the connection is a timeout after the connect deadline", async () => {
    const full = await startFullListener();
    const startedAt = performance.now();
    const { error } = await run(full.url, { deadlines: { connectMs: 2_600 } }); // not the default, which is less
    expect(performance.now() - startedAt).toBeGreaterThan(2_550);
    expect(error).toMatchObject(
      failure("timeout", `Ollama at ${new URL(full.url).host} does not accept the connection.`, startIt),
    );
    await full.close();
  });

  test("a connection that closes before the answer is refused", async () => {
    server.use(breakOff("", "hangUp"));
    const { error } = await run(server.url);
    expect(error).toMatchObject(
      failure("refused", `Ollama at ${host()} closed the connection before it answered.`, generateAgain),
    );
  });

  test("a reset before the answer is refused", async () => {
    server.use(breakOff("", "reset"));
    const { error } = await run(server.url);
    expect(error).toMatchObject(
      failure("refused", `Ollama at ${host()} closed the connection before it answered.`, generateAgain),
    );
  });

  test("a slow server within the first-token deadline is waited for", async () => {
    server.use(slow(1_500, "At last."));
    const { text, error } = await run(server.url, { deadlines: { firstTokenMs: 15_000, betweenTokensMs: 1_000 } });
    expect({ text, error }).toEqual({ text: "At last.", error: null });
  });

  test("the first-token deadline is one for the status line and the first line after it", async () => {
    const headers = { do: "bytes", bytes: "" } as const;
    server.use({ steps: [{ do: "wait", ms: 250 }, headers, { do: "wait", ms: 250 }, ...tell("Late.").steps] });
    const late = await run(server.url, { deadlines: { firstTokenMs: 400 } });
    expect(late.error).toMatchObject({
      errorClass: "timeout",
      message: `Ollama at ${host()} sent nothing within 400 ms.`,
    });
    const inTime = await run(server.url, { deadlines: { firstTokenMs: 15_000 } });
    expect(inTime).toMatchObject({ text: "Late.", error: null });
  });

  test("a call's own deadlines come before the provider's, the one for connecting too", async () => {
    const full = await startFullListener();
    const provider = createOllamaProvider({ defaultEndpoint: full.url, deadlines: { connectMs: 60_000 } });
    const connecting = provider.stream({ ...request, deadlines: { connectMs: 100 } }, new AbortController().signal);
    await expect(connecting[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      errorClass: "timeout",
      message: `Ollama at ${new URL(full.url).host} does not accept the connection.`,
    });
    await provider.close();
    await full.close();
    server.use(stall("Once"));
    const between = createOllamaProvider({ defaultEndpoint: server.url });
    const read = async () => {
      const call = { ...request, deadlines: { betweenTokensMs: 900 } };
      for await (const event of between.stream(call, new AbortController().signal)) expect(event.type).toBe("text");
    };
    await expect(read()).rejects.toMatchObject({
      message: `Ollama at ${host()} fell silent for 900 ms after 4 characters of text.`,
    });
    await between.close();
  });

  test("a server slower than the first-token deadline is a timeout, and the connection is dropped", async () => {
    server.use(slow(5_000, "Too late."));
    const { error } = await run(server.url, { deadlines: { firstTokenMs: 150 } });
    expect(error).toMatchObject(
      failure(
        "timeout",
        `Ollama at ${host()} sent nothing within 150 ms.`,
        "It may still be loading the model: generate again in a while, or assign a smaller model.",
      ),
    );
    expect(await server.requests[0]?.ended).toBe("left");
  });

  test("something that is not HTTP is named as such", async () => {
    server.use({ steps: [{ do: "socket", bytes: "SSH-2.0-OpenSSH_9.6\r\n\r\n" }, { do: "hangUp" }] });
    const { error } = await run(server.url);
    expect(error).toMatchObject(
      failure(
        "broken_stream",
        `What answers at ${host()} does not speak HTTP, so it is not Ollama.`,
        "Check the endpoint's address and port.",
      ),
    );
  });
});

describe("in the middle of the stream", () => {
  const text = "The lamp went out.";
  const after = "after 18 characters of text";

  test.each<[string, Script, string, string]>([
    [
      "a connection that closes",
      breakOff(text, "hangUp"),
      `The connection to Ollama at HOST broke ${after}.`,
      generateAgain,
    ],
    ["a reset", breakOff(text, "reset"), `The connection to Ollama at HOST broke ${after}.`, generateAgain],
    [
      "half a line and a close",
      halfLine(text, "hangUp"),
      `The connection to Ollama at HOST broke ${after}.`,
      generateAgain,
    ],
    [
      "half a line and an end",
      halfLine(text, "end"),
      `The answer of Ollama at HOST ended in the middle of a line, ${after}.`,
      generateAgain,
    ],
    [
      "a garbage line",
      garbageLine(text),
      `Ollama at HOST sent a line that is not JSON ${after}: %% not json %%`,
      generateAgain,
    ],
    [
      "a line of JSON that is no object",
      garbageLine(text, "[1,2]"),
      `Ollama at HOST sent a line that is not JSON ${after}: [1,2]`,
      generateAgain,
    ],
    [
      "a line of another protocol",
      garbageLine(text, '{"message":{"content":5}}'),
      `HOST sent a line that is not one of Ollama's ${after}.`,
      checkAddress,
    ],
    [
      "a line over 8 MB",
      garbageLine(text, `{"message":{"content":"${"x".repeat(9_000_000)}"}}`),
      `Ollama at HOST sent a line longer than 8 MB ${after}.`,
      generateAgain,
    ],
    [
      "a missing final line",
      missingDone(text),
      `The answer of Ollama at HOST ended without its final line, ${after}.`,
      generateAgain,
    ],
    [
      "an empty answer",
      { steps: [] },
      "The answer of Ollama at HOST ended without its final line, before any text had come.",
      generateAgain,
    ],
    [
      "a web page with status 200",
      { contentType: "text/html", steps: [{ do: "bytes", bytes: "<html>\n" }] },
      "Ollama at HOST sent a line that is not JSON before any text had come: <html>",
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
    const bytes = Buffer.concat([Buffer.from('{"message":{"content":"caf'), Buffer.of(0xe9), Buffer.from('"}}\n')]);
    server.use({ steps: [{ do: "bytes", bytes }] });
    const { error } = await run(server.url);
    expect(error).toMatchObject(
      failure("broken_stream", expect.stringContaining("sent a line that is not JSON"), checkAddress),
    );
  });

  test("a stall is a timeout after the between-tokens deadline", async () => {
    server.use(stall(text));
    const result = await run(server.url, { deadlines: { betweenTokensMs: 900 } });
    expect(result.error).toMatchObject(
      failure("timeout", `Ollama at ${host()} fell silent for 900 ms ${after}.`, generateAgain),
    );
    expect(result.text).toBe(text);
    expect(await server.requests[0]?.ended).toBe("left");
  });

  test("an error inside the stream is a server error in the server's own words", async () => {
    server.use(errorInStream(text, "an error was encountered while running the model: unexpected EOF"));
    const result = await run(server.url);
    expect(result.error).toMatchObject(
      failure(
        "server_error",
        `Ollama at ${host()} stopped ${after}: an error was encountered while running the model: unexpected EOF.`,
        "Ollama's own log says more. Try again, or assign another model.",
      ),
    );
    expect(result.text).toBe(text);
  });

  test("an error inside the stream about a missing model is model_not_found", async () => {
    server.use(errorInStream("", "model 'smollm2:135m' not found"));
    const { error } = await run(server.url);
    expect(error).toMatchObject(
      failure(
        "model_not_found",
        `Ollama at ${host()} has no model ${model}.`,
        `Pull it with \`ollama pull ${model}\`, or assign another model.`,
      ),
    );
  });

  test.each([
    ["load", "loaded", "Give it a prompt that is not empty."],
    ["unload", "unloaded", "Generate again: the next call loads the model."],
  ])("an answer that only did a %s is a server error, not an empty passage", async (reason, verb, remedy) => {
    server.use({ steps: [{ do: "done", reason }] });
    const { error } = await run(server.url);
    expect(error).toMatchObject(
      failure("server_error", `Ollama at ${host()} ${verb} ${model} instead of answering.`, remedy),
    );
  });

  test("a server that never ends its answer after the final line does not keep us, and loses its connection", async () => {
    server.use({ steps: [...tell("Done.").steps, { do: "stall" }] });
    const provider = createOllamaProvider({ defaultEndpoint: server.url });
    const types: string[] = [];
    let waited = false;
    for await (const event of provider.stream(request, new AbortController().signal)) {
      types.push(event.type);
      // The connection has a second for its end. Whoever waits for that lets this timer pass; whoever does not is done before it.
      if (event.type === "result") setTimeout(() => (waited = true), 200);
    }
    expect({ types, waited }).toEqual({ types: ["text", "result"], waited: false });
    expect(await server.requests[0]?.ended).toBe("left");
    await provider.close();
  });
});

describe("error statuses", () => {
  const ownLog = "Ollama's own log says more. Try again, or assign another model.";
  const another = "Assign another model, or leave out what this one does not support.";
  const lessMemory = "Close what else uses memory, unload other models, or assign a smaller model.";
  const shorter = "Shorten the prompt, or give the version a larger context length.";
  const option = "Change or leave out the option that it names.";
  test.each<[number, string | object, string, string, string]>([
    [
      400,
      { error: '"smollm2:135m" does not support chat' },
      "rejected",
      'Ollama at HOST cannot do this (400). "smollm2:135m" does not support chat.',
      another,
    ],
    [
      400,
      { error: "the input length exceeds the context length" },
      "prompt_too_large",
      "The prompt does not fit the context window of smollm2:135m: the input length exceeds the context length.",
      shorter,
    ],
    [
      400,
      { error: 'time: invalid duration "nonsense"' },
      "rejected",
      'Ollama at HOST cannot do this (400). time: invalid duration "nonsense".',
      ownLog,
    ],
    [
      401,
      { error: "unauthorized", signin_url: "https://example.invalid" },
      "not_allowed",
      "Ollama at HOST asks for a sign-in or a key (401). unauthorized.",
      "Sign in with `ollama signin`, give the endpoint its key, or use a model that runs on this machine.",
    ],
    [
      403,
      "",
      "not_allowed",
      "Ollama at HOST does not allow this request (403).",
      "Allow it with OLLAMA_ORIGINS or in the proxy before Ollama, or use a model that runs on this machine.",
    ],
    [
      404,
      { error: "model 'smollm2:135m' not found" },
      "model_not_found",
      "Ollama at HOST has no model smollm2:135m.",
      `Pull it with \`ollama pull ${model}\`, or assign another model.`,
    ],
    [
      404,
      { error: 'model "smollm2:135m" not found, try pulling it first' },
      "model_not_found",
      "Ollama at HOST has no model smollm2:135m.",
      `Pull it with \`ollama pull ${model}\`, or assign another model.`,
    ],
    [
      404,
      "404 page not found",
      "rejected",
      "There is nothing at /api/chat on HOST (404). 404 page not found.",
      notOllamasApi,
    ],
    [
      404,
      { detail: "Not Found" },
      "rejected",
      'There is nothing at /api/chat on HOST (404). {"detail":"Not Found"}.',
      notOllamasApi,
    ],
    [404, "", "rejected", "There is nothing at /api/chat on HOST (404).", notOllamasApi],
    [
      405,
      "405 method not allowed",
      "rejected",
      "There is nothing at /api/chat on HOST (405). 405 method not allowed.",
      notOllamasApi,
    ],
    [413, "Payload Too Large", "rejected", "Ollama at HOST cannot do this (413). Payload Too Large.", ownLog],
    [
      429,
      "slow down",
      "overloaded",
      "HOST takes no more requests for now (429). slow down.",
      "Wait a while and generate again, or assign a model that runs on this machine.",
    ],
    [
      499,
      { error: "request canceled" },
      "server_error",
      "Ollama at HOST cancelled the request (499). request canceled.",
      "Generate again.",
    ],
    [
      500,
      { error: "model requires more system memory (9.1 GiB) than is available (3.2 GiB)" },
      "not_enough_memory",
      "Ollama at HOST has not enough memory for smollm2:135m: model requires more system memory (9.1 GiB) than is available (3.2 GiB).",
      lessMemory,
    ],
    [
      500,
      { error: "llama runner process has terminated: cudaMalloc failed: out of memory" },
      "not_enough_memory",
      "Ollama at HOST has not enough memory for smollm2:135m: llama runner process has terminated: cudaMalloc failed: out of memory.",
      lessMemory,
    ],
    [
      500,
      { error: 'option "num_gpu" must be of type integer' },
      "rejected",
      'Ollama at HOST does not accept an option of this call: option "num_gpu" must be of type integer.',
      option,
    ],
    [
      500,
      { error: 'invalid format: "xml"; expected "json" or a valid JSON Schema object' },
      "rejected",
      'Ollama at HOST does not accept an option of this call: invalid format: "xml"; expected "json" or a valid JSON Schema object.',
      option,
    ],
    [
      500,
      { error: "llama runner process has terminated: signal: killed" },
      "server_error",
      "Ollama at HOST failed (500). llama runner process has terminated: signal: killed.",
      "Generate again. If this repeats, restart Ollama: its own log says why the model stopped.",
    ],
    [500, "plain words", "server_error", "Ollama at HOST failed (500). plain words.", ownLog],
    [
      502,
      "Bad Gateway",
      "server_error",
      "The proxy at HOST cannot reach Ollama (502). Bad Gateway.",
      "Start Ollama behind it with `ollama serve`, or use the built-in engine.",
    ],
    [
      503,
      { error: "server busy, please try again.  maximum pending requests exceeded" },
      "overloaded",
      "Ollama at HOST has too many requests waiting (503). server busy, please try again. maximum pending requests exceeded.",
      "Wait for them to finish and generate again. OLLAMA_MAX_QUEUE allows more.",
    ],
    [
      503,
      "Service Unavailable",
      "overloaded",
      "Ollama at HOST is not available for now (503). Service Unavailable.",
      "Wait a while and generate again. If this repeats, look at the server and at the proxy before it.",
    ],
    [
      504,
      "",
      "server_error",
      "The proxy at HOST cannot reach Ollama (504).",
      "Start Ollama behind it with `ollama serve`, or use the built-in engine.",
    ],
    [
      307,
      "",
      "rejected",
      "HOST sends requests on to another address (307).",
      "This address does not speak Ollama's API itself: use that address as the endpoint.",
    ],
  ])("%i with %j", async (code, body, errorClass, message, remedy) => {
    server.use(status(code, body));
    const { error, text } = await run(server.url);
    expect(error).toMatchObject({
      ...failure(errorClass, message.replace("HOST", host()), remedy),
      retryAfterMs: null,
    });
    expect(text).toBe("");
  });

  test.each([
    [429, "7", 7_000],
    [429, "0", 0],
    [503, "1.5", 1_500],
    [429, "soon", null],
    [429, undefined, null],
  ] as const)("%i with Retry-After %s asks for %s ms of rest", async (code, retryAfter, retryAfterMs) => {
    server.use(busy(code, retryAfter));
    const { error } = await run(server.url);
    expect(error).toMatchObject({ name: "ProviderError", errorClass: "overloaded", retryAfterMs });
  });

  test("a Retry-After that is a date asks for the time until then, and for none once it has passed", async () => {
    server.use(busy(429, new Date(Date.now() + 60_000).toUTCString()));
    const ahead = (await run(server.url)).error;
    server.use(busy(429, "Tue, 01 Jan 2019 00:00:00 GMT"));
    const passed = (await run(server.url)).error;
    if (!(ahead instanceof ProviderError)) throw new Error("no ProviderError");
    expect(ahead.retryAfterMs).toBeGreaterThan(50_000);
    expect(ahead.retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(passed).toMatchObject({ errorClass: "overloaded", retryAfterMs: 0 });
  });

  test("a proxy's page of HTML is not quoted", async () => {
    const page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
    server.use({ status: 502, contentType: "text/html", steps: [{ do: "bytes", bytes: page }] });
    const { error } = await run(server.url);
    expect(error).toMatchObject({ message: `The proxy at ${host()} cannot reach Ollama (502).` });
  });
});

describe("a prompt that is too long", () => {
  const long = "The keeper walked along the shore and counted the waves. ".repeat(60);
  const call = { messages: [{ role: "user" as const, content: long }], configuration: { contextTokens: 256 } };

  test("is prompt_too_large at a server that can say so", async () => {
    const { error, text } = await run(server.url, call);
    expect(error).toMatchObject(
      failure(
        "prompt_too_large",
        `The prompt does not fit the context window of ${model}: the input length exceeds the context length.`,
        "Shorten the prompt, or give the version a larger context length.",
      ),
    );
    expect(text).toBe("");
  });

  test("is told as truncated by a server that cuts all the same", async () => {
    const old = await startOllamaServer({ cutsPrompts: true, script: tell("Well.") });
    const { events } = await run(old.url, call);
    expect(events.at(-1)).toMatchObject({ result: { promptTruncated: true, promptTokens: 256 } });
    const short = await run(old.url, { configuration: { contextTokens: 256 } });
    expect(short.events.at(-1)).toMatchObject({ result: { promptTruncated: false } });
    await old.close();
  });

  test("is told as truncated where the server chose the window and counted less than there are words", async () => {
    server.use({ steps: [...tell("Well.").steps.slice(0, 1), { do: "done", fields: { prompt_eval_count: 300 } }] });
    const { events } = await run(server.url, { messages: call.messages });
    expect(events.at(-1)).toMatchObject({ result: { promptTruncated: true, promptTokens: 300 } });
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
  ])("%s closes the socket at once and throws the signal's reason", async (_name, script) => {
    server.use(script);
    const stop = new AbortController();
    const reason = new Error("stopped by the reader");
    let abortedAt = 0;
    const act = () => {
      abortedAt = performance.now();
      stop.abort(reason);
    };
    const { error } = await run(server.url, { signal: stop.signal, later: { afterMs: 100, act } });
    expect(error).toBe(reason);
    expect(await server.requests[0]?.ended).toBe("left");
    expect(performance.now() - abortedAt).toBeLessThan(10_000); // of 60 s that it may be silent
  });

  test("before the call sends nothing", async () => {
    const reason = new Error("never mind");
    const { error } = await run(server.url, { signal: AbortSignal.abort(reason) });
    expect(error).toBe(reason);
    expect(server.requests).toEqual([]);
  });

  test("while connecting returns at once", async () => {
    const full = await startFullListener();
    const reason = new Error("stopped");
    const stop = new AbortController();
    const startedAt = performance.now();
    const later = { afterMs: 50, act: () => stop.abort(reason) };
    const { error } = await run(full.url, { signal: stop.signal, later, deadlines: { connectMs: 60_000 } });
    expect(error).toBe(reason);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await full.close();
  });

  test("closes the socket at once even while the consumer is busy with what came before", async () => {
    server.use(stall("Once"));
    const provider = createOllamaProvider({ defaultEndpoint: server.url });
    const stop = new AbortController();
    const reason = new Error("stopped");
    const busy = async (): Promise<void> => {
      for await (const event of provider.stream(request, stop.signal)) {
        expect(event).toEqual({ type: "text", text: "Once" });
        stop.abort(reason);
        expect(await server.requests[0]?.ended).toBe("left");
      }
    };
    await expect(busy()).rejects.toBe(reason);
    await provider.close();
  });

  test("a consumer that stops reading closes the socket", async () => {
    server.use(stall("Once upon a time"));
    const provider = createOllamaProvider({ defaultEndpoint: server.url });
    for await (const event of provider.stream(request, new AbortController().signal)) {
      expect(event.type).toBe("text");
      break;
    }
    expect(await server.requests[0]?.ended).toBe("left");
    await provider.close();
  });

  test("a signal that serves many calls keeps no listener of any", async () => {
    const stop = new AbortController();
    let listeners = 0;
    const add = stop.signal.addEventListener.bind(stop.signal);
    const remove = stop.signal.removeEventListener.bind(stop.signal);
    stop.signal.addEventListener = (...given: Parameters<typeof add>) => (listeners++, add(...given));
    stop.signal.removeEventListener = (...given: Parameters<typeof remove>) => (listeners--, remove(...given));
    const scripts = [
      tell("Well."),
      missingDone("Half"),
      garbageLine("Half"),
      breakOff("Half", "reset"),
      status(500, "no"),
    ];
    for (const script of scripts) {
      server.use(script);
      await run(server.url, { signal: stop.signal });
    }
    expect(listeners).toBe(0);
  });
});

describe("after a fault", () => {
  test("the same provider answers again once the server is back", async () => {
    const provider = createOllamaProvider({ defaultEndpoint: server.url, deadlines: { betweenTokensMs: 10_000 } });
    const ask = async (): Promise<string> => {
      let text = "";
      for await (const event of provider.stream(request, new AbortController().signal)) {
        if (event.type === "text") text += event.text;
      }
      return text;
    };
    server.use(tell("One."));
    expect(await ask()).toBe("One.");
    await server.refuse();
    await expect(ask()).rejects.toMatchObject({ errorClass: "refused" });
    await server.listen();
    server.use(breakOff("Half", "reset"));
    await expect(ask()).rejects.toMatchObject({ errorClass: "broken_stream" });
    server.use(tell("Two."));
    expect(await ask()).toBe("Two.");
    await provider.close();
  });
});

describe("looking for a server", () => {
  test("one that is down is an answer, with what to do", async () => {
    const url = await refusingUrl();
    expect(await probeOllama(url)).toEqual({
      state: "down",
      lastError: `Ollama does not answer at ${new URL(url).host}.`,
      remedy: startIt,
    });
  });

  test("one that accepts and never answers is down after two seconds", async () => {
    const mute = createServer((socket) => socket.resume()).listen(0, "127.0.0.1");
    await once(mute, "listening");
    const address = mute.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const startedAt = performance.now();
    const probe = await probeOllama(`http://127.0.0.1:${address.port}`);
    expect(probe).toMatchObject({
      state: "down",
      lastError: `Ollama at 127.0.0.1:${address.port} did not answer within 2 s.`,
    });
    expect(performance.now() - startedAt).toBeGreaterThan(1_950);
    mute.close();
    await once(mute, "close");
  });

  test("something else that answers is down, not up with nothing", async () => {
    const page = createServer((socket) => {
      socket.on("error", () => {});
      socket.end("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>");
    }).listen(0, "127.0.0.1");
    await once(page, "listening");
    const address = page.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    expect(await probeOllama(`http://127.0.0.1:${address.port}`)).toEqual({
      state: "down",
      lastError: `What answers at 127.0.0.1:${address.port} is not Ollama: /api/version did not tell what it should.`,
      remedy: "Check the endpoint's address and port.",
    });
    page.close();
  });

  test("an aborted probe throws the reason and leaves no connection", async () => {
    const reason = new Error("closing");
    await expect(probeOllama(server.url, AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect.poll(() => server.connections()).toBe(0);
  });

  test("describing a model of a server that is down says so", async () => {
    await expect(describeModel(await refusingUrl(), model)).rejects.toMatchObject({ errorClass: "refused" });
  });
});
