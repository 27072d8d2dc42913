import { Button, Group, Modal, TextInput } from "@mantine/core";
import { useState } from "react";
import { toProblem } from "../api/problem.ts";

interface NameDialogProps {
  readonly title: string;
  readonly label: string;
  readonly initial?: string;
  readonly submitLabel: string;
  readonly onSubmit: (name: string) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks for one name; a refusal stands at the field. */
export function NameDialog({ title, label, initial = "", submitLabel, onSubmit, onClose }: NameDialogProps) {
  const [name, setName] = useState(initial);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    if (name.trim() === "") {
      setError("Give it a name.");
      return;
    }
    setBusy(true);
    try {
      await onSubmit(name.trim());
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
        <TextInput
          label={label}
          value={name}
          maxLength={200}
          error={error}
          data-autofocus
          onFocus={(event) => event.currentTarget.select()}
          onChange={(event) => {
            setName(event.currentTarget.value);
            setError(null);
          }}
        />
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
