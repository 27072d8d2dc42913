import { type ChangeEvent, useState } from "react";
import { invalidate } from "../../../api/changes.ts";
import { queries } from "../../../api/connection.ts";
import { toProblem } from "../../../api/problem.ts";
import { versionName } from "../../../../../shared/format.ts";
import { notify } from "../../../ui/notify/notify.ts";
import type { DeadlineErrors, OptionErrors } from "../../../ui/request/options-draft.ts";
import { goToVersion } from "../models-location.ts";
import {
  draftFrom,
  fieldOf,
  type RegisterDraft,
  type RegisterErrors,
  type RegisterField,
  type RegisterFrom,
  toRegistration,
  whatIsWrong,
} from "./register-draft.ts";
import { useRegistering } from "./use-registering.ts";

type TextField = Extract<RegisterField, "modelName" | "version" | "endpoint" | "serverModel">;

/** The draft with what is wrong in it, and the ways to change and to send it. */
export type RegisterForm = ReturnType<typeof useRegisterForm>;

/**
 * The state of the Register form. Its errors go with the next change of a field; `submit` checks all fields at once, then
 * registers, closes the form and goes to the version where it is a further one. What the backend refuses stands at the
 * field it names.
 */
export function useRegisterForm(from: RegisterFrom, onClose: () => void) {
  const [draft, setDraft] = useState(() => draftFrom(from));
  const [errors, setErrors] = useState<RegisterErrors>({});
  const [optionErrors, setOptionErrors] = useState<OptionErrors>({});
  const [deadlineErrors, setDeadlineErrors] = useState<DeadlineErrors>({});
  const { busy, reading, register, cancel } = useRegistering();
  const set = <Name extends keyof RegisterDraft>(name: Name, value: RegisterDraft[Name]): void => {
    setDraft((before) => ({ ...before, [name]: value }));
    setErrors({});
    if (name === "options") setOptionErrors({});
    if (name === "deadlines") setDeadlineErrors({});
  };
  /** The properties of a text field. */
  const text = (name: TextField) => ({
    value: draft[name],
    error: errors[name],
    onChange: (event: ChangeEvent<HTMLInputElement>) => set(name, event.currentTarget.value),
  });
  const submit = async (): Promise<void> => {
    const wrong = whatIsWrong(draft);
    const { input, errors: unfit } = toRegistration(draft);
    setErrors(wrong);
    setOptionErrors(unfit.options);
    setDeadlineErrors(unfit.deadlines);
    if ([wrong, unfit.options, unfit.deadlines].some((one) => Object.keys(one).length > 0)) return;
    try {
      const version = await register(input);
      if (version === null) return;
      await invalidate(queries.registry.key());
      notify(`${versionName(version)} is registered.`);
      onClose();
      if (from.kind === "version") goToVersion(version.id);
    } catch (error) {
      const problem = toProblem(error);
      setErrors({ [fieldOf(problem.field, draft)]: `${problem.message} ${problem.remedy}` });
    }
  };
  return { draft, errors, optionErrors, deadlineErrors, busy, reading, set, text, submit, cancel };
}
