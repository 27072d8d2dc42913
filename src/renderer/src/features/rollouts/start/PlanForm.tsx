import { SegmentedControl } from "@mantine/core";
import { Defined } from "../../../ui/text/Defined.tsx";
import { FieldErrors } from "./FieldErrors.tsx";
import type { PlanDraft } from "./plan-draft.ts";
import { PlanMore } from "./PlanMore.tsx";
import { presets } from "./presets.ts";
import { readPlan } from "./read-plan.ts";
import { watchText } from "../../../../../shared/rollout-watch-text.ts";
import { strategyWords } from "../rollout-labels.ts";
import { SmallNumber } from "./SmallNumber.tsx";
import { SpanField } from "./SpanField.tsx";
import classes from "../Start.module.css";
import { StepsEditor } from "./StepsEditor.tsx";
import type { Errors } from "../typed-numbers.ts";

interface PlanFormProps {
  readonly draft: PlanDraft;
  readonly errors: Errors;
  readonly onChange: (draft: PlanDraft) => void;
}

/** How the candidate takes over: the strategy, its steps, and what watches over it. */
export function PlanForm({ draft, errors, onChange }: PlanFormProps) {
  const set = <Name extends keyof PlanDraft>(name: Name, value: PlanDraft[Name]): void =>
    onChange({ ...draft, [name]: value });
  return (
    <section className={classes.part} aria-labelledby="plan-title">
      <div className={classes.partHead}>
        <h2 className={classes.title} id="plan-title">
          How
        </h2>
        <SegmentedControl
          size="xs"
          aria-label="Strategy"
          value={draft.strategy}
          onChange={(strategy) => set("strategy", strategy)}
          data={(["canary", "blue_green", "all_at_once"] as const).map((value) => ({
            value,
            label: strategyWords[value],
          }))}
        />
      </div>
      <p className={classes.faint}>{strategyExplained[draft.strategy]}</p>
      <p className={classes.faint} aria-label="What takes it back">
        {watchedBy(draft)}
      </p>
      {draft.strategy === "canary" && (
        <>
          <ul className={classes.presets} aria-label="Plans to begin with">
            {presets.map(({ name, explanation, draft: begin }) => (
              <li key={name}>
                <button
                  type="button"
                  className={classes.preset}
                  onClick={() => onChange({ ...draft, steps: begin().steps, shadowPercent: begin().shadowPercent })}
                >
                  <strong>{name}</strong>
                  <span>{explanation}</span>
                </button>
              </li>
            ))}
          </ul>
          <StepsEditor path="steps" steps={draft.steps} errors={errors} onChange={(steps) => set("steps", steps)} />
          <div className={classes.line}>
            <span>After the last step hold</span>
            <SmallNumber
              label="Holdback, %"
              value={draft.holdbackPercent}
              error={errors["holdbackPercent"]}
              onChange={(typed) => set("holdbackPercent", typed)}
            />
            <span>
              <Defined what="holdback">% of the calls back</Defined> for
            </span>
            <SpanField
              label="Holdback"
              inline
              value={draft.holdback}
              error={errors["holdbackMs"]}
              onChange={(typed) => set("holdback", typed)}
            />
          </div>
          <FieldErrors errors={errors} of={["holdbackPercent", "holdbackMs"]} />
        </>
      )}
      {draft.strategy === "blue_green" && (
        <>
          <StepsEditor
            path="previewSteps"
            steps={draft.previewSteps}
            errors={errors}
            onChange={(steps) => set("previewSteps", steps)}
          />
          <div className={classes.line}>
            <span>After the switch keep the old version loaded for</span>
            <SpanField
              label="Standby"
              inline
              value={draft.standby}
              error={errors["standbyMs"]}
              onChange={(typed) => set("standby", typed)}
            />
          </div>
          <FieldErrors errors={errors} of={["standbyMs"]} />
        </>
      )}
      {draft.strategy === "all_at_once" && (
        <>
          <div className={classes.line}>
            <span>After the switch watch it for</span>
            <SpanField
              label="Watch"
              inline
              value={draft.watch}
              error={errors["watchMs"]}
              onChange={(typed) => set("watch", typed)}
            />
          </div>
          <FieldErrors errors={errors} of={["watchMs"]} />
        </>
      )}
      <PlanMore draft={draft} errors={errors} set={set} />
    </section>
  );
}

const strategyExplained: Record<PlanDraft["strategy"], string> = {
  canary: "A few sessions first and more from step to step, compared with those of the stable version all along.",
  blue_green:
    "The candidate is loaded, and goes through the steps below if there are any, before any call goes to it; then every call goes to it at once, with the old version kept ready.",
  all_at_once: "Every call goes to the candidate at once: nothing runs beside it to be compared with.",
};

/** True of what is typed; a plan that cannot be read yet says nothing. */
function watchedBy(draft: PlanDraft): string {
  const { plan } = readPlan(draft);
  return plan === null ? "" : watchText(plan, plan.strategy === "canary" ? 50 : 100);
}
