import { expect, test, vi } from "vitest";
import { breakOff, slow, status, streamText } from "../../kit/servers/ollama-scripts.ts";
import { armOf, ask, twoVersions, until } from "../../kit/rollouts.ts";
import { aTest } from "../../kit/actors.ts";
import {
  story,
  forbidden,
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

test("invariant 9: the deadline is told and does not abort unless it is asked to", async () => {
  const { useCase, candidate } = await twoVersions(backend, server.url);
  const waits: Plan = {
    strategy: "canary",
    warmUp: false,
    progressDeadlineMs: 1_000,
    steps: [
      { type: "weight", percent: 10 },
      { type: "analysis", units: 50 },
    ],
  };
  const { id } = await start(useCase, candidate, waits);
  const received = await until(backend, id, ({ rollout }) => rollout.status.deadlineReported);
  expect(received.rollout.status).toMatchObject({ state: "progressing", candidatePercent: 10 });
  await command(id, "abort");
  const strict = await start(useCase, candidate, { ...waits, abortOnDeadline: true } as Plan);
  await until(backend, strict.id, ({ rollout }) => rollout.status.state === "degraded");
});

test("invariant 10: no data is inconclusive, which waits for a person, and resuming it does not ask again", async () => {
  const { useCase, candidate } = await twoVersions(backend, server.url);
  const { id } = await start(useCase, candidate, {
    strategy: "canary",
    warmUp: false,
    steps: [{ type: "weight", percent: 10 }, { type: "analysis", units: 50, withinMs: 1_000 }, { type: "pause" }],
  });
  const view = await until(backend, id, ({ rollout }) => rollout.status.pause?.reason === "inconclusive");
  expect(view.rollout.status.candidatePercent).toBe(10);
  expect((await command(id, "resume")).status).toMatchObject({ state: "paused", step: 2, pause: { reason: "person" } });
});

test("invariant 11: as many errors as are tolerated are tolerated, and one more rolls back", async () => {
  const { useCase, candidate, stable } = await twoVersions(backend, server.url);
  server.use(({ body }) => (body["model"] === "poet" ? status(404, { error: "model not found" }) : streamText(story)));
  const { id } = await start(useCase, candidate, { ...held(100), limits: { errors: 2 } } as Plan);
  await ask(backend, useCase);
  await ask(backend, useCase);
  expect((await backend.services.deployments.get({ rolloutId: id })).rollout.status.state).toBe("paused");
  const events = await ask(backend, useCase);
  expect(events.at(-1)).toMatchObject({ type: "done", versionId: stable });
  const { analysis } = await until(backend, id, ({ rollout }) => rollout.status.state === "degraded");
  expect(analysis.arms.candidate).toMatchObject({ errors: 3, fallbacks: 3 });
});

test("invariant 12: going back to the version before skips steps and analysis; with one more between it does not", async () => {
  const { useCase, candidate, stable } = await twoVersions(backend, server.url);
  const plan: Plan = {
    strategy: "canary",
    warmUp: false,
    steps: [
      { type: "weight", percent: 10 },
      { type: "analysis", units: 1_000 },
    ],
  };
  const there = await start(useCase, candidate, plan);
  expect(there.status.step).toBe(1);
  await command(there.id, "promote_fully");
  const back = await start(useCase, stable, plan);
  expect(back.status).toMatchObject({ state: "healthy", candidatePercent: 100 });
  const third = await register("third");
  await backend.services.registry.assign({ useCase, versionId: third }, aTest);
  const far = await start(useCase, candidate, plan);
  expect(far.status).toMatchObject({ state: "progressing", candidatePercent: 10 });
});

test("invariant 13: with the candidate as a fallback, a failure on the stable arm is not routed to it while it is rolled out", async () => {
  const { useCase, candidate, stable } = await twoVersions(backend, server.url);
  await backend.services.registry.assign({ useCase, versionId: stable, fallbacks: [candidate] }, aTest);
  const { id } = await start(useCase, candidate, held(0));
  server.use(({ body }) => (body["model"] === "plain" ? status(404, { error: "model not found" }) : streamText(story)));
  expect((await ask(backend, useCase)).at(-1)).toMatchObject({ type: "failed" });
  expect(asked("poet")).toBe(0);
  await command(id, "abort");
});

test("invariant 14: after the switch the candidate is active and the old version still stable, and what fails switches back", async () => {
  const { useCase, candidate, stable } = await twoVersions(backend, server.url);
  const { id } = await start(useCase, candidate, {
    strategy: "blue_green",
    previewSteps: [{ type: "person_gate", question: "Is it kind?" }],
    standbyMs: 60_000,
    limits: { held: 0 },
  });
  await until(backend, id, ({ rollout }) => rollout.status.pause?.reason === "gate");
  expect(await armOf(backend, await ask(backend, useCase))).toMatchObject({ arm: "stable", versionId: stable });
  await command(id, "resume");
  expect(await armOf(backend, await ask(backend, useCase))).toMatchObject({ arm: "candidate", versionId: candidate });
  expect(await assignedTo(useCase)).toBe(stable);
  server.use(({ body }) => streamText(body["model"] === "poet" ? forbidden : story));
  await ask(backend, useCase);
  await until(backend, id, ({ rollout }) => rollout.status.state === "degraded");
  expect((await ask(backend, useCase)).at(-1)).toMatchObject({ versionId: stable });
  expect(await assignedTo(useCase)).toBe(stable);
});

test("invariant 15: a session stays on its arm, a higher weight only moves stable sessions to the candidate, and a session is one unit", () =>
  withClock(async (set) => {
    const { useCase, candidate } = await twoVersions(backend, server.url);
    const { id } = await start(useCase, candidate, {
      strategy: "canary",
      warmUp: false,
      steps: [{ type: "weight", percent: 30 }, { type: "pause" }, { type: "weight", percent: 60 }, { type: "pause" }],
    });
    const names = Array.from({ length: 60 }, (_, index) => `reader ${index}`);
    const round = () =>
      Promise.all(names.map(async (name) => (await armOf(backend, await ask(backend, useCase, name))).arm));
    const first = await round();
    expect(await round()).toEqual(first);
    await restart();
    expect(await round()).toEqual(first);
    await command(id, "resume");
    const raised = await round();
    for (const [index, arm] of first.entries()) if (arm === "candidate") expect(raised[index]).toBe("candidate");
    expect(raised.filter((arm) => arm === "candidate").length).toBeGreaterThan(
      first.filter((arm) => arm === "candidate").length,
    );
    // When their time is over each of them counts once, by the arm of its first coin.
    set(600_000);
    const { analysis } = await until(backend, id, (view) => view.analysis.units.stable > 0);
    const candidates = first.filter((arm) => arm === "candidate").length;
    expect(analysis.sessions).toEqual({ stable: names.length - candidates, candidate: candidates });
    expect(analysis.units).toEqual(analysis.sessions);
  }));

test("the evidence after a restart is the same number, from the same calls in the same order", async () => {
  server.use(({ body }, index) =>
    body["model"] === "poet" && index % 3 === 0 ? breakOff("It", "reset") : slow(index % 7, story),
  );
  const { useCase, candidate } = await twoVersions(backend, server.url);
  const { id } = await start(useCase, candidate, { ...held(50), analysis: { alpha: 0.0001 } } as Plan);
  for (let turn = 0; turn < 8; turn += 1)
    await Promise.all(
      Array.from({ length: 8 }, (_, reader) => ask(backend, useCase, reader < 3 ? `r${reader}` : undefined)),
    );
  const before = await backend.services.deployments.get({ rolloutId: id });
  const line = await backend.services.deployments.evidence({ rolloutId: id });
  expect(before.analysis.units.candidate).toBeGreaterThan(3);
  await restart();
  expect(await backend.services.deployments.get({ rolloutId: id })).toEqual(before);
  expect(await backend.services.deployments.evidence({ rolloutId: id })).toEqual(line);
});

test("a candidate that another version is assigned over by hand is taken back, and calls follow the assignment at once", async () => {
  const { useCase, candidate } = await twoVersions(backend, server.url);
  const { id } = await start(useCase, candidate, held(100));
  const third = await register("third");
  await backend.services.registry.assign({ useCase, versionId: third }, aTest);
  expect((await ask(backend, useCase)).at(-1)).toMatchObject({ versionId: third });
  const { rollout } = await until(backend, id, (view) => view.rollout.status.state === "degraded");
  expect(rollout.status.reason).toBe("Aborted by the person at this desk: another version was assigned");
  expect(await assignedTo(useCase)).toBe(third);
});

test("a call to a version itself is never routed", async () => {
  const { useCase, candidate, stable } = await twoVersions(backend, server.url);
  await start(useCase, candidate, held(100));
  const events = [];
  const messages = [{ role: "user" as const, content: "Tell." }];
  for await (const event of backend.services.directCalls.chat({
    target: { type: "version", versionId: stable },
    messages,
    options: {},
    wire: false,
  }))
    events.push(event);
  expect(events.at(-1)).toMatchObject({ type: "done", versionId: stable });
  expect(asked("poet")).toBe(0);
});

test("violations are counted by severity on the arm that said them", async () => {
  server.use(({ body }) => streamText(body["model"] === "poet" ? forbidden : story));
  const { useCase, candidate } = await twoVersions(backend, server.url);
  const { id } = await start(useCase, candidate, held(100));
  for (let call = 0; call < 3; call += 1) await ask(backend, useCase);
  const before = await backend.services.deployments.get({ rolloutId: id });
  const { severities, violations } = before.analysis.arms.candidate;
  expect(violations).toBe(3);
  expect(severities.medium + severities.high + severities.critical).toBe(3);
  expect(before.analysis.arms.stable.severities).toEqual({ low: 0, medium: 0, high: 0, critical: 0 });
  await restart();
  expect((await backend.services.deployments.get({ rolloutId: id })).analysis.arms).toEqual(before.analysis.arms);
});
