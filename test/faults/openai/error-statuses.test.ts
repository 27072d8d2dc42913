import { FakeClock } from "../../kit/fake-clock.ts";
import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../src/main/inference/provider.ts";
import { failure } from "../call-to-end.ts";
import { checkAddress, host, ownLog, run, server, useScriptedServer } from "./scripted-call.ts";
import { type Script, status } from "../../kit/servers/ollama-scripts.ts";

useScriptedServer();

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
  ])("a status whose words %s is told without them", async (name, steps) => {
    server.use({ status: 503, steps });
    const clock = new FakeClock();
    // The words are waited for for two seconds.
    void clock.scheduled(2_000).then(() => name === "never come" && clock.advance(2_000));
    const { error } = await run(server.url, { deadlines: { connectMs: 60_000 }, clock });
    expect(error).toMatchObject({ errorClass: "overloaded", message: `${host()} cannot answer now (503).` });
  });

  test("a proxy's page of HTML is not quoted", async () => {
    const page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
    server.use({ status: 502, contentType: "text/html", steps: [{ do: "bytes", bytes: page }] });
    const { error } = await run(server.url);
    expect(error).toMatchObject({ message: `The proxy at ${host()} cannot reach the model's server (502).` });
  });
});
