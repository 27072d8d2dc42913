import { NumberInput } from "@mantine/core";
import { Disclosure } from "../../../ui/controls/Disclosure.tsx";
import { DeadlineFields } from "../../../ui/request/DeadlineFields.tsx";
import { deadlinesSummary } from "../../../ui/request/options-labels.ts";
import { OptionsForm } from "../../../ui/request/OptionsForm.tsx";
import type { RegisterForm } from "./use-register-form.ts";

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
