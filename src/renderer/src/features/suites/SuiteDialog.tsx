import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { toProblem } from "../../api/problem.ts";

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
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    if (name.trim() === "") return setError("Give the suite a name.");
    setBusy(true);
    try {
      await onSubmit({ name: name.trim(), description: description.trim() });
      onClose();
    } catch (failure) {
      const problem = toProblem(failure);
      setError(`${problem.message} ${problem.remedy}`);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={title} size="sm">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit(); // its failure is shown at the field
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Name"
            placeholder="Before a rollout"
            maxLength={200}
            data-autofocus
            value={name}
            error={error}
            onChange={({ currentTarget }) => {
              setName(currentTarget.value);
              setError(null);
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
        </Stack>
        <Group justify="flex-end" mt="md" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy}>
            {submitLabel}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
