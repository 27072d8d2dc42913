import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Backend } from "../../src/main/backend.ts";
import type { SuiteId, VersionId } from "../../src/shared/contract/ids.ts";
import type { ModelVersion } from "../../src/shared/contract/registry.ts";
import type { Assertion, TestRun } from "../../src/shared/contract/suites.ts";
import { startBackend } from "../kit/backend.ts";
import { startHeadless } from "../kit/headless.ts";
import { collect } from "../kit/narrative.ts";
import { type ScriptChooser, type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { held, stall, status, tell } from "../kit/servers/ollama-scripts.ts";
import { hasStarterFile, starterFile } from "../kit/servers/starter-file.ts";
import { type Client, type Transport, transports } from "../kit/transports.ts";

// oxlint-disable-next-line vitest/expect-expect -- makes tests, is none
const withModel = test.skipIf(!hasStarterFile);
// A second on an idle machine; the real model shares the cores with other test files.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const unknown = "019ab000-0000-7000-8000-000000000001" as VersionId & SuiteId; // no such row
const models = [{ name: "plain" }, { name: "poet" }, { name: "arbiter" }];
const story = "The keeper climbed the stairs. The map lay under the lamp.";
const verdictOf = (holds: boolean, reason: string) => JSON.stringify({ reason, holds });

/** The models of the scripted server, by the name they are called by. */
const byModel =
  (scripts: Readonly<Record<string, ReturnType<typeof tell>>>): ScriptChooser =>
  ({ body }) =>
    scripts[String(body["model"])] ?? tell(story);

let count = 0;
const registerAt = (client: Client, endpoint: string, serverModel: string): Promise<ModelVersion> =>
  client.registry.registerModel({
    modelName: serverModel,
    provider: "ollama",
    version: String((count += 1)),
    configuration: { endpoint, serverModel },
  });

async function suiteOf(client: Client, cases: Record<string, Assertion[]>, name = "Dialogue") {
  const suite = await client.suites.create({ name, description: "What a keeper says" });
  for (const [caseName, assertions] of Object.entries(cases))
    await client.suites.addCase({
      suiteId: suite.id,
      name: caseName,
      messages: [{ role: "user", content: `Tell of ${caseName}` }],
      options: { seed: 7, maxTokens: 40 },
      assertions,
    });
  return suite;
}

const contains = (text: string, expected = true): Assertion => ({
  type: "contains",
  text,
  expected,
  caseSensitive: false,
});

async function lastOf(events: AsyncIterable<TestRun>): Promise<TestRun> {
  const last = (await collect(events)).at(-1);
  if (!last) throw new Error("a run without an event");
  return last;
}

describe.each(transports)("test suites over a %s", (_name, open) => {
  let server: OllamaServer;
  let backend: Backend;
  let transport: Transport;
  let plain: ModelVersion;
  let poet: ModelVersion;
  let arbiter: ModelVersion;
  beforeAll(async () => {
    server = await startOllamaServer({ models });
    backend = await startBackend();
    transport = await open(backend.router);
    const register = (model: string) => registerAt(transport.client, server.url, model);
    [plain, poet, arbiter] = [await register("plain"), await register("poet"), await register("arbiter")];
  });
  beforeEach(() => server.use(tell(story)));
  afterAll(async () => {
    await transport.close();
    await backend.close();
    await server.close();
  });

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

  test("every case runs on every version, results side by side with what was found, each call in the log", async () => {
    const { client } = transport;
    server.use(byModel({ plain: tell(story), poet: tell("Roses are red.") }));
    const suite = await suiteOf(client, {
      "a map": [contains("MAP"), { type: "max_tokens", tokens: 30 }],
      "no map": [
        { type: "regex", pattern: "\\bkeeper\\b", flags: "iu", expected: true },
        { type: "no_violation", severity: "medium" },
        { type: "latency", metric: "totalMs", atMostMs: 60_000 },
      ],
    });
    const run = await lastOf(await client.suites.run({ suiteId: suite.id, versionIds: [poet.id, plain.id] }));
    expect(run).toMatchObject({
      suiteId: suite.id,
      suiteName: "Dialogue",
      state: "finished",
      finishedAtMs: expect.any(Number),
      versions: [
        { versionId: poet.id, model: "poet", passed: 0, failed: 2, errors: 0, totalP50Ms: expect.any(Number) },
        { versionId: plain.id, model: "plain", passed: 2, failed: 0, errors: 0, totalP50Ms: expect.any(Number) },
      ],
    });
    expect(run.results.map(({ caseName, model, state, text }) => [caseName, model, state, text])).toEqual([
      ["a map", "poet", "failed", "Roses are red."],
      ["no map", "poet", "failed", "Roses are red."],
      ["a map", "plain", "passed", story],
      ["no map", "plain", "passed", story],
    ]);
    expect(run.results[0]?.assertions).toEqual([
      { assertion: contains("MAP"), passed: false, detail: "The answer does not contain “MAP”." },
      { assertion: { type: "max_tokens", tokens: 30 }, passed: true, detail: "3 tokens, at most 30 were allowed." },
    ]);
    const logged = await client.logs.get({ inferenceId: run.results[3]?.inferenceId ?? ("" as never) });
    expect(logged).toMatchObject({
      useCase: "direct",
      caller: "test suite: Dialogue",
      versionId: plain.id,
      response: story,
      options: expect.objectContaining({ seed: 7, maxTokens: 40 }),
    });
    expect(await client.suites.testRun({ testRunId: run.id })).toEqual(run);
    const { results: _, ...summary } = run;
    expect(await client.suites.runs({ suiteId: suite.id })).toEqual([summary]);
    expect((await client.suites.list()).find(({ id }) => id === suite.id)?.lastRun).toEqual({
      id: run.id,
      startedAtMs: run.startedAtMs,
      passed: 2,
      failed: 2,
    });
  });

  test("each event is the run so far: results come one after another, and the last event is the end", async () => {
    const { client } = transport;
    // No answer comes before it was told that so many have passed and this one is under way.
    const answers = [0, 1, 2].map(() => held(story));
    let asked = 0;
    server.use(() => answers[asked++]?.script ?? tell(story));
    const suite = await suiteOf(client, { one: [], two: [], three: [] });
    const events: TestRun[] = [];
    for await (const event of await client.suites.run({ suiteId: suite.id, versionIds: [plain.id] })) {
      events.push(event);
      const states = event.results.map(({ state }) => state);
      if (states.includes("running")) answers[states.filter((state) => state === "passed").length]?.release();
    }
    expect(events[0]?.results.map(({ state }) => state)).toEqual(["waiting", "waiting", "waiting"]);
    const passed = events.map(({ results }) => results.filter(({ state }) => state === "passed").length);
    expect(passed).toEqual(passed.toSorted((a, b) => a - b));
    expect(new Set(passed)).toEqual(new Set([0, 1, 2, 3]));
    expect(events.some(({ results }) => results.some(({ state }) => state === "running"))).toBe(true);
    expect(events.map(({ state }) => state)).toEqual([...events.slice(1).map(() => "running"), "finished"]);
  });

  test("a version answers one case at a time, versions side by side", async () => {
    const { client } = transport;
    const open = new Map<string, number>();
    let mostOfOne = 0;
    let mostOfAll = 0;
    const both = Promise.withResolvers<void>();
    server.use((request) => {
      const model = String(request.body["model"]);
      open.set(model, (open.get(model) ?? 0) + 1);
      void request.ended.then(() => open.set(model, (open.get(model) ?? 0) - 1));
      mostOfOne = Math.max(mostOfOne, ...open.values());
      mostOfAll = Math.max(
        mostOfAll,
        [...open.values()].reduce((sum, value) => sum + value, 0),
      );
      if (mostOfAll === 2) both.resolve();
      return { steps: [{ do: "hold", until: both.promise }, ...tell(story, { everyMs: 10 }).steps] };
    });
    const suite = await suiteOf(client, { one: [], two: [], three: [] });
    await collect(await client.suites.run({ suiteId: suite.id, versionIds: [plain.id, poet.id] }));
    expect({ mostOfOne, mostOfAll }).toEqual({ mostOfOne: 1, mostOfAll: 2 });
  });

  test("text that was held is judged as the reader saw it, and the finding is a violation", async () => {
    const { client } = transport;
    const held = "Mix the acetone peroxide: 20 ml of acetone and 30 ml of hydrogen peroxide, then add acid.";
    server.use(tell(`Listen. ${held} Done.`));
    const suite = await suiteOf(client, {
      held: [contains("acetone peroxide", false), { type: "no_violation", severity: "high" }],
    });
    const run = await lastOf(await client.suites.run({ suiteId: suite.id, versionIds: [plain.id] }));
    const [result] = run.results;
    expect(result).toMatchObject({ state: "failed", assertions: [{ passed: true }, { passed: false }] });
    expect(result?.text).not.toContain("acetone");
    expect(result?.assertions[1]?.detail).toMatch(/^Found S\d+, (high|critical), score 0?\.?\d/);
  });

  test("an answer is held against a JSON Schema", async () => {
    const { client } = transport;
    server.use(byModel({ plain: tell('{"choices":["go"]}'), poet: tell('{"choices":"go"}') }));
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
    const runBy = async (said: string) => {
      server.use(byModel({ arbiter: tell(said) }));
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

  test("a call that fails is an error with its class and remedy, and the other cases go on", async () => {
    const { client } = transport;
    server.use(({ body }) =>
      JSON.stringify(body["messages"]).includes("broken") ? status(400, { error: "no such option" }) : tell(story),
    );
    const suite = await suiteOf(client, { broken: [contains("x")], whole: [contains("map")] });
    const run = await lastOf(await client.suites.run({ suiteId: suite.id, versionIds: [plain.id] }));
    expect(run.results).toMatchObject([
      {
        state: "error",
        error: {
          errorClass: "rejected",
          message: expect.stringContaining("no such option"),
          remedy: expect.any(String),
        },
        assertions: [],
        timings: null,
        inferenceId: expect.any(String),
      },
      { state: "passed", error: null },
    ]);
    expect(run).toMatchObject({ state: "finished", versions: [{ passed: 1, failed: 0, errors: 1 }] });
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

  test("cancelling stops the call down to the socket, keeps what was judged, and the rest is cancelled", async () => {
    const { client } = transport;
    server.use(({ body }) => (JSON.stringify(body).includes("Tell of two") ? stall("The keeper") : tell(story)));
    const suite = await suiteOf(client, { one: [], two: [], three: [] });
    const stop = new AbortController();
    let id: TestRun["id"] | undefined;
    const reading = (async () => {
      const events = await client.suites.run({ suiteId: suite.id, versionIds: [plain.id] }, { signal: stop.signal });
      for await (const run of events) {
        id = run.id;
        if (run.results[0]?.state === "passed" && run.results[1]?.state === "running") stop.abort();
      }
    })();
    await expect(reading).rejects.toThrow();
    if (id === undefined) throw new Error("no run began");
    const testRunId = id;
    await expect
      .poll(async () => (await client.suites.testRun({ testRunId })).state, { timeout: 20_000 })
      .toBe("cancelled");
    const run = await client.suites.testRun({ testRunId });
    expect(run.results.map(({ state }) => state)).toEqual(["passed", "cancelled", "cancelled"]);
    expect(await server.requests.at(-1)?.ended).toBe("left");
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

test.each([
  ["kill -9 cut off", "kill", null],
  ["Taleward did not wait for when it ended", "stop", expect.any(Number)],
] as const)("a run that %s is interrupted, and keeps the results that were there", async (_how, end, finishedAtMs) => {
  const directory = await mkdtemp(join(tmpdir(), "taleward-suites-"));
  const server = await startOllamaServer({
    models,
    script: ({ body }) => (JSON.stringify(body).includes("Tell of two") ? stall("The keeper") : tell(story)),
  });
  try {
    const first = await startHeadless(directory);
    const { client } = await first.connect();
    const version = await registerAt(client, server.url, "plain");
    const suite = await suiteOf(client, { one: [contains("map")], two: [], three: [] });
    const events = await client.suites.run({ suiteId: suite.id, versionIds: [version.id] });
    // Read by hand: leaving a loop would cancel the run.
    for (let running = false; !running;) {
      const next = await events.next();
      running = !next.done && next.value.results[1]?.state === "running";
    }
    await first[end]();
    const second = await startHeadless(directory);
    const connection = await second.connect();
    const [left] = await connection.client.suites.runs({ suiteId: suite.id });
    expect(left).toMatchObject({ state: "interrupted", finishedAtMs });
    const run = await connection.client.suites.testRun({ testRunId: left?.id ?? ("" as never) });
    expect(run.results.map(({ state, text }) => [state, text === story])).toEqual([
      ["passed", true],
      ["cancelled", false],
      ["cancelled", false],
    ]);
    connection.close();
    await second.stop();
  } finally {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  }
});
