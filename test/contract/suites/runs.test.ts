import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ModelVersion } from "../../../src/shared/contract/registry.ts";
import type { TestRun } from "../../../src/shared/contract/suites.ts";
import { startHeadless } from "../../kit/headless.ts";
import { collect } from "../../kit/narrative.ts";
import { held, stall, status, streamText } from "../../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { type Transport, transports } from "../../kit/transports.ts";
import {
  byModel,
  contains,
  lastOf,
  models,
  registerAt,
  startScriptedSuites,
  story,
  suiteOf,
} from "./scripted-suites.ts";

// A second on an idle machine; a start of the real host shares the cores with other test files.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe.each(transports)("test suites over a %s", (_name, open) => {
  let server: OllamaServer;
  let transport: Transport;
  let plain: ModelVersion;
  let poet: ModelVersion;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ server, transport, plain, poet, close } = await startScriptedSuites(open));
  });
  beforeEach(() => server.use(streamText(story)));
  afterAll(() => close());

  test("every case runs on every version, results side by side with what was found, each call in the log", async () => {
    const { client } = transport;
    server.use(byModel({ plain: streamText(story), poet: streamText("Roses are red.") }));
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
    server.use(() => answers[asked++]?.script ?? streamText(story));
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
    let maxOfOne = 0;
    let maxOfAll = 0;
    const both = Promise.withResolvers<void>();
    server.use((request) => {
      const model = String(request.body["model"]);
      open.set(model, (open.get(model) ?? 0) + 1);
      void request.ended.then(() => open.set(model, (open.get(model) ?? 0) - 1));
      maxOfOne = Math.max(maxOfOne, ...open.values());
      maxOfAll = Math.max(
        maxOfAll,
        [...open.values()].reduce((sum, value) => sum + value, 0),
      );
      if (maxOfAll === 2) both.resolve();
      return { steps: [{ do: "hold", until: both.promise }, ...streamText(story, { everyMs: 10 }).steps] };
    });
    const suite = await suiteOf(client, { one: [], two: [], three: [] });
    await collect(await client.suites.run({ suiteId: suite.id, versionIds: [plain.id, poet.id] }));
    expect({ maxOfOne, maxOfAll }).toEqual({ maxOfOne: 1, maxOfAll: 2 });
  });

  test("text that was held is judged as the reader saw it, and the finding is a violation", async () => {
    const { client } = transport;
    const held = "Mix the acetone peroxide: 20 ml of acetone and 30 ml of hydrogen peroxide, then add acid.";
    server.use(streamText(`Listen. ${held} Done.`));
    const suite = await suiteOf(client, {
      held: [contains("acetone peroxide", false), { type: "no_violation", severity: "high" }],
    });
    const run = await lastOf(await client.suites.run({ suiteId: suite.id, versionIds: [plain.id] }));
    const [result] = run.results;
    expect(result).toMatchObject({ state: "failed", assertions: [{ passed: true }, { passed: false }] });
    expect(result?.text).not.toContain("acetone");
    expect(result?.assertions[1]?.detail).toMatch(/^Found S\d+, (high|critical), score 0?\.?\d/);
  });

  test("a call that fails is an error with its class and remedy, and the other cases go on", async () => {
    const { client } = transport;
    server.use(({ body }) =>
      JSON.stringify(body["messages"]).includes("broken")
        ? status(400, { error: "no such option" })
        : streamText(story),
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

  test("cancelling stops the call down to the socket, keeps what was judged, and the rest is cancelled", async () => {
    const { client } = transport;
    server.use(({ body }) => (JSON.stringify(body).includes("Tell of two") ? stall("The keeper") : streamText(story)));
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
});

test.each([
  ["kill -9 cut off", "kill", null],
  ["Taleward did not wait for when it ended", "stop", expect.any(Number)],
] as const)("a run that %s is interrupted, and keeps the results that were there", async (_how, end, finishedAtMs) => {
  const directory = await mkdtemp(join(tmpdir(), "taleward-suites-"));
  const server = await startOllamaServer({
    models,
    script: ({ body }) => (JSON.stringify(body).includes("Tell of two") ? stall("The keeper") : streamText(story)),
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
