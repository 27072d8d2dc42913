import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { type RealOllama, startRealOllama, whyNoRealOllama } from "../../kit/servers/real-ollama.ts";

const missing = whyNoRealOllama();
const model = "smollm2:135m";
const messages = [{ role: "user", content: "A lighthouse keeper finds a map." }];
const long = [{ role: "user", content: "The keeper counted the waves until evening came. ".repeat(60) }];
const options = { num_thread: 1, num_predict: 3, seed: 7 };
const tools = [
  { type: "function", function: { name: "a", description: "A", parameters: { type: "object", properties: {} } } },
];

/** Requests, in order, to both servers; what is compared is everything but words, numbers and times. */
const asked: [string, string, string, object?][] = [
  ["its front door", "GET", "/"],
  ["the version", "GET", "/api/version"],
  ["the list of models", "GET", "/api/tags"],
  ["what is loaded, with nothing loaded", "GET", "/api/ps"],
  ["an unknown path", "GET", "/api/nothing"],
  ["an unknown path with a body", "POST", "/api/nothing", { model }],
  ["a chat", "POST", "/api/chat", { model, messages, options }],
  ["a prompt", "POST", "/api/generate", { model, prompt: "Once", options }],
  ["a raw prompt", "POST", "/api/generate", { model, prompt: "Once", raw: true, options }],
  ["a chat with nothing to say", "POST", "/api/chat", { model, messages: [] }],
  ["a prompt with nothing to say", "POST", "/api/generate", { model, prompt: "" }],
  ["what is loaded", "GET", "/api/ps"],
  ["a chat with a model that is not there", "POST", "/api/chat", { model: "nobody", messages }],
  ["a prompt for a model that is not there", "POST", "/api/generate", { model: "nobody", prompt: "Once" }],
  [
    "a chat that is too long",
    "POST",
    "/api/chat",
    { model, messages: long, truncate: false, options: { ...options, num_ctx: 256 } },
  ],
  ["a chat that may be cut", "POST", "/api/chat", { model, messages: long, options: { ...options, num_ctx: 256 } }],
  ["an option of a wrong type", "POST", "/api/chat", { model, messages, options: { num_gpu: "many" } }],
  ["thoughts of a model that has none", "POST", "/api/chat", { model, messages, think: true }],
  ["no thoughts of a model that has none", "POST", "/api/chat", { model, messages, think: false, options }],
  ["tools for a model that has none", "POST", "/api/chat", { model, messages, tools, options }],
  ["vectors", "POST", "/api/embed", { model, input: ["one", "two"] }],
  ["vectors of nothing", "POST", "/api/embed", { model, input: [] }],
  [
    "vectors of a text that is too long",
    "POST",
    "/api/embed",
    { model, input: [long[0]?.content], truncate: false, options: { num_ctx: 256 } },
  ],
  [
    "vectors of a text that may be cut",
    "POST",
    "/api/embed",
    { model, input: [long[0]?.content], options: { num_ctx: 256 } },
  ],
  ["vectors of texts with nothing in one", "POST", "/api/embed", { model, input: ["", "one"] }],
  ["vectors of a model that is not there", "POST", "/api/embed", { model: "nobody", input: "one" }],
  ["a description of a model that is not there", "POST", "/api/show", { model: "nobody" }],
  ["a copy of a model that is not there", "POST", "/api/copy", { source: "nobody", destination: "other" }],
  ["a model made of another", "POST", "/api/create", { model: "keeper", from: model, system: "You keep." }],
  ["a model with a bad name", "POST", "/api/create", { model: "two words", from: model }],
  ["a model of nothing", "POST", "/api/create", { model: "keeper" }],
  ["a copy", "POST", "/api/copy", { source: "keeper", destination: "other" }],
  ["a removal", "DELETE", "/api/delete", { model: "other" }],
  ["a removal of a model that is not there", "DELETE", "/api/delete", { model: "other" }],
  ["a blob that is not there", "HEAD", `/api/blobs/sha256:${"0".repeat(64)}`],
  ["a blob of other bytes", "POST", `/api/blobs/sha256:${"0".repeat(64)}`, { not: "these" }],
  ["leaving memory", "POST", "/api/generate", { model, keep_alive: 0 }],
];

describe.skipIf(missing !== null)(
  `the scripted server answers like a real one${missing === null ? "" : ` (skipped: ${missing})`}`,
  () => {
    let real: RealOllama;
    let scripted: OllamaServer;
    beforeAll(async () => {
      const started = await startRealOllama();
      if (started === null) throw new Error("the real Ollama vanished between the look and the start");
      real = started;
      scripted = await startOllamaServer({
        models: [{ name: model, options: { num_thread: 1 } }],
        script: streamText("One two three.", { reason: "length" }),
      });
    }, 90_000);
    afterAll(async () => {
      await real.close();
      await scripted.close();
    });

    test.each(asked)("asked for %s", { timeout: 30_000 }, async (_name, method, path, body) => {
      const answers = await Promise.all(
        [real.url, scripted.url].map(async (url) => {
          const answer = await fetch(url + path, {
            method,
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          });
          const text = await answer.text();
          return { status: answer.status, type: answer.headers.get("content-type"), shape: shapesOf(text) };
        }),
      );
      expect(answers[1]).toEqual(answers[0]);
    });
  },
);

/** The shapes of an answer's lines, each once, in order; an error's own words; plain text as it is. */
function shapesOf(text: string): unknown[] {
  const shapes = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      try {
        const value: unknown = JSON.parse(line);
        if (typeof value !== "object" || value === null || !("error" in value)) return shapeOf(value);
        // Of one name Ollama tells the whole, with the library it would be pulled from.
        return { error: String(value.error).replace(/^\S+\/library\//, "") };
      } catch {
        return line;
      }
    });
  return shapes.filter((shape, index) => JSON.stringify(shape) !== JSON.stringify(shapes[index - 1]));
}

/** Digests and names differ in what the server says of its layers, not in how it says it. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).map(
      ([name, field]) => [name, name === "done_reason" ? field : shapeOf(field)] as const,
    );
    return Object.fromEntries(fields.toSorted(([left], [right]) => (left < right ? -1 : 1)));
  }
  return typeof value;
}
