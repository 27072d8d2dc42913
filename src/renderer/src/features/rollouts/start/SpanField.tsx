import { Input, NumberInput, Select } from "@mantine/core";
import { useId } from "react";
import classes from "../Start.module.css";
import { type SpanDraft, spanUnits } from "../typed-numbers.ts";

interface SpanFieldProps {
  readonly label: string;
  /** Within a line of text the name is not written out, and what is wrong stands beneath the line. */
  readonly inline?: boolean;
  readonly description?: string;
  readonly value: SpanDraft;
  readonly error: string | undefined;
  readonly placeholder?: string;
  readonly onChange: (value: SpanDraft) => void;
}

/** A length of time: an amount and its unit. */
export function SpanField({ label, inline = false, description, value, error, placeholder, onChange }: SpanFieldProps) {
  const id = useId();
  const fields = (
    <span className={classes.span}>
      <NumberInput
        id={id}
        {...(inline && { "aria-label": label })}
        size="xs"
        className={classes.amount ?? ""}
        hideControls
        clampBehavior="none"
        placeholder={placeholder ?? ""}
        value={value.amount}
        error={error !== undefined}
        onChange={(typed) => onChange({ ...value, amount: String(typed) })}
      />
      <Select
        aria-label={`${label}, unit`}
        size="xs"
        className={classes.unit ?? ""}
        allowDeselect={false}
        value={value.unit}
        data={[...spanUnits]}
        onChange={(unit) =>
          onChange({ ...value, unit: spanUnits.find((one) => one.value === unit)?.value ?? value.unit })
        }
      />
    </span>
  );
  if (inline) return fields;
  return (
    <Input.Wrapper
      label={label}
      labelProps={{ htmlFor: id }}
      size="xs"
      {...(description !== undefined && { description })}
      error={error}
    >
      {fields}
    </Input.Wrapper>
  );
}
