import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Ollama } from "ollama";
import { startBackend } from "../../kit/backend.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { transports } from "../../kit/transports.ts";
import { lines, ollamaAt, post } from "./programs.ts";
import type { RealGateway } from "./real-gateway.ts";
import { type ScriptedGateway, startScriptedGateway } from "./scripted-gateway.ts";

const blob = Buffer.from("GGUF and what follows");
const digest = `sha256:${createHash("sha256").update(blob).digest("hex")}`;

describe("while programs may not manage models", () => {
  let server: ScriptedGateway;
  beforeAll(async () => {
    server = await startScriptedGateway();
  });
  afterAll(() => server.close());

  test.each([
    ["POST", "/api/pull", { model: "smollm2:135m" }],
    ["POST", "/api/create", { model: "mine", from: "smollm2:135m" }],
    ["POST", "/api/copy", { source: "a", destination: "b" }],
    ["DELETE", "/api/delete", { model: "a" }],
    ["POST", `/api/blobs/${digest}`, {}],
    ["POST", "/api/push", { model: "a" }],
  ])("%s %s is refused in words, with what Ollama's own program prints", async (method, path, body) => {
    const headers = { authorization: `Bearer ${server.key}` };
    const answer = await fetch(`${server.url}${path}`, { method, headers, body: JSON.stringify(body) });
    expect([answer.status, await answer.json()]).toEqual([
      403,
      { error: expect.stringMatching(/Gateway screen|ollama push/), status: expect.stringMatching(/^Not /) },
    ]);
  });

  test("it is off until it is switched on, and what was switched stays", async () => {
    expect(server.gateway.status().managesModels).toBe(false);
    expect((await server.gateway.configure({ managesModels: true })).managesModels).toBe(true);
    expect((await server.gateway.configure({ port: 0 })).managesModels).toBe(true);
    expect((await server.gateway.configure({ managesModels: false })).managesModels).toBe(false);
  });
});

describe("once programs may manage models", () => {
  let ollama: OllamaServer;
  let gateway: RealGateway;
  let client: Ollama;
  beforeAll(async () => {
    ollama = await startOllamaServer({
      library: [{ name: "tiny:1b", layers: [3_000, 20] }],
    });
    const backend = await startBackend({ ollamaEndpoint: ollama.url });
    const transport = await transports[0][1](backend.router);
    const { url, key } = await transport.client.gateway.configure({ enabled: true, port: 0, managesModels: true });
    if (url === null || key === null) throw new Error("it did not start");
    const close = async () => {
      await transport.close();
      await backend.close();
    };
    gateway = { backend, client: transport.client, url, key, close };
    client = ollamaAt(gateway);
  });
  afterAll(async () => {
    await gateway?.close();
    await ollama?.close();
  });

  test("a model is pulled with progress that ends in success, and nothing is said of one there is not", async () => {
    const answer = await post(gateway, "/api/pull", { model: "tiny:1b" });
    const progress = await lines(answer);
    expect([answer.status, progress.at(-1)]).toEqual([200, { status: "success" }]);
    expect(ollama.shelf.find("tiny:1b")).toBeDefined();
    expect(await client.pull({ model: "tiny:1b" })).toMatchObject({ status: "success" });
    await expect(client.pull({ model: "nothing:1b" })).rejects.toThrow(/\S/);
  });

  test("a model is copied, made of another one, and deleted", async () => {
    expect(await client.copy({ source: "smollm2:135m", destination: "mine:1" })).toBeDefined();
    expect(await client.create({ model: "brief", from: "smollm2:135m", system: "Be brief." })).toMatchObject({
      status: "success",
    });
    expect(ollama.shelf.find("mine:1")).toBeDefined();
    expect(ollama.shelf.find("brief")).toBeDefined();
    await client.delete({ model: "mine:1" });
    expect(ollama.shelf.find("mine:1")).toBeUndefined();
    await expect(client.delete({ model: "mine:1" })).rejects.toMatchObject({ status_code: 404 });
  });

  test("a model that versions are pinned to is not deleted, and they are named", async () => {
    await gateway.client.registry.registerModel({
      modelName: "smollm2",
      provider: "ollama",
      version: "1.0",
      configuration: { serverModel: "smollm2:135m" },
    });
    await expect(client.delete({ model: "smollm2:135m" })).rejects.toThrow(/smollm2@1\.0/);
    expect(ollama.shelf.find("smollm2:135m")).toBeDefined();
  });

  test("content is passed on under its digest", async () => {
    const headers = { authorization: `Bearer ${gateway.key}` };
    const url = `${gateway.url}/api/blobs/${digest}`;
    expect((await fetch(url, { method: "HEAD", headers })).status).toBe(404);
    expect((await fetch(url, { method: "POST", headers, body: blob })).status).toBe(201);
    expect((await fetch(url, { method: "HEAD", headers })).status).toBe(200);
    expect((await fetch(`${gateway.url}/api/blobs/sha256:12`, { method: "HEAD", headers })).status).toBe(400);
  });

  test.each([
    ["/api/pull", {}, "model is required"],
    ["/api/copy", { source: "a" }, "destination is required"],
    ["/api/create", { model: "m", modelfile: "FROM /etc/passwd" }, /modelfile and path are not taken/],
  ])("%s with %j is refused by name", async (path, body, words) => {
    const answer = await post(gateway, path, body);
    const error = typeof words === "string" ? words : expect.stringMatching(words);
    expect([answer.status, await answer.json()]).toEqual([400, { error }]);
  });
});
