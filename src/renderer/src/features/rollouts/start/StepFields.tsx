import { Checkbox, Select, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../../api/connection.ts";
import { Defined } from "../../../ui/text/Defined.tsx";
import type { StepDraft } from "./plan-draft.ts";
import { SmallNumber } from "./SmallNumber.tsx";
import { SpanField } from "./SpanField.tsx";
import classes from "../Start.module.css";
import { LimitedTextInput } from "../../../ui/fields/LimitedText.tsx";

interface StepFieldsProps {
  readonly step: StepDraft;
  readonly errorOf: (field: string) => string | undefined;
  readonly onChange: (step: StepDraft) => void;
}

const proofExplained = "Goes on only once the candidate was shown not to be slower by more than a quarter.";

/** The fields of a step of its kind, in one line. */
export function StepFields({ step, errorOf, onChange }: StepFieldsProps) {
  switch (step.type) {
    case "weight":
      return (
        <>
          <SmallNumber
            label="Weight, %"
            value={step.percent}
            error={errorOf("percent")}
            onChange={(percent) => onChange({ ...step, percent })}
          />
          <span className={classes.faint}>
            <Defined what="candidatePercent">% of the calls</Defined>
          </span>
        </>
      );
    case "analysis":
      return (
        <>
          <SmallNumber
            label="Units to compare"
            value={step.units}
            error={errorOf("units")}
            onChange={(units) => onChange({ ...step, units })}
          />
          <span className={classes.faint}>
            <Defined what="units">units</Defined>, at most
          </span>
          <SpanField
            label="Time to compare in"
            inline
            value={step.within}
            placeholder="any time"
            error={errorOf("withinMs")}
            onChange={(within) => onChange({ ...step, within })}
          />
          <Tooltip label={proofExplained} multiline maw={280} events={{ hover: true, focus: true, touch: true }}>
            <Checkbox
              size="xs"
              label="with proof"
              aria-description={proofExplained}
              checked={step.proof}
              onChange={({ currentTarget }) => onChange({ ...step, proof: currentTarget.checked })}
            />
          </Tooltip>
        </>
      );
    case "pause":
      return (
        <>
          {!step.forPerson && (
            <SpanField
              label="Pause"
              inline
              value={step.span}
              error={errorOf("forMs")}
              onChange={(span) => onChange({ ...step, span })}
            />
          )}
          <Checkbox
            size="xs"
            label="until a person resumes"
            checked={step.forPerson}
            onChange={({ currentTarget }) => onChange({ ...step, forPerson: currentTarget.checked })}
          />
        </>
      );
    case "suite_gate":
      return (
        <>
          <SuiteSelect
            value={step.suiteId}
            error={errorOf("suiteId")}
            onChange={(suiteId) => onChange({ ...step, suiteId })}
          />
          <SmallNumber
            label="Cases that pass, %"
            value={step.atLeastPercent}
            error={errorOf("atLeastPercent")}
            onChange={(atLeastPercent) => onChange({ ...step, atLeastPercent })}
          />
          <span className={classes.faint}>% pass</span>
        </>
      );
    case "person_gate":
      return (
        <LimitedTextInput
          aria-label="Question"
          size="xs"
          className={classes.question ?? ""}
          limit={500}
          value={step.question}
          error={errorOf("question") !== undefined}
          onChange={({ currentTarget }) => onChange({ ...step, question: currentTarget.value })}
        />
      );
  }
}

interface SuiteSelectProps {
  readonly value: string | null;
  readonly error: string | undefined;
  readonly onChange: (suiteId: string | null) => void;
}

function SuiteSelect({ value, error, onChange }: SuiteSelectProps) {
  const suites = useQuery(queries.suites.list.queryOptions());
  return (
    <Select
      aria-label="Test suite"
      size="xs"
      className={classes.suite ?? ""}
      placeholder="Choose a suite"
      searchable
      nothingFoundMessage="No suite yet. Make one under Playground."
      value={value}
      error={error !== undefined}
      data={suites.data?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
      onChange={onChange}
    />
  );
}
