import { NumberField } from "../../../ui/request/NumberField.tsx";
import { type LoadDraft, loadFields } from "./load-draft.ts";
import classes from "../Start.module.css";
import type { Errors } from "../typed-numbers.ts";

interface LoadFormProps {
  readonly load: LoadDraft;
  readonly errors: Errors;
  readonly onChange: (load: LoadDraft) => void;
}

/** How much is asked, and how the stable version answers; the faults are added to that. */
export function LoadForm({ load, errors, onChange }: LoadFormProps) {
  return (
    <div className={classes.load} role="group" aria-label="Load model">
      {loadFields.map(({ name, label }) => (
        <NumberField
          key={name}
          label={label}
          step={1}
          value={load[name]}
          error={errors[name]}
          onChange={(typed) => onChange({ ...load, [name]: typed })}
        />
      ))}
    </div>
  );
}
