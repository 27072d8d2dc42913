import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ServerLimits } from "../../../src/main/gateway/http/server.ts";
import {
  answerOn,
  type RawAnswer,
  raw,
  requestBytes,
  type ScriptedGateway,
  startScriptedGateway,
} from "./scripted-gateway.ts";

/** No machine is so slow. */
const patient: ServerLimits = { headersMs: 600_000, bodyIdleMs: 600_000, bodyMs: 600_000, lingerMs: 600_000 };
const chat = { model: "story_generation", messages: [{ role: "user", content: "Begin" }], stream: false };
const maxBodyBytes = 2_048;

let server: ScriptedGateway;
beforeAll(async () => {
  server = await startScriptedGateway(undefined, { limits: patient });
  await server.gateway.configure({ maxBodyBytes });
});
beforeEach(() => void server.asked.splice(0));
afterAll(() => server.close());

interface Api {
  readonly name: string;
  readonly path: string;
  /** The error's words, of an answer in exactly this API's shape. */
  readonly words: (answer: RawAnswer) => string;
}

const apis: readonly Api[] = [
  {
    name: "Ollama",
    path: "/api/chat",
    words: ({ body, headers }) => {
      expect(headers["content-type"]).toBe("application/json; charset=utf-8");
      const parsed = JSON.parse(body);
      expect(parsed).toEqual({ error: expect.stringMatching(/\S/) });
      return parsed.error;
    },
  },
  {
    name: "OpenAI",
    path: "/v1/chat/completions",
    words: ({ body, headers }) => {
      expect(headers["content-type"]).toBe("application/json; charset=utf-8");
      const parsed = JSON.parse(body);
      expect(Object.keys(parsed)).toEqual(["error"]);
      expect(Object.keys(parsed.error)).toEqual(["message", "type", "param", "code"]);
      expect(parsed.error).toMatchObject({
        message: expect.stringMatching(/\S/),
        type: expect.stringMatching(/_error$/),
      });
      return parsed.error.message;
    },
  },
];

describe.each(apis)("in the error shape of $name's API", ({ path, words }) => {
  test.each([
    ["no key", {}, /A key is needed/],
    ["another key", { Authorization: "Bearer tw-nonsense" }, /not this gateway's/],
    ["the key of a scheme nobody knows", { Authorization: "Digest x" }, /A key is needed/],
    [
      "a wrong password",
      { Authorization: `Basic ${Buffer.from("me:wrong").toString("base64")}` },
      /not this gateway's/,
    ],
    ["a wrong x-api-key", { "x-api-key": "tw-" }, /not this gateway's/],
  ])("%s is 401", async (_what, headers, reply) => {
    const answer = await ask(path, { headers, body: JSON.stringify(chat) });
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toContain("Bearer");
    expect(words(answer)).toMatch(reply);
    expectNobodyAsked();
  });

  test("all but the last character of the key is 401", async () => {
    const headers = { Authorization: `Bearer ${server.key.slice(0, -1)}` };
    expect((await ask(path, { headers, body: JSON.stringify(chat) })).status).toBe(401);
    expectNobodyAsked();
  });

  test.each([
    ["a foreign Host", "evil.example"],
    ["a name that was rebound to this address", () => `rebound.example:${server.port}`],
    ["our name with another port", "127.0.0.1:1"],
    ["our address without its port", "127.0.0.1"],
    ["no Host", null],
  ])("%s is 403, key or not", async (_what, host) => {
    const named = typeof host === "function" ? host() : host;
    const answer = await ask(path, { headers: keyed(), body: JSON.stringify(chat), host: named });
    expect(answer.status).toBe(403);
    expect(words(answer)).toContain(`127.0.0.1:${server.port}`);
    expectNobodyAsked();
  });

  test.each([
    "http://evil.example",
    "null",
    "app://taleward",
    "http://127.0.0.1.evil.example",
    "https://localhost.evil",
  ])("the foreign Origin %s is 403, key or not", async (origin) => {
    const answer = await ask(path, { headers: { ...keyed(), Origin: origin }, body: JSON.stringify(chat) });
    expect(answer.status).toBe(403);
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    expect(words(answer)).toContain(origin);
    expectNobodyAsked();
  });

  test("a body over its limit is 413 before it is read, and the connection ends cleanly", async () => {
    const body = JSON.stringify({ ...chat, padding: "x".repeat(2_000_000) });
    const answer = await ask(path, { headers: keyed(), body });
    expect(answer).toMatchObject({ status: 413, endedCleanly: true });
    expect(words(answer)).toContain("2,048");
    expectNobodyAsked();
  });

  test("a body over its limit that does not tell its length is 413, and the connection ends cleanly", async () => {
    const head = requestBytes(server.port, "POST", path, { headers: { ...keyed(), "Transfer-Encoding": "chunked" } });
    const chunk = `400\r\n${"x".repeat(0x400)}\r\n`;
    const answer = await raw(server.port, [head, ...Array.from({ length: 300 }, () => chunk), "0\r\n\r\n"]);
    expect(answer).toMatchObject({ status: 413, endedCleanly: true });
    expect(words(answer)).toContain("2,048");
    expectNobodyAsked();
  });

  test("who asks first whether to send too large a body is told 413 instead of to go on", async () => {
    const headers = { ...keyed(), Expect: "100-continue", "Content-Length": "5000000" };
    const answer = await raw(server.port, requestBytes(server.port, "POST", path, { headers }));
    expect(answer.status).toBe(413);
    words(answer);
    expectNobodyAsked();
  });

  test("an unknown path is 404", async () => {
    const answer = await ask(`${path}/nowhere`, { headers: keyed(), body: "{}" });
    expect(answer.status).toBe(404);
    expect(words(answer)).toContain(`${path}/nowhere`);
  });

  test("an unknown path without a key is 401, which tells nothing of what there is", async () => {
    expect((await ask(`${path}/nowhere`, { body: "{}" })).status).toBe(401);
  });

  test("a wrong method is 405 and names the right one", async () => {
    const answer = await raw(server.port, requestBytes(server.port, "GET", path, { headers: keyed() }));
    expect(answer.status).toBe(405);
    expect(answer.headers["allow"]).toBe("POST");
    expect(words(answer)).toContain("POST");
  });

  test.each([
    ["half a JSON", '{"model": "story'],
    ["no JSON", "model=story_generation"],
    ["nothing", ""],
    ["a list", "[]"],
    ["a text", '"story"'],
  ])("%s as a body is 400", async (_what, body) => {
    const answer = await ask(path, { headers: keyed(), body });
    expect(answer.status).toBe(400);
    words(answer);
    expectNobodyAsked();
  });

  test("an unknown model is 404 and named", async () => {
    const answer = await ask(path, { headers: keyed(), body: JSON.stringify({ ...chat, model: "gpt-9" }) });
    expect(answer.status).toBe(404);
    expect(words(answer)).toBe("model 'gpt-9' not found");
    expectNobodyAsked();
  });

  test("a body that stops coming is 408", async () => {
    await withLimits({ bodyIdleMs: 100 }, async (own) => {
      const answer = await raw(own.port, halfRequest(own, path));
      expect(answer.status).toBe(408);
      expect(words(answer)).toMatch(/did not come in time/);
      expect(own.asked).toEqual([]);
    });
  });

  test("a body that comes a byte at a time for ever is 408 once its whole time is up", async () => {
    await withLimits({ bodyMs: 500 }, async (own) => {
      const socket = connect(own.port, "127.0.0.1");
      const answering = answerOn(socket);
      const trickle = setInterval(() => socket.write(" "), 20);
      socket.once("close", () => clearInterval(trickle));
      socket.write(halfRequest(own, path));
      const answer = await answering;
      expect(answer.status).toBe(408);
      expect(words(answer)).toMatch(/did not come in time/);
      expect(own.asked).toEqual([]);
    });
  });
});

test.each([
  [
    "messages that are no list",
    "/api/chat",
    { ...chat, messages: "x" },
    400,
    "ChatRequest.messages of type []api.Message",
  ],
  [
    "content that is no text",
    "/api/chat",
    { ...chat, messages: [{ role: "user", content: 3 }] },
    400,
    "messages.content",
  ],
  ["a role nobody has", "/api/chat", { ...chat, messages: [{ role: "alien", content: "" }] }, 400, "messages[0].role"],
  ["no model", "/api/chat", { messages: [] }, 400, "model is required"],
  ["an option of a wrong type", "/api/chat", { ...chat, options: { temperature: "hot" } }, 500, '"temperature"'],
  ["a tool without a name", "/api/chat", { ...chat, tools: [{ function: {} }] }, 400, "tools[0].function.name"],
  [
    "an image that is no base64",
    "/api/generate",
    { model: "story_generation", prompt: "x", images: ["!"] },
    400,
    "images[0]",
  ],
  [
    "a context of another server",
    "/api/generate",
    { model: "story_generation", prompt: "x", context: [1] },
    400,
    "context",
  ],
  ["a temperature that is a text", "/v1/chat/completions", { ...chat, temperature: "hot" }, 400, "temperature"],
  ["more answers than one", "/v1/chat/completions", { ...chat, n: 2 }, 400, "n is 2"],
  ["no messages", "/v1/chat/completions", { ...chat, messages: [] }, 400, "messages"],
  ["tokens to embed", "/v1/embeddings", { model: "smollm2@1.0", input: [1, 2] }, 400, "tokens"],
])("%s is refused by name", async (_what, path, body, status, named) => {
  const answer = await ask(path, { headers: keyed(), body: JSON.stringify(body) });
  expect({ status: answer.status, body: answer.body }).toEqual({
    status,
    body: expect.stringContaining(JSON.stringify(named).slice(1, -1)),
  });
  expectNobodyAsked();
});

test("headers that never end are 408 and the connection ends", async () => {
  await withLimits({ headersMs: 200 }, async (own) => {
    expect((await raw(own.port, "POST /api/chat HTTP/1.1\r\nHost: x\r\nX: ")).status).toBe(408);
  });
});

test("what is not HTTP is 400 and the connection ends", async () => {
  expect((await raw(server.port, "\u0016\u0003\u0001 hello\r\n\r\n")).status).toBe(400);
});

test.each([
  ["a bearer token", () => keyed()],
  ["a bearer token in small letters", () => ({ authorization: `bearer ${server.key}` })],
  ["x-api-key", () => ({ "x-api-key": server.key })],
  [
    "the password of Basic",
    () => ({ Authorization: `Basic ${Buffer.from(`anyone:${server.key}`).toString("base64")}` }),
  ],
])("the key is taken as %s", async (_how, headers) => {
  expect((await ask("/api/chat", { headers: headers(), body: JSON.stringify(chat) })).status).toBe(200);
});

test("the key is taken in the address, for programs that can only be given one, and is never shown", async () => {
  const answer = await ask(`/${server.key}/api/chat`, { body: JSON.stringify(chat) });
  expect(answer.status).toBe(200);
  expect(JSON.stringify(server.gateway.calls())).not.toContain(server.key);
  expect((await ask("/tw-wrong/v1/models", {})).body).toContain("invalid_api_key");
});

test.each(["localhost", "LOCALHOST", "[::1]"])("%s with our port is our Host", async (name) => {
  const headers = keyed();
  const bytes = requestBytes(server.port, "GET", "/api/tags", { headers, host: `${name}:${server.port}` });
  expect((await raw(server.port, bytes)).status).toBe(200);
});

test.each(["http://localhost:3000", "http://127.0.0.1:8000", "https://[::1]:3000", "http://localhost"])(
  "a page at %s may call, and is told so in the preflight, which needs no key",
  async (origin) => {
    const asks = {
      Origin: origin,
      "Access-Control-Request-Method": "POST",
      "Access-Control-Request-Headers": "authorization",
    };
    const preflight = await raw(server.port, requestBytes(server.port, "OPTIONS", "/api/chat", { headers: asks }));
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-headers": "authorization",
    });
    const answer = await ask("/api/chat", { headers: { ...keyed(), Origin: origin }, body: JSON.stringify(chat) });
    expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([200, origin]);
  },
);

test("the preflight of a foreign page is refused", async () => {
  const asks = { Origin: "http://evil.example", "Access-Control-Request-Method": "POST" };
  const answer = await raw(server.port, requestBytes(server.port, "OPTIONS", "/api/chat", { headers: asks }));
  expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([403, undefined]);
});

test("a renewed key is taken at once and the old one refused", async () => {
  const own = await startScriptedGateway();
  try {
    const { key } = await own.gateway.renewKey();
    const status = async (sent: string) =>
      (await raw(own.port, requestBytes(own.port, "GET", "/api/tags", { headers: { "x-api-key": sent } }))).status;
    expect([await status(own.key), await status(key ?? "")]).toEqual([401, 200]);
  } finally {
    await own.close();
  }
});

test("every refusal is in the list of calls with its status and why", async () => {
  await ask("/api/chat", { headers: { "User-Agent": "a stranger" }, body: "{}" });
  expect(server.gateway.calls()[0]).toMatchObject({
    client: "a stranger",
    method: "POST",
    path: "/api/chat",
    status: 401,
    durationMs: expect.any(Number),
    error: expect.stringMatching(/key/),
  });
});

function ask(path: string, options: Parameters<typeof requestBytes>[3] = {}): Promise<RawAnswer> {
  return raw(server.port, requestBytes(server.port, options.body === undefined ? "GET" : "POST", path, options));
}

/** A server that has patience but for what is named, and lets go of a body once it is refused. */
async function withLimits(limits: Partial<ServerLimits>, act: (own: ScriptedGateway) => Promise<void>): Promise<void> {
  const own = await startScriptedGateway(undefined, { limits: { ...patient, lingerMs: 50, ...limits } });
  try {
    await act(own);
  } finally {
    await own.close();
  }
}

/** All of a request but its body, of which a great deal is announced. */
function halfRequest({ port, key }: ScriptedGateway, path: string): string {
  return requestBytes(port, "POST", path, { headers: { Authorization: `Bearer ${key}`, "Content-Length": "500000" } });
}

function keyed(): Record<string, string> {
  return { Authorization: `Bearer ${server.key}` };
}

function expectNobodyAsked(): void {
  expect(server.asked).toEqual([]);
}
