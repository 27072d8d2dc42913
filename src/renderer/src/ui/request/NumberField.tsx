import { NumberInput } from "@mantine/core";
import type { ReactNode } from "react";

interface NumberFieldProps {
  readonly label: string;
  readonly step: number;
  /** As typed; empty means not set. */
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (typed: string) => void;
  readonly placeholder?: string;
  readonly aside?: ReactNode;
}

/** A number that may be left out; arrow keys step it, and what is out of range is kept and marked rather than changed. */
export function NumberField({ label, step, value, error, onChange, placeholder = "default", aside }: NumberFieldProps) {
  return (
    <NumberInput
      label={label}
      size="xs"
      placeholder={placeholder}
      step={step}
      hideControls
      rightSection={aside}
      clampBehavior="none"
      value={value}
      error={error}
      onChange={(typed) => onChange(String(typed))}
    />
  );
}
