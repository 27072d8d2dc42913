import { standardPlans } from "../../../../../shared/standard-plans.ts";
import { draftWith, newId, newStep, type PlanDraft, stepDraftFrom, type StepDraft } from "./plan-draft.ts";
import { span } from "../typed-numbers.ts";

/** Plans to begin with. */
export interface Preset {
  readonly name: string;
  readonly explanation: string;
  readonly draft: () => PlanDraft;
}

export const careful: Preset = {
  name: "Careful",
  explanation: "10, 25, 50, 75, 100 %, with 100 units compared at each.",
  draft: () => draftWith(standardPlans.canary.steps.map(stepDraftFrom)),
};

export const presets: readonly Preset[] = [
  careful,
  {
    name: "Quick",
    explanation: "25, 50, 100 %, with 30 units compared at each. Catches doubled latency, not small harm.",
    draft: () => draftWith([25, 50].flatMap((percent) => [weight(percent), analysis("30")])),
  },
  {
    name: "By hand",
    explanation: "10, 25, 50, 75, 100 %, each when somebody says so.",
    draft: () =>
      draftWith(
        [10, 25, 50, 75].flatMap((percent): StepDraft[] => [
          weight(percent),
          { id: newId(), type: "pause", forPerson: true, span: span("10", "min") },
        ]),
      ),
  },
  {
    name: "Shadow first",
    explanation:
      "Half of the prompts are copied to it as shadow traffic until a person lets it through; then as careful, without copies.",
    draft: () => ({
      ...draftWith([
        { id: newId(), type: "person_gate", question: "Do its shadow responses hold up beside the stable ones?" },
        ...[10, 25, 50, 75].flatMap((percent) => [weight(percent), analysis("100")]),
      ]),
      shadowPercent: "50",
    }),
  },
];

function weight(percent: number): StepDraft {
  return { id: newId(), type: "weight", percent: String(percent) };
}

function analysis(units: string): StepDraft {
  return { ...newStep("analysis"), type: "analysis", units, within: span("1", "d"), proof: false };
}
