import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SuiteId, VersionId } from "../../../src/shared/contract/ids.ts";
import type { ModelVersion } from "../../../src/shared/contract/registry.ts";
import { collect } from "../../kit/narrative.ts";
import { held, streamText } from "../../kit/servers/ollama-scripts.ts";
import type { OllamaServer } from "../../kit/servers/ollama-server.ts";
import { type Transport, transports } from "../../kit/transports.ts";
import { contains, registerAt, startScriptedSuites, story, suiteOf } from "./scripted-suites.ts";

const unknown = "019ab000-0000-7000-8000-000000000001" as VersionId & SuiteId; // no such row

describe.each(transports)("test suites over a %s", (_name, open) => {
  let server: OllamaServer;
  let transport: Transport;
  let plain: ModelVersion;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ server, transport, plain, close } = await startScriptedSuites(open));
  });
  beforeEach(() => server.use(streamText(story)));
  afterAll(() => close());

  test("suites and cases are kept as they were written, and go with their suite", async () => {
    const { suites } = transport.client;
    const created = await suites.create({ name: " Kept " });
    expect(created).toEqual({
      id: expect.any(String),
      name: "Kept",
      description: "",
      createdAtMs: expect.any(Number),
      cases: 0,
      lastRun: null,
    });
    expect(await suites.rename({ suiteId: created.id, name: "Held", description: "All of it" })).toMatchObject({
      name: "Held",
      description: "All of it",
    });
    expect(await suites.rename({ suiteId: created.id, name: "Kept" })).toMatchObject({ description: "All of it" });
    const fields = {
      name: "A map",
      messages: [{ role: "user" as const, content: "A map, \u{1f5fa}" }],
      options: { temperature: 0, stop: ["."] },
      assertions: [contains("map")],
    };
    const added = await suites.addCase({ suiteId: created.id, ...fields });
    expect(added).toEqual({ id: expect.any(String), suiteId: created.id, ...fields });
    const second = await suites.addCase({ suiteId: created.id, ...fields, name: "Another" });
    const saved = await suites.saveCase({ testCaseId: added.id, ...fields, name: "The map", assertions: [] });
    expect(await suites.cases({ suiteId: created.id })).toEqual([saved, second]);
    expect(saved).toEqual({ ...added, name: "The map", assertions: [] });
    await suites.removeCase({ testCaseId: second.id });
    expect(await suites.list()).toContainEqual(expect.objectContaining({ id: created.id, cases: 1 }));
    await suites.remove({ suiteId: created.id });
    expect((await suites.list()).map(({ id }) => id)).not.toContain(created.id);
    await expect(suites.cases({ suiteId: created.id })).rejects.toMatchObject({ code: "NOT_FOUND", defined: true });
  });

  test("a suite that is being run is not deleted under it", async () => {
    const { client } = transport;
    const { script, release } = held(story);
    server.use(script);
    const suite = await suiteOf(client, { one: [] });
    const events = await client.suites.run({ suiteId: suite.id, versionIds: [plain.id] });
    await events.next();
    await expect(client.suites.remove({ suiteId: suite.id })).rejects.toMatchObject({
      code: "CONFLICT",
      data: { field: "suiteId", remedy: expect.any(String) },
    });
    release();
    await collect(events);
    await client.suites.remove({ suiteId: suite.id });
  });

  test.each([
    [
      "a suite without cases",
      async () => ({ suiteId: (await suiteOf(transport.client, {})).id, versionIds: [plain.id] }),
      { code: "CONFLICT", data: { field: "suiteId" } },
    ],
    [
      "an unknown suite",
      async () => ({ suiteId: unknown, versionIds: [plain.id] }),
      { code: "NOT_FOUND", data: { field: "suiteId" } },
    ],
    [
      "an unknown version",
      async () => ({ suiteId: (await suiteOf(transport.client, { one: [] })).id, versionIds: [unknown] }),
      { code: "NOT_FOUND", data: { field: "versionId" } },
    ],
    [
      "a version twice",
      async () => ({ suiteId: (await suiteOf(transport.client, { one: [] })).id, versionIds: [plain.id, plain.id] }),
      { code: "BAD_REQUEST", data: { field: "versionIds", value: expect.any(String) } },
    ],
    [
      "a retired version",
      async () => {
        const retired = await registerAt(transport.client, server.url, "poet");
        await transport.client.registry.setStatus({ versionId: retired.id, status: "retired" });
        return { suiteId: (await suiteOf(transport.client, { one: [] })).id, versionIds: [retired.id] };
      },
      { code: "CONFLICT", message: expect.stringContaining("retired"), data: { field: "versionIds" } },
    ],
  ])("a run of %s is refused with words, and no run is left", async (_what, input, refusal) => {
    const { client } = transport;
    const asked = await input();
    await expect(client.suites.run(asked)).rejects.toMatchObject({ defined: true, ...refusal });
    if (asked.suiteId !== unknown) expect(await client.suites.runs({ suiteId: asked.suiteId })).toEqual([]);
  });

  test.each([
    [
      "a pattern that is none",
      { type: "regex", pattern: "(", flags: "iu", expected: true },
      "BAD_REQUEST",
      "assertions.1.pattern",
    ],
    [
      "a schema that is none",
      { type: "json_schema", schema: { type: "banana" } },
      "BAD_REQUEST",
      "assertions.1.schema",
    ],
    [
      "an unknown judge",
      { type: "judge", criterion: "x", judgeVersionId: unknown },
      "NOT_FOUND",
      "assertions.1.judgeVersionId",
    ],
    [
      "an unknown embedding model",
      { type: "similarity", reference: "x", atLeast: 0, embeddingVersionId: unknown },
      "NOT_FOUND",
      "assertions.1.embeddingVersionId",
    ],
  ] as const)("a case with %s is refused by its field, and not kept", async (_what, wrong, code, field) => {
    const { suites } = transport.client;
    const suite = await suites.create({ name: "Refuses" });
    const fields = {
      name: "x",
      messages: [{ role: "user" as const, content: "x" }],
      assertions: [contains("a"), wrong],
    };
    await expect(suites.addCase({ suiteId: suite.id, ...fields })).rejects.toMatchObject({
      code,
      defined: true,
      data: { field, remedy: expect.stringMatching(/\S/) },
    });
    expect(await suites.cases({ suiteId: suite.id })).toEqual([]);
  });
});
