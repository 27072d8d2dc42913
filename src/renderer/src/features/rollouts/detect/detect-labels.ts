import { whole } from "../../../../../shared/format.ts";
import type { RolloutPlan } from "../../../../../shared/contract/rollout-plan.ts";
import type { SimulatedScenario, SimulationResult } from "../../../../../shared/contract/rollout-simulation.ts";
import { stepsOf } from "../../../../../shared/rollout-labels.ts";
import { percentWords, spanWords } from "../rollout-labels.ts";

/** A step in which something may be noticed, and what share of each scenario's rollouts was rolled back by then. */
export interface DetectRow {
  readonly key: string;
  readonly label: string;
  readonly caught: readonly { readonly scenario: string; readonly share: number }[];
}

/** Less than that is worded as a warning: "only 27 %". */
const enough = 0.8;

/** The scenarios in which the candidate is worse; the one without a change is the false alarms. */
export function regressionsFrom({ scenarios }: SimulationResult): readonly SimulatedScenario[] {
  return scenarios.filter((scenario) => !isNoChange(scenario));
}

/** The scenario without a change, where it was simulated. */
export function noChangeOf({ scenarios }: SimulationResult): SimulatedScenario | undefined {
  return scenarios.find(isNoChange);
}

/** A row for each comparison and pause of the plan, and one for what comes after its last step. */
export function detectRows(plan: RolloutPlan, result: SimulationResult): readonly DetectRow[] {
  const regressions = regressionsFrom(result);
  let percent = 0;
  const rows: DetectRow[] = [];
  for (const [index, step] of stepsOf(plan).entries()) {
    if (step.type === "weight") percent = step.percent;
    if (percent === 0 || (step.type !== "analysis" && step.type !== "pause")) continue;
    const what =
      step.type === "analysis"
        ? `${whole(step.units)} units`
        : step.forMs === undefined
          ? "a person’s pause"
          : spanWords(step.forMs);
    rows.push({ key: `step ${index}`, label: `${percent} %, ${what}`, caught: caughtBy(regressions, index) });
  }
  return [...rows, { key: "end", label: endLabel(plan), caught: caughtBy(regressions, stepsOf(plan).length) }];
}

/** "100 %", "only 27 %", "<1 %". */
export function caughtWords(share: number): { readonly text: string; readonly weak: boolean } {
  const weak = share < enough;
  return { text: weak && share >= 0.01 ? `only ${percentWords(share)}` : percentWords(share), weak };
}

/** "0.6 h", "18 min", "3.2 days". */
export function hoursWords(hours: number): string {
  if (hours < 1.5) return `${Math.max(1, Math.round(hours * 60))} min`;
  return hours < 48 ? `${hours.toFixed(1)} h` : `${(hours / 24).toFixed(1)} days`;
}

function isNoChange({ effect }: SimulatedScenario): boolean {
  return (
    effect !== null &&
    effect.msPerTokenTimes === 1 &&
    effect.firstTokenTimes === 1 &&
    effect.slowShare === 0 &&
    effect.errorShare === 0 &&
    effect.violationsTimes === 1
  );
}

function caughtBy(scenarios: readonly SimulatedScenario[], step: number): DetectRow["caught"] {
  return scenarios.map(({ name, steps }) => ({
    scenario: name,
    share: steps.findLast((one) => one.step <= step)?.caughtSoFar ?? 0,
  }));
}

function endLabel(plan: RolloutPlan): string {
  switch (plan.strategy) {
    case "canary":
      return plan.holdbackPercent > 0 ? `hold back ${spanWords(plan.holdbackMs)}` : "at 100 %";
    case "blue_green":
      return `stand by ${spanWords(plan.standbyMs)}`;
    case "all_at_once":
      return `watch ${spanWords(plan.watchMs)}`;
  }
}
