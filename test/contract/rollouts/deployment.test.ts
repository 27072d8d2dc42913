import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { z } from "zod";
import type { Backend } from "../../../src/main/backend.ts";
import type { rolloutPlan } from "../../../src/shared/contract/rollout-plan.ts";
import { type RolloutPrediction, simulationInput } from "../../../src/shared/contract/rollout-simulation.ts";
import type { RolloutView } from "../../../src/shared/contract/rollouts.ts";
import { simulate } from "../../../src/main/rollouts/simulation/simulate.ts";
import { startBackend } from "../../kit/backend.ts";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { ask, askUntil, paced, planOf, twoVersions, until } from "../../kit/rollouts.ts";
import { shownCard } from "../../kit/card.ts";
import { waitFor } from "../../kit/wait-for.ts";
import { mara } from "../../kit/actors.ts";

// Hundreds of calls on cores that other test files share.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const useCase = "interaction_layer";
const story = "The keeper climbed the stairs. The map lay under the lamp.";
const forbidden = "My card is 4111 1111 1111 1111, exp 09/29, cvv 123.";

type Plan = z.input<typeof rolloutPlan>;

describe("a bad version", () => {
  let server: OllamaServer;
  let backend: Backend;
  let prediction: RolloutPrediction | undefined;
  beforeEach(async () => {
    prediction = undefined;
    server = await startOllamaServer({ models: [{ name: "plain" }, { name: "poet" }] });
    backend = await startBackend();
  });
  afterEach(async () => {
    await backend.close();
    await server.close();
  });

  const start = async (plan: Plan) => {
    const { candidate, stable } = await twoVersions(backend, server.url, { useCase });
    const deployment = { useCase, candidateVersionId: candidate, supersede: false, plan: planOf(plan), prediction };
    return { stable, rollout: await backend.services.deployments.start(deployment, mara) };
  };

  const compares: Plan = {
    strategy: "canary",
    warmUp: false,
    safeguard: false, // by the evidence alone
    steps: [
      { type: "weight", percent: 50 },
      { type: "analysis", units: 2_000 },
    ],
  };
  const isRolledBack = ({ rollout }: RolloutView) => rollout.status.state === "degraded";

  test("that takes three times as long is rolled back by the evidence, and said to have been", async () => {
    server.use(({ body }) => paced(story, body["model"] === "poet" ? 30 : 10));
    const arm = { msPerToken: { median: 10 }, firstTokenMs: { median: 40 } };
    const traffic = { type: "load", callsPerHour: 50, stable: arm };
    prediction = simulate(simulationInput.parse({ plan: compares, traffic, runs: 60 }));
    const { stable, rollout } = await start(compares);
    const { reports } = backend.services;
    expect(await reports.calibration({ rolloutId: rollout.id })).toBeNull();
    const { rollout: end, analysis } = await askUntil(backend, rollout, isRolledBack);
    expect(await reports.calibration({ rolloutId: rollout.id })).toMatchObject({
      scenario: "Takes twice as long",
      agrees: true,
      sentences: [
        expect.stringMatching(/^What was measured came closest to/),
        expect.anything(),
        expect.anything(),
        expect.anything(),
        expect.anything(),
      ],
    });
    expect(end.status.reason).toMatch(
      /^It takes longer for each token: \d[\d.]* ms, the stable version \d[\d.]* ms \(evidence [\d,.]+ of 20\)$/,
    );
    expect(analysis.evidence).toBeGreaterThanOrEqual(20);
    expect((await ask(backend, useCase)).at(-1)).toMatchObject({ versionId: stable });
    const [received] = await backend.services.coordinator.history(1);
    expect(received).toMatchObject({ type: "rollout_rolled_back", versionId: stable, percent: 100 });
    await waitFor(async () => {
      const { items } = await backend.services.alerts.list({ open: true, limit: 10 });
      expect(items[0]).toMatchObject({ kind: "rollout", level: "critical", location: `rollouts/${rollout.id}` });
    });
  });

  test("that says what must not be said is rolled back by its violations, and its answers were never shown", async () => {
    server.use(({ body }) => streamText(body["model"] === "poet" ? forbidden : story));
    const { rollout } = await start(compares);
    const { analysis } = await askUntil(backend, rollout, isRolledBack);
    expect(analysis.arms.candidate.violations).toBe(analysis.arms.candidate.calls);
    expect(analysis.arms.stable.violations).toBe(0);
    const samples = await backend.services.deployments.samples({ rolloutId: rollout.id, limit: 20 });
    expect(JSON.stringify(samples)).not.toMatch(shownCard);
    expect(await backend.services.reports.calibration({ rolloutId: rollout.id })).toMatchObject({
      scenario: null,
      sentences: ["Nothing was simulated for this plan before it started."],
    });
  });

  test("that cannot answer at all is rolled back though every call was answered by the fallback", async () => {
    server.use(({ body }) =>
      body["model"] === "poet"
        ? { status: 404, steps: [{ do: "bytes", bytes: '{"error":"gone"}' }] }
        : streamText(story),
    );
    const { rollout } = await start(compares);
    const { rollout: end, analysis } = await askUntil(backend, rollout, isRolledBack);
    expect(end.status.reason).toContain("evidence");
    expect(analysis.arms.candidate.fallbacks).toBe(analysis.arms.candidate.errors);
    expect((await backend.services.logs.list({ outcome: "failed", limit: 10 })).items).toEqual([]);
  });

  test("that misses an objective after a switch all at once is switched back", async () => {
    server.use(({ body }) => paced(story, body["model"] === "poet" ? 200 : 10));
    const objectives: Plan["objectives"] = [{ metric: "msPerToken", atMost: 20 }];
    const { stable, rollout } = await start({ strategy: "all_at_once", warmUp: false, watchMs: 600_000, objectives });
    const { rollout: end } = await askUntil(backend, rollout, isRolledBack);
    expect(end.status.reason).toBe("The objective of at most 20 ms a token was shown to be missed");
    expect((await ask(backend, useCase)).at(-1)).toMatchObject({ versionId: stable });
  });

  test("that fails its test suite never gets a call", async () => {
    const { suites } = backend.services;
    const suite = await suites.create({ name: "Lamp", description: "" });
    await suites.addCase({
      suiteId: suite.id,
      name: "names the lamp",
      messages: [{ role: "user", content: "Tell of the lamp." }],
      options: {},
      assertions: [{ type: "contains", text: "lamp", expected: true, caseSensitive: false }],
    });
    server.use(({ body }) => streamText(body["model"] === "poet" ? "It was night. Nobody came." : story));
    const { rollout } = await start({
      strategy: "blue_green",
      previewSteps: [{ type: "suite_gate", suiteId: suite.id }],
    });
    const { rollout: end } = await until(backend, rollout.id, isRolledBack);
    expect(end.status.reason).toBe("0 of 1 cases passed; 100 % are asked for");
    const events = await backend.services.deployments.events({ rolloutId: rollout.id });
    expect(events.every(({ candidatePercent }) => candidatePercent === 0)).toBe(true);
  });
});
