import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Backend } from "../../src/main/backend.ts";
import type { VersionId } from "../../src/shared/contract/ids.ts";
import type { Deadlines, ErrorClass, GenerationOptions, InferenceEvent } from "../../src/shared/contract/inference.ts";
import type { VersionConfiguration } from "../../src/shared/contract/registry.ts";
import { startBackend } from "../kit/backend.ts";
import { ggufFile } from "../kit/servers/gguf.ts";
import { collect, startStory } from "../kit/narrative.ts";
import {
  breakOff,
  busy,
  garbageLine,
  missingDone,
  type Script,
  stall,
  status,
  streamText,
} from "../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { type Transport, transports } from "../kit/transports.ts";
import { waitFor } from "../kit/wait-for.ts";

/** What each fault of the first server is called, and what is done about it, with a second server to fall back to. */
interface Fault {
  readonly name: string;
  readonly script: Script;
  readonly errorClass: ErrorClass;
  readonly steps: readonly ("retry" | "fallback")[];
  /** The first version's alone: whoever comes to the rescue has all the time it needs. */
  readonly deadlines?: Deadlines;
}

const thrice = ["retry", "retry", "fallback"] as const;
const unheard = "The keeper climb"; // too little to be cleared before the fault
const problems: readonly Fault[] = [
  { name: "a reset mid-stream", script: breakOff(unheard, "reset"), errorClass: "broken_stream", steps: thrice },
  { name: "a hang-up mid-stream", script: breakOff(unheard, "hangUp"), errorClass: "broken_stream", steps: thrice },
  { name: "a reset before the answer", script: breakOff("", "reset"), errorClass: "refused", steps: thrice },
  {
    name: "a stall before the first token",
    script: stall(""),
    errorClass: "timeout",
    steps: ["fallback"],
    deadlines: { firstTokenMs: 2_000 },
  },
  {
    name: "a stall between tokens",
    script: stall(unheard),
    errorClass: "timeout",
    steps: ["fallback"],
    deadlines: { betweenTokensMs: 2_000 },
  },
  { name: "garbage", script: garbageLine(unheard), errorClass: "broken_stream", steps: thrice },
  {
    name: "an oversized line",
    script: {
      steps: [{ do: "bytes", bytes: `{"message":{"content":"${"x".repeat(9 * 1024 * 1024)}"` }, { do: "stall" }],
    },
    errorClass: "broken_stream",
    steps: thrice,
  },
  { name: "no final line", script: missingDone(unheard), errorClass: "broken_stream", steps: thrice },
  {
    name: "404",
    script: status(404, { error: "model 'smollm2:135m' not found" }),
    errorClass: "model_not_found",
    steps: ["fallback"],
  },
  { name: "429 with a Retry-After of a moment", script: busy(429, "0"), errorClass: "overloaded", steps: thrice },
  { name: "429 with a long Retry-After", script: busy(429, "30"), errorClass: "overloaded", steps: ["fallback"] },
  { name: "400", script: status(400, { error: "invalid option" }), errorClass: "rejected", steps: ["fallback"] },
  { name: "401", script: status(401, { error: "unauthorized" }), errorClass: "not_allowed", steps: ["fallback"] },
  { name: "500", script: status(500, "the runner fell over"), errorClass: "server_error", steps: thrice },
  { name: "503 with a full queue", script: busy(503), errorClass: "overloaded", steps: thrice },
];

const servers: OllamaServer[] = [];
let first: OllamaServer;
let second: OllamaServer;
let backend: Backend;
let transport: Transport;
beforeAll(async () => {
  backend = await startBackend();
  transport = await transports[0][1](backend.router);
});
// Servers of their own: what one test does to an endpoint must not cool it down for the next.
beforeEach(async () => {
  first = await startOllamaServer({ models: [{ name: "smollm2:135m" }] });
  second = await startOllamaServer({ script: streamText("The second server told it.") });
  servers.push(first, second);
});
afterEach(async () => {
  const unanswered = () => first.requests.filter(({ outcome }) => outcome === null);
  await expect.poll(unanswered, { timeout: 15_000 }).toEqual([]);
  const load = await transport.client.inference.load();
  expect(load.filter(({ running, queued }) => running + queued > 0)).toEqual([]);
});
afterAll(async () => {
  await transport.close();
  await backend.close();
  // Whatever was opened is closed by now: nothing of the backend holds a connection any more.
  for (const server of servers) {
    await waitFor(async () => expect(await server.connections()).toBe(0));
    await server.close();
  }
});

describe("with a second version to fall back to, the reader sees one whole answer and the log the whole chain, after", () => {
  test.each(problems)("$name", async ({ script, errorClass, steps, deadlines }) => {
    await assignChain(first.url, deadlines && { deadlines });
    first.use(script);
    const events = await call();
    expect(textOf(events)).toBe("The second server told it.");
    await expectChain(events, [...steps.map((step) => `first ${errorClass} ${step}`), "second null end"]);
  });

  test("a refused connection", async () => {
    await assignChain(first.url);
    await first.refuse();
    const events = await call();
    await expectChain(events, [...thrice.map((step) => `first refused ${step}`), "second null end"]);
    await first.listen();
  });

  test("a name that has no address", async () => {
    await assignChain("http://no-such-host.invalid:11434");
    const events = await call();
    await expectChain(events, [...thrice.map((step) => `first refused ${step}`), "second null end"]);
    expect(events.find(({ type }) => type === "attempt")).toMatchObject({
      failed: { message: expect.stringContaining("no-such-host.invalid") },
    });
  });

  test("a prompt that does not fit the window", async () => {
    await assignChain(first.url, { contextTokens: 256 });
    const events = await call({ prompt: "The sea was quiet. ".repeat(400) });
    await expectChain(events, ["first prompt_too_large fallback", "second null end"]);
  });

  test("the model being deleted between two calls", async () => {
    await assignChain(first.url);
    await call();
    first.shelf.remove("smollm2:135m");
    await expectChain(await call(), ["first model_not_found fallback", "second null end"]);
  });

  test("the name coming to mean another model between two calls", async () => {
    await assignChain(first.url);
    expect(textOf(await call())).not.toBe("");
    first.shelf.put({ name: "smollm2:135m", digest: "f".repeat(64) });
    await transport.client.registry.checkDrift();
    await expectChain(await call(), ["first model_changed fallback", "second null end"]);
    expect(await transport.client.registry.drifts()).toMatchObject([{ model: "first", version: String(first.port) }]);
  });
});

describe("a live replica answers the call that its first address failed, without a retry and without a fallback, after", () => {
  test.each<{ name: string; errorClass: ErrorClass; fail: () => Promise<unknown>; deadlines?: Deadlines }>([
    { name: "a refused connection", errorClass: "refused", fail: () => first.refuse() },
    {
      name: "a stall",
      errorClass: "timeout",
      fail: async () => first.use(stall("")),
      deadlines: { firstTokenMs: 4_000 },
    },
    { name: "404", errorClass: "model_not_found", fail: async () => first.shelf.remove("smollm2:135m") },
    {
      name: "another model under its name",
      errorClass: "model_changed",
      fail: async () => {
        first.shelf.put({ name: "smollm2:135m", digest: "f".repeat(64) });
        await transport.client.registry.checkDrift();
      },
    },
    { name: "500", errorClass: "server_error", fail: async () => first.use(status(500, "the runner fell over")) },
    { name: "a hang-up", errorClass: "broken_stream", fail: async () => first.use(breakOff(unheard, "hangUp")) },
  ])("$name", async ({ errorClass, fail, deadlines }) => {
    await assignChain(first.url, { replicas: [second.url], ...(deadlines && { deadlines }) });
    await fail();
    for (let time = 0; time < 2; time += 1) {
      const events = await call();
      expect(textOf(events)).toBe("The second server told it.");
      await expectChain(events, [`first ${errorClass} retry`, "first null end"]);
      const { attempts } = await logOf(events);
      expect(attempts.map(({ endpoint }) => endpoint && new URL(endpoint).origin)).toEqual([first.url, second.url]);
    }
    await first.listen().catch(() => {}); // where it still listens
  });
});

describe("a story goes on, with the whole chain in the log, where a version's prompt", () => {
  let directory: string;
  beforeAll(async () => void (directory = await mkdtemp(join(tmpdir(), "taleward-chain-"))));
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test("cannot be counted, for its file is gone", async () => {
    const file = join(directory, `${first.port}.gguf`);
    await writeFile(file, ggufFile());
    const built = await transport.client.registry.registerModel({
      modelName: "built-in",
      provider: "embedded",
      version: String(first.port),
      configuration: { file },
    });
    await rm(file);
    await assignStory(built.id, await register("second", second));
    for (const text of ["", "It was night."]) {
      const events = await narrate(text);
      expect(textOf(events)).toBe("The second server told it.");
      await expectChain(events, ["built-in model_not_found fallback", "second null end"]);
    }
  });

  test("has no room in a fallback's window, or in the first one's", async () => {
    const small = { contextTokens: 270 };
    first.use(status(400, { error: "invalid option" }));
    await assignStory(
      await register("first", first),
      await register("small", first, small),
      await register("second", second),
    );
    await expectChain(await narrate("It was night."), [
      "first rejected fallback",
      "small prompt_too_large fallback",
      "second null end",
    ]);
    await assignStory(await register("smaller", first, small), await register("last", second));
    await expectChain(await narrate("It was night."), ["smaller prompt_too_large fallback", "last null end"]);
  });

  test("has no room anywhere: then the writer is told so, and nothing is logged", async () => {
    const { client } = transport;
    await assignStory(await register("first", first, { contextTokens: 270 }));
    const { passage } = await startStory(client);
    const before = (await client.logs.list({ limit: 1 })).items[0]?.id;
    const refused = client.story.generate({ passageId: passage.id, prompt: "Begin" }).then(collect);
    await expect(refused).rejects.toMatchObject({ code: "BAD_REQUEST", data: { field: "prompt" } });
    expect((await client.logs.list({ limit: 1 })).items[0]?.id).toBe(before);
    expect((await client.story.passage({ passageId: passage.id })).proposals).toMatchObject([
      { state: "failed", note: { remedy: expect.stringContaining("Shorten the prompt") } },
    ]);
  });

  async function register(
    modelName: string,
    server: OllamaServer,
    configuration: Partial<VersionConfiguration> = {},
  ): Promise<VersionId> {
    const { id } = await transport.client.registry.registerModel({
      modelName,
      provider: "ollama",
      version: `${server.port} in a story`,
      configuration: { endpoint: server.url, serverModel: "smollm2:135m", ...configuration },
    });
    return id;
  }

  async function assignStory(version: VersionId, ...fallbacks: VersionId[]): Promise<void> {
    await transport.client.registry.assign({ useCase: "story_generation", versionId: version, fallbacks });
  }

  async function narrate(text: string): Promise<InferenceEvent[]> {
    const { client } = transport;
    const { passage } = await startStory(client);
    if (text !== "") await client.story.savePassage({ passageId: passage.id, text, caret: 0, baseRevision: 0 });
    const events = await collect(await client.story.generate({ passageId: passage.id, prompt: "Go on" }));
    return events.filter((event) => event.type !== "proposal");
  }
});

test("a server restarted between two calls costs the second at most a retry", async () => {
  await assignChain(first.url);
  await call();
  await first.refuse();
  await first.listen();
  const events = await call();
  const { attempts } = await logOf(events);
  expect(attempts.at(-1)).toMatchObject({ model: "first", outcome: "answered" });
  expect(attempts.length).toBeLessThanOrEqual(2);
});

test("without a fallback the last failure is told with its remedy, and everything that was tried is in the log", async () => {
  const { registry } = transport.client;
  await assignChain(first.url);
  const { id } = await registry.find({ name: `first@${first.port}` });
  await registry.assign({ useCase: "story_generation", versionId: id, fallbacks: [] });
  first.use(status(500, "the runner fell over"));
  const events = await call();
  expect(events.at(-1)).toMatchObject({
    type: "failed",
    errorClass: "server_error",
    remedy: expect.stringMatching(/\S/),
  });
  await expectChain(events, ["first server_error retry", "first server_error retry", "first server_error end"]);
});

test("a fault after something was shown is not answered twice", async () => {
  await assignChain(first.url);
  first.use(breakOff("The keeper climbed the stairs. The map lay un", "reset"));
  const events = await call();
  expect(textOf(events)).toBe("The keeper climbed the stairs. The map lay un");
  await expectChain(events, ["first broken_stream end"]);
});

async function assignChain(endpoint: string, configuration: Partial<VersionConfiguration> = {}): Promise<void> {
  const { registry } = transport.client;
  const fallback = await registry.registerModel({
    modelName: "second",
    provider: "ollama",
    version: String(second.port),
    configuration: { endpoint: second.url, serverModel: "smollm2:135m" },
  });
  const version = await registry.registerModel({
    modelName: "first",
    provider: "ollama",
    version: String(first.port),
    configuration: { endpoint, serverModel: "smollm2:135m", ...configuration },
  });
  await registry.assign({ useCase: "story_generation", versionId: version.id, fallbacks: [fallback.id] });
}

async function call(given: { prompt?: string; options?: GenerationOptions } = {}): Promise<InferenceEvent[]> {
  const { prompt = "Begin", options = {} } = given;
  const events = await transport.client.inference.chat({
    target: { type: "use_case", useCase: "story_generation" },
    messages: [{ role: "user", content: prompt }],
    options,
  });
  return (await collect(events)).filter(
    (event): event is InferenceEvent => event.type !== "wire_request" && event.type !== "wire_response",
  );
}

async function expectChain(events: readonly InferenceEvent[], chain: readonly string[]): Promise<void> {
  const { attempts, model } = await logOf(events);
  expect(attempts.map(({ model: name, errorClass, next }) => `${name} ${errorClass} ${next}`)).toEqual(chain);
  expect(model).toBe(attempts.at(-1)?.model);
  expect(attempts).toEqual(lastOf(events).attempts);
}

function logOf(events: readonly InferenceEvent[]) {
  const { inferenceId } = lastOf(events);
  if (inferenceId === null) throw new Error("it was not logged");
  return transport.client.logs.get({ inferenceId });
}

function lastOf(events: readonly InferenceEvent[]) {
  const last = events.at(-1);
  if (last?.type !== "done" && last?.type !== "failed") throw new Error(`it did not end: ${JSON.stringify(events)}`);
  return last;
}

function textOf(events: readonly InferenceEvent[]): string {
  return events.map((event) => (event.type === "token" ? event.text : "")).join("");
}
