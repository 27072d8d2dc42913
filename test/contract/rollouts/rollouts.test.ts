import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import { DatabasePool } from "../../../src/main/db/pool.ts";
import { DeploymentManager, type DeploymentManagerPorts } from "../../../src/main/rollouts/deployment-manager.ts";
import { abortWhileAsking } from "../../kit/servers/abort.ts";
import { databaseWorker, startBackend } from "../../kit/backend.ts";
import { startOllamaServer, type OllamaServer } from "../../kit/servers/ollama-server.ts";
import { armOf, ask, askUntil, planOf, twoVersions, until } from "../../kit/rollouts.ts";
import { waitFor } from "../../kit/wait-for.ts";
import { systemClock } from "../../../src/main/base/clock.ts";
import { aTest, bySystem, mara } from "../../kit/actors.ts";

vi.setConfig({ testTimeout: 60_000 });

let server: OllamaServer;
let backend: Backend;

beforeEach(async () => {
  server = await startOllamaServer({ models: [{ name: "plain" }, { name: "poet" }, { name: "third" }] });
  backend = await startBackend();
});
afterEach(async () => {
  await backend.close();
  await server.close();
});

test("a canary begins at its first weight, moves on by what came in, and its candidate becomes the assigned version", async () => {
  const { useCase, candidate, stable } = await twoVersions(backend, server.url);
  const started = await backend.services.deployments.start(
    {
      useCase,
      candidateVersionId: candidate,
      supersede: false,
      plan: planOf({
        strategy: "canary",
        steps: [
          { type: "weight", percent: 25 },
          { type: "analysis", units: 8 },
          { type: "weight", percent: 75 },
          { type: "analysis", units: 8 },
        ],
      }),
    },
    mara,
  );
  expect(started).toMatchObject({ useCase, stable: { versionId: stable }, candidate: { versionId: candidate } });
  await until(backend, started.id, ({ rollout }) => rollout.status.candidatePercent === 25);
  const done = await askUntil(backend, started, ({ rollout }) => rollout.status.state === "healthy");
  expect(done.rollout.status.candidatePercent).toBe(100);
  const [assignment] = await backend.services.registry.history(useCase);
  expect(assignment).toMatchObject({ versionId: candidate, by: bySystem });
  expect(assignment?.reason).toBe(`Rollout ${started.id.slice(-8)} of keeper poet for ${useCase}`);
  expect(await armOf(backend, await ask(backend, useCase))).toMatchObject({ versionId: candidate });
  await waitFor(async () =>
    expect(await armOf(backend, await ask(backend, useCase))).toEqual({
      rolloutId: null,
      arm: null,
      armPercent: null,
      versionId: candidate,
    }),
  );
  const events = await backend.services.deployments.events({ rolloutId: started.id });
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter(({ type }) => type === "weight").map(({ candidatePercent }) => candidatePercent)).toEqual([
    25, 75, 100,
  ]);
});

/** A manager over a registry's database, with nothing else there, and the arms that twenty sessions have now. */
async function managedAlone(ports: Partial<DeploymentManagerPorts> = {}) {
  const dataDirectory = await mkdtemp(join(tmpdir(), "taleward-rollouts-"));
  const database = await DatabasePool.open(databaseWorker, dataDirectory);
  const registering = await startBackend({ dataDirectory, database });
  const { useCase, stable, candidate } = await twoVersions(registering, server.url);
  const { registry } = registering.services;
  const manager = new DeploymentManager({
    database,
    versions: registry,
    reach: { unreachable: async () => null },
    loader: { load: async () => {} },
    warmUpCalls: { ask: async (_version, times) => times },
    suites: { runSuite: async () => ({ passed: 0, cases: 0 }), countCases: async () => 0 },
    traffic: { loadOf: () => ({ running: 0, queued: 0 }) },
    handover: { assignmentChanged: async () => true },
    listener: { happened: () => {} },
    clock: systemClock,
    nowMs: Date.now,
    ...ports,
  });
  const stableVersion = await registry.version(stable);
  const armsOf = () => Array.from({ length: 20 }, (_, key) => manager.armOf(useCase, stableVersion, `${key}`)?.arm);
  const third = async () => {
    const configuration = { endpoint: server.url };
    const version = { modelName: "third", modelType: "self_hosted", provider: "ollama", version: "1" } as const;
    return (await registry.registerModel({ ...version, configuration }, aTest)).id;
  };
  const close = async () => {
    await manager.close();
    await registering.close();
    await rm(dataDirectory, { recursive: true, force: true });
  };
  return { manager, database, registry, useCase, candidate, third, armsOf, close };
}

/** Does something first whenever anything is to be written. */
function beforeEachWrite(database: DatabasePool, first: (name: string) => Promise<void>): void {
  const write = database.write.bind(database);
  vi.spyOn(database, "write").mockImplementation(async (...given) => {
    await first(given[0]);
    return write(...given);
  });
}

const byHand = (...percents: number[]) =>
  planOf({
    strategy: "canary",
    warmUp: false,
    steps: percents.flatMap((percent) => [{ type: "weight" as const, percent }, { type: "pause" as const }]),
  });

test("invariant 6: a step that is being written raises no weight of a rollout that is superseded meanwhile", async () => {
  const unreachable = vi.fn(async () => null);
  const { manager, database, useCase, candidate, third, armsOf, close } = await managedAlone({
    reach: { unreachable },
  });
  const next = await third();
  const { id } = await manager.start(
    { useCase, candidateVersionId: candidate, supersede: false, plan: byHand(50, 75) },
    mara,
  );
  const held = Promise.withResolvers<void>();
  let armsAtStart: unknown[] = [];
  beforeEachWrite(database, async (name) => {
    if (name === "applyRolloutDecision") await held.promise;
    if (name === "startRollout") armsAtStart = armsOf();
  });
  const stepped = manager.command({ rolloutId: id, command: "step" }, mara);
  const superseded = manager.start({ useCase, candidateVersionId: next, supersede: true, plan: byHand(10) }, mara);
  await waitFor(() => expect(database.write).toHaveBeenCalledWith("applyRolloutDecision", expect.anything()));
  await waitFor(() => expect(unreachable).toHaveBeenCalledTimes(2)); // after which the second start waits for the first
  await nextTurn();
  held.resolve();
  expect((await stepped).status.candidatePercent).toBe(75);
  expect((await superseded).status.candidatePercent).toBe(10);
  expect(armsAtStart).toEqual(armsAtStart.map(() => "stable"));
  expect(armsAtStart).toHaveLength(20);
  await close();
});

test("a rollout that may not be superseded keeps its sessions where they are", async () => {
  let meanwhile = async () => {};
  const { manager, database, registry, useCase, candidate, third, armsOf, close } = await managedAlone({
    reach: {
      unreachable: async () => {
        await meanwhile();
        return null;
      },
    },
  });
  const next = await third();
  await manager.start({ useCase, candidateVersionId: candidate, supersede: false, plan: byHand(100) }, mara);
  const arms: unknown[][] = [];
  beforeEachWrite(database, async () => {
    arms.push(armsOf());
  });
  meanwhile = async () => {
    await registry.assign({ useCase, versionId: next }, mara);
  };
  const superseded = manager.start({ useCase, candidateVersionId: next, supersede: true, plan: byHand(10) }, mara);
  await expect(superseded).rejects.toMatchObject({ code: "CONFLICT", data: { field: "useCase", value: useCase } });
  expect(new Set([...arms.flat(), ...armsOf()])).toEqual(new Set(["candidate"]));
  await close();
});

test("a rollout that could not be superseded, since nothing could be written, goes on at its weight", async () => {
  const { manager, database, useCase, candidate, third, armsOf, close } = await managedAlone();
  const next = await third();
  await manager.start({ useCase, candidateVersionId: candidate, supersede: false, plan: byHand(100) }, mara);
  const full = vi.spyOn(database, "write").mockRejectedValue(new Error("the disk is full"));
  const superseded = manager.start({ useCase, candidateVersionId: next, supersede: true, plan: byHand(10) }, mara);
  await expect(superseded).rejects.toThrow("the disk is full");
  expect(new Set(armsOf())).toEqual(new Set(["candidate"]));
  full.mockRestore();
  await close();
});

test("a full promotion of what was aborted loads the candidate before it gets a call", async () => {
  const loads: PromiseWithResolvers<void>[] = [];
  const { manager, useCase, candidate, armsOf, close } = await managedAlone({
    loader: {
      load: () => {
        const load = Promise.withResolvers<void>();
        loads.push(load);
        return load.promise;
      },
    },
  });
  const plan = { ...byHand(50), warmUp: true };
  const { id } = await manager.start({ useCase, candidateVersionId: candidate, supersede: false, plan }, mara);
  loads[0]?.resolve();
  await waitFor(() => expect(new Set(armsOf())).toEqual(new Set(["stable", "candidate"])));
  await manager.command({ rolloutId: id, command: "abort" }, mara);
  const { status } = await manager.command({ rolloutId: id, command: "promote_fully" }, mara);
  expect(status).toMatchObject({ state: "progressing", candidatePercent: 0, warmed: false });
  await waitFor(() => expect(loads).toHaveLength(2));
  expect(new Set(armsOf())).toEqual(new Set(["stable"]));
  loads[1]?.resolve();
  await waitFor(async () => expect((await manager.get({ rolloutId: id })).rollout.status.state).toBe("healthy"));
  await close();
});

test("a candidate that has become the stable version gets every call, before they are routed by the assignment too", async () => {
  let isRouted = false;
  const { manager, useCase, candidate, armsOf, close } = await managedAlone({
    handover: { assignmentChanged: async () => isRouted },
  });
  const plan = planOf({ strategy: "canary", steps: [{ type: "weight", percent: 50 }, { type: "pause" }] });
  const { id } = await manager.start({ useCase, candidateVersionId: candidate, supersede: false, plan }, mara);
  const isAt = (state: string) => async () =>
    expect((await manager.get({ rolloutId: id })).rollout.status.state).toBe(state);
  await waitFor(isAt("paused"));
  expect(new Set(armsOf())).toEqual(new Set(["stable", "candidate"]));
  const promoted = manager.command({ rolloutId: id, command: "promote" }, mara);
  await waitFor(isAt("healthy"));
  expect(new Set(armsOf())).toEqual(new Set(["candidate"]));
  isRouted = true;
  expect((await promoted).status).toMatchObject({ state: "healthy", candidatePercent: 100 });
  expect(new Set(armsOf())).toEqual(new Set([undefined]));
  await close();
});

test("abort: the candidate is not asked once more after it was acknowledged", async () => {
  const { rollout, sent, arrived } = await abortWhileAsking(backend, server);
  expect(rollout.status).toMatchObject({ state: "degraded", candidatePercent: 0, step: 0 });
  expect(sent).toEqual([]);
  expect(arrived).toBe(0);
});
