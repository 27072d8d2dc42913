import { NumberInput } from "@mantine/core";
import classes from "../Start.module.css";

interface SmallNumberProps {
  readonly label: string;
  readonly value: string;
  /** Marks the field; the words stand beneath the line. */
  readonly error: string | undefined;
  readonly onChange: (typed: string) => void;
}

/** A number within a line of text, whose name is not written out. */
export function SmallNumber({ label, value, error, onChange }: SmallNumberProps) {
  return (
    <NumberInput
      aria-label={label}
      size="xs"
      className={classes.small ?? ""}
      hideControls
      clampBehavior="none"
      value={value}
      error={error !== undefined}
      onChange={(typed) => onChange(String(typed))}
    />
  );
}
