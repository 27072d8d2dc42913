import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ModelVersion } from "../../../src/shared/contract/registry.ts";
import type { Assertion } from "../../../src/shared/contract/suites.ts";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import type { OllamaServer } from "../../kit/servers/ollama-server.ts";
import { hasStarterFile, starterFile } from "../../kit/servers/starter-file.ts";
import { type Transport, transports } from "../../kit/transports.ts";
import { byModel, lastOf, startScriptedSuites, story, suiteOf } from "./scripted-suites.ts";

const verdictOf = (holds: boolean, reason: string) => JSON.stringify({ reason, holds });

// oxlint-disable-next-line vitest/expect-expect -- makes tests, is none
const withModel = test.skipIf(!hasStarterFile);
// A second on an idle machine; the real model shares the cores with other test files.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe.each(transports)("test suites over a %s", (_name, open) => {
  let server: OllamaServer;
  let transport: Transport;
  let plain: ModelVersion;
  let poet: ModelVersion;
  let arbiter: ModelVersion;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ server, transport, plain, poet, arbiter, close } = await startScriptedSuites(open));
  });
  beforeEach(() => server.use(streamText(story)));
  afterAll(() => close());

  test("an answer is held against a JSON Schema", async () => {
    const { client } = transport;
    server.use(byModel({ plain: streamText('{"choices":["go"]}'), poet: streamText('{"choices":"go"}') }));
    const schema = {
      type: "object",
      properties: { choices: { type: "array", items: { type: "string" } } },
      required: ["choices"],
    };
    const suite = await suiteOf(client, { choices: [{ type: "json_schema", schema }] });
    const run = await lastOf(await client.suites.run({ suiteId: suite.id, versionIds: [plain.id, poet.id] }));
    expect(run.results.map(({ state, assertions }) => [state, assertions[0]?.detail])).toEqual([
      ["passed", "The answer fits the schema."],
      ["failed", "`choices` must be array."],
    ]);
  });

  test("a judge decides with its reason; one that gives no verdict is an error, neither passed nor failed", async () => {
    const { client } = transport;
    const judge: Assertion = { type: "judge", criterion: "It is a story.", judgeVersionId: arbiter.id };
    const suite = await suiteOf(client, { judged: [judge] });
    const runBy = async (reply: string) => {
      server.use(byModel({ arbiter: streamText(reply) }));
      const run = await lastOf(await client.suites.run({ suiteId: suite.id, versionIds: [plain.id] }));
      return run.results[0];
    };
    expect(await runBy(verdictOf(true, "Someone climbs stairs."))).toMatchObject({
      state: "passed",
      assertions: [{ passed: true, detail: "The judge says yes: Someone climbs stairs." }],
      error: null,
    });
    const asked = server.requests.findLast(({ body }) => body["model"] === "arbiter");
    expect(JSON.stringify(asked?.body["messages"])).toContain("It is a story.");
    expect(JSON.stringify(asked?.body["messages"])).toContain(story);
    expect(asked?.body["format"]).toMatchObject({ required: ["reason", "holds"] });
    expect(await runBy(verdictOf(false, "No end."))).toMatchObject({ state: "failed", error: null });
    const error = {
      errorClass: "invalid_output",
      message: expect.stringContaining("arbiter"),
      remedy: expect.any(String),
    };
    for (const useless of ["Yes.", '{"holds":"yes","reason":""}'])
      expect(await runBy(useless)).toMatchObject({
        state: "error",
        assertions: [{ passed: false }],
        error,
      });
  });

  test("an embedding that cannot be had is an error that says why", async () => {
    const { client } = transport;
    const gone = await client.registry.registerModel({
      modelName: `gone ${_name}`,
      provider: "ollama",
      version: "1",
      configuration: { endpoint: "http://127.0.0.1:9" },
    });
    const suite = await suiteOf(client, {
      similar: [{ type: "similarity", reference: "A map", atLeast: 0.5, embeddingVersionId: gone.id }],
    });
    const run = await lastOf(await client.suites.run({ suiteId: suite.id, versionIds: [plain.id] }));
    expect(run.results).toMatchObject([
      { state: "error", error: { errorClass: "refused", message: expect.stringMatching(/\S/) }, text: story },
    ]);
  });

  withModel("the real starter model is tested: by its own embeddings, and by itself as a judge", async () => {
    const { client } = transport;
    const starter = await client.registry.registerModel({
      modelName: "starter",
      provider: "embedded",
      version: "1",
      configuration: { file: starterFile },
    });
    const suite = await client.suites.create({ name: "Starter" });
    const assertions: Assertion[] = [
      { type: "similarity", reference: "The sea was calm at night.", atLeast: -1, embeddingVersionId: starter.id },
      { type: "similarity", reference: "The sea was calm at night.", atLeast: 1, embeddingVersionId: starter.id },
      { type: "judge", criterion: "The text mentions the sea.", judgeVersionId: starter.id },
    ];
    await client.suites.addCase({
      suiteId: suite.id,
      name: "The sea",
      messages: [{ role: "user", content: "Describe the sea at night." }],
      options: { seed: 7, maxTokens: 24 },
      assertions,
    });
    const run = await lastOf(await client.suites.run({ suiteId: suite.id, versionIds: [starter.id] }));
    const [result] = run.results;
    expect(result).toMatchObject({ state: "failed", error: null, completionTokens: 24 });
    expect(result?.text).toMatch(/\S/);
    expect(result?.assertions.map(({ passed }) => passed).slice(0, 2)).toEqual([true, false]);
    expect(result?.assertions[0]?.detail).toMatch(/^Similarity -?[01]\.\d\d, at least -1 was wanted\.$/);
    expect(result?.assertions[2]?.detail).toMatch(/^The judge says (yes|no)/);
    expect(run.versions[0]?.tokensPerSecondP50).toBeGreaterThan(0);
  });
});
