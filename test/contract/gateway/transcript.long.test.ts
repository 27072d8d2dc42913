import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type RealOllama, startRealOllama, whyNoRealOllama } from "../../kit/servers/real-ollama.ts";
import { type RealGateway, startRealGateway } from "./real-gateway.ts";

type Json = Readonly<Record<string, unknown>>;

interface Answer {
  readonly status: number;
  readonly contentType: string | null;
  /** One for an answer that is not a stream. */
  readonly messages: readonly Json[];
  /** What else stands in a stream: `[DONE]`. */
  readonly rest: readonly string[];
}

// A real model reads and writes, and is loaded anew for another window.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const missing = whyNoRealOllama();
const received = [{ role: "user", content: "Tell of a lighthouse." }];
const options = { temperature: 0, seed: 1, num_predict: 12, num_thread: 1 };
const sampled = { temperature: 0, seed: 1, max_tokens: 12 };
const schema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
const asksJson = "Give the JSON object with the field name and the value Mara.";
/** Some 600 tokens. */
const long = "The keeper counted the waves until evening came. ".repeat(60);
const narrow = { options: { num_ctx: 256 } };
const json = { messages: [{ role: "user", content: asksJson }] };

/** Named in each message by whoever made it, or measured: their type is compared, and not their value. */
const own = new Set([
  "created_at",
  "created",
  "id",
  "model",
  "system_fingerprint",
  "total_duration",
  "load_duration",
  "prompt_eval_duration",
  "eval_duration",
]);

/** Requests that both answer with text; what each is for, where, and with what besides the model. */
const texts: readonly (readonly [string, string, Json])[] = [
  ["a chat in a stream", "/api/chat", { messages: received, options }],
  ["a chat at once", "/api/chat", { messages: received, options, stream: false }],
  [
    "a chat with a system text",
    "/api/chat",
    { messages: [{ role: "system", content: "Be brief." }, ...received], options },
  ],
  [
    "a chat of several turns",
    "/api/chat",
    { messages: [...received, { role: "assistant", content: "It stood." }, ...received], options },
  ],
  [
    "a chat in JSON",
    "/api/chat",
    { ...json, format: "json", options: { ...options, num_predict: 200 }, stream: false },
  ],
  ["a chat in a schema", "/api/chat", { ...json, format: schema, options: { ...options, num_predict: 200 } }],
  ["a prompt in a stream", "/api/generate", { prompt: "Tell of the sea.", options }],
  ["a prompt at once", "/api/generate", { prompt: "Tell of the sea.", options, stream: false }],
  ["a prompt with a system text", "/api/generate", { prompt: "Tell of the sea.", system: "Be brief.", options }],
  ["a raw prompt in a stream", "/api/generate", { prompt: "The keeper climbed", raw: true, options }],
  [
    "a raw prompt that stops at a word",
    "/api/generate",
    { prompt: "One, two, three,", raw: true, stream: false, options: { ...options, stop: [","] } },
  ],
  ["OpenAI's chat in a stream", "/v1/chat/completions", { messages: received, ...sampled, stream: true }],
  [
    "OpenAI's chat in a stream with usage",
    "/v1/chat/completions",
    { messages: received, ...sampled, stream: true, stream_options: { include_usage: true } },
  ],
  ["OpenAI's chat at once", "/v1/chat/completions", { messages: received, ...sampled }],
  [
    "OpenAI's chat in parts",
    "/v1/chat/completions",
    { messages: [{ role: "user", content: [{ type: "text", text: "Tell of a lighthouse." }] }], ...sampled },
  ],
  [
    "OpenAI's chat in a schema",
    "/v1/chat/completions",
    {
      ...json,
      ...sampled,
      max_tokens: 200,
      response_format: { type: "json_schema", json_schema: { name: "p", schema } },
    },
  ],
  ["OpenAI's completion in a stream", "/v1/completions", { prompt: "Tell of the sea.", ...sampled, stream: true }],
  [
    "OpenAI's completion in a stream with usage",
    "/v1/completions",
    { prompt: "Tell of the sea.", ...sampled, stream: true, stream_options: { include_usage: true } },
  ],
  ["OpenAI's completion at once", "/v1/completions", { prompt: "Tell of the sea.", ...sampled }],
];

describe.skipIf(missing !== null)(
  `the same request to a real Ollama and to the gateway${missing === null ? "" : ` (${missing})`}`,
  () => {
    let server: RealOllama;
    let gateway: RealGateway;
    beforeAll(async () => {
      const started = await startRealOllama();
      if (!started) throw new Error("there is no Ollama");
      server = started;
      gateway = await startRealGateway(server.url);
      await both("/api/chat", { messages: received, options: { ...options, num_predict: 1 }, stream: false }); // loaded for all
    });
    afterAll(async () => {
      await gateway?.close();
      await server?.close();
    });

    test.each(texts)("%s: the same messages, fields, types and text", async (_what, path, body) => {
      const [theirs, ours] = await both(path, body);
      expect(theirs.status).toBe(200);
      expect([ours.status, ours.contentType, ours.rest]).toEqual([theirs.status, theirs.contentType, theirs.rest]);
      expect(textOf(ours)).toMatch(/\S/);
      expect(textOf(ours)).toBe(textOf(theirs));
      // The guardrails may let go several pieces as one: pieces are alike, their number is not.
      const streamed = theirs.messages.length > 1;
      if (streamed) {
        const shapes = new Set(theirs.messages.slice(0, -1).map((message) => JSON.stringify(shapeOf(message))));
        for (const message of ours.messages.slice(0, -1))
          expect([...shapes]).toContain(JSON.stringify(shapeOf(message)));
      }
      const [last, theirLast] = [ours.messages.at(-1), theirs.messages.at(-1)];
      expect(shapeOf(last)).toEqual(shapeOf(theirLast));
      expect(Object.keys(shapeOf(last) as Json)).toEqual(Object.keys(shapeOf(theirLast) as Json));
      expect(comparable(last)).toEqual(comparable(theirLast));
    });

    test.each([
      ["an empty chat, which loads", "/api/chat", { messages: [] }],
      ["an empty prompt, which loads", "/api/generate", { prompt: "" }],
      ["vectors", "/api/embed", { input: ["sea", "lamp"] }],
      ["vectors of a few dimensions", "/api/embed", { input: "sea", dimensions: 4 }],
      ["vectors of nothing", "/api/embed", { input: "" }],
      ["vectors of a text that is too long, cut", "/api/embed", { input: ["sea", long], ...narrow }],
      ["the same, asked for", "/api/embed", { input: long, truncate: true, ...narrow }],
      ["vectors of a list of nothing", "/api/embed", { input: [] }],
      ["one vector", "/api/embeddings", { prompt: "sea" }],
      ["one vector of nothing", "/api/embeddings", { prompt: "" }],
      ["OpenAI's vectors", "/v1/embeddings", { input: ["sea"] }],
      ["OpenAI's vectors in base64", "/v1/embeddings", { input: "sea", encoding_format: "base64", dimensions: 4 }],
    ])("%s: the same fields and types", async (_what, path, body) => {
      const [theirs, ours] = await both(path, body);
      expect([ours.status, ours.contentType]).toEqual([200, theirs.contentType]);
      expect(ours.messages.map(shapeOf)).toEqual(theirs.messages.map(shapeOf));
      for (const name of ["prompt_eval_count", "usage"])
        expect(ours.messages[0]?.[name]).toEqual(theirs.messages[0]?.[name]);
    });

    test("a text longer than the window is cut at OpenAI's /v1/embeddings, whatever the program says", async () => {
      const small = { model: "small", from: server.modelName, parameters: { num_ctx: 256 }, stream: false };
      expect(await ask(server.url, "/api/create", small)).toMatchObject({ status: 200 });
      await gateway.client.registry.registerModel({
        modelName: "small",
        provider: "ollama",
        version: "1",
        configuration: { endpoint: server.url, serverModel: "small" },
      });
      const body = { input: ["sea", long], truncate: false };
      const theirs = await ask(server.url, "/v1/embeddings", { model: "small", ...body });
      const ours = await ask(gateway.url, "/v1/embeddings", { model: "small@1", ...body }, gateway.key);
      expect([theirs.status, ours.status]).toEqual([200, 200]);
      expect(ours.messages[0]?.["usage"]).toEqual(theirs.messages[0]?.["usage"]);
      expect(ours.messages.map(shapeOf)).toEqual(theirs.messages.map(shapeOf));
    });

    test.each([
      ["/api/embed", { input: "sea" }],
      ["/api/embed", { input: "" }],
      ["/api/embeddings", { prompt: "sea" }],
      ["/api/embeddings", { prompt: "" }],
    ])("%s: %j keeps the model as long as the program says, and with 0 not at all", async (path, body) => {
      const inMemory = async () => {
        const [loaded] = ((await ask(server.url, "/api/ps")).messages[0]?.["models"] ?? []) as { expires_at: string }[];
        return loaded ? Math.round((Date.parse(loaded.expires_at) - Date.now()) / 60_000) : null;
      };
      for (const { url, key, model } of [
        { url: server.url, key: undefined, model: server.modelName },
        { url: gateway.url, key: gateway.key, model: "story_generation" },
      ]) {
        expect((await ask(url, path, { model, ...body, keep_alive: "90m" }, key)).status).toBe(200);
        await expect.poll(inMemory, { timeout: 60_000 }).toBeGreaterThan(80);
        expect((await ask(url, path, { model, ...body, keep_alive: 0 }, key)).status).toBe(200);
        await expect.poll(inMemory, { timeout: 60_000 }).toBeNull();
      }
    });

    test.each([
      ["/api/version", undefined],
      ["/api/ps", undefined],
      ["/api/tags", undefined],
      ["/v1/models", undefined],
    ])("%s: the same fields and types", async (path) => {
      const [theirs, ours] = [await ask(server.url, path), await ask(gateway.url, path, undefined, gateway.key)];
      expect([ours.status, ours.contentType]).toEqual([200, theirs.contentType]);
      expect(shapeOf(firstOfEach(ours.messages[0]))).toEqual(shapeOf(firstOfEach(theirs.messages[0])));
    });

    test("/api/show: what is told is told as Ollama tells it", async () => {
      const [theirs, ours] = await both("/api/show", {});
      const [received, known] = [ours.messages[0] ?? {}, theirs.messages[0] ?? {}];
      const { modified_at: modified, details, model_info: info, modelfile, parameters, ...same } = received;
      expect(modified).toEqual(expect.stringMatching(/Z$/));
      expect(known).toMatchObject({ ...same, model_info: info as Json });
      // Ollama writes the parameters in another order each time it is asked.
      expect(linesOf(modelfile)).toEqual(linesOf(known["modelfile"]));
      expect(linesOf(parameters)).toEqual(linesOf(known["parameters"]));
      expect(shapeOf(details)).toEqual(shapeOf(known["details"]));
    });

    test.each([
      ["an unknown model", "/api/chat", { model: "gpt-9", messages: received }],
      ["an unknown model", "/api/generate", { model: "gpt-9", prompt: "x" }],
      ["an unknown model", "/api/show", { model: "gpt-9" }],
      ["an unknown model", "/v1/chat/completions", { model: "gpt-9", messages: received }],
      ["no model", "/api/chat", { model: "", messages: received }],
      ["no model", "/api/show", { model: "" }],
      ["no model", "/v1/chat/completions", { model: "", messages: received }],
      ["messages that are no list", "/api/chat", { messages: "x" }],
      ["content that is no text", "/api/chat", { messages: [{ role: "user", content: 3 }] }],
      ["a stream that is a text", "/api/chat", { messages: received, stream: "x" }],
      ["options that are a text", "/api/chat", { messages: received, options: "x" }],
      ["a temperature that is a text", "/api/chat", { messages: received, options: { temperature: "hot" } }],
      ["a seed that is a text", "/api/chat", { messages: received, options: { seed: "x" } }],
      ["stop that is a text", "/api/generate", { prompt: "x", options: { stop: "x" } }],
      ["stop that is a list of numbers", "/api/generate", { prompt: "x", options: { stop: [1] } }],
      ["a think that nobody knows", "/api/chat", { messages: received, think: "x" }],
      ["a keep_alive that is no duration", "/api/chat", { messages: received, keep_alive: "x" }],
      ["a keep_alive without a unit", "/api/chat", { messages: received, keep_alive: "10" }],
      ["a format that nobody knows", "/api/chat", { messages: received, format: "xml" }],
      ["raw with a system text", "/api/generate", { prompt: "x", raw: true, system: "y" }],
      ["vectors of numbers", "/api/embed", { input: [1] }],
      ["a truncate that is a text", "/api/embed", { input: "sea", truncate: "x" }],
      ["dimensions that are a text", "/api/embed", { input: "sea", dimensions: "x" }],
      ["a keep_alive that is no duration", "/api/embed", { input: "sea", keep_alive: "x" }],
      ["options that are a text", "/api/embed", { input: "sea", options: "x" }],
      ["a window that is a text", "/api/embed", { input: "sea", options: { num_ctx: "x" } }],
      ["a prompt that is a number", "/api/embeddings", { prompt: 3 }],
      ["a keep_alive that is no duration", "/api/embeddings", { prompt: "sea", keep_alive: "x" }],
      ["a window that is a text", "/api/embeddings", { prompt: "sea", options: { num_ctx: "x" } }],
      ["a list as the body", "/api/chat", []],
    ])("%s at %s: the same status, shape and words", async (_what, path, body) => {
      const [theirs, ours] = await both(path, body);
      expect(theirs.status).toBeGreaterThanOrEqual(400);
      expect(ours.status).toBe(theirs.status);
      expect(wordsOf(ours)).toEqual(wordsOf(theirs));
    });

    test.each([
      ["no messages", "/v1/chat/completions", { messages: [] }],
      ["a temperature that is a text", "/v1/chat/completions", { messages: received, temperature: "hot" }],
      [
        "an image by its address",
        "/v1/chat/completions",
        {
          messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "https://x.example/y.png" } }] }],
        },
      ],
      ["an effort that nobody knows", "/v1/chat/completions", { messages: received, reasoning_effort: "x" }],
      ["several prompts", "/v1/completions", { prompt: ["a", "b"] }],
      ["an encoding that nobody knows", "/v1/embeddings", { input: "x", encoding_format: "x" }],
      ["nothing to embed", "/v1/embeddings", {}],
      [
        "tools that the model cannot call",
        "/v1/chat/completions",
        {
          messages: received,
          tools: [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }],
        },
      ],
      [
        "tools that the model cannot call",
        "/api/chat",
        {
          messages: received,
          tools: [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }],
        },
      ],
      ["thoughts of a model that has none", "/api/chat", { messages: received, think: true }],
      ["a text that is too long and not to be cut", "/api/embed", { input: long, truncate: false, ...narrow }],
      ["a text that is too long", "/api/embeddings", { prompt: long, truncate: true, ...narrow }],
      ["half a JSON", "/api/chat", '{"model": "x'],
      ["nothing", "/v1/chat/completions", ""],
    ])("%s at %s: the same status and shape, in clearer words", async (_what, path, body) => {
      const [theirs, ours] = await both(path, body);
      expect(ours.status).toBe(theirs.status);
      expect(theirs.status).toBe(path === "/api/embeddings" ? 500 : 400);
      expect(Object.keys(ours.messages[0] ?? {})).toEqual(Object.keys(theirs.messages[0] ?? {}));
      if (path.startsWith("/v1")) expect(Object.keys(errorOf(ours))).toEqual(Object.keys(errorOf(theirs)));
    });

    async function both(path: string, body: Json | readonly unknown[] | string): Promise<[Answer, Answer]> {
      const named = (model: string) =>
        typeof body === "string" || Array.isArray(body) ? body : { model, ...(body as Json) };
      return [
        await ask(server.url, path, named(server.modelName)),
        await ask(gateway.url, path, named("story_generation"), gateway.key),
      ];
    }
  },
);

async function ask(url: string, path: string, body?: unknown, key?: string): Promise<Answer> {
  const sent = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await fetch(`${url}${path}`, {
    ...(body === undefined ? {} : { method: "POST", body: sent }),
    ...(key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }),
  });
  const text = await answer.text();
  const pieces = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/^data: /, ""));
  const parsed = pieces.filter((piece) => piece.startsWith("{")).map((piece) => JSON.parse(piece) as Json);
  return {
    status: answer.status,
    contentType: answer.headers.get("content-type"),
    messages: parsed.map(withoutOurs),
    rest: pieces.filter((piece) => !piece.startsWith("{")),
  };
}

/** Without what Taleward adds and what it leaves out on purpose. */
function withoutOurs(message: Json): Json {
  const { taleward: _added, context: _leftOut, ...rest } = message;
  return rest;
}

/** All text of an answer, whichever API it is in. */
function textOf({ messages }: Answer): string {
  return messages
    .map((message) => {
      const spoken = message as {
        message?: Spoken;
        response?: string;
        choices?: { delta?: Spoken; message?: Spoken; text?: string }[];
      };
      const [choice] = spoken.choices ?? [];
      return (
        spoken.response ??
        spoken.message?.content ??
        choice?.delta?.content ??
        choice?.message?.content ??
        choice?.text ??
        ""
      );
    })
    .join("");
}

interface Spoken {
  readonly content?: string;
}

/** Names and types, all the way down. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shapeOf(part)]));
}

function comparable(message: Json | undefined): unknown {
  return Object.fromEntries(Object.entries(message ?? {}).filter(([name]) => !own.has(name)));
}

/** A list of ours has more names than Ollama has models; each entry is like the others. Families are told by `show` alone. */
function firstOfEach(message: Json | undefined): Json {
  const text = JSON.stringify(message, (name, value: unknown) => {
    if (!Array.isArray(value)) return value;
    return name === "families" ? [] : value.slice(0, 1);
  });
  return JSON.parse(text) as Json;
}

function wordsOf(answer: Answer): unknown {
  const error = answer.messages[0]?.["error"];
  return typeof error === "object" && error !== null ? Reflect.get(error, "message") : error;
}

function errorOf(answer: Answer): Json {
  return answer.messages[0]?.["error"] as Json; // OpenAI's is an object
}

function linesOf(text: unknown): string[] {
  return String(text).split("\n").toSorted();
}
