import { expect, test, vi } from "vitest";
import { busy, status, streamText } from "../../kit/servers/ollama-scripts.ts";
import { startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { armOf, ask, askUntil, twoVersions, until } from "../../kit/rollouts.ts";
import { waitFor } from "../../kit/wait-for.ts";
import { aTest } from "../../kit/actors.ts";
import {
  story,
  server,
  backend,
  restart,
  type Plan,
  held,
  start,
  command,
  asked,
  register,
  assignedTo,
  withClock,
  useRunningBackend,
} from "./running-backend.ts";

useRunningBackend();

vi.setConfig({ testTimeout: 60_000 });

test("invariant 1: a rolled back rollout progresses again only by retry, from the first step and with nothing counted", async () => {
  const { useCase, candidate } = await twoVersions(backend, server.url);
  const rollout = await start(useCase, candidate, held(50));
  const { id } = rollout;
  await askUntil(backend, rollout, ({ analysis: { units } }) => units.stable > 0 && units.candidate > 0);
  await command(id, "abort");
  await expect(command(id, "resume")).rejects.toMatchObject({ code: "CONFLICT", data: { field: "command" } });
  await expect(command(id, "step")).rejects.toMatchObject({ code: "CONFLICT" });
  expect((await backend.services.deployments.get({ rolloutId: id })).analysis.units.stable).toBeGreaterThan(0);
  expect((await command(id, "retry")).status).toMatchObject({ state: "paused", step: 1, candidatePercent: 50 });
  const { analysis } = await backend.services.deployments.get({ rolloutId: id });
  expect(analysis.units).toEqual({ stable: 0, candidate: 0 });
  await restart();
  const after = await backend.services.deployments.get({ rolloutId: id });
  expect(after.analysis.units).toEqual({ stable: 0, candidate: 0 });
  expect(after.rollout.status.candidatePercent).toBe(50);
});

test("invariant 2: an abort is in effect for the next call, and calls in progress that wait for the candidate are answered by stable", async () => {
  server.use(({ body }) => (body["model"] === "poet" ? { steps: [{ do: "stall" }] } : streamText(story)));
  const { useCase, candidate, stable } = await twoVersions(backend, server.url);
  const { id } = await start(useCase, candidate, held(100));
  const waiting = [ask(backend, useCase), ask(backend, useCase)];
  await waitFor(() => expect(asked("poet")).toBe(2));
  expect((await command(id, "abort")).status).toMatchObject({ state: "degraded", candidatePercent: 0, step: 0 });
  for (const events of await Promise.all(waiting)) {
    expect(events.at(-1)).toMatchObject({ type: "done", versionId: stable });
    expect(await armOf(backend, events)).toMatchObject({ arm: "candidate", armPercent: 100, versionId: stable });
  }
  const next = await ask(backend, useCase);
  expect(await armOf(backend, next)).toEqual({ rolloutId: null, arm: null, armPercent: null, versionId: stable });
  expect(asked("poet")).toBe(2);
});

test("invariant 2: a retry of a call in progress does not ask a candidate that was taken back meanwhile", async () => {
  // Each of its two retries waits for a second.
  server.use(({ body }) => (body["model"] === "poet" ? busy(503, "1") : streamText(story)));
  const { useCase, candidate, stable } = await twoVersions(backend, server.url);
  const { id } = await start(useCase, candidate, held(100));
  const call = ask(backend, useCase);
  await waitFor(() => expect(asked("poet")).toBeGreaterThanOrEqual(1));
  await command(id, "abort");
  const then = asked("poet");
  expect((await call).at(-1)).toMatchObject({ type: "done", versionId: stable });
  expect(asked("poet")).toBe(then);
});

test("invariant 3: an abort beats a full promotion that is still watched", async () => {
  const { useCase, candidate, stable } = await twoVersions(backend, server.url);
  const { id } = await start(useCase, candidate, { ...held(10), holdbackPercent: 10 } as Plan);
  expect((await command(id, "promote_fully")).status).toMatchObject({ state: "promoting", candidatePercent: 90 });
  expect((await command(id, "abort")).status).toMatchObject({ state: "degraded", candidatePercent: 0 });
  expect(await assignedTo(useCase)).toBe(stable);
});

test("invariant 3: an abort beats a full promotion that is not written yet, and both are told how it ended", async () => {
  const { useCase, candidate, stable } = await twoVersions(backend, server.url);
  const { id } = await start(useCase, candidate, held(10));
  const [promoted, aborted] = await Promise.allSettled([command(id, "promote_fully"), command(id, "abort")]);
  expect(promoted).toMatchObject({ status: "rejected", reason: { code: "CONFLICT" } });
  expect(aborted).toMatchObject({ status: "fulfilled", value: { status: { state: "degraded", candidatePercent: 0 } } });
  expect(await assignedTo(useCase)).toBe(stable);
});

test("a command that waits behind the one that ends a rollout is taken up, or refused for what it means", async () => {
  const { useCase, candidate } = await twoVersions(backend, server.url);
  const { id } = await start(useCase, candidate, held(10));
  const [first, second, retried] = await Promise.allSettled([
    command(id, "abort"),
    command(id, "abort"),
    command(id, "retry"),
  ]);
  expect(first.status).toBe("fulfilled");
  expect(second).toMatchObject({ status: "rejected", reason: { code: "CONFLICT" } });
  expect(retried).toMatchObject({ status: "fulfilled", value: { status: { candidatePercent: 10 } } });
});

test("a rollout whose candidate was retired meanwhile is not taken up again", async () => {
  const { useCase, candidate } = await twoVersions(backend, server.url);
  const { id } = await start(useCase, candidate, held(10));
  await command(id, "abort");
  await backend.services.registry.setStatus({ versionId: candidate, status: "retired" });
  await expect(command(id, "retry")).rejects.toMatchObject({
    code: "CONFLICT",
    data: { field: "candidateVersionId", value: candidate },
  });
  expect((await backend.services.deployments.get({ rolloutId: id })).rollout.status.state).toBe("degraded");
});

test("a candidate that fails takes its server from nobody else: the stable arm goes on, and it is found to be worse", async () => {
  const other = await startOllamaServer({ models: [{ name: "spare" }] });
  other.use(streamText(story));
  server.use(({ body }) => (body["model"] === "poet" ? status(500, { error: "it ended" }) : streamText(story)));
  try {
    const { useCase, candidate, stable } = await twoVersions(backend, server.url);
    const { registry, deployments } = backend.services;
    const spare = await registry.registerModel(
      {
        modelName: "spare",
        modelType: "self_hosted",
        provider: "ollama",
        version: "1",
        configuration: { endpoint: other.url },
      },
      aTest,
    );
    await registry.assign({ useCase, versionId: stable, fallbacks: [spare.id] }, aTest);
    const { id } = await start(useCase, candidate, held(50));
    for (let call = 0; call < 16; call += 1) await ask(backend, useCase);
    const { arms } = (await deployments.get({ rolloutId: id })).analysis;
    expect(arms.stable.errors).toBe(0);
    expect(arms.candidate.errors).toBe(arms.candidate.calls);
    expect(arms.candidate.calls).toBeGreaterThan(0);
  } finally {
    await other.close();
  }
});

test.each([
  ["after a start", false],
  ["after a retry", true],
])("a clock that is set back %s takes no call out of the counts", async (_, retries) => {
  await withClock(async (set) => {
    const { useCase, candidate } = await twoVersions(backend, server.url);
    const { id } = await start(useCase, candidate, held(50));
    if (retries) {
      for (let call = 0; call < 3; call += 1) await ask(backend, useCase);
      await command(id, "abort");
      await command(id, "retry");
    }
    set(-3_600_000);
    for (let call = 0; call < 6; call += 1) await ask(backend, useCase);
    const callsOf = async () => {
      const { arms } = (await backend.services.deployments.get({ rolloutId: id })).analysis;
      return arms.stable.calls + arms.candidate.calls;
    };
    expect(await callsOf()).toBe(6);
    await restart();
    expect(await callsOf()).toBe(6);
  });
});

test("invariant 4: promote skips the running analysis; a full promotion clears an abort and skips the rest", async () => {
  const { useCase, candidate } = await twoVersions(backend, server.url);
  const { id } = await start(useCase, candidate, {
    strategy: "canary",
    warmUp: false,
    steps: [
      { type: "weight", percent: 10 },
      { type: "analysis", units: 1_000 },
      { type: "weight", percent: 50 },
      { type: "analysis", units: 1_000 },
    ],
  });
  expect((await command(id, "promote")).status).toMatchObject({ candidatePercent: 50, step: 3 });
  await command(id, "abort");
  expect((await command(id, "promote_fully")).status).toMatchObject({ state: "healthy", candidatePercent: 100 });
  expect(await assignedTo(useCase)).toBe(candidate);
});

test("invariant 5: the weights that are told are those that calls are routed by, and sum to 100", async () => {
  const { useCase, candidate } = await twoVersions(backend, server.url);
  const { id } = await start(useCase, candidate, held(40));
  const arms = [];
  for (let call = 0; call < 60; call += 1) arms.push(await armOf(backend, await ask(backend, useCase)));
  expect(new Set(arms.map(({ armPercent, rolloutId }) => `${rolloutId} ${armPercent}`))).toEqual(new Set([`${id} 40`]));
  const share = arms.filter(({ arm }) => arm === "candidate").length / arms.length;
  expect(share).toBeGreaterThan(0.15); // of 60 coins at 40 %, one in 20,000 falls outside
  expect(share).toBeLessThan(0.65);
  const history = await backend.services.coordinator.history(10);
  expect(history.map(({ type, percent }) => `${type} ${percent}`)).toContain("weight_changed 40");
});

test("invariant 6: what is superseded gets nothing any more, and the new one starts from stable with nothing counted", async () => {
  const { useCase, candidate, stable } = await twoVersions(backend, server.url);
  const third = await register("third");
  const first = await start(useCase, candidate, held(100));
  await ask(backend, useCase);
  expect(asked("poet")).toBe(1);
  const second = await start(useCase, third, held(50), true);
  expect(second).toMatchObject({ stable: { versionId: stable }, status: { candidatePercent: 50 } });
  const old = await backend.services.deployments.get({ rolloutId: first.id });
  expect(old.rollout).toMatchObject({ status: { state: "degraded", candidatePercent: 0 } });
  const events = await backend.services.deployments.events({ rolloutId: first.id });
  expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(["superseded", "degraded"]));
  await Promise.all(Array.from({ length: 10 }, () => ask(backend, useCase)));
  expect(asked("poet")).toBe(1);
  const { analysis } = await backend.services.deployments.get({ rolloutId: second.id });
  expect(analysis.units.stable + analysis.units.candidate).toBe(10);
});

test("invariant 7: a second rollout on a use case is refused, and names the one in progress", async () => {
  const { useCase, candidate } = await twoVersions(backend, server.url);
  const { id } = await start(useCase, candidate, held(10));
  await expect(start(useCase, candidate, held(10))).rejects.toMatchObject({
    code: "CONFLICT",
    message: `keeper poet for ${useCase} is being rolled out on ${useCase} already (${id}).`,
    data: { field: "useCase" },
  });
  const other = await twoVersions(backend, server.url, { useCase: "foundation_layer" });
  expect((await start("foundation_layer", other.candidate, held(10))).useCase).toBe("foundation_layer");
});

test("invariant 8: a pause that ran out while Taleward was closed is over at once, and one that did not goes on to its time", () =>
  withClock(async (set) => {
    const { useCase, candidate } = await twoVersions(backend, server.url);
    const { id } = await start(useCase, candidate, {
      strategy: "canary",
      warmUp: false,
      steps: [
        { type: "weight", percent: 10 },
        { type: "pause", forMs: 600_000 },
        { type: "weight", percent: 20 },
        { type: "pause", forMs: 600_000 },
        { type: "weight", percent: 30 },
        { type: "pause" },
      ],
    });
    const statusOf = async () => (await backend.services.deployments.get({ rolloutId: id })).rollout.status;
    const first = await statusOf();
    await restart();
    expect(await statusOf()).toEqual(first);
    await restart(() => set(600_000));
    const second = await until(backend, id, ({ rollout }) => rollout.status.candidatePercent === 20);
    const nextMs = second.rollout.status.pause?.untilMs ?? 0;
    await restart();
    expect((await statusOf()).pause).toMatchObject({ reason: "timed", untilMs: nextMs });
    set(600_000 + nextMs - Date.now()); // now is when it is to end, to the millisecond
    await until(backend, id, ({ rollout }) => rollout.status.candidatePercent === 30);
    const events = await backend.services.deployments.events({ rolloutId: id });
    const weights = events.filter(({ type }) => type === "weight");
    expect(weights.map(({ candidatePercent }) => candidatePercent)).toEqual([10, 20, 30]);
    const lateMs = (weights[2]?.atMs ?? 0) - nextMs;
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThanOrEqual(5_000); // a second is promised; other tests share these cores
  }));

test("invariant 8: a person's pause outlives a timer that ran out", () =>
  withClock(async (set) => {
    const { useCase, candidate } = await twoVersions(backend, server.url);
    const { id } = await start(useCase, candidate, {
      strategy: "canary",
      warmUp: false,
      steps: [
        { type: "weight", percent: 10 },
        { type: "pause", forMs: 600_000 },
        { type: "weight", percent: 20 },
        { type: "pause" },
      ],
    });
    await command(id, "pause");
    set(700_000);
    // Decided on at that time, a command that means nothing here is all there is to refuse: the timer has changed nothing.
    await expect(command(id, "retry")).rejects.toMatchObject({ code: "CONFLICT" });
    await restart();
    await expect(command(id, "retry")).rejects.toMatchObject({ code: "CONFLICT" });
    const { rollout } = await backend.services.deployments.get({ rolloutId: id });
    expect(rollout.status).toMatchObject({ state: "paused", candidatePercent: 10, pause: { reason: "person" } });
    expect((await command(id, "resume")).status.candidatePercent).toBe(20);
  }));
