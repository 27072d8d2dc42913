import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import type { RegistryDocument } from "../../../src/shared/contract/registry.ts";
import { aTest } from "../../kit/actors.ts";
import { startBackend } from "../../kit/backend.ts";
import { hasStarterFile, starterFile, skippedWithoutStarterFile } from "../../kit/servers/starter-file.ts";
import { type Client, type Transport, transports } from "../../kit/transports.ts";

describe.each(transports)("export and import over a %s", (_name, open) => {
  const opened: [Backend, Transport][] = [];
  let registry: Client["registry"];
  let empty: Client["registry"];
  let document: RegistryDocument;
  const start = async () => {
    const backend = await startBackend();
    const transport = await open(backend.router);
    opened.push([backend, transport]);
    return transport.client.registry;
  };
  beforeAll(async () => {
    [registry, empty] = [await start(), await start()];
    const key = "sk-not-to-be-exported";
    await registry.saveEndpoint({ endpoint: "http://127.0.0.1:9/", provider: "ollama", maxConcurrent: 2, key });
    await registry.addUseCase({ name: "poetry", description: "Verses" });
    const one = await registry.registerModel({
      modelName: "hf.co/märchen@q4",
      provider: "ollama",
      version: "1.0",
      useCase: "poetry",
      tags: ["good", "small"],
      note: "Ein \u{1F409} \u0000 note",
      configuration: { endpoint: "http://127.0.0.1:9", options: { seed: 3, serverOptions: { num_gpu: 0 } } },
    });
    const two = await registry.registerModel({
      modelName: "remote",
      modelType: "remote",
      provider: "openai",
      version: "1",
      configuration: { endpoint: "http://127.0.0.1:8/v1", replicas: ["http://127.0.0.1:7/v1"] },
    });
    await registry.annotate({ versionId: one.id, aliases: ["stable"] });
    await registry.assign({ useCase: "poetry", versionId: two.id, fallbacks: [one.id], defaults: { format: "json" } });
    await registry.undoAssignment({ useCase: "poetry" });
    await registry.setStatus({ versionId: two.id, status: "candidate" });
    document = await registry.exportRegistry();
  });
  afterAll(async () => {
    for (const [backend, transport] of opened) {
      await transport.close();
      await backend.close();
    }
  });
  const without = (exported: RegistryDocument) => ({ ...exported, exportedAtMs: 0 });

  test("a registry imported into an empty data directory exports the same document and answers by it", async () => {
    expect(await empty.importRegistry({ document })).toEqual({
      versionsAdded: 2,
      useCasesAdded: 1,
      assignmentsAdded: 3,
    });
    expect(without(await empty.exportRegistry())).toEqual(without(document));
    expect(await empty.find({ name: "hf.co/märchen@q4@stable" })).toEqual(
      await registry.find({ name: "hf.co/märchen@q4" }),
    );
    expect(await empty.history({ useCase: "poetry" })).toEqual(await registry.history({ useCase: "poetry" }));
    expect((await empty.versions({ text: "ein märchen" })).total).toBe(1);
    const asked = (await empty.endpoints({ provider: "openai" })).map(({ endpoint }) => endpoint);
    expect(asked).toEqual(["http://127.0.0.1:7", "http://127.0.0.1:8"]);
    expect((await empty.endpoints({ endpoint: "http://127.0.0.1:9" }))[0]).toMatchObject({
      maxConcurrent: 2,
      hasKey: false,
    });
  });

  test("the same document again changes nothing, and no key of a server is in it", async () => {
    expect(await registry.importRegistry({ document })).toEqual({
      versionsAdded: 0,
      useCasesAdded: 0,
      assignmentsAdded: 0,
    });
    expect(JSON.stringify(document)).not.toContain("sk-not");
  });

  test("a conflict is refused by name, and nothing of the document stays", async () => {
    const target = await start();
    await target.registerModel({ modelName: "remote", provider: "ollama", version: "1" });
    const before = without(await target.exportRegistry());
    await expect(target.importRegistry({ document })).rejects.toMatchObject({
      code: "CONFLICT",
      data: {
        field: expect.stringMatching(/^document\.models\.\d\.id$/),
        value: "remote",
        remedy: expect.stringMatching(/\S/),
      },
    });
    expect(without(await target.exportRegistry())).toEqual(before);
  });

  test.each<[string, (document: RegistryDocument) => object, string]>([
    [
      "ten million characters of note",
      (d) => ({ versions: [{ ...d.versions[0], note: "n".repeat(10_000_000) }] }),
      "versions.0.note",
    ],
    [
      "ten million characters for an id",
      (d) => ({ versions: [{ ...d.versions[0], id: "9".repeat(10_000_000) }] }),
      "versions.0.id",
    ],
    ["an id that leads nowhere", (d) => ({ models: [], versions: d.versions }), "versions.0.modelId"],
    ["another format", () => ({ format: "something-else" }), "format"],
    ["a format of the future", () => ({ formatVersion: 3 }), "formatVersion"],
    [
      "a version without its configuration",
      (d) => ({ versions: [{ ...d.versions[0], configuration: undefined }] }),
      "versions.0.configuration",
    ],
    [
      "an address that is a file",
      () => ({ endpoints: [{ endpoint: "file:///etc/passwd", provider: "ollama", maxConcurrent: 1 }] }),
      "endpoints.0.endpoint",
    ],
    [
      "two live assignments",
      (d) => ({ assignments: d.assignments.map((assigned) => ({ ...assigned, untilMs: null })) }),
      "assignments.1.untilMs",
    ],
  ])("a document with %s is refused by the name of the field", async (_what, spoil, field) => {
    const hostile = { ...document, ...spoil(document) };
    const before = without(await registry.exportRegistry());
    await expect(registry.importRegistry({ document: hostile })).rejects.toMatchObject({
      code: "BAD_REQUEST",
      defined: true,
      data: { field: `document.${field}`, value: expect.any(String), remedy: expect.stringMatching(/\S/) },
    });
    expect(without(await registry.exportRegistry())).toEqual(before);
  });
});

describe.skipIf(!hasStarterFile)(`beside the starter model${skippedWithoutStarterFile}`, () => {
  const opened: Backend[] = [];
  const start = async () => {
    const backend = await startBackend({ starterFile });
    opened.push(backend);
    return backend.services.registry;
  };
  afterAll(async () => {
    for (const backend of opened) await backend.close();
  });
  const assigned = async (registry: Backend["services"]["registry"]) =>
    Object.fromEntries((await registry.useCases()).map(({ name, assignment }) => [name, assignment?.versionId]));

  test("a registry goes into a new folder: the starter that nobody used gives way to the document's own", async () => {
    const [from, into] = [await start(), await start()];
    const [starter] = (await from.versions({ limit: 10 })).items;
    const other = await from.registerModel(
      {
        modelName: "other",
        modelType: "self_hosted",
        provider: "ollama",
        version: "1",
        configuration: {},
        useCase: "interaction_layer",
      },
      aTest,
    );
    const document = await from.exportRegistry();
    const partly = {
      ...document,
      assignments: document.assignments.filter(({ useCase }) => useCase !== "foundation_layer"),
    };
    await into.importRegistry(partly);
    const idsHere = (await into.versions({ limit: 10 })).items.map(({ id }) => id);
    expect(new Set(idsHere)).toEqual(new Set([starter?.id, other.id]));
    expect(await assigned(into)).toEqual(await assigned(from));
    expect((await into.exportRegistry()).models).toEqual(document.models);
  });

  test("what a person assigned stands, and the import is refused without a trace", async () => {
    const [from, into] = [await start(), await start()];
    const [mine] = (await into.versions({ limit: 10 })).items;
    if (!mine) throw new Error("there is no starter model");
    await into.assign({ useCase: "story_generation", versionId: mine.id, reason: "I like it" }, aTest);
    const before = await into.exportRegistry();
    await expect(into.importRegistry(await from.exportRegistry())).rejects.toMatchObject({ code: "CONFLICT" });
    expect({ ...(await into.exportRegistry()), exportedAtMs: 0 }).toEqual({ ...before, exportedAtMs: 0 });
  });
});
