import { NumberInput, Select } from "@mantine/core";
import { Disclosure } from "../../../ui/controls/Disclosure.tsx";
import { DeadlineFields } from "../../../ui/request/DeadlineFields.tsx";
import { deadlinesSummary } from "../../../ui/request/options-labels.ts";
import { OptionsForm } from "../../../ui/request/OptionsForm.tsx";
import { shapeWords } from "../shape-labels.ts";
import type { RegisterForm } from "./use-register-form.ts";

const shapes = (["none", "small_model"] as const).map((value) => ({
  value,
  label: `${shapeWords[value].charAt(0).toUpperCase()}${shapeWords[value].slice(1)}`,
}));

interface SettingFieldsProps {
  readonly form: RegisterForm;
}

/** How a version is called: its context, and the options and deadlines of a call that sets none. */
export function SettingFields({ form: { draft, errors, optionErrors, deadlineErrors, set } }: SettingFieldsProps) {
  return (
    <>
      <NumberInput
        label="Context length, tokens"
        placeholder="the model's own"
        hideControls
        allowDecimal={false}
        clampBehavior="none"
        thousandSeparator=","
        value={draft.contextTokens ?? ""}
        error={errors.contextTokens}
        onChange={(value) => set("contextTokens", typeof value === "number" ? value : null)}
      />
      <Select
        label="Prose of stories"
        placeholder="By size: shaped below 1 billion parameters"
        description="Shaping leaves out preambles, talk about the text, loops and unfinished ends, visibly and to be taken back."
        clearable
        data={shapes}
        value={draft.shape}
        onChange={(value) => set("shape", shapes.find((shape) => shape.value === value)?.value ?? null)}
      />
      <div>
        <Disclosure title="Options of this version" summary="used where a call or its use case sets none">
          <OptionsForm draft={draft.options} errors={optionErrors} onChange={(options) => set("options", options)} />
        </Disclosure>
        <Disclosure
          title="Deadlines"
          summary={deadlinesSummary(draft.deadlines, "used where a call sets none")}
          wrong={Object.keys(deadlineErrors).length > 0}
        >
          <DeadlineFields
            draft={draft.deadlines}
            errors={deadlineErrors}
            connects={draft.provider !== "embedded"}
            onChange={(deadlines) => set("deadlines", deadlines)}
          />
        </Disclosure>
      </div>
    </>
  );
}
