import { Button, Group } from "@mantine/core";
import { useState } from "react";
import type { Assignment } from "../../../../../shared/contract/registry.ts";
import { Disclosure } from "../../../ui/controls/Disclosure.tsx";
import { type OptionErrors, optionsDraft, readOptions } from "../../../ui/request/options-draft.ts";
import { OptionsForm } from "../../../ui/request/OptionsForm.tsx";
import classes from "./Inspect.module.css";
import { useAssign } from "../use-assign.ts";

/** Options of every call on a use case, saved as one new assignment. */
export function DefaultsEditor({ assignment }: { readonly assignment: Assignment }) {
  const [draft, setDraft] = useState(() => optionsDraft(assignment.defaults));
  const [errors, setErrors] = useState<OptionErrors>({});
  const [changed, setChanged] = useState(false);
  const [saving, setSaving] = useState(false);
  const assign = useAssign();
  const { useCase } = assignment;
  const set = Object.keys(assignment.defaults).length;
  const save = async (): Promise<void> => {
    const { options, errors: wrong } = readOptions(draft);
    setErrors(wrong);
    if (Object.keys(wrong).length > 0) return;
    setSaving(true);
    const current = { id: assignment.versionId, model: assignment.model, version: assignment.version };
    await assign(useCase, current, { defaults: options }, `The defaults of ${useCase} count from the next call.`);
    setSaving(false);
  };
  return (
    <section className={classes.part} aria-label={`Defaults of ${useCase}`}>
      <Disclosure title="Defaults of every call" summary={set === 0 ? "none set" : `${set} set`}>
        <OptionsForm
          draft={draft}
          errors={errors}
          onChange={(next) => {
            setDraft(next);
            setErrors({});
            setChanged(true);
          }}
        />
        {changed && (
          <Group gap="xs" mt="xs">
            <Button size="compact-xs" loading={saving} onClick={() => void save()}>
              Save defaults
            </Button>
            <Button
              size="compact-xs"
              variant="subtle"
              color="gray"
              onClick={() => {
                setDraft(optionsDraft(assignment.defaults));
                setErrors({});
                setChanged(false);
              }}
            >
              Discard
            </Button>
          </Group>
        )}
      </Disclosure>
    </section>
  );
}
