import { type SuiteId, suiteId } from "../../../../../shared/contract/ids.ts";
import type { RolloutStep } from "../../../../../shared/contract/rollout-plan.ts";
import type { StepDraft } from "./plan-draft.ts";
import { readNumber, readSpan } from "../typed-numbers.ts";

/** Steps as the contract has them; what is wrong goes into `errors` by its path, as `steps.2.percent`. */
export function readSteps(
  drafts: readonly StepDraft[],
  path: "steps" | "previewSteps",
  errors: Record<string, string>,
): readonly RolloutStep[] {
  if (path === "steps" && drafts.length === 0) errors["steps"] = "Add a step, such as a weight of 10 %.";
  let percent = 0;
  return drafts.map((draft, index) => {
    const step = readStep(draft, `${path}.${index}`, errors);
    if (step.type === "weight") {
      if (step.percent < percent && errors[`${path}.${index}.percent`] === undefined)
        errors[`${path}.${index}.percent`] =
          `Weights grow from step to step, and it was ${percent} % before. To take a version back, abort.`;
      percent = Math.max(percent, step.percent);
    }
    if (step.type === "analysis" && (percent <= 0 || percent >= 100))
      errors[`${path}.${index}`] =
        `At ${percent} % one of the arms gets no calls to compare. Put a weight between 0 and 100 % before it.`;
    return step;
  });
}

function readStep(draft: StepDraft, path: string, errors: Record<string, string>): RolloutStep {
  const number = (field: string, typed: string, low: number, high: number, whole: boolean): number => {
    const { value, error } = readNumber(typed, low, high, whole);
    if (error !== null) errors[`${path}.${field}`] = error;
    return value;
  };
  switch (draft.type) {
    case "weight":
      return { type: "weight", percent: number("percent", draft.percent, 0, 100, false) };
    case "pause": {
      if (draft.forPerson) return { type: "pause" };
      const { value, error } = readSpan(draft.span);
      if (error !== null) errors[`${path}.forMs`] = error;
      return { type: "pause", forMs: value };
    }
    case "analysis": {
      const limited = draft.within.amount.trim() !== "";
      const { value, error } = limited ? readSpan(draft.within) : { value: 0, error: null };
      if (error !== null) errors[`${path}.withinMs`] = error;
      return {
        type: "analysis",
        units: number("units", draft.units, 1, 1_000_000, true),
        ...(limited && { withinMs: value }),
        proof: draft.proof,
      };
    }
    case "suite_gate": {
      const chosen = suiteId.safeParse(draft.suiteId);
      if (!chosen.success) errors[`${path}.suiteId`] = "Choose a test suite.";
      return {
        type: "suite_gate",
        // An invalid one is in `errors`, and the plan is not used then.
        suiteId: chosen.data ?? (draft.suiteId as SuiteId),
        atLeastPercent: number("atLeastPercent", draft.atLeastPercent, 0, 100, false),
      };
    }
    case "person_gate": {
      const question = draft.question.trim();
      if (question === "") errors[`${path}.question`] = "Write what the person is to decide.";
      return { type: "person_gate", question };
    }
  }
}
