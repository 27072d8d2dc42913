import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import { startBackend } from "../../kit/backend.ts";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import { type OpenAIServer, startOpenAIServer } from "../../kit/servers/openai-server.ts";
import { type Client, type Transport, transports } from "../../kit/transports.ts";

const key = "sk-kept-in-one-place-only";

describe.each(transports)("a server's key over a %s", (_name, open) => {
  let directory: string;
  let server: OpenAIServer;
  let backend: Backend;
  let transport: Transport;
  let client: Client;
  const received: unknown[] = [];
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "taleward-keys-"));
    server = await startOpenAIServer({ dialect: "LiteLLM", key });
    backend = await startBackend({ dataDirectory: directory });
    transport = await open(backend.router);
    ({ client } = transport);
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
    await server.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function register(version: string) {
    const configuration = { endpoint: `${server.url}/v1` };
    return client.registry.registerModel({ modelName: "story-model", provider: "openai", version, configuration });
  }

  async function chat(versionId: Awaited<ReturnType<typeof register>>["id"]) {
    const target = { type: "version" as const, versionId };
    const messages = [{ role: "user" as const, content: "A lighthouse keeper finds a map." }];
    const events = [];
    for await (const event of await client.inference.chat({ target, messages, wire: true })) events.push(event);
    received.push(events);
    return events;
  }

  test("a call without it fails as not allowed, with the way to put that right", async () => {
    const { id } = await register("1");
    expect((await chat(id)).at(-1)).toMatchObject({
      type: "failed",
      errorClass: "not_allowed",
      remedy: "Save the server's key with its endpoint on the Models screen.",
    });
  });

  test("is used by the next call once it is saved, whatever spelling of the address it was saved under", async () => {
    const saved = await client.registry.saveEndpoint({ endpoint: server.url, provider: "openai", key });
    received.push(saved);
    expect(saved).toMatchObject({ state: "up", server: "LiteLLM", hasKey: true });
    server.use(streamText("The map shows an island."));
    const { id } = await register("2");
    const events = await chat(id);
    expect(events.findLast(({ type }) => type === "done")).toMatchObject({ finishReason: "stop" });
    expect(server.calls.at(-1)?.headers.authorization).toBe(`Bearer ${key}`);
  });

  test("is in no event, health, log, export and file but the one it is kept in, also when the server says it back", async () => {
    const reply = { error: { message: `Budget of key ${key} is used up`, code: "400" } };
    server.use({
      status: 400,
      contentType: "application/json",
      steps: [{ do: "bytes", bytes: JSON.stringify(reply) }],
    });
    const { id } = await register("3");
    expect((await chat(id)).findLast(({ type }) => type === "failed")).toMatchObject({
      errorClass: "rejected",
      message: expect.stringContaining("Budget of key [key] is used up."),
    });
    const { items } = await client.logs.list({});
    expect(items.length).toBeGreaterThanOrEqual(3);
    for (const { id: inferenceId } of items) received.push(await client.logs.get({ inferenceId }));
    received.push(
      await client.registry.exportRegistry(),
      await client.registry.endpoints({}),
      await client.registry.keyStorage(),
    );
    expect(JSON.stringify(received)).not.toContain(key);

    const files = await readdir(directory, { recursive: true, withFileTypes: true });
    const holding: string[] = [];
    for (const file of files) {
      if (!file.isFile()) continue;
      const bytes = await readFile(join(file.parentPath, file.name));
      if (bytes.includes(key)) holding.push(file.name);
    }
    // The database and its write-ahead log are among them.
    expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining([expect.stringMatching(/-wal$/)]));
    expect(holding).toEqual(["keys.json"]);
  });

  test("an empty key forgets it", async () => {
    await client.registry.saveEndpoint({ endpoint: server.url, provider: "openai", key: "" });
    expect(await readFile(join(directory, "keys.json"), "utf8")).not.toContain(key);
    const { id } = await register("4");
    expect((await chat(id)).at(-1)).toMatchObject({ type: "failed", errorClass: "not_allowed" });
  });
});
