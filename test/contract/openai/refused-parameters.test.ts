import { describe, expect, test } from "vitest";
import { collect, shortRequest, textOf, withProvider } from "./conformance.ts";
import { ask, closeServerAfterEach, model, never, refused, sent, server, start } from "./scripted.ts";
import { streamText } from "../../kit/servers/ollama-scripts.ts";

closeServerAfterEach();

describe("what a server refuses", () => {
  test("is left out, is remembered, and never takes what was meant with it", async () => {
    await start("OpenAI");
    const request = shortRequest(
      { url: server.url, modelName: model },
      { options: { topK: 5, minP: 0.1, maxTokens: 9, temperature: 0.3, stop: ["END"] } },
    );
    const wire: string[] = [];
    await withProvider(async (provider) => {
      await collect(provider.stream({ ...request, observe: (event) => wire.push(event.type) }, never));
      expect(server.calls).toHaveLength(4);
      await collect(provider.stream(request, never));
    });
    expect(server.calls).toHaveLength(5);
    expect(sent().at(-1)).toEqual(sent().at(-2));
    expect(sent().at(-1)).toMatchObject({ max_completion_tokens: 9, temperature: 0.3, stop: ["END"] });
    expect(Object.keys(server.calls.at(-1)?.body ?? {})).not.toEqual(expect.arrayContaining(["top_k"]));
    expect(wire).toEqual(Array.from({ length: 4 }, () => ["wire_request", "wire_response"]).flat());
  });

  test("several things at once cost one more call", async () => {
    await start("LiteLLM");
    await ask({ topK: 5, minP: 0.1, seed: 3, temperature: 0.3 });
    expect(server.calls).toHaveLength(2);
    expect(sent().at(-1)).toMatchObject({ temperature: 0.3 });
  });

  test("one model's refusals are not another's", async () => {
    await start("OpenAI", { models: [model, "other"] });
    await withProvider(async (provider) => {
      for (const modelName of [model, "other"]) {
        await collect(provider.stream(shortRequest({ url: server.url, modelName }), never));
      }
    });
    expect(server.calls).toHaveLength(4);
  });

  test("a format it does not know becomes the next one it might", async () => {
    await start("LM Studio");
    await ask({ format: "json" });
    expect(sent()).toMatchObject([
      { response_format: { type: "json_object" } },
      { response_format: { type: "json_schema", json_schema: { schema: { type: "object" } } } },
    ]);
  });

  test("a format of no kind at all is left to our own check", async () => {
    await start("llama.cpp");
    const refusal = { error: { message: "This server does not support response_format." } };
    server.use(({ body }) => (body?.["response_format"] === undefined ? streamText("{}") : refused(400, refusal)));
    expect(textOf(await ask({ format: { type: "object" } }))).toBe("{}");
    expect(sent().map((body) => (body as { response_format?: { type: string } }).response_format?.type)).toEqual([
      "json_schema",
      "json_object",
      undefined,
    ]);
  });

  test("a body that FastAPI does not validate names what is extra", async () => {
    await start("llama.cpp");
    const detail = [{ type: "extra_forbidden", loc: ["body", "top_k"], msg: "Extra inputs are not permitted" }];
    server.use(({ body }) => (body?.["top_k"] === undefined ? streamText("Yes.") : refused(422, { detail })));
    expect(textOf(await ask({ topK: 4 }))).toBe("Yes.");
  });

  test("tools are never dropped: the call is rejected in the server's words", async () => {
    await start("vLLM");
    await expect(ask({ tools: [{ name: "look" }] })).rejects.toMatchObject({
      errorClass: "rejected",
      message: `${new URL(server.url).host} cannot do this (400). "auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set.`,
      remedy: "Start the server with support for tools, or assign a model that can call them.",
    });
    expect(server.calls).toHaveLength(1);
  });

  test.each(["tools", "stop", "messages", "max_tokens"])(
    "%s are never dropped, however clearly they are refused",
    async (name) => {
      await start("llama.cpp");
      server.use(refused(400, { error: { message: `Unsupported parameter: '${name}'.`, param: name } }));
      const options = { tools: [{ name: "look" }], stop: ["END"], maxTokens: 5 };
      await expect(ask(options)).rejects.toMatchObject({ errorClass: "rejected" });
      expect(server.calls).toHaveLength(1);
    },
  );

  test("a value out of range is never replaced by the server's default", async () => {
    await start("vLLM");
    await expect(ask({ temperature: 3 })).rejects.toMatchObject({
      errorClass: "rejected",
      message: expect.stringContaining("temperature must be in [0, 2], got 3.0."),
    });
    expect(server.calls).toHaveLength(1);
  });

  test("an option in the person's own words is never dropped", async () => {
    await start("OpenAI");
    await expect(ask({ serverOptions: { num_gpu: 3 } })).rejects.toMatchObject({
      errorClass: "rejected",
      message: expect.stringContaining("Unknown parameter: 'num_gpu'."),
    });
  });

  test("an option in the person's own words is not asked for over and over where the same name could be left out", async () => {
    await start("llama.cpp");
    server.use(refused(400, { error: { message: "Unknown parameter: 'top_k'.", param: "top_k" } }));
    await expect(ask({ topK: 3, serverOptions: { top_k: 5 } })).rejects.toMatchObject({ errorClass: "rejected" });
    expect(server.calls).toHaveLength(2);
  });

  test("a server that refuses for ever is asked a bounded number of times", async () => {
    await start("llama.cpp");
    server.use(refused(400, { error: { message: "Unknown parameter: 'temperature'.", param: "temperature" } }));
    await expect(ask({ temperature: 1 })).rejects.toMatchObject({ errorClass: "rejected" });
    expect(server.calls).toHaveLength(2);
  });
});
