import { expect, test, vi } from "vitest";
import { ask, paced, twoVersions, until } from "../../kit/rollouts.ts";
import { waitFor } from "../../kit/wait-for.ts";
import {
  story,
  server,
  backend,
  restart,
  type Plan,
  held,
  start,
  command,
  useRunningBackend,
} from "./running-backend.ts";

useRunningBackend();

vi.setConfig({ testTimeout: 60_000 });

test("a shadow sends what stable was asked to the candidate unseen, logs it apart, and pairs count", async () => {
  server.use(({ body }) => paced(story, body["model"] === "poet" ? 2 : 1));
  const { useCase, candidate } = await twoVersions(backend, server.url);
  const { id } = await start(useCase, candidate, { ...held(0), shadowPercent: 100 } as Plan);
  for (let call = 1; call <= 5; call += 1) {
    const events = await ask(backend, useCase, "a reader", { prompt: `Tell of room ${call}.` });
    expect(events.at(-1)).toMatchObject({ version: `plain for ${useCase}` });
    await until(backend, id, ({ analysis }) => analysis.shadowPairs.pairs === call);
  }
  const { analysis } = await backend.services.deployments.get({ rolloutId: id });
  expect(analysis.units).toEqual({ stable: 0, candidate: 0 });
  const { items } = await backend.services.logs.list({ useCase: "direct", limit: 50 });
  const shadows = await Promise.all(items.map((item) => backend.services.logs.get({ inferenceId: item.id })));
  expect(shadows).toHaveLength(5);
  for (const { caller, arm, rolloutId } of shadows) {
    expect(caller).toMatch(/^shadow of [0-9a-f-]{36}$/);
    expect({ arm, rolloutId }).toEqual({ arm: null, rolloutId: id });
  }
  expect(analysis.shadowPairs).toMatchObject({ slower: 5, timesAsLong: expect.closeTo(2, 1) });
  const samples = await backend.services.deployments.samples({ rolloutId: id, limit: 2 });
  const copies = samples.filter(({ shadowOf }) => shadowOf !== null);
  expect(copies.map(({ arm, promptExcerpt }) => `${arm}: ${promptExcerpt}`)).toEqual([
    "candidate: Tell of room 5.",
    "candidate: Tell of room 4.",
  ]);
  for (const { shadowOf, promptExcerpt } of copies)
    expect(samples.find(({ inferenceId }) => inferenceId === shadowOf)).toMatchObject({ arm: "stable", promptExcerpt });
  await restart();
  expect((await backend.services.deployments.get({ rolloutId: id })).analysis.shadowPairs).toEqual(
    analysis.shadowPairs,
  );
});

const copiesOf = async (rolloutId: Awaited<ReturnType<typeof start>>["id"]) =>
  (await backend.services.deployments.samples({ rolloutId, limit: 100 })).filter(({ shadowOf }) => shadowOf !== null);

test("shadow responses that take longer hold a rollout before its first call, once, and roll nothing back", async () => {
  server.use(({ body }) => paced(story, body["model"] === "poet" ? 6 : 1));
  const { useCase, candidate, stable } = await twoVersions(backend, server.url);
  const { id } = await start(useCase, candidate, {
    strategy: "canary",
    warmUp: false,
    shadowPercent: 100,
    steps: [{ type: "person_gate", question: "Do they hold up?" }, { type: "weight", percent: 100 }, { type: "pause" }],
  });
  const pauseOf = async () => (await backend.services.deployments.get({ rolloutId: id })).rollout.status.pause?.reason;
  expect(await pauseOf()).toBe("gate");
  for (let copies = 1; copies <= 12 && (await pauseOf()) === "gate"; copies += 1) {
    await ask(backend, useCase);
    await waitFor(async () => {
      if ((await pauseOf()) === "gate") expect(await copiesOf(id)).toHaveLength(copies);
    });
  }
  const { rollout } = await until(backend, id, (view) => view.rollout.status.pause?.reason === "inconclusive");
  expect(rollout.waitingFor).toMatchObject([{ kind: "person", cause: { kind: "shadow_evidence" } }]);
  expect((await ask(backend, useCase)).at(-1)).toMatchObject({ versionId: stable });
  await restart();
  expect((await command(id, "resume")).status).toMatchObject({ state: "paused", pause: { reason: "gate" } });
  expect((await command(id, "resume")).status).toMatchObject({ state: "paused", candidatePercent: 100 });
});

test("copies end where the candidate gets calls of its own, unless the plan says that they go on", async () => {
  const { useCase, candidate } = await twoVersions(backend, server.url);
  for (const shadowThroughout of [false, true]) {
    const { id } = await start(useCase, candidate, {
      strategy: "canary",
      warmUp: false,
      shadowPercent: 100,
      shadowThroughout,
      steps: [{ type: "pause" }, { type: "weight", percent: 1 }, { type: "pause" }],
    });
    await ask(backend, useCase);
    await waitFor(async () => expect(await copiesOf(id)).toHaveLength(1));
    await command(id, "resume");
    // One call in a hundred is the candidate's own, which is not copied.
    if (shadowThroughout)
      await waitFor(async () => {
        await ask(backend, useCase);
        expect((await copiesOf(id)).length).toBeGreaterThan(1);
      });
    else {
      for (let call = 0; call < 4; call += 1) await ask(backend, useCase, undefined, { prompt: "Tell of the sea." });
      // Copies are made one after the other: once the next one is there, none of those calls has one.
      await command(id, "abort");
      await command(id, "retry");
      await ask(backend, useCase, undefined, { prompt: "Tell of the tower." });
      await waitFor(async () => expect((await copiesOf(id)).length).toBeGreaterThan(1));
      const prompts = (await copiesOf(id)).map(({ promptExcerpt }) => promptExcerpt);
      expect(prompts).toEqual(["Tell of the tower.", "Tell of the lamp."].map((text) => expect.stringContaining(text)));
    }
    await command(id, "abort");
  }
});
