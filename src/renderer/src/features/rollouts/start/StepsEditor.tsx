import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconX } from "@tabler/icons-react";
import { FieldErrors } from "./FieldErrors.tsx";
import { newStep, type StepDraft } from "./plan-draft.ts";
import classes from "../Start.module.css";
import { StepFields } from "./StepFields.tsx";
import type { Errors } from "../typed-numbers.ts";

interface StepsEditorProps {
  readonly path: "steps" | "previewSteps";
  readonly steps: readonly StepDraft[];
  readonly errors: Errors;
  readonly onChange: (steps: readonly StepDraft[]) => void;
}

const stepWords: Record<StepDraft["type"], string> = {
  weight: "Weight",
  analysis: "Compare",
  pause: "Pause",
  suite_gate: "Test suite",
  person_gate: "Ask a person",
};

/** Fields of a step that may be wrong; the empty one is the step itself. */
const stepFields = [".percent", ".units", ".withinMs", ".forMs", ".suiteId", ".atLeastPercent", ".question"];

/** The steps in their order; each can be moved, changed and taken out. */
export function StepsEditor({ path, steps, errors, onChange }: StepsEditorProps) {
  const kinds: readonly StepDraft["type"][] =
    path === "steps"
      ? ["weight", "analysis", "pause", "suite_gate", "person_gate"]
      : ["person_gate", "suite_gate", "pause"];
  const move = (index: number, by: 1 | -1): void => {
    const moved = steps[index];
    if (moved !== undefined) onChange(steps.toSpliced(index, 1).toSpliced(index + by, 0, moved));
  };
  return (
    <div className={classes.steps}>
      {steps.length === 0 && path === "previewSteps" && (
        <p className={classes.faint}>No step: it switches as soon as the candidate is loaded.</p>
      )}
      <ol className={classes.stepList} aria-label="Steps of the plan">
        {steps.map((step, index) => (
          <li key={step.id} className={classes.step} aria-label={`Step ${index + 1}, ${stepWords[step.type]}`}>
            <div className={classes.stepRow}>
              <span className={classes.stepNumber} aria-hidden>
                {index + 1}
              </span>
              <span className={classes.stepWord}>{stepWords[step.type]}</span>
              <div className={classes.stepFields}>
                <StepFields
                  step={step}
                  errorOf={(field) => errors[`${path}.${index}.${field}`]}
                  onChange={(changed) => onChange(steps.with(index, changed))}
                />
              </div>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={`Move step ${index + 1} up`}
                disabled={index === 0}
                onClick={() => move(index, -1)}
              >
                <IconArrowUp size={14} stroke={1.5} />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={`Move step ${index + 1} down`}
                disabled={index === steps.length - 1}
                onClick={() => move(index, 1)}
              >
                <IconArrowDown size={14} stroke={1.5} />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={`Remove step ${index + 1}`}
                onClick={() => onChange(steps.toSpliced(index, 1))}
              >
                <IconX size={14} stroke={1.5} />
              </ActionIcon>
            </div>
            <FieldErrors errors={errors} of={["", ...stepFields].map((field) => `${path}.${index}${field}`)} />
          </li>
        ))}
      </ol>
      <FieldErrors errors={errors} of={[path]} />
      <Menu position="bottom-start" transitionProps={{ duration: 80 }}>
        <Menu.Target>
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<IconPlus size={14} stroke={1.5} />}
            className={classes.addStep ?? ""}
            disabled={steps.length >= (path === "steps" ? 50 : 20)}
          >
            Add step
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {kinds.map((kind) => (
            <Menu.Item key={kind} onClick={() => onChange([...steps, newStep(kind)])}>
              {stepWords[kind]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
