import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import { post } from "./programs.ts";
import { type RealGateway, startRealGateway } from "./real-gateway.ts";

// What a program asks for reaches the model's server, or is refused in words: nothing is dropped in silence.
let server: OllamaServer;
let gateway: RealGateway;
beforeAll(async () => {
  server = await startOllamaServer();
  gateway = await startRealGateway(server.url);
});
beforeEach(() => server.use(streamText("The lamp went out.")));
afterAll(async () => {
  await gateway?.close();
  await server?.close();
});

const narrow = { num_ctx: 400 };
const long = Array.from({ length: 20 }, (_, index) => [
  { role: "user", content: `Question ${index}: ${"what then? ".repeat(8)}` },
  { role: "assistant", content: `Answer ${index}: ${"nothing more. ".repeat(8)}` },
]).flat();
const chat = [{ role: "system", content: "Be brief." }, ...long, { role: "user", content: "And now?" }];

describe("a chat longer than the window", () => {
  test("loses its oldest turns at Ollama's API, keeps its system text and the last, and the answer and the log say how many", async () => {
    const answer = await post(gateway, "/api/chat", {
      model: "story_generation",
      messages: chat,
      options: narrow,
      stream: false,
    });
    const body = await answer.json();
    const sent = lastSent()["messages"] as { content: string }[];
    const dropped = chat.length - sent.length;
    expect([answer.status, body.message.content]).toEqual([200, "The lamp went out."]);
    expect(dropped).toBeGreaterThan(10);
    expect([sent[0], sent.at(-1), sent.slice(1)]).toEqual([chat[0], chat.at(-1), chat.slice(1 + dropped)]);
    expect(answer.headers.get("x-taleward-dropped-messages")).toBe(String(dropped));
    expect(body.taleward).toMatchObject({ droppedMessages: dropped, promptTruncated: true });
    const log = await lastLog();
    expect(log).toMatchObject({ outcome: "completed", promptTruncated: true });
    expect(log.attempts).toMatchObject([{ message: expect.stringContaining(`${dropped} oldest messages left out`) }]);
  });

  test("says how many were left out after a stream too, in a trailer and in its last line", async () => {
    const asking = request(`${gateway.url}/api/chat`, { method: "POST", headers: { "x-api-key": gateway.key } });
    asking.end(JSON.stringify({ model: "smollm2@1.0", messages: chat, options: narrow, truncate: true }));
    const [answer] = (await once(asking, "response")) as [IncomingMessage];
    const last =
      Buffer.concat(await answer.toArray())
        .toString()
        .trim()
        .split("\n")
        .at(-1) ?? "";
    const { droppedMessages } = JSON.parse(last).taleward;
    expect(droppedMessages).toBeGreaterThan(10);
    expect(answer.trailers["x-taleward-dropped-messages"]).toBe(String(droppedMessages));
  });

  test.each([
    ["/api/chat", { truncate: false, options: narrow }],
    ["/v1/chat/completions", { num_ctx: 400 }],
  ])("is refused at %s where the caller does not ask for it to be cut", async (path, fields) => {
    const own = path.startsWith("/v1") ? await narrowVersion() : "story_generation";
    const answer = await post(gateway, path, { model: own, messages: chat, stream: false, ...fields });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("does not fit the context")]);
  });

  test("is cut at OpenAI's API where the caller asks for it", async () => {
    const model = await narrowVersion();
    const answer = await post(gateway, "/v1/chat/completions", { model, messages: chat, truncate: true });
    expect([answer.status, (await answer.json()).taleward]).toMatchObject([200, { promptTruncated: true }]);
  });

  test("of which nothing can be left out is cut by the server itself, which is said", async () => {
    const body = {
      model: "story_generation",
      prompt: "once ".repeat(2_000),
      raw: true,
      options: narrow,
      stream: false,
    };
    const answer = await (await post(gateway, "/api/generate", body)).json();
    expect([lastSent()["truncate"], lastSent()["prompt"]]).toEqual([true, body.prompt]);
    expect(answer).toMatchObject({ response: "The lamp went out.", taleward: { promptTruncated: true } });
    expect(answer.taleward).not.toHaveProperty("droppedMessages");
  });

  test("that fits is sent whole, once, and nothing is said of it", async () => {
    const before = server.requests.length;
    const answer = await post(gateway, "/api/chat", { model: "story_generation", messages: chat, stream: false });
    expect(server.requests.length).toBe(before + 1);
    expect(answer.headers.get("x-taleward-dropped-messages")).toBeNull();
    expect((await answer.json()).taleward).toMatchObject({ promptTruncated: false });
    expect(lastSent()["messages"]).toEqual(chat);
  });
});

test.each([
  ["/api/generate", { prompt: "def f(", suffix: "return x", stream: false }],
  ["/v1/completions", { prompt: "def f(", suffix: "return x" }],
])("a suffix sent to %s reaches the model with its prompt", async (path, fields) => {
  const answer = await post(gateway, path, { model: "story_generation", ...fields });
  expect(answer.status).toBe(200);
  expect(server.requests.at(-1)?.path).toBe("/api/generate");
  expect(lastSent()).toMatchObject({ prompt: "def f(", suffix: "return x" });
});

test("earlier thoughts reach the model, from either API", async () => {
  const turns = (name: string) => [
    { role: "user", content: "Begin" },
    { role: "assistant", content: "Once.", [name]: "Where to begin?" },
    { role: "user", content: "Go on" },
  ];
  for (const [path, name] of [
    ["/api/chat", "thinking"],
    ["/v1/chat/completions", "reasoning_content"],
  ] as const) {
    await post(gateway, path, { model: "story_generation", messages: turns(name), stream: false });
    expect(lastSent()["messages"]).toMatchObject([{}, { content: "Once.", thinking: "Where to begin?" }, {}]);
  }
});

test.each([
  ["/v1/chat/completions", { response_format: { type: "json_object" }, max_tokens: 4 }],
  ["/api/chat", { format: "json", options: { num_predict: 4 }, stream: false }],
])(
  "JSON cut by a limit of tokens at %s is what came of it, with `length`, from one generation",
  async (path, fields) => {
    server.use(streamText('{"place": "the ', { reason: "length" }));
    const before = server.requests.length;
    const answer = await post(gateway, path, {
      model: "story_generation",
      messages: [{ role: "user", content: "Begin" }],
      ...fields,
    });
    const body = await answer.json();
    const choice = body.choices?.[0] ?? { message: body.message, finish_reason: body.done_reason };
    expect([answer.status, choice]).toMatchObject([
      200,
      { message: { content: '{"place": "the ' }, finish_reason: "length" },
    ]);
    expect(server.requests.length).toBe(before + 1);
  },
);

function lastSent(): Readonly<Record<string, unknown>> {
  return server.requests.at(-1)?.body ?? {};
}

async function lastLog() {
  const [latest] = (await gateway.client.logs.list({ limit: 1 })).items;
  if (!latest) throw new Error("nothing was logged");
  return gateway.client.logs.get({ inferenceId: latest.id });
}

let narrowName: Promise<string> | null = null;
/** A version whose window is as narrow, for an API that has no option for it. */
function narrowVersion(): Promise<string> {
  const configuration = { endpoint: server.url, serverModel: "smollm2:135m", contextTokens: 400 };
  narrowName ??= gateway.client.registry
    .registerModel({ modelName: "narrow", provider: "ollama", version: "1", configuration })
    .then(({ model, version }) => `${model}@${version}`);
  return narrowName;
}
