import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import { mara } from "../../kit/actors.ts";
import { startBackend } from "../../kit/backend.ts";
import { previous, writePreviousData } from "../../kit/previous-data.ts";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";

let server: OllamaServer;
let dataDirectory: string;
let backend: Backend;

beforeEach(async () => {
  server = await startOllamaServer({ models: [{ name: "plain" }, { name: "poet" }] });
  server.use(streamText("The map lay under the lamp."));
  dataDirectory = await mkdtemp(join(tmpdir(), "taleward-test-"));
  const db = new Sqlite(join(dataDirectory, "taleward.db"));
  writePreviousData(db, server.url);
  db.close();
  backend = await startBackend({ dataDirectory });
});
afterEach(async () => {
  await backend.close();
  await server.close();
  await rm(dataDirectory, { recursive: true, force: true });
});

test("a rollout that ran under the version before goes on from where it stood, to its end", async () => {
  const { deployments, registry } = backend.services;
  const { rolloutId, useCase, candidate } = previous;
  expect((await deployments.get({ rolloutId })).rollout.status).toMatchObject({
    state: "paused",
    step: 1,
    candidatePercent: 10,
    deadlineReported: true,
  });
  const { status } = await deployments.command({ rolloutId, command: "resume" }, mara);
  expect(status).toMatchObject({ state: "healthy", candidatePercent: 100 });
  const history = await registry.history(useCase);
  expect(history[0]).toMatchObject({ versionId: candidate, by: mara });
  const events = await deployments.events({ rolloutId });
  expect(events.filter(({ type }) => type === "resumed").map(({ by }) => by)).toEqual([mara]);
});
