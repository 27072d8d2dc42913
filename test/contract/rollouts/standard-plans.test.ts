import { describe, expect, test, vi } from "vitest";
import { namedPlan } from "../../../src/main/cli/rollouts/named-plan.ts";
import { draftWith, type PlanDraft } from "../../../src/renderer/src/features/rollouts/start/plan-draft.ts";
import { careful } from "../../../src/renderer/src/features/rollouts/start/presets.ts";
import { readPlan } from "../../../src/renderer/src/features/rollouts/start/read-plan.ts";
import type { RolloutPlan } from "../../../src/shared/contract/rollout-plan.ts";
import { standardPlans } from "../../../src/shared/standard-plans.ts";
import { watchText } from "../../../src/shared/rollout-watch-text.ts";
import { ask, askUntil } from "../../kit/rollouts.ts";
import { type Script, streamText } from "../../kit/servers/ollama-scripts.ts";
import { waitFor } from "../../kit/wait-for.ts";
import { aTest, mara } from "../../kit/actors.ts";
import { assignedTo, backend, forbidden, register, server, story, useRunningBackend } from "./running-backend.ts";

vi.setConfig({ testTimeout: 240_000 });

const strategies = ["canary", "blue_green", "all_at_once"] as const;
const useCase = "story_generation";

test.each(strategies)("the form and the terminal have the same plan of %s", async (strategy) => {
  const draft: PlanDraft = { ...careful.draft(), strategy };
  expect(readPlan(draft).plan).toEqual(standardPlans[strategy]);
  expect(await namedPlan(strategy.replaceAll("_", "-"))).toEqual(standardPlans[strategy]);
});

describe.each(strategies)("a plan of %s without a word of configuration", (strategy) => {
  useRunningBackend();
  const gone: Script = { status: 500, steps: [{ do: "bytes", bytes: '{"error":"it broke"}' }] };

  test.each([
    ["are held back", streamText(forbidden), "held", /answers (were held back|had a critical finding|have findings)/],
    ["fail", gone, "errors", /calls fail/],
  ] as const)("takes a version back whose answers %s, within ten of them", async (_, bad, counted, reason) => {
    server.use(({ body }) => (body["model"] === "poet" ? bad : streamText(story)));
    const stable = await register("plain");
    const candidateVersionId = await register("poet");
    await backend.services.registry.assign({ useCase, versionId: stable }, aTest);
    for (let calls = 0; calls < 5; calls += 1) await ask(backend, useCase);
    const plan: RolloutPlan = { ...standardPlans[strategy], warmUp: false }; // there is nothing to load on a scripted server
    const rollout = await backend.services.deployments.start(
      { useCase, candidateVersionId, supersede: false, plan },
      mara,
    );
    const { rollout: end, analysis } = await askUntil(
      backend,
      rollout,
      (view) => view.rollout.status.state === "degraded",
    );
    // With both arms at hand the evidence may come first, by whatever speaks loudest; the safeguard is alone elsewhere.
    if (strategy !== "canary") expect(end.status.reason).toMatch(reason);
    expect(end.status.reason).toMatch(/stable version’s 0 of \d+$|the stable version .* \(evidence [\d,.]+ of 20\)$/);
    expect(analysis.arms.candidate[counted]).toBeLessThanOrEqual(10);
    expect(await assignedTo(useCase)).toBe(stable);
    await waitFor(async () => {
      const { items } = await backend.services.alerts.list({ open: true, limit: 10 });
      expect(items.map(({ message }) => message).join()).toContain(end.status.reason);
    });
  });
});

test("what a plan says of its watch is true of it", () => {
  const safe = "more failed, held back or critical answers than the stable version had";
  expect(watchText(standardPlans.blue_green, 100)).toBe(`It is taken back by itself on ${safe}.`);
  expect(watchText(standardPlans.canary, 10)).toBe(`It is taken back by itself on the evidence or ${safe}.`);
  expect(watchText({ ...standardPlans.blue_green, safeguard: false }, 100)).toMatch(/^Nothing takes it back/);
  expect(watchText({ ...standardPlans.blue_green, limits: { errors: 3 } }, 100)).toBe(
    `It is taken back by itself on more than 3 errors or ${safe}.`,
  );
  expect(watchText(standardPlans.canary, 0)).toBe("No call goes to it meanwhile.");
  const unsafe = readPlan({ ...draftWith([]), strategy: "all_at_once", safeguard: false }).plan;
  expect(unsafe && watchText(unsafe, 100)).toMatch(/^Nothing takes it back/);
});
