import { type RolloutPlan, rolloutPlan, type RolloutStep } from "../../../shared/contract/rollout-plan.ts";

/** Enough to find a candidate that takes twice as long nearly always, and one that takes half as long again most times. */
const unitsAStep = 100;

/** A plan for each strategy, for whoever has none of their own. */
export const standardPlans: Readonly<Record<RolloutPlan["strategy"], RolloutPlan>> = {
  canary: rolloutPlan.parse({
    strategy: "canary",
    steps: [10, 25, 50, 75].flatMap((percent): RolloutStep[] => [
      { type: "weight", percent },
      { type: "analysis", units: unitsAStep, proof: false },
    ]),
  }),
  blue_green: rolloutPlan.parse({ strategy: "blue_green" }),
  all_at_once: rolloutPlan.parse({ strategy: "all_at_once" }),
};
