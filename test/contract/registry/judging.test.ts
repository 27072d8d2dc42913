import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import type { InferenceId } from "../../../src/shared/contract/ids.ts";
import type { Deadlines, InferenceEvent } from "../../../src/shared/contract/inference.ts";
import type { ModelVersion } from "../../../src/shared/contract/registry.ts";
import { startBackend } from "../../kit/backend.ts";
import { collect } from "../../kit/narrative.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { stall, status, streamText } from "../../kit/servers/ollama-scripts.ts";
import { type Client, type Transport, transports } from "../../kit/transports.ts";

vi.setConfig({ testTimeout: 60_000 });

const story = "The keeper climbed the stairs. The map lay under the lamp.";
const dayMs = 86_400_000;
/** Of a version's own configuration: who comes to its rescue has all the time it needs, and needs less. */
const waitedMs = 2_000;
const lost = "019ab000-0000-7000-8000-000000000001";

describe.each(transports)("how a version did and was judged, over a %s", (_name, open) => {
  let broken: OllamaServer;
  let sound: OllamaServer;
  let backend: Backend;
  let transport: Transport;
  let client: Client;
  let first: ModelVersion;
  let second: ModelVersion;
  let versions = 0;
  beforeAll(async () => {
    sound = await startOllamaServer({ script: streamText(story) });
    backend = await startBackend();
    transport = await open(backend.router);
    client = transport.client;
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
    await sound.close();
  });
  // Of its own for each test: what another test did neither counts nor cools a server down.
  beforeEach(async () => {
    broken = await startOllamaServer();
    first = await register(broken.url);
    second = await register(sound.url);
  });

  afterEach(() => broken.close());

  const register = (endpoint: string, deadlines?: Deadlines): Promise<ModelVersion> =>
    client.registry.registerModel({
      modelName: "keeper",
      provider: "ollama",
      version: String((versions += 1)),
      configuration: { endpoint, serverModel: "smollm2:135m", ...(deadlines ? { deadlines } : {}) },
    });
  const ask = async (version: ModelVersion): Promise<InferenceEvent | undefined> => {
    await client.registry.assign({ useCase: "story_generation", versionId: version.id, fallbacks: [second.id] });
    const events = await client.inference.chat({
      target: { type: "use_case", useCase: "story_generation" },
      messages: [{ role: "user", content: "A map" }],
    });
    return (await collect(events as AsyncIterable<InferenceEvent>)).at(-1);
  };
  const answerOf = async (version: ModelVersion): Promise<InferenceId> => {
    const events = await client.inference.chat({
      target: { type: "version", versionId: version.id },
      messages: [{ role: "user", content: "A map" }],
    });
    const last = (await collect(events as AsyncIterable<InferenceEvent>)).at(-1);
    if (last?.type !== "done") throw new Error("not answered");
    return last.inferenceId;
  };
  const figures = async ({ id }: ModelVersion) =>
    (await client.registry.performance({ versionId: id, sinceMs: Date.now() - dayMs, sliceMs: dayMs }))[0];

  describe("performance", () => {
    test("a version whose every failure is rescued has its calls and failures, and its delay is not the fallback's", async () => {
      const mute = await register(broken.url, { firstTokenMs: waitedMs });
      broken.use(stall(""));
      for (let call = 0; call < 2; call += 1) expect(await ask(mute)).toMatchObject({ type: "done" });
      expect(await figures(mute)).toMatchObject({ calls: 2, failed: 2, totalP50Ms: null, completionTokens: 0 });
      const rescuer = await figures(second);
      expect(rescuer).toMatchObject({ calls: 2, failed: 0 });
      expect(rescuer?.totalP95Ms).toBeLessThan(waitedMs);
      expect(rescuer?.totalP95Ms).toBeGreaterThan(0);
      expect(rescuer?.firstTokenP95Ms).toBeLessThan(waitedMs);
    });

    test("a call counts once however often its version was tried, and one that a retry saved is no failure", async () => {
      const fellOver = status(500, "the runner fell over");
      let calls = 0;
      broken.use(() => ((calls += 1) === 1 ? fellOver : streamText(story)));
      await ask(first);
      expect(await figures(first)).toMatchObject({ calls: 1, failed: 0 });
      broken.use(fellOver);
      await ask(first);
      expect(await figures(first)).toMatchObject({ calls: 2, failed: 1 });
      expect(await figures(second)).toMatchObject({ calls: 1, failed: 0 });
    });

    test("a call that nobody could answer is a failure of each that was asked", async () => {
      broken.use(status(400, { error: "invalid option" }));
      sound.use(status(400, { error: "invalid option" }));
      try {
        expect(await ask(first)).toMatchObject({ type: "failed" });
      } finally {
        sound.use(streamText(story));
      }
      expect(await figures(first)).toMatchObject({ calls: 1, failed: 1 });
      expect(await figures(second)).toMatchObject({ calls: 1, failed: 1 });
    });

    test("the latest calls of a version are those it was asked, with who answered in its place, in its own time", async () => {
      const mute = await register(broken.url, { firstTokenMs: waitedMs });
      broken.use(stall(""));
      await ask(mute);
      const [taken] = await client.registry.calls({ versionId: mute.id });
      expect(taken).toMatchObject({
        outcome: "failed",
        promptExcerpt: "A map",
        responseExcerpt: "",
        firstTokenMs: null,
        takenOverBy: { model: "keeper", version: second.version },
      });
      expect(taken?.totalMs).toBeGreaterThan(waitedMs - 10);
      const [own] = await client.registry.calls({ versionId: second.id });
      expect(own).toMatchObject({ id: taken?.id, outcome: "completed", takenOverBy: null });
      expect(own?.totalMs).toBeLessThan(waitedMs - 10);
      await answerOf(second);
      const two = await client.registry.calls({ versionId: second.id });
      expect(two.map(({ id }) => id)).toEqual([expect.not.stringMatching(taken?.id ?? ""), taken?.id]);
      expect(await client.registry.calls({ versionId: second.id, limit: 1 })).toEqual(two.slice(0, 1));
    });
  });

  describe("judgements", () => {
    test("a version that nobody judged has none", async () => {
      expect(await client.registry.judgements({ versionId: first.id })).toEqual({
        suites: [],
        ratings: { count: 0, mean: null, byStars: [0, 0, 0, 0, 0] },
      });
      await expect(client.registry.judgements({ versionId: lost as ModelVersion["id"] })).rejects.toMatchObject({
        code: "NOT_FOUND",
        data: { field: "versionId" },
      });
    });

    test("the latest run of each suite over a version is told, with what it passed of how many", async () => {
      const suite = await client.suites.create({ name: `Maps ${second.version}` });
      for (const text of ["keeper", "map", "dragon"])
        await client.suites.addCase({
          suiteId: suite.id,
          name: text,
          messages: [{ role: "user", content: "A map" }],
          assertions: [{ type: "contains", text }],
        });
      const run = async () =>
        (await collect(await client.suites.run({ suiteId: suite.id, versionIds: [second.id] }))).at(-1);
      await run();
      const latest = await run();
      expect((await client.registry.judgements({ versionId: second.id })).suites).toEqual([
        {
          suiteId: suite.id,
          suiteName: suite.name,
          runId: latest?.id,
          startedAtMs: latest?.startedAtMs,
          state: "finished",
          cases: 3,
          passed: 2,
          failed: 1,
          errors: 0,
        },
      ]);
      expect((await client.registry.judgements({ versionId: first.id })).suites).toEqual([]);
    });

    test("a rating is kept with its answer, changed, counted for its version, and removed", async () => {
      const [one, other] = [await answerOf(second), await answerOf(second)];
      expect(await client.logs.rating({ inferenceId: one })).toBeNull();
      await client.logs.rate({ inferenceId: one, stars: 2 });
      const rated = await client.logs.rate({ inferenceId: one, stars: 5 });
      expect(rated).toEqual({ stars: 5, atMs: expect.any(Number) });
      expect(await client.logs.rating({ inferenceId: one })).toEqual(rated);
      await client.logs.rate({ inferenceId: other, stars: 4 });
      const ratings = async () => (await client.registry.judgements({ versionId: second.id })).ratings;
      expect(await ratings()).toEqual({ count: 2, mean: 4.5, byStars: [0, 0, 0, 1, 1] });
      await client.logs.removeRating({ inferenceId: one });
      await client.logs.removeRating({ inferenceId: one });
      expect(await client.logs.rating({ inferenceId: one })).toBeNull();
      expect(await ratings()).toEqual({ count: 1, mean: 4, byStars: [0, 0, 0, 1, 0] });
    });

    test("an answer that a fallback gave is rated as the fallback's", async () => {
      broken.use(status(400, { error: "invalid option" }));
      const last = await ask(first);
      if (last?.type !== "done") throw new Error("not answered");
      await client.logs.rate({ inferenceId: last.inferenceId, stars: 3 });
      expect((await client.registry.judgements({ versionId: second.id })).ratings.count).toBe(1);
      expect((await client.registry.judgements({ versionId: first.id })).ratings.count).toBe(0);
    });

    test("a call without an answer cannot be rated, nor one that is not there, nor with six stars", async () => {
      broken.use(status(400, { error: "invalid option" }));
      const events = await client.inference.chat({
        target: { type: "version", versionId: first.id },
        messages: [{ role: "user", content: "A map" }],
      });
      const last = (await collect(events as AsyncIterable<InferenceEvent>)).at(-1);
      if (last?.type !== "failed" || last.inferenceId === null) throw new Error("it was answered");
      const { inferenceId } = last;
      await expect(client.logs.rate({ inferenceId, stars: 3 })).rejects.toMatchObject({
        code: "CONFLICT",
        data: { field: "inferenceId", remedy: "Rate one that was completed or stopped." },
      });
      await expect(client.logs.rate({ inferenceId: lost as InferenceId, stars: 3 })).rejects.toMatchObject({
        code: "NOT_FOUND",
        data: { field: "inferenceId" },
      });
      await expect(client.logs.rate({ inferenceId, stars: 6 })).rejects.toMatchObject({
        code: "BAD_REQUEST",
        data: { field: "stars" },
      });
    });
  });
});
