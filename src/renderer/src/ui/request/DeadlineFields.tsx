import { NumberField } from "./NumberField.tsx";
import classes from "./options-form.module.css";
import { type DeadlineErrors, deadlineFields, type DeadlinesDraft } from "./options-draft.ts";

interface DeadlineFieldsProps {
  readonly draft: DeadlinesDraft;
  readonly errors: DeadlineErrors;
  readonly onChange: (draft: DeadlinesDraft) => void;
  /** False for what is not connected to. */
  readonly connects?: boolean;
}

/** How long each step of an answer may take; an empty one is left to the version or the use case. */
export function DeadlineFields({ draft, errors, onChange, connects = true }: DeadlineFieldsProps) {
  const fields = deadlineFields.filter(({ name }) => connects || name !== "connectMs");
  return (
    <div className={classes.deadlines}>
      {fields.map(({ name, label, step }) => (
        <NumberField
          key={name}
          label={label}
          step={step}
          value={draft[name] ?? ""}
          error={errors[name]}
          onChange={(typed) => onChange({ ...draft, [name]: typed })}
        />
      ))}
    </div>
  );
}
