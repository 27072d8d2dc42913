import { afterEach, beforeEach, expect, test } from "vitest";
import { createRouterClient } from "@orpc/server";
import type { Backend } from "../../src/main/backend.ts";
import { startBackend } from "../kit/backend.ts";
import { collect } from "../kit/narrative.ts";
import { status, streamText } from "../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { waitFor } from "../kit/wait-for.ts";

const useCase = "story_generation";

let first: OllamaServer;
let second: OllamaServer;
let backend: Backend;
beforeEach(async () => {
  [first, second] = await Promise.all([
    startOllamaServer({ script: streamText("The lamp went out.") }),
    startOllamaServer({ script: streamText("The tide came in.") }),
  ]);
  backend = await startBackend();
  const client = createRouterClient(backend.router);
  const register = async (version: string, { url }: OllamaServer) =>
    await client.registry.registerModel({
      modelName: "smollm2:135m",
      provider: "ollama",
      version,
      configuration: { endpoint: url },
    });
  const [assigned, spare] = [await register("1", first), await register("2", second)];
  await client.registry.assign({ useCase, versionId: assigned.id, fallbacks: [spare.id] });
});
afterEach(async () => {
  await backend.close();
  await Promise.all([first.close(), second.close()]);
});

test("the status says that a fallback answers and why, and that none does once the version answers again", async () => {
  const client = createRouterClient(backend.router);
  const ask = async () => await collect(await client.inference.generate({ useCase, prompt: "Begin" }));
  await ask();
  expect(await client.inference.status({ useCase })).toMatchObject({ fallback: null, trouble: null });
  first.use(status(404, { error: "model 'smollm2:135m' not found" }));
  await ask();
  expect(await client.inference.status({ useCase })).toMatchObject({
    assigned: { version: "1" },
    fallback: { model: "smollm2:135m", version: "2", because: expect.stringContaining("has no model") },
    trouble: null,
  });
  first.use(streamText("The lamp went out."));
  await waitFor(async () => {
    await ask();
    expect(await client.inference.status({ useCase })).toMatchObject({ fallback: null, trouble: null });
  });
});

test("a server that is down is answered for by the first fallback whose server is up; with none it is said that nobody can", async () => {
  const client = createRouterClient(backend.router);
  await first.refuse();
  await client.registry.endpoints({ endpoint: first.url, provider: "ollama" });
  await client.registry.endpoints({ endpoint: second.url, provider: "ollama" });
  const down = await client.inference.status({ useCase });
  expect(down).toMatchObject({ fallback: { version: "2", because: expect.stringMatching(/\S/) }, trouble: null });
  await second.refuse();
  await client.registry.endpoints({ endpoint: second.url, provider: "ollama" });
  const none = await client.inference.status({ useCase });
  expect(none).toMatchObject({ fallback: null, trouble: expect.stringMatching(/\S/) });
});

test("the log marks the calls that a fallback answered, and lists them alone", async () => {
  const client = createRouterClient(backend.router);
  const ask = async () => await collect(await client.inference.generate({ useCase, prompt: "Begin" }));
  await ask();
  await first.refuse();
  await ask();
  await second.refuse();
  await ask();
  const { items } = await client.logs.list({});
  expect(items.map(({ outcome, byFallback }) => [outcome, byFallback])).toEqual([
    ["failed", false],
    ["completed", true],
    ["completed", false],
  ]);
  expect((await client.logs.list({ byFallback: true })).items).toEqual([items[1]]);
});

test("a drill makes the registry unreadable: calls go on by what was known, and everybody is told", async () => {
  await backend.close();
  backend = await startBackend({ drillMs: 3_600_000 });
  const client = createRouterClient(backend.router);
  await waitFor(async () =>
    expect(await client.registry.reading()).toEqual({
      readAtMs: expect.any(Number),
      by: "period",
      unreadableSinceMs: expect.any(Number),
      drillUntilMs: expect.any(Number),
    }),
  );
  expect(await client.inference.status({ useCase })).toMatchObject({ registryStale: true });
});
