import { RolloutEvidence } from "../../src/main/rollouts/statistics/rollout-evidence.ts";
import type { RolloutPlan } from "../../src/shared/contract/rollout-plan.ts";
import type { AnalysisUnit } from "../../src/shared/contract/rollout-status.ts";
import { answer, type Chance } from "./rollout-world.ts";

/** 10 % of the candidate's requests take five times as long: whether that is caught within 1,000. */
export function tailRun(plan: RolloutPlan, chance: Chance): boolean {
  return planRun(plan, chance, 0.5, 1_000, (arm) =>
    answer(chance, arm === "candidate" && chance.next() < 0.1 ? { times: 5 } : {}),
  );
}

/** Whether a candidate that takes so many times as long is taken back, where latencies vary by `sigma`, at 10 %. */
export function steadyRun(plan: RolloutPlan, chance: Chance, sigma: number, times: number, most: number): boolean {
  return planRun(plan, chance, 0.1, most, (arm) => {
    const around = (median: number) => chance.around(median * (arm === "candidate" ? times : 1), sigma);
    return { msPerToken: around(30), firstTokenMs: around(400), errors: 0, fallbacks: 0, violations: 0 };
  });
}

/** Whether a version that is the same is taken back within so many units. */
export function calmRun(plan: RolloutPlan, chance: Chance, weight: number, most: number): boolean {
  return planRun(plan, chance, weight, most, () => answer(chance, {}));
}

/** Whether the plan's own metrics roll back within so many units, looking at each. */
function planRun(
  plan: RolloutPlan,
  chance: Chance,
  weight: number,
  most: number,
  metricsOf: (arm: "stable" | "candidate") => AnalysisUnit["metrics"],
): boolean {
  const evidence = new RolloutEvidence(plan.analysis.metrics, plan.analysis.alpha, { seeksProof: false });
  for (let unit = 1; unit <= most; unit += 1) {
    const arm = chance.next() < weight ? "candidate" : "stable";
    evidence.unit({ arm, weight, metrics: metricsOf(arm) });
    if (evidence.isReached) return true;
  }
  return false;
}
