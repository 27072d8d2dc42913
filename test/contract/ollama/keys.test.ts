import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import type { ProviderRequest } from "../../../src/main/inference/provider.ts";
import { putBlob } from "../../../src/main/inference/providers/ollama/blobs.ts";
import { probeOllama } from "../../../src/main/inference/providers/ollama/discover.ts";
import { pullModel } from "../../../src/main/inference/providers/ollama/manage.ts";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import { createAgent } from "../../../src/main/inference/providers/http/agent.ts";
import { startBackend } from "../../kit/backend.ts";
import { type Client, type Transport, transports } from "../../kit/transports.ts";
import { post } from "../gateway/programs.ts";

const key = "secret-key-123";
const never = new AbortController().signal;

/** A proxy before an Ollama that says the key back. */
let proxy: Server;
let url: string;
let answer: (authorization: string) => { status: number; body: string };
const refusing = (authorization: string) => ({
  status: 401,
  body: JSON.stringify({ error: `bad key: ${authorization}` }),
});
beforeAll(async () => {
  proxy = createServer((request, response) => {
    const asked = answer(request.headers.authorization ?? "none");
    // To whether it has a file it says no, so that it is sent one.
    const { status, body } = request.method === "HEAD" ? { status: 404, body: "" } : asked;
    request.resume();
    response.writeHead(status, { "content-type": "application/x-ndjson" }).end(body);
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
});

async function ask(key: string): Promise<{ wire: string; error: unknown }> {
  const provider = createOllamaProvider({ defaultEndpoint: url, keys: { keyOf: () => Promise.resolve(key) } });
  const wire: unknown[] = [];
  const request: ProviderRequest = {
    model: "m",
    configuration: {},
    messages: [{ role: "user", content: "Begin." }],
    options: {},
    observe: (event) => wire.push(event),
  };
  try {
    for await (const _ of provider.stream(request, never));
    return { wire: JSON.stringify(wire), error: null };
  } catch (error) {
    return { wire: JSON.stringify(wire), error };
  } finally {
    await provider.close();
  }
}

test.each<[string, number, (reply: string) => string, string]>([
  ["a refusal", 401, (reply) => JSON.stringify({ error: `bad key: ${reply}` }), "bad key: Bearer [key]"],
  ["an error inside the answer", 200, (reply) => `{"error":"bad key: ${reply}"}\n`, "bad key: Bearer [key]"],
  ["a line that cannot be read", 200, (reply) => `bad key: ${reply}\n`, "bad key: Bearer [key]"],
  ["a line that is quoted in part", 200, (reply) => `${"x".repeat(104)} ${reply}\n`, "Bearer [key]…"],
  ["a long error", 500, (reply) => `${"x".repeat(282)} ${reply} ${"y".repeat(90)}`, "Bearer [key]"],
])(
  "%s that says the key back is told without it, in the error and over the wire",
  async (_what, status, body, received) => {
    answer = (reply) => ({ status, body: body(reply) });
    const { error, wire } = await ask(key);
    expect(error).toMatchObject({ name: "ProviderError", message: expect.stringContaining(received) });
    expect(wire).toContain("Bearer [key]");
    expect(`${String(error)} ${wire}`).not.toContain(key.slice(0, 8));
  },
);

test("questions, vectors and work on models tell nothing of it either", async () => {
  answer = refusing;
  const provider = createOllamaProvider({ defaultEndpoint: url, keys: { keyOf: () => Promise.resolve(key) } });
  const server = { dispatcher: createAgent(2_000), endpoint: url, key };
  const directory = await mkdtemp(join(tmpdir(), "taleward-blob-"));
  const path = join(directory, "model.gguf");
  await writeFile(path, "GGUF");
  const pull = async () => {
    for await (const _ of pullModel(server, "m", never));
  };
  const received = await Promise.all([
    provider.embed({ model: "m", configuration: {} }, ["sea"], never).catch(String),
    provider.load({ model: "m", configuration: {} }, never).catch(String),
    probeOllama(url, never, key).then((probe) => JSON.stringify(probe)),
    pull().catch(String),
    putBlob(server, { path, digest: `sha256:${"0".repeat(64)}` }, () => {}, never).catch(String),
  ]);
  await Promise.all([provider.close(), server.dispatcher.destroy(), rm(directory, { recursive: true })]);
  expect(received).toEqual(received.map(() => expect.stringContaining("[key]")));
  expect(JSON.stringify(received)).not.toContain(key);
});

test.each(["sk-abc…xyz", "two words", "two\nlines"])(
  "a key that cannot be a header, %j, is not allowed, and nothing is sent",
  async (wrong) => {
    answer = () => ({ status: 500, body: "it was sent" });
    const remedy = "Save the key again for this endpoint on the Models screen.";
    const { error } = await ask(wrong);
    expect(error).toMatchObject({ errorClass: "not_allowed", remedy });
    expect(String(error)).not.toContain(wrong);
    expect(await probeOllama(url, never, wrong)).toMatchObject({ state: "down", remedy });
  },
);

describe.each(transports)("a server's key over a %s", (_name, open) => {
  let directory: string;
  let backend: Backend;
  let transport: Transport;
  let client: Client;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "taleward-keys-"));
    backend = await startBackend({ dataDirectory: directory });
    transport = await open(backend.router);
    ({ client } = transport);
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
    await rm(directory, { recursive: true, force: true });
  });

  test("is in no event, health, log, gateway's answer and file but the one it is kept in, also when the server says it back", async () => {
    answer = refusing;
    const received: unknown[] = [await client.registry.saveEndpoint({ endpoint: url, provider: "ollama", key })];
    const configuration = { endpoint: url };
    const input = { modelName: "m", provider: "ollama", version: "1", configuration } as const;
    const { id: versionId } = await client.registry.registerModel(input);
    const messages = [{ role: "user" as const, content: "Begin." }];
    const target = { type: "version" as const, versionId };
    for await (const event of await client.inference.chat({ target, messages, wire: true })) received.push(event);
    const server = await client.gateway.configure({ enabled: true, port: 0 });
    if (server.url === null || server.key === null) throw new Error("the gateway is off");
    for (const [path, body] of [
      ["/api/chat", { model: "m@1", messages }],
      ["/api/chat", { model: "m@1", messages: [] }],
      ["/api/embed", { model: "m@1", input: "sea" }],
      ["/v1/chat/completions", { model: "m@1", messages }],
    ] as const) {
      const response = await post({ url: server.url, key: server.key }, path, body);
      expect(response.status).toBe(502);
      received.push(await response.text());
    }
    const { items } = await client.logs.list({});
    expect(items.length).toBeGreaterThanOrEqual(3);
    for (const { id: inferenceId } of items) received.push(await client.logs.get({ inferenceId }));
    received.push(await client.registry.endpoints({}));
    expect(JSON.stringify(received)).toContain("bad key: Bearer [key]");
    expect(JSON.stringify(received)).not.toContain(key);

    const holding: string[] = [];
    for (const file of await readdir(directory, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const bytes = await readFile(join(file.parentPath, file.name));
      if (bytes.includes(key)) holding.push(file.name);
    }
    expect(holding).toEqual(["keys.json"]);
  });
});
