import { type RolloutPlan, rolloutPlan, type RolloutStep } from "./contract/rollout-plan.ts";

/** Enough to find a candidate that takes twice as long nearly always, and one that takes half as long again most times. */
const unitsAStep = 100;

type PlanOf<Strategy extends RolloutPlan["strategy"]> = Extract<RolloutPlan, { strategy: Strategy }>;

/**
 * A plan for each strategy, for whoever has none of their own, the same from every door: the form begins with it and the terminal
 * takes it by its name.
 */
export const standardPlans: { readonly [Strategy in RolloutPlan["strategy"]]: PlanOf<Strategy> } = {
  canary: standardPlan({
    strategy: "canary",
    steps: [10, 25, 50, 75].flatMap((percent): RolloutStep[] => [
      { type: "weight", percent },
      { type: "analysis", units: unitsAStep, proof: false },
    ]),
  }),
  blue_green: standardPlan({ strategy: "blue_green" }),
  all_at_once: standardPlan({ strategy: "all_at_once" }),
};

function standardPlan<Strategy extends RolloutPlan["strategy"]>(
  given: { readonly strategy: Strategy } & Partial<PlanOf<Strategy>>,
): PlanOf<Strategy> {
  return rolloutPlan.parse(given) as PlanOf<Strategy>; // the strategy decides which of them it is
}
