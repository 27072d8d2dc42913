import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import { startBackend } from "../../kit/backend.ts";
import { type Transport, transports } from "../../kit/transports.ts";

describe.each(transports)("registry over a %s", (_name, open) => {
  let backend: Backend;
  let transport: Transport;
  beforeAll(async () => {
    backend = await startBackend();
    transport = await open(backend.router);
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
  });

  const versions = async () => (await transport.client.registry.versions()).items;

  test("the five use cases of the vocabulary exist from the start, unassigned", async () => {
    const useCases = await transport.client.registry.useCases();
    expect(useCases.map(({ name, assignment }) => [name, assignment])).toEqual([
      ["story_generation", null],
      ["coordination_layer", null],
      ["foundation_layer", null],
      ["customization_layer", null],
      ["interaction_layer", null],
    ]);
  });

  test("the registration example works as written, and the model answers its use case", async () => {
    const registered = await transport.client.registry.registerModel({
      modelName: "llama3.1-8b",
      modelType: "self_hosted",
      provider: "ollama",
      useCase: "interaction_layer",
      version: "1.0",
      configuration: { endpoint: "http://localhost:8003/generate" },
    });
    expect(registered).toEqual({
      id: expect.any(String),
      modelId: expect.any(String),
      model: "llama3.1-8b",
      modelType: "self_hosted",
      provider: "ollama",
      version: "1.0",
      status: "active",
      digest: null,
      configuration: { endpoint: "http://localhost:8003/generate" },
      createdAtMs: expect.any(Number),
      assignedTo: ["interaction_layer"],
      tags: [],
      aliases: [],
      note: "",
      drift: null,
    });
    const status = await transport.client.inference.status({ useCase: "interaction_layer" });
    expect(status.assigned).toEqual({ model: "llama3.1-8b", version: "1.0", provider: "ollama" });
  });

  test("versions are immutable: the same label again is a CONFLICT that names it, and nothing is written", async () => {
    const input = { modelName: "twice", modelType: "self_hosted", provider: "ollama", version: "1" } as const;
    await transport.client.registry.registerModel(input);
    const before = await versions();
    await expect(
      transport.client.registry.registerModel({ ...input, useCase: "foundation_layer" }),
    ).rejects.toMatchObject({
      code: "CONFLICT",
      defined: true,
      data: { field: "version", value: "1", remedy: expect.any(String) },
    });
    expect(await versions()).toEqual(before);
  });

  test("one that names an unknown use case is refused whole: no model is left behind", async () => {
    const input = { modelName: "orphan", provider: "ollama", version: "1", useCase: "no_such_case" } as const;
    await expect(transport.client.registry.registerModel(input)).rejects.toMatchObject({
      code: "NOT_FOUND",
      data: { field: "useCase", value: "no_such_case" },
    });
    expect((await versions()).map(({ model }) => model)).not.toContain("orphan");
  });

  test("history tells what was live when, newest first, and the version it replaced is no longer active", async () => {
    const { registry } = transport.client;
    await registry.addUseCase({ name: "poetry", description: "Verses" });
    const one = await registry.registerModel({
      modelName: "poet",
      provider: "ollama",
      version: "1",
      useCase: "poetry",
    });
    const two = await registry.registerModel({ modelName: "poet", provider: "ollama", version: "2" });
    const assigned = await registry.assign({ useCase: "poetry", versionId: two.id, reason: "It rhymes" });
    const history = await registry.history({ useCase: "poetry" });
    expect(history.map(({ version, untilMs, reason }) => ({ version, untilMs, reason }))).toEqual([
      { version: "2", untilMs: null, reason: "It rhymes" },
      { version: "1", untilMs: assigned.fromMs, reason: null },
    ]);
    const statuses = new Map((await versions()).map(({ id, status }) => [id, status]));
    expect([statuses.get(one.id), statuses.get(two.id)]).toEqual(["registered", "active"]);
  });

  test.each([
    ["a provider that does not exist", { provider: "cloud" }, "provider"],
    [
      "an endpoint that is no web address",
      { configuration: { endpoint: "file:///etc/passwd" } },
      "configuration.endpoint",
    ],
    ["a context of the wrong type", { configuration: { contextTokens: "many" } }, "configuration.contextTokens"],
    ["an empty name", { modelName: "  " }, "modelName"],
    ["a use case that is no name", { useCase: "Story Generation" }, "useCase"],
    [
      "a model file outside the data directory",
      { provider: "embedded", configuration: { file: "../../etc/passwd" } },
      "configuration.file",
    ],
    [
      "a model file that is not there",
      { provider: "embedded", configuration: { file: "none.gguf" } },
      "configuration.file",
    ],
    ["an embedded model without a file", { provider: "embedded" }, "configuration.file"],
  ])("%s is refused by the name of the field, with a remedy", async (_what, wrong, field) => {
    const before = await versions();
    const input = { modelName: "wrong", modelType: "self_hosted", provider: "ollama", version: "1", ...wrong };
    await expect(transport.client.registry.registerModel(input as never)).rejects.toMatchObject({
      code: "BAD_REQUEST",
      defined: true,
      data: { field, value: expect.any(String), remedy: expect.stringMatching(/\S/) },
    });
    expect(await versions()).toEqual(before);
  });

  test("a server that is down is told as down, with what to do", async () => {
    expect(await transport.client.registry.endpoints({})).toContainEqual(
      expect.objectContaining({
        endpoint: "http://127.0.0.1:9",
        state: "down",
        lastError: expect.stringContaining("ollama serve"),
      }),
    );
  });
});
