import { ActionIcon, Button, Checkbox, Select, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { Disclosure } from "../../../ui/controls/Disclosure.tsx";
import { NumberField } from "../../../ui/request/NumberField.tsx";
import { Defined } from "../../../ui/text/Defined.tsx";
import { FieldErrors } from "./FieldErrors.tsx";
import { newId, type ObjectiveDraft, type PlanDraft } from "./plan-draft.ts";
import { measuredMetrics } from "../../../../../shared/rollout-labels.ts";
import { metricWords } from "../rollout-labels.ts";
import { SmallNumber } from "./SmallNumber.tsx";
import { SpanField } from "./SpanField.tsx";
import classes from "../Start.module.css";
import type { Errors } from "../typed-numbers.ts";

interface PlanMoreProps {
  readonly draft: PlanDraft;
  readonly errors: Errors;
  readonly set: <Name extends keyof PlanDraft>(name: Name, value: PlanDraft[Name]) => void;
}

/** What is right for most plans as it is: limits, objectives, time, shadowing, and how the evidence is weighed. */
export function PlanMore({ draft, errors, set }: PlanMoreProps) {
  const wrong = (...starts: readonly string[]): boolean =>
    Object.keys(errors).some((path) => starts.some((start) => path.startsWith(start)));
  return (
    <div>
      <Disclosure title="Limits and objectives" summary={limitWords(draft)} wrong={wrong("limits", "objectives")}>
        <div className={classes.two}>
          <NumberField
            label="Errors tolerated on the candidate"
            step={1}
            placeholder="no limit"
            value={draft.errorLimit}
            error={errors["limits.errors"]}
            onChange={(typed) => set("errorLimit", typed)}
          />
          <NumberField
            label="Held answers tolerated on the candidate"
            step={1}
            placeholder="no limit"
            value={draft.blockedLimit}
            error={errors["limits.held"]}
            onChange={(typed) => set("blockedLimit", typed)}
          />
        </div>
        <Checkbox
          size="xs"
          className={classes.check ?? ""}
          label="Take it back when it fails, is held back or has critical findings more often than the stable version"
          checked={draft.safeguard}
          onChange={({ currentTarget }) => set("safeguard", currentTarget.checked)}
        />
        <Objectives draft={draft} errors={errors} set={set} />
      </Disclosure>
      <Disclosure
        title="Start and time"
        summary={draft.startAt === "" ? "at once" : draft.startAt.replace("T", " ")}
        wrong={wrong("startAtMs", "progressDeadlineMs", "rollbackWindow")}
      >
        <div className={classes.two}>
          <TextInput
            label="Start at"
            description="Empty for at once."
            type="datetime-local"
            size="xs"
            value={draft.startAt}
            error={errors["startAtMs"]}
            onChange={({ currentTarget }) => set("startAt", currentTarget.value)}
          />
          <SpanField
            label="Progress deadline"
            description="Raises an alert. Pauses do not count."
            value={draft.deadline}
            error={errors["progressDeadlineMs"]}
            onChange={(typed) => set("deadline", typed)}
          />
          <NumberField
            label="Rollback window, versions"
            step={1}
            value={draft.rollbackWindow}
            error={errors["rollbackWindow"]}
            onChange={(typed) => set("rollbackWindow", typed)}
          />
          <Checkbox
            size="xs"
            className={classes.check ?? ""}
            label="Abort when the deadline passes"
            checked={draft.abortOnDeadline}
            onChange={({ currentTarget }) => set("abortOnDeadline", currentTarget.checked)}
          />
        </div>
        <p className={classes.faint}>Going back to a version within the rollback window skips steps and comparison.</p>
      </Disclosure>
      <Disclosure title="Loading and shadowing" summary={shadowWords(draft)} wrong={wrong("shadowPercent")}>
        <div className={classes.two}>
          <NumberField
            label="Shadow traffic, %"
            step={10}
            value={draft.shadowPercent}
            error={errors["shadowPercent"]}
            onChange={(typed) => set("shadowPercent", typed)}
          />
          <Checkbox
            size="xs"
            className={classes.check ?? ""}
            label="Load the candidate before it gets any traffic"
            checked={draft.warmUp}
            onChange={({ currentTarget }) => set("warmUp", currentTarget.checked)}
          />
          <Checkbox
            size="xs"
            className={classes.check ?? ""}
            label="Go on copying when it gets calls of its own"
            checked={draft.shadowThroughout}
            onChange={({ currentTarget }) => set("shadowThroughout", currentTarget.checked)}
          />
        </div>
      </Disclosure>
      <Disclosure title="How the evidence is weighed" summary={alphaWords(draft)} wrong={wrong("analysis")}>
        <div className={classes.line}>
          <Defined what="alpha">Chance to roll back a version that is as good</Defined>
          <SmallNumber
            label="Alpha"
            value={draft.alpha}
            error={errors["analysis.alpha"]}
            onChange={(typed) => set("alpha", typed)}
          />
        </div>
        <FieldErrors errors={errors} of={["analysis.alpha"]} />
        <div className={classes.line}>
          <Defined what="settling">Calls after a load that are no evidence of latency</Defined>
          <SmallNumber
            label="Calls to settle"
            value={draft.settleCalls}
            error={errors["analysis.settleCalls"]}
            onChange={(typed) => set("settleCalls", typed)}
          />
        </div>
        <FieldErrors errors={errors} of={["analysis.settleCalls"]} />
        <p className={classes.faint}>
          <Defined what="share">Shares of the evidence, in %</Defined>; they are scaled to a sum of 100.
        </p>
        <div className={classes.shares}>
          {measuredMetrics.map((metric) => (
            <NumberField
              key={metric}
              label={metricWords[metric]}
              step={10}
              placeholder="0"
              value={draft.shares[metric]}
              error={errors[`analysis.metrics.${metric}`]}
              onChange={(typed) => set("shares", { ...draft.shares, [metric]: typed })}
            />
          ))}
        </div>
        <FieldErrors errors={errors} of={["analysis.metrics"]} />
      </Disclosure>
    </div>
  );
}

function Objectives({ draft, errors, set }: PlanMoreProps) {
  const { objectives } = draft;
  const change = (index: number, changed: ObjectiveDraft): void => set("objectives", objectives.with(index, changed));
  return (
    <div className={classes.objectives}>
      <p className={classes.faint}>
        An objective is what the candidate has to keep by itself, also where no other version is beside it.
      </p>
      {objectives.map((objective, index) => (
        <div key={objective.id} className={classes.line} role="group" aria-label={`Objective ${index + 1}`}>
          <Select
            aria-label="Metric"
            size="xs"
            w={168}
            value={objective.metric}
            data={objectiveMetrics.map((value) => ({ value, label: metricWords[value] }))}
            onChange={(value) =>
              change(index, {
                ...objective,
                metric: objectiveMetrics.find((one) => one === value) ?? objective.metric,
              })
            }
          />
          <span>at most</span>
          <SmallNumber
            label="At most"
            value={objective.atMost}
            error={errors[`objectives.${index}.atMost`]}
            onChange={(atMost) => change(index, { ...objective, atMost })}
          />
          <span>{objective.metric === "errors" || objective.metric === "violations" ? "%" : "ms"}</span>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={`Remove objective ${index + 1}`}
            onClick={() => set("objectives", objectives.toSpliced(index, 1))}
          >
            <IconX size={14} stroke={1.5} />
          </ActionIcon>
          <FieldErrors errors={errors} of={[`objectives.${index}.atMost`]} />
        </div>
      ))}
      <Button
        variant="default"
        size="compact-sm"
        leftSection={<IconPlus size={14} stroke={1.5} />}
        disabled={objectives.length >= 8}
        onClick={() => set("objectives", [...objectives, { id: newId(), metric: "totalMs", atMost: "5000" }])}
      >
        Add objective
      </Button>
    </div>
  );
}

const objectiveMetrics = ["totalMs", "firstTokenMs", "msPerToken", "errors", "violations"] as const;

function limitWords({ safeguard, errorLimit, blockedLimit, objectives }: PlanDraft): string {
  const parts = [
    ...(safeguard ? ["worse than the stable version"] : []),
    ...(errorLimit === "" ? [] : [`${errorLimit} errors`]),
    ...(blockedLimit === "" ? [] : [`${blockedLimit} held`]),
    ...(objectives.length === 0
      ? []
      : [`${objectives.length} ${objectives.length === 1 ? "objective" : "objectives"}`]),
  ];
  return parts.length === 0 ? "none" : parts.join(", ");
}

function shadowWords({ warmUp, shadowPercent, shadowThroughout }: PlanDraft): string {
  const shadow =
    Number(shadowPercent) > 0
      ? `${shadowPercent} % shadowed ${shadowThroughout ? "throughout" : "until its first calls"}`
      : "no shadow";
  return `${warmUp ? "loaded first" : "not loaded first"}, ${shadow}`;
}

function alphaWords({ alpha }: PlanDraft): string {
  const percent = Number(alpha) * 100;
  return Number.isFinite(percent) ? `${Number(percent.toFixed(2))} % false alarms at most` : "";
}
