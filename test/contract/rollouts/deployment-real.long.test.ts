import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { z } from "zod";
import type { Backend } from "../../../src/main/backend.ts";
import type { VersionId } from "../../../src/shared/contract/ids.ts";
import type { RegisterModelInput } from "../../../src/shared/contract/registry.ts";
import type { rolloutPlan } from "../../../src/shared/contract/rollout-plan.ts";
import type { RolloutView } from "../../../src/shared/contract/rollouts.ts";
import { startBackend } from "../../kit/backend.ts";
import { type RealOllama, startRealOllama, whyNoRealOllama } from "../../kit/servers/real-ollama.ts";
import { ask, planOf, whileAsking } from "../../kit/rollouts.ts";
import { hasStarterFile, skippedWithoutStarterFile, starterFile } from "../../kit/servers/starter-file.ts";
import { aTest, mara } from "../../kit/actors.ts";

// Real models on cores that other test files share.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const useCase = "interaction_layer";

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
  const received = (await coordinator.history(50))
    .filter(({ atMs }) => atMs >= last.startedAtMs)
    .map(({ type }) => type);
  expect(received.at(-1)).toBe("rollout_started");
  expect(received[0]).toBe("rollout_completed");
  expect(received).toContain("weight_changed");
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
