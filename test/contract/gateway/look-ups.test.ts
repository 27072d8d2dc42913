import { afterEach, expect, test, vi } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import { DatabasePool } from "../../../src/main/db/pool.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { fast } from "../../kit/servers/ollama-scripts.ts";
import { post } from "./programs.ts";
import { type RealGateway, startRealGateway } from "./real-gateway.ts";

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const one of opened.splice(0).reverse()) await one.close();
});

test("a version called by its name costs no more look-ups than its use case, and by any of its names", async () => {
  const { gateway } = await start();
  const names = ["story_generation", "story_generation:latest", "smollm2@1.0", "smollm2@stable", "smollm2:latest"];
  for (const model of names) await call(gateway, model);
  const reads = vi.spyOn(DatabasePool.prototype, "read");
  for (const model of names) {
    reads.mockClear();
    expect(await call(gateway, model)).toBe(200);
    expect([model, reads.mock.calls.map(([query]) => query)]).toEqual([model, []]);
  }
});

test("a name means the version that it was given to, from the next call on", async () => {
  const { gateway, backend } = await start();
  await call(gateway, "smollm2@stable");
  const other = await gateway.client.registry.registerModel({
    modelName: "smollm2",
    provider: "ollama",
    version: "2.0",
    configuration: { endpoint: server.url, serverModel: "smollm2:360m" },
  });
  await gateway.client.registry.annotate({ versionId: other.id, aliases: ["stable"] });
  await call(gateway, "smollm2@stable");
  expect(await lastVersion(backend)).toBe("2.0");
  await gateway.client.registry.setStatus({ versionId: other.id, status: "retired" });
  expect(await call(gateway, "smollm2@2.0")).toBe(404);
});

let server: OllamaServer;

async function start(): Promise<{ gateway: RealGateway; backend: Backend }> {
  server = await startOllamaServer({ script: fast(3) });
  opened.push(server);
  const gateway = await startRealGateway(server.url);
  opened.push(gateway);
  return { gateway, backend: gateway.backend };
}

async function call(gateway: RealGateway, model: string): Promise<number> {
  const body = { model, messages: [{ role: "user", content: "Begin" }], stream: false };
  const answer = await post(gateway, "/api/chat", body);
  await answer.text();
  return answer.status;
}

async function lastVersion({ services }: Backend): Promise<string | undefined> {
  return (await services.logs.list({ limit: 1 })).items[0]?.version;
}
