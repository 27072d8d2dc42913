import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../src/main/inference/provider.ts";
import { failure } from "../call-to-end.ts";
import { host, model, run, server, useScriptedServer } from "./scripted-call.ts";
import { busy, status, streamText } from "../../kit/servers/ollama-scripts.ts";
import { startOllamaServer } from "../../kit/servers/ollama-server.ts";

useScriptedServer();

const notOllamasApi =
  "This address does not speak Ollama's API: give the base URL of an Ollama server, such as http://127.0.0.1:11434.";

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
    const old = await startOllamaServer({ cutsPrompts: true, script: streamText("Well.") });
    const { events } = await run(old.url, call);
    expect(events.at(-1)).toMatchObject({ result: { promptTruncated: true, promptTokens: 256 } });
    const short = await run(old.url, { configuration: { contextTokens: 256 } });
    expect(short.events.at(-1)).toMatchObject({ result: { promptTruncated: false } });
    await old.close();
  });

  test("is told as truncated where the server chose the window and counted less than there are words", async () => {
    server.use({
      steps: [...streamText("Well.").steps.slice(0, 1), { do: "done", fields: { prompt_eval_count: 300 } }],
    });
    const { events } = await run(server.url, { messages: call.messages });
    expect(events.at(-1)).toMatchObject({ result: { promptTruncated: true, promptTokens: 300 } });
  });
});
