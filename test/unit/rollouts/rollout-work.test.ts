import { expect, test, vi } from "vitest";
import { initialStatus } from "../../../src/main/rollouts/decision/rollout-status.ts";
import type { GateSuites, WarmUpCalls } from "../../../src/main/rollouts/ports.ts";
import { RolloutWork } from "../../../src/main/rollouts/rollout-work.ts";
import { FakeClock } from "../../kit/fake-clock.ts";
import { Failure } from "../../../src/main/base/failure.ts";
import type { ModelVersion } from "../../../src/shared/contract/registry.ts";
import { rolloutPlan } from "../../../src/shared/contract/rollout-plan.ts";

const suite = { type: "suite_gate", suiteId: "019ab000-0000-7000-8000-000000000001" } as const;
const plan = rolloutPlan.parse({ strategy: "blue_green", previewSteps: [suite] });
const version = (id: string) => ({ id }) as ModelVersion; // nothing else of it is looked at
const status = { ...initialStatus(plan, 0), warmed: true };

function workWith(runSuite: GateSuites["runSuite"], ask: WarmUpCalls["ask"] = async (_version, times) => times) {
  const received = { done: vi.fn<() => void>(), failed: vi.fn<() => void>() };
  const work = new RolloutWork(
    {
      clock: new FakeClock({ sleeps: "wait" }),
      loader: { load: async () => {} },
      warmUpCalls: { ask },
      suites: { runSuite, countCases: async () => 1 },
    },
    { stable: version("stable"), candidate: version("candidate"), ...received },
  );
  return { work, ...received };
}

test("a suite is run on the candidate at its gate, and not once it was switched, wherever the status stands", async () => {
  const runSuite = vi.fn(async () => ({ passed: 1, cases: 1 }));
  const { work, done } = workWith(runSuite);
  // As a status was kept that left its step behind.
  work.follow(plan, { ...status, state: "promoting", switched: true, candidatePercent: 100 });
  expect(runSuite).not.toHaveBeenCalled();
  work.follow(plan, status);
  await vi.waitFor(() => expect(done).toHaveBeenCalledOnce());
  expect(runSuite).toHaveBeenCalledWith({ suiteId: suite.suiteId, versionId: "candidate" }, expect.any(AbortSignal));
  expect(work.facts).toMatchObject({ gate: { step: 0, passed: true }, failing: null });
  await work.close();
});

test("what failed is known with the step it is for and what mends it, and forgotten when it is not wanted any more", async () => {
  const { work, failed } = workWith(() =>
    Promise.reject(new Failure("UNAVAILABLE", "It broke off.", { remedy: "Start it." })),
  );
  work.follow(plan, status);
  await vi.waitFor(() => expect(failed).toHaveBeenCalledOnce());
  expect(work.facts.failing).toEqual({ what: "suite", step: 0, tries: 1, error: "It broke off. Start it." });
  work.follow(plan, { ...status, step: 1 });
  expect(work.facts.failing).toBeNull();
  await work.close();
});

test.each([
  ["answers as often as its plan lets it settle, before it gets a call", 5, true],
  ["that cannot answer is loaded all the same, and its first answers count as cold", 0, false],
])("a candidate %s", async (_what, answered, settled) => {
  const ask = vi.fn(async () => answered);
  const { work, done } = workWith(async () => ({ passed: 1, cases: 1 }), ask);
  const canary = rolloutPlan.parse({ strategy: "canary", steps: [{ type: "weight", percent: 10 }] });
  work.follow(canary, initialStatus(canary, 0));
  await vi.waitFor(() => expect(done).toHaveBeenCalledOnce());
  expect(ask).toHaveBeenCalledWith(version("candidate"), 5, expect.any(AbortSignal));
  expect(work.facts).toMatchObject({ warmed: true, settled });
  await work.close();
});
