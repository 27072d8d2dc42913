import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { Failure } from "../../src/main/base/failure.ts";
import { Gateway } from "../../src/main/gateway/gateway.ts";
import {
  answerOn,
  done,
  memory,
  raw,
  requestBytes,
  type Script,
  type ScriptedGateway,
  scriptedPorts,
  started,
  startScriptedGateway,
  streams,
} from "../contract/gateway/scripted-gateway.ts";

// Megabytes pass, and hundreds of programs call at once.
vi.setConfig({ testTimeout: 120_000 });

const chat = { model: "story_generation", messages: [{ role: "user", content: "Begin" }] };
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** Begins, tells a word where it is wanted, and waits to be stopped; `stopped` resolves when it was. */
function endless(firstWord: string | null): { script: Script; stopped: Promise<unknown> } {
  let report: (reason: unknown) => void = () => {};
  const stopped = new Promise((resolve) => (report = resolve));
  const script: Script = async function* (_call, signal) {
    yield started();
    if (firstWord !== null) yield { type: "token", text: firstWord };
    if (!signal.aborted) await once(signal, "abort");
    report(signal.reason);
    yield done({ finishReason: "stopped" });
  };
  return { script, stopped };
}

async function serve(
  script: Script,
  overrides: Parameters<typeof startScriptedGateway>[1] = {},
): Promise<ScriptedGateway> {
  const server = await startScriptedGateway(script, overrides);
  open.push(server);
  return server;
}

test.each([
  ["in the middle of a stream", "Once", true],
  ["before the first token", null, true],
  ["while the whole answer is being written", "Once", false],
])("a program that leaves %s stops the model and is in the list as gone", async (_when, firstWord, stream) => {
  const { script, stopped } = endless(firstWord);
  const server = await serve(script);
  const socket = connect(server.port, "127.0.0.1");
  socket.write(ask(server, "/api/chat", { ...chat, stream }));
  await expect.poll(() => server.asked.length).toBe(1);
  if (firstWord !== null && stream) await once(socket, "data");
  socket.destroy();
  await stopped;
  await expect
    .poll(() => server.gateway.calls())
    .toMatchObject([{ status: 499, error: expect.stringMatching(/left/) }]);
});

test("a program that leaves in the middle of its request asks nothing of a model", async () => {
  const server = await serve(streams("Never."));
  const socket = connect(server.port, "127.0.0.1");
  socket.write(ask(server, "/api/chat", chat).slice(0, -10));
  await expect.poll(() => server.gateway.calls().length).toBe(1);
  socket.destroy();
  await expect.poll(() => server.gateway.calls()).toMatchObject([{ status: 499 }]);
  expect(server.asked).toEqual([]);
});

test("a program that does not read is left, the model stopped, and no more than a few megabytes are kept for it", async () => {
  let receivedBytes = 0;
  let aborted = false;
  const part = "lamp ".repeat(13_000);
  const server = await serve(async function* (_call, signal) {
    yield started();
    while (!signal.aborted && receivedBytes < 512 * 1024 * 1024) {
      receivedBytes += part.length;
      yield { type: "token", text: part };
      await nextTurn();
    }
    aborted = signal.aborted;
    yield done({ finishReason: "stopped" });
  });
  const socket = connect(server.port, "127.0.0.1");
  socket.pause();
  socket.on("error", () => {});
  socket.write(ask(server, "/v1/chat/completions", { ...chat, stream: true }));
  await expect
    .poll(() => server.gateway.calls(), { timeout: 60_000 })
    .toMatchObject([{ status: 499, error: "The program did not read its answer." }]);
  await expect.poll(() => aborted).toBe(true);
  // What the gateway keeps at most, and what the system's own buffers of a connection took.
  expect(receivedBytes).toBeLessThan(32 * 1024 * 1024);
  socket.destroy();
});

test("a program that reads late gets every word", async () => {
  const words = Array.from({ length: 2_000 }, (_, index) => `word${index}`).join(" ");
  const server = await serve(streams(words));
  const headers = { "x-api-key": server.key };
  const asking = request({ port: server.port, method: "POST", path: "/api/chat", headers });
  asking.end(JSON.stringify(chat));
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  await expect.poll(() => server.gateway.calls()).toMatchObject([{ status: 200 }]);
  const answer = Buffer.concat(await response.toArray()).toString("utf8");
  const received = answer
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line).message.content);
  expect(received.join("") === words).toBe(true);
});

test("closing ends what is being answered as stopped, tells the programs, and leaves nothing open", async () => {
  const begun = endless("Once");
  const waiting = endless(null);
  const server = await serve((call, signal) => (server.asked.length === 1 ? begun : waiting).script(call, signal));
  const first = raw(server.port, ask(server, "/api/chat", chat));
  await expect.poll(() => server.asked.length).toBe(1);
  const second = raw(server.port, ask(server, "/v1/chat/completions", chat));
  await expect.poll(() => server.asked.length).toBe(2);
  const idle = connect(server.port, "127.0.0.1");
  await once(idle, "connect");
  const dropped = once(idle, "close");
  idle.on("error", () => {});
  await server.gateway.close();
  await Promise.all([begun.stopped, waiting.stopped, dropped]);
  expect((await first).body).toContain('{"error":"The answer was stopped');
  expect(await second).toMatchObject({ status: 503, body: expect.stringContaining("being switched off") });
  expect(server.gateway.calls()).toMatchObject([
    { status: 503 },
    { status: 200, error: expect.stringMatching(/stopped/) },
  ]);
  await expect(raw(server.port, "")).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test.each([
  ["of which nothing more comes", () => {}],
  [
    "that comes a byte at a time",
    (socket: Socket) => {
      const trickle = setInterval(() => socket.write(" "), 20);
      socket.once("close", () => clearInterval(trickle));
    },
  ],
])("closing does not wait for a body %s: its program is told of the end", async (_how, goOn) => {
  const patient = { headersMs: 600_000, bodyIdleMs: 600_000, bodyMs: 600_000, lingerMs: 600_000 };
  const server = await serve(streams("Never."), { limits: patient });
  const headers = { Authorization: `Bearer ${server.key}`, "Content-Length": "50000" };
  const socket = connect(server.port, "127.0.0.1");
  const answer = answerOn(socket);
  socket.write(requestBytes(server.port, "POST", "/api/chat", { headers }) + "{");
  goOn(socket);
  await expect.poll(() => server.gateway.calls().length).toBe(1);
  await server.gateway.close();
  expect(await answer).toMatchObject({ status: 503, body: expect.stringContaining("being switched off") });
  expect(server.gateway.calls()).toMatchObject([{ status: 503, error: expect.stringMatching(/switched off/) }]);
  expect(server.asked).toEqual([]);
});

test("closing does not wait for a server that does not say how it is", async () => {
  let asked = false;
  const server = await serve(streams("Never."), {
    health: {
      healthOf: (_version, signal) => {
        asked = true;
        return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    },
  });
  const headers = { Authorization: `Bearer ${server.key}` };
  const answer = raw(server.port, requestBytes(server.port, "GET", "/api/tags", { headers }));
  await expect.poll(() => asked).toBe(true);
  await server.gateway.close();
  await answer;
});

test("switched off it listens no more; on again, the key is the same", async () => {
  const server = await serve(streams("Yes."));
  const { port } = server;
  expect(await server.gateway.configure({ enabled: false })).toMatchObject({
    enabled: false,
    url: null,
    trouble: null,
  });
  await expect(raw(port, "")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(await server.gateway.configure({ enabled: true, port })).toMatchObject({ url: server.url, key: server.key });
  expect((await raw(port, ask(server, "/api/chat", chat))).status).toBe(200);
});

test("a port that is taken is trouble and not a crash, and is taken over once it is free", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const gateway = new Gateway({ ...scriptedPorts(streams("Yes.")), retryMs: 50 });
  open.push(gateway);
  const status = await gateway.configure({ enabled: true, port: address.port });
  expect(status).toMatchObject({ enabled: true, url: null, port: address.port });
  expect(status.trouble).toBe(
    `Port ${address.port} is in use by another program. Choose another port, or end that program.`,
  );
  other.close();
  await expect.poll(() => gateway.status()).toMatchObject({ url: `http://127.0.0.1:${address.port}`, trouble: null });
});

test("a taken port at the start of Taleward is trouble too, and another port may be chosen", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  open.push(other);
  await once(other, "listening");
  const address = other.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const kept = memory();
  await kept.settings.put("gateway", JSON.stringify({ enabled: true, port: address.port, maxBodyBytes: 4096 }));
  const gateway = new Gateway({ ...scriptedPorts(streams("Yes.")), ...kept });
  open.push(gateway);
  await gateway.start({ listen: true });
  expect(gateway.status()).toMatchObject({ enabled: true, url: null, trouble: expect.stringMatching(/in use/) });
  expect(await gateway.configure({ port: 0 })).toMatchObject({
    url: expect.stringMatching(/^http/),
    trouble: null,
    maxBodyBytes: 4096,
  });
});

test("it is off until it is switched on, and at the next start it is what it was, with the same key", async () => {
  const kept = memory();
  const first = new Gateway({ ...scriptedPorts(streams("Yes.")), ...kept });
  open.push(first);
  await first.start({ listen: true });
  expect(first.status()).toEqual({
    enabled: false,
    url: null,
    port: 11_500,
    key: null,
    maxBodyBytes: 33_554_432,
    managesModels: false,
    heldSentence: expect.stringContaining("{fallback}"),
    trouble: null,
  });
  const { key } = await first.configure({ enabled: true, port: 0 });
  expect(key).toMatch(/^tw-[\w-]{43}$/);
  await first.close();

  const second = new Gateway({ ...scriptedPorts(streams("Yes.")), ...kept });
  open.push(second);
  await second.start({ listen: true });
  expect(second.status()).toMatchObject({
    enabled: true,
    key,
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  });

  const visitor = new Gateway({ ...scriptedPorts(streams("Yes.")), ...kept });
  open.push(visitor);
  await visitor.start({ listen: false });
  expect(visitor.status()).toMatchObject({ enabled: true, key, url: null, trouble: null });
});

test.each(["{", '{"enabled": "yes"}', '{"enabled": true, "port": 70000}', "null"])(
  "settings that read %s are as if there were none: off",
  async (value) => {
    const kept = memory();
    await kept.settings.put("gateway", value);
    const gateway = new Gateway({ ...scriptedPorts(streams("Yes.")), ...kept });
    open.push(gateway);
    await gateway.start({ listen: true });
    expect(gateway.status()).toMatchObject({ enabled: false, url: null, port: 11_500 });
  },
);

test("where no key can be kept it is not switched on, and says why", async () => {
  const kept = memory();
  const secrets = { ...kept.secrets, available: false, description: "Install a keyring." };
  const gateway = new Gateway({ ...scriptedPorts(streams("Yes.")), ...kept, secrets });
  open.push(gateway);
  await expect(gateway.configure({ enabled: true, port: 0 })).rejects.toMatchObject({
    code: "UNAVAILABLE",
    data: { remedy: "Install a keyring." },
  });
  expect(gateway.status()).toMatchObject({ enabled: false, url: null, key: null });
  expect(await kept.settings.get("gateway")).toBeNull();
});

test("a key that cannot be read is trouble at the start, and nothing listens without one", async () => {
  const kept = memory();
  await kept.settings.put("gateway", JSON.stringify({ enabled: true, port: 0 }));
  const get = () =>
    Promise.reject(new Failure("STORAGE", "The keys cannot be read.", { remedy: "Unlock the keyring." }));
  const gateway = new Gateway({ ...scriptedPorts(streams("Yes.")), ...kept, secrets: { ...kept.secrets, get } });
  open.push(gateway);
  await gateway.start({ listen: true });
  expect(gateway.status()).toMatchObject({
    url: null,
    key: null,
    trouble: "The keys cannot be read. Unlock the keyring.",
  });
});

test("settings that cannot be written change nothing", async () => {
  const full = () => Promise.reject(new Failure("STORAGE", "The disk is full.", { remedy: "Make room." }));
  const gateway = new Gateway({
    ...scriptedPorts(streams("Yes.")),
    settings: { get: () => Promise.resolve(null), put: full },
  });
  open.push(gateway);
  await expect(gateway.configure({ enabled: true, port: 0 })).rejects.toMatchObject({ code: "STORAGE" });
  expect(gateway.status()).toMatchObject({ enabled: false, url: null });
});

test("one connection carries one request after the other, refused ones between them", async () => {
  const server = await serve(streams("Yes."));
  const keep = (bytes: string) => bytes.replace("Connection: close\r\n", "");
  const answer = await raw(server.port, [
    keep(ask(server, "/api/chat", { ...chat, stream: false })),
    keep(ask(server, "/api/chat", { ...chat, model: "gpt-9" })),
    ask(server, "/api/chat", { ...chat, stream: false }),
  ]);
  const statuses = [
    answer.status,
    ...[...answer.body.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status)),
  ];
  expect(statuses).toEqual([200, 404, 200]);
});

test("300 programs at once are all answered, and none is left in the list as running", async () => {
  const server = await serve(streams("The lamp went out."));
  const answers = await Promise.all(
    Array.from({ length: 300 }, () => raw(server.port, ask(server, "/v1/chat/completions", { ...chat, stream: true }))),
  );
  expect(answers.every(({ body }) => body.includes("data: [DONE]"))).toBe(true);
  await expect.poll(() => server.gateway.calls().filter(({ status }) => status === null)).toEqual([]);
});

function ask(server: ScriptedGateway, path: string, body: object): string {
  const headers = { Authorization: `Bearer ${server.key}` };
  return requestBytes(server.port, "POST", path, { headers, body: JSON.stringify(body) });
}
