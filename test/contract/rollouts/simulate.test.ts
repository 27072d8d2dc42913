import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import { simulate } from "../../../src/main/rollouts/simulation/simulate.ts";
import { simulationInput } from "../../../src/shared/contract/rollout-simulation.ts";
import { startBackend } from "../../kit/backend.ts";
import { collect } from "../../kit/narrative.ts";
import { startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { ask, paced, twoVersions } from "../../kit/rollouts.ts";
import { type Transport, transports } from "../../kit/transports.ts";

const input = {
  plan: {
    strategy: "canary" as const,
    steps: [
      { type: "weight" as const, percent: 50 },
      { type: "analysis" as const, units: 100 },
    ],
  },
  traffic: {
    type: "load" as const,
    callsPerHour: 60,
    stable: { msPerToken: { median: 20 }, firstTokenMs: { median: 200 } },
  },
  runs: 40,
  seed: 7,
};

describe.each(transports)("trying a plan over a %s", (_name, open) => {
  let backend: Backend;
  let transport: Transport;
  beforeAll(async () => {
    backend = await startBackend();
    transport = await open(backend.router);
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
  });

  test("tells progress and last the same result as the simulation itself", async () => {
    const received = await collect(await transport.client.rollouts.simulate(input));
    expect(received.at(-1)).toEqual({ type: "result", result: simulate(simulationInput.parse(input)) });
    expect(received.slice(0, -1).every(({ type }) => type === "progress")).toBe(true);
  });

  test("cancelled, it ends its thread and leaves the next one its turn", async () => {
    const stop = new AbortController();
    const endless = { ...input, runs: 20_000 };
    const events = await transport.client.rollouts.simulate(endless, { signal: stop.signal });
    expect((await events.next()).value).toMatchObject({ type: "progress" });
    stop.abort();
    await events.return?.(undefined);
    expect((await collect(await transport.client.rollouts.simulate(input))).at(-1)?.type).toBe("result");
  });

  test("draws from the calls in the log that the version now assigned answered, with their sessions", async () => {
    const { client } = transport;
    const server = await startOllamaServer({ models: [{ name: "plain" }, { name: "poet" }] });
    server.use(paced("The keeper climbed the stairs.", 20));
    const useCase = "foundation_layer";
    const recorded = { ...input, traffic: { type: "recorded" as const, useCase, days: 1 } };
    try {
      await twoVersions(backend, server.url, { useCase });
      const vectors = { target: { type: "use_case", useCase }, texts: ["the lamp"], caller: "a test" } as const;
      await backend.services.llm.embed(vectors, new AbortController().signal); // says nothing of how it tells
      await expect(client.rollouts.simulate(recorded).then(collect)).rejects.toMatchObject({
        code: "BAD_REQUEST",
        message: `The version that answers ${useCase} had no call in the last day, and 20 are needed to draw from.`,
        data: { field: "traffic.days", value: "1" },
      });
      for (let call = 0; call < 24; call += 1) await ask(backend, useCase, `session ${call % 6}`);
      const received = (await collect(await client.rollouts.simulate(recorded))).at(-1);
      if (received?.type !== "result") throw new Error("no result");
      expect(received.result.scenarios.find(({ name }) => name === "Takes twice as long")?.rolledBack).toBeGreaterThan(
        0.9,
      );
      expect(received.result.scenarios[0]).toMatchObject({ name: "No change", runs: 40 });
    } finally {
      await server.close();
    }
  });

  test("a plan becomes a cluster's manifest", async () => {
    const { client } = transport;
    const version = await client.registry.registerModel({
      modelName: "storyteller",
      provider: "ollama",
      version: "2",
      configuration: { endpoint: "http://127.0.0.1:9/" },
    });
    const asked = { plan: input.plan, useCase: "story_generation", candidateVersionId: version.id };
    const argo = await client.rollouts.manifest({ ...asked, kind: "argo" });
    expect(argo.yaml).toContain("kind: Rollout");
    expect(argo.yaml).toContain("setWeight: 50");
    const kserve = await client.rollouts.manifest({ ...asked, kind: "kserve" });
    expect(kserve.yaml).toContain("canaryTrafficPercent: 50");
  });
});
