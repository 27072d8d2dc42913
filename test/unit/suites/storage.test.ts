import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DatabasePool } from "../../../src/main/db/pool.ts";
import { Failure } from "../../../src/main/base/failure.ts";
import { databaseWorker, startBackend } from "../../kit/backend.ts";
import { collect } from "../../kit/narrative.ts";
import { startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { stall, streamText } from "../../kit/servers/ollama-scripts.ts";
import { aTest } from "../../kit/actors.ts";
import { waitFor } from "../../kit/wait-for.ts";

/** The real database, on which one kind of write fails as on a full disk, once `until` has passed. */
function failingAt(database: DatabasePool, fails: string, until: () => Promise<void>): DatabasePool {
  const full = new Failure("STORAGE", "The disk is full.", { remedy: "Make room on it." });
  return new Proxy(database, {
    get: (target, key) => {
      if (key === "write")
        return (name: string, input: unknown) =>
          name === fails ? until().then(() => Promise.reject(full)) : target.write(name as never, input as never); // passed on as it came
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

test("a result that cannot be kept ends the run in words, stops the calls of the other versions, and leaves it interrupted", async () => {
  const directory = await mkdtemp(join(tmpdir(), "taleward-suites-"));
  const server = await startOllamaServer({ models: [{ name: "quick" }, { name: "endless" }] });
  server.use(({ body }) => (body["model"] === "quick" ? streamText("A map.") : stall("A map")));
  const database = failingAt(await DatabasePool.open(databaseWorker, directory), "endTestResult", () =>
    // The other version is asked by then: its call is what has to be stopped.
    waitFor(() => expect(server.requests.some(({ body }) => body["model"] === "endless")).toBe(true)),
  );
  const backend = await startBackend({ dataDirectory: directory, database });
  try {
    const { registry, suites } = backend.services;
    const register = (modelName: string) =>
      registry.registerModel(
        {
          modelName,
          modelType: "self_hosted",
          provider: "ollama",
          version: "1",
          configuration: { endpoint: server.url },
        },
        aTest,
      );
    const versions = [await register("quick"), await register("endless")];
    const { id: suiteId } = await suites.create({ name: "Maps", description: "" });
    await suites.addCase({
      suiteId,
      name: "A map",
      messages: [{ role: "user", content: "A map" }],
      options: {},
      assertions: [],
    });
    await expect(collect(suites.run({ suiteId, versionIds: versions.map(({ id }) => id) }))).rejects.toMatchObject({
      code: "STORAGE",
      message: "The disk is full.",
    });
    expect(await server.requests.find(({ body }) => body["model"] === "endless")?.ended).toBe("left");
    const [left] = await suites.runs({ suiteId });
    expect(left).toMatchObject({ state: "interrupted", finishedAtMs: expect.any(Number) });
    const run = await suites.testRun({ testRunId: left?.id ?? ("" as never) });
    expect(run.results.map(({ state }) => state)).toEqual(["cancelled", "cancelled"]);
  } finally {
    await backend.close();
    await server.close();
    await rm(directory, { recursive: true, force: true });
  }
});
