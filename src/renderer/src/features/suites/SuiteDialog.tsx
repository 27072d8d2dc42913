import { Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { FormDialog } from "../../ui/dialogs/FormDialog.tsx";

interface SuiteDialogProps {
  readonly title: string;
  readonly submitLabel: string;
  readonly initial?: { readonly name: string; readonly description: string };
  readonly onSubmit: (suite: { name: string; description: string }) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks for a suite's name and what it is for. */
export function SuiteDialog({
  title,
  submitLabel,
  initial = { name: "", description: "" },
  onSubmit,
  onClose,
}: SuiteDialogProps) {
  const [name, setName] = useState(initial.name);
  const [description, setDescription] = useState(initial.description);
  return (
    <FormDialog
      title={title}
      submitLabel={submitLabel}
      refuse={() => (name.trim() === "" ? "Give the suite a name." : null)}
      onSubmit={() => onSubmit({ name: name.trim(), description: description.trim() })}
      onClose={onClose}
    >
      {(error, forgive) => (
        <>
          <TextInput
            label="Name"
            placeholder="Before a rollout"
            maxLength={200}
            data-autofocus
            value={name}
            error={error}
            onChange={({ currentTarget }) => {
              setName(currentTarget.value);
              forgive();
            }}
          />
          <Textarea
            label="What it is for"
            placeholder="Optional"
            autosize
            minRows={2}
            maxLength={2_000}
            value={description}
            onChange={({ currentTarget }) => setDescription(currentTarget.value)}
          />
        </>
      )}
    </FormDialog>
  );
}
