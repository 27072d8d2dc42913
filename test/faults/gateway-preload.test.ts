import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createOllamaProvider } from "../../src/main/inference/providers/ollama/ollama-provider.ts";
import { ollamaAt } from "../contract/gateway/programs.ts";
import { type RealGateway, startRealGateway } from "../contract/gateway/real-gateway.ts";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";

// Each starts a backend.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const yearMs = 365 * 24 * 3_600_000;
const never = new AbortController().signal;

let server: OllamaServer;
let gateway: RealGateway;
beforeEach(async () => {
  server = await startOllamaServer({ models: [{ name: "big" }, { name: "gone" }] });
  gateway = await startRealGateway(server.url, "big");
  const configuration = { endpoint: server.url, serverModel: "big", contextTokens: 8_192, options: { threads: 2 } };
  await register("wide", configuration);
  await register("gone", { endpoint: server.url, serverModel: "gone" });
});
afterEach(async () => {
  await gateway.close();
  await server.close();
});

async function register(modelName: string, configuration: object) {
  const version = await gateway.client.registry.registerModel({
    modelName,
    provider: "ollama",
    version: "1",
    configuration,
  });
  return version.id;
}

/** What the server has in memory. */
async function inMemory() {
  const answer = await fetch(`${server.url}/api/ps`);
  const { models } = (await answer.json()) as {
    models: { name: string; context_length: number; expires_at: string }[];
  };
  return models.map(({ name, context_length: contextTokens, expires_at: at }) => ({
    name,
    contextTokens,
    leavesInMs: Date.parse(at) - Date.now(),
  }));
}

test("a version is loaded with its own window and for as long as the program says, so that its call loads nothing", async () => {
  const program = ollamaAt(gateway);
  expect(await program.chat({ model: "wide@1", messages: [], keep_alive: -1 })).toMatchObject({ done_reason: "load" });
  const [loaded, ...others] = await inMemory();
  expect(others).toEqual([]);
  expect(loaded).toMatchObject({ name: "big", contextTokens: 8_192 });
  expect(loaded?.leavesInMs).toBeGreaterThan(100 * yearMs);

  await program.chat({ model: "wide@1", messages: [], keep_alive: "20m" });
  expect((await inMemory())[0]?.leavesInMs).toBeLessThanOrEqual(20 * 60_000);
  expect((await inMemory())[0]?.leavesInMs).toBeGreaterThan(19 * 60_000);
  await program.chat({ model: "wide@1", messages: [{ role: "user", content: "Begin" }] });
  expect(server.requests.at(-1)?.body["options"]).toMatchObject({ num_ctx: 8_192 });
  expect(await inMemory()).toMatchObject([{ contextTokens: 8_192 }]);

  await program.chat({ model: "wide@1", messages: [], keep_alive: 0 });
  expect(await inMemory()).toEqual([]);
});

test("the server is asked anew once it has loaded a version, for the screens", async () => {
  const check = vi.spyOn(gateway.backend.services.endpoints, "check");
  await ollamaAt(gateway).generate({ model: "wide@1", prompt: "" });
  expect(check).toHaveBeenCalledExactlyOnceWith({ endpoint: server.url, provider: "ollama" });
});

test("a version that cannot be loaded is not said to be, and the class of what went wrong is the program's answer", async () => {
  server.shelf.remove("gone");
  const preload = (model: string) => ollamaAt(gateway).chat({ model, messages: [], keep_alive: -1 });
  await expect(preload("gone@1")).rejects.toMatchObject({ status_code: 404 });
  await server.refuse();
  await expect(preload("wide@1")).rejects.toMatchObject({ status_code: 502 });
});

test("a model that makes vectors alone is loaded the way it can be, with its window and its stay", async () => {
  const bodies: unknown[] = [];
  const embedder = createServer((request, response) => {
    void (async () => {
      const parts: Buffer[] = [];
      for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
      bodies.push({ path: request.url, ...JSON.parse(Buffer.concat(parts).toString()) });
      const can = request.url === "/api/embed";
      response.writeHead(can ? 200 : 400, { "content-type": "application/json" });
      response.end(can ? '{"model":"e","embeddings":[]}' : '{"error":"\\"e\\" does not support chat"}');
    })();
  }).listen(0, "127.0.0.1");
  await once(embedder, "listening");
  const { port } = embedder.address() as AddressInfo;
  const provider = createOllamaProvider({ defaultEndpoint: `http://127.0.0.1:${port}` });
  await provider.load({ model: "e", configuration: { contextTokens: 512, options: { keepAlive: -1 } } }, never);
  await provider.close();
  embedder.close();
  expect(bodies).toEqual([
    expect.objectContaining({ path: "/api/chat", messages: [], keep_alive: -1 }),
    { path: "/api/embed", model: "e", input: [], truncate: false, keep_alive: -1, options: { num_ctx: 512 } },
  ]);
});
