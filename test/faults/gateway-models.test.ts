import { connect } from "node:net";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { errorInStream, stall, status, streamText } from "../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { ollamaAt, openaiAt, post } from "../contract/gateway/programs.ts";
import { requestBytes } from "../contract/gateway/scripted-gateway.ts";
import { type RealGateway, startRealGateway } from "../contract/gateway/real-gateway.ts";

// Each starts a backend, and some wait for calls to be made again.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const before = "Mara opened the book and read what stood there.";
// Put together here, so that no file holds it whole: a test number of a card, which no reader may see.
const number = ["4111", "1111", "1111", "1111"].join(" ");
/** A part of it, and not the same digits in a time, an id or a figure. */
const partOfNumber = /(?<![\w:.-])1111(?![\w.-])/;
const heldText = `${before} The number of the card was ${number}, he said. Mara ran down to the boats.`;
const messages = [{ role: "user" as const, content: "Begin" }];

const line = (message: object) =>
  `${JSON.stringify({ model: "m", created_at: "2026-01-01T00:00:00Z", message, done: false })}\n`;
const called = { id: "call_1", function: { index: 0, name: "look", arguments: { place: "sea" } } };
const thinksAndCalls =
  line({ role: "assistant", content: "", thinking: "I should look." }) +
  line({ role: "assistant", content: "", tool_calls: [called] });

let server: OllamaServer;
let gateway: RealGateway;
beforeEach(async () => {
  const capabilities = ["completion", "tools", "thinking", "vision"];
  server = await startOllamaServer({ models: [{ name: "smollm2:135m", capabilities }] });
  gateway = await startRealGateway(server.url);
});
afterEach(async () => {
  await gateway.close();
  await server.close();
});

test.each([
  ["in a stream", true],
  ["at once", false],
])(
  "text that the guardrails hold is fallback text for Ollama's client %s, with the finding beside it",
  async (_how, stream) => {
    server.use(streamText(heldText));
    const asking = request(`${gateway.url}/api/chat`, {
      method: "POST",
      headers: { authorization: `Bearer ${gateway.key}` },
    });
    asking.end(JSON.stringify({ model: "story_generation", messages, stream }));
    const [answer] = (await once(asking, "response")) as [IncomingMessage];
    const text = Buffer.concat(await answer.toArray()).toString("utf8");
    const lines = text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
    const reply = lines.map(({ message }) => message.content).join("");
    expect(reply).toMatch(
      new RegExp(`^${before} \\[Taleward: Held: .*a written fallback stands in its place\\.\\] \\S`),
    );
    expect(text).not.toMatch(partOfNumber);
    expect(lines.at(-1)).toMatchObject({
      done: true,
      done_reason: "stop",
      taleward: {
        held: { category: "S7", severity: expect.stringMatching(/high|critical/), message: expect.any(String) },
      },
    });
    const finding = stream ? answer.trailers["x-taleward-finding"] : answer.headers["x-taleward-finding"];
    expect(JSON.parse(String(finding))).toEqual(lines.at(-1).taleward.held);
    const log = await lastLog();
    expect(log).toMatchObject({ outcome: "held", useCase: "story_generation", response: reply });
    expect(log.id).toBe(answer.headers["x-taleward-inference-id"]);
  },
);

test("the settings choose the sentence in place of text that is held, at Ollama's API alone, and the log has the same", async () => {
  const { heldSentence } = await gateway.client.gateway.status();
  await gateway.client.gateway.configure({ heldSentence: "({fallback} Why: {reason} $& {other})" });
  try {
    server.use(streamText(heldText));
    const answer = await ollamaAt(gateway).generate({ model: "story_generation", prompt: "Begin" });
    expect(answer).toMatchObject({ done_reason: "stop" });
    expect(answer.response).toMatch(new RegExp(`^${before} \\(.+ Why: Held: .+ \\$& \\{other\\}\\)$`));
    expect(await lastLog()).toMatchObject({ outcome: "held", response: answer.response });
    const completion = await openaiAt(gateway).chat.completions.create({ model: "story_generation", messages });
    expect(completion.choices[0]?.message.content).not.toContain("Why:");
  } finally {
    await gateway.client.gateway.configure({ heldSentence });
  }
});

test("text that the guardrails hold ends as content_filter for OpenAI's client, and nothing of it gets out", async () => {
  server.use(streamText(heldText));
  const stream = openaiAt(gateway).chat.completions.stream({ model: "story_generation", messages });
  const completion = await stream.finalChatCompletion();
  expect(completion.choices[0]).toMatchObject({ finish_reason: "content_filter" });
  expect(JSON.stringify(completion)).not.toMatch(partOfNumber);
});

test("tools, images, thoughts and the server's own options reach the server, and its tool calls and thoughts the program", async () => {
  server.use({ steps: [{ do: "bytes", bytes: thinksAndCalls }, { do: "done" }] });
  const tools = [
    {
      type: "function",
      function: { name: "look", description: "Looks.", parameters: { type: "object", properties: {} } },
    },
  ];
  const answer = await ollamaAt(gateway).chat({
    model: "story_generation",
    messages: [{ role: "user", content: "What is there?", images: ["aGVsbG8="] }],
    tools,
    think: true,
    keep_alive: "10m",
    options: { num_ctx: 1_024, temperature: 0.5 },
  });
  expect(answer.message).toEqual({
    role: "assistant",
    content: "",
    thinking: "I should look.",
    tool_calls: [{ id: "call_1", function: { index: 0, name: "look", arguments: { place: "sea" } } }],
  });
  expect(server.requests.at(-1)?.body).toMatchObject({
    messages: [{ role: "user", content: "What is there?", images: ["aGVsbG8="] }],
    tools,
    think: true,
    keep_alive: 600,
    options: { num_ctx: 1_024, temperature: 0.5 },
  });
  const completion = await openaiAt(gateway)
    .chat.completions.stream({ model: "story_generation", messages })
    .finalChatCompletion();
  expect(completion.choices[0]).toMatchObject({
    finish_reason: "tool_calls",
    message: { tool_calls: [{ id: "call_1", function: { name: "look", arguments: '{"place":"sea"}' } }] },
  });
  expect(await lastLog()).toMatchObject({
    outcome: "completed",
    toolCalls: [{ name: "look" }],
    thoughts: "I should look.",
  });
});

test("a version that fails gives way to the next of the use case's chain, and the program notices nothing", async () => {
  const other = await startOllamaServer({ script: streamText("The second one answered.") });
  try {
    await fallBackTo(other.url);
    server.use(status(500, { error: "the runner fell over" }));
    const answer = await ollamaAt(gateway).chat({ model: "story_generation", messages });
    expect(answer).toMatchObject({
      model: "story_generation",
      message: { content: "The second one answered." },
      taleward: {
        model: "second",
        version: "1",
        attempts: expect.arrayContaining([
          expect.objectContaining({ model: "smollm2", outcome: "failed", errorClass: "server_error" }),
          expect.objectContaining({ model: "second", outcome: "answered" }),
        ]),
      },
    });
    expect(await lastLog()).toMatchObject({ outcome: "completed", model: "second" });
  } finally {
    await other.close();
  }
});

test("a version asked for by its own name has no chain: its failure is told", async () => {
  server.use(status(404, { error: "model 'smollm2:135m' not found" }));
  await expect(ollamaAt(gateway).chat({ model: "smollm2@1.0", messages })).rejects.toMatchObject({ status_code: 404 });
  await server.refuse();
  await expect(openaiAt(gateway).chat.completions.create({ model: "smollm2@1.0", messages })).rejects.toMatchObject({
    status: 502,
    code: "refused",
  });
  expect(await lastLog()).toMatchObject({ outcome: "failed", useCase: "direct", errorClass: "refused" });
});

test("vectors that cannot be made are refused with the class of what went wrong", async () => {
  const asks = { model: "smollm2@1.0", input: "sea" };
  await server.refuse();
  await expect(ollamaAt(gateway).embed(asks)).rejects.toMatchObject({
    status_code: 502,
    message: expect.stringMatching(/\d+\.\d+/),
  });
  await expect(openaiAt(gateway).embeddings.create(asks)).rejects.toMatchObject({ status: 502, code: "refused" });
  await expect(ollamaAt(gateway).embed({ ...asks, model: "gpt-9" })).rejects.toMatchObject({ status_code: 404 });
});

test("vectors of a use case are its assigned version's alone, logged under it with every attempt", async () => {
  const other = await startOllamaServer({ models: [{ name: "smollm2:135m" }] });
  try {
    await fallBackTo(other.url);
    const asks = { model: "story_generation", input: "sea" };
    const answer = await post(gateway, "/api/embed", asks, { "x-session-id": "reader 5" });
    expect(await answer.json()).toMatchObject({ model: "story_generation", embeddings: [expect.any(Array)] });
    const common = { useCase: "story_generation", model: "smollm2", rolloutId: null };
    expect(await lastLog()).toMatchObject({ ...common, outcome: "completed", sessionKey: "reader 5" });
    await server.refuse();
    await expect(ollamaAt(gateway).embed(asks)).rejects.toMatchObject({
      status_code: 502,
      message: expect.stringContaining("No fallback was asked"),
    });
    expect(await lastLog()).toMatchObject({
      ...common,
      outcome: "failed",
      errorClass: "refused",
      attempts: [{ next: "retry" }, { next: "retry" }, { next: "end" }],
    });
    expect(other.requests.filter(({ path }) => path === "/api/embed")).toEqual([]);
  } finally {
    await other.close();
  }
});

test("an empty text among those to embed is the program's mistake, and is not held against the server", async () => {
  const asks = { model: "story_generation", input: ["sea", ""] };
  await expect(ollamaAt(gateway).embed(asks)).rejects.toMatchObject({ status_code: 400 });
  expect(await lastLog()).toMatchObject({ outcome: "failed", errorClass: "rejected", attempts: [{ next: "end" }] });
  expect(await gateway.client.inference.load()).toMatchObject([{ circuitOpenUntilMs: null }]);
});

test("a text that was cut for its vector is said to be in the log, which the answer leads to", async () => {
  const asks = { model: "story_generation", input: "The lamp of the harbour burned. ".repeat(200) };
  const answer = await post(gateway, "/api/embed", { ...asks, options: { num_ctx: 256 } });
  expect(await answer.json()).toMatchObject({ embeddings: [expect.any(Array)], prompt_eval_count: 254 });
  const log = await lastLog();
  expect(log).toMatchObject({
    outcome: "completed",
    promptTruncated: true,
    options: { serverOptions: { num_ctx: 256 } },
  });
  expect(log.id).toBe(answer.headers.get("x-taleward-inference-id"));
});

test("an error inside the server's stream reaches the program inside its own", async () => {
  server.use(errorInStream(`${before} ${before}`, "llama runner process has terminated"));
  const answer = await post(gateway, "/api/chat", { model: "smollm2@1.0", messages });
  expect(answer.status).toBe(200);
  const lines = (await answer.text()).split("\n").filter((line) => line !== "");
  expect(JSON.parse(lines.at(-1) ?? "")).toEqual({
    error: expect.stringContaining("llama runner process has terminated"),
  });
  expect(await lastLog()).toMatchObject({ outcome: "failed", errorClass: "server_error" });
});

test.each([
  ["before the first token", ""],
  ["between tokens", `${before} ${before}`],
])(
  "a program that leaves %s lets go of the server's connection, and the call is logged as stopped",
  async (_when, begun) => {
    server.use(stall(begun));
    const { port } = new URL(gateway.url);
    const socket = connect(Number(port), "127.0.0.1");
    const headers = { Authorization: `Bearer ${gateway.key}` };
    const body = JSON.stringify({ model: "story_generation", messages });
    socket.write(requestBytes(Number(port), "POST", "/api/chat", { headers, body }));
    await expect.poll(() => server.requests.length).toBe(1);
    if (begun !== "") await once(socket, "data");
    socket.destroy();
    await expect.poll(() => server.requests[0]?.outcome).toBe("left");
    await expect.poll(async () => (await lastLog()).outcome).toBe("stopped");
  },
);

test("switching the gateway off in the middle of an answer logs it as stopped and leaves the server's connection", async () => {
  server.use(stall(`${before} ${before}`));
  const answer = await post(gateway, "/v1/chat/completions", { model: "story_generation", messages, stream: true });
  const text = answer.text();
  await gateway.client.gateway.configure({ enabled: false });
  expect(await text).toContain("The answer was stopped");
  await expect.poll(() => server.requests[0]?.outcome).toBe("left");
  expect(await lastLog()).toMatchObject({ outcome: "stopped" });
});

async function fallBackTo(endpoint: string): Promise<void> {
  const { registry } = gateway.client;
  const configuration = { endpoint, serverModel: "smollm2:135m" };
  const second = await registry.registerModel({ modelName: "second", provider: "ollama", version: "1", configuration });
  const first = await registry.find({ name: "smollm2@1.0" });
  await registry.assign({ useCase: "story_generation", versionId: first.id, fallbacks: [second.id] });
}

async function lastLog() {
  const [latest] = (await gateway.client.logs.list({ limit: 1 })).items;
  if (!latest) throw new Error("nothing is logged");
  return gateway.client.logs.get({ inferenceId: latest.id });
}
