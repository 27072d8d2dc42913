import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { z } from "zod";
import type { Backend } from "../../../src/main/backend.ts";
import type { VersionId } from "../../../src/shared/contract/ids.ts";
import type { RegisterModelInput } from "../../../src/shared/contract/registry.ts";
import type { rolloutPlan } from "../../../src/shared/contract/rollout-plan.ts";
import { type RolloutPrediction, simulationInput } from "../../../src/shared/contract/rollout-simulation.ts";
import type { RolloutView } from "../../../src/shared/contract/rollouts.ts";
import { simulate } from "../../../src/main/rollouts/simulation/simulate.ts";
import { startBackend } from "../../kit/backend.ts";
import { tell } from "../../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { type RealOllama, startRealOllama, whyNoRealOllama } from "../../kit/servers/real-ollama.ts";
import { ask, askUntil, paced, planOf, twoVersions, until, whileAsking } from "../../kit/rollouts.ts";
import { hasStarterFile, skippedWithoutStarterFile, starterFile } from "../../kit/servers/starter-file.ts";
import { shownCard } from "../../kit/card.ts";
import { waitFor } from "../../kit/wait-for.ts";
import { aTest, mara } from "../../kit/actors.ts";

// Real models on cores that other test files share.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const useCase = "interaction_layer";
const story = "The keeper climbed the stairs. The map lay under the lamp.";
const forbidden = "My card is 4111 1111 1111 1111, exp 09/29, cvv 123.";

type Plan = z.input<typeof rolloutPlan>;

const strategies: Record<Plan["strategy"], Plan> = {
  canary: {
    strategy: "canary",
    steps: [
      { type: "weight", percent: 50 },
      { type: "analysis", units: 4 },
    ],
    holdbackPercent: 10,
    holdbackMs: 1_000,
  },
  blue_green: { strategy: "blue_green", previewSteps: [{ type: "pause", forMs: 1_000 }], standbyMs: 1_000 },
  all_at_once: { strategy: "all_at_once", watchMs: 1_000, objectives: [{ metric: "totalMs", atMost: 120_000 }] },
};

/** Deploys by each strategy while somebody keeps asking, and looks at all that happened. */
async function expectDeployed(backend: Backend, stable: VersionId, candidate: VersionId, plan: Plan): Promise<void> {
  const { deployments, registry, coordinator } = backend.services;
  const views: RolloutView[] = [];
  const deployment = { useCase, candidateVersionId: candidate, plan: planOf(plan), supersede: false };
  const asked = async () => expect((await ask(backend, useCase)).at(-1)?.type).toBe("done");
  await whileAsking(asked, async () => {
    for await (const view of deployments.coordinateModelDeployment(deployment, mara, AbortSignal.timeout(200_000)))
      views.push(view);
  });
  const last = views.at(-1)?.rollout;
  if (!last) throw new Error("nothing was told");
  expect(last.status).toMatchObject({ state: "healthy", candidatePercent: 100, warmed: true });
  // A watch is told four times a second, and may miss what was over between.
  const happened = (await deployments.events({ rolloutId: last.id })).map(({ type }) => type);
  expect(happened).toContain(plan.strategy === "canary" ? "promoting" : "switched");
  const [live, before] = await registry.history(useCase);
  expect([live?.versionId, before?.versionId]).toEqual([candidate, stable]);
  expect((await ask(backend, useCase)).at(-1)).toMatchObject({ type: "done", versionId: candidate });
  const told = (await coordinator.history(50)).filter(({ atMs }) => atMs >= last.startedAtMs).map(({ type }) => type);
  expect(told.at(-1)).toBe("rollout_started");
  expect(told[0]).toBe("rollout_completed");
  expect(told).toContain("weight_changed");
}

async function register(backend: Backend, input: Partial<RegisterModelInput> & Pick<RegisterModelInput, "version">) {
  const common = { modelName: "keeper", modelType: "self_hosted", provider: "embedded", configuration: {} } as const;
  return (await backend.services.registry.registerModel({ ...common, ...input }, aTest)).id;
}

describe.skipIf(!hasStarterFile)(
  `coordinateModelDeployment with the built-in model under two configurations${skippedWithoutStarterFile}`,
  () => {
    let backend: Backend;
    beforeEach(async () => {
      backend = await startBackend({ starterFile });
    });
    afterEach(() => backend.close());

    const short = { file: "starter", contextTokens: 512 };
    test.each(Object.entries(strategies))("%s: started, shifted, monitored, broadcast, completed", async (_, plan) => {
      const options = { maxTokens: 6, seed: 1 };
      const stable = await register(backend, {
        version: "cold",
        useCase,
        configuration: { ...short, options: { ...options, temperature: 0 } },
      });
      const candidate = await register(backend, {
        version: "warm",
        configuration: { ...short, options: { ...options, temperature: 1 } },
      });
      await expectDeployed(backend, stable, candidate, plan);
    });
  },
);

const missing = whyNoRealOllama();
describe.skipIf(missing !== null)(
  `coordinateModelDeployment on a real Ollama${missing === null ? "" : ` (skipped: ${missing})`}`,
  () => {
    let real: RealOllama;
    let backend: Backend;
    beforeAll(async () => {
      const started = await startRealOllama();
      if (started === null) throw new Error("the real Ollama vanished");
      real = started;
      backend = await startBackend();
    });
    afterAll(async () => {
      await backend.close();
      await real.close();
    });

    test.each(Object.entries(strategies))(
      "%s: started, shifted, monitored, broadcast, completed",
      async (strategy, plan) => {
        const at = { endpoint: real.url, serverModel: real.modelName };
        const options = { maxTokens: 6, seed: 1 };
        const input = (version: string, temperature: number) => ({
          provider: "ollama" as const,
          version: `${version} for ${strategy}`,
          configuration: { ...at, options: { ...options, temperature } },
        });
        const stable = await register(backend, { ...input("cold", 0), useCase });
        const candidate = await register(backend, input("warm", 1));
        await expectDeployed(backend, stable, candidate, plan);
      },
    );
  },
);

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
    expect(end.status.reason).toMatch(/^The evidence against the candidate reached [\d,.]+ of 20$/);
    expect(analysis.evidence).toBeGreaterThanOrEqual(20);
    expect((await ask(backend, useCase)).at(-1)).toMatchObject({ versionId: stable });
    const [told] = await backend.services.coordinator.history(1);
    expect(told).toMatchObject({ type: "rollout_rolled_back", versionId: stable, percent: 100 });
    await waitFor(async () => {
      const { items } = await backend.services.alerts.list({ open: true, limit: 10 });
      expect(items[0]).toMatchObject({ kind: "rollout", level: "critical", place: `rollouts/${rollout.id}` });
    });
  });

  test("that says what must not be said is rolled back by its violations, and its answers were never shown", async () => {
    server.use(({ body }) => tell(body["model"] === "poet" ? forbidden : story));
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
      body["model"] === "poet" ? { status: 404, steps: [{ do: "bytes", bytes: '{"error":"gone"}' }] } : tell(story),
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
    server.use(({ body }) => tell(body["model"] === "poet" ? "It was night. Nobody came." : story));
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
