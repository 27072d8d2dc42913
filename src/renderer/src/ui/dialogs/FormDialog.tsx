import { Button, Group, Modal, Stack } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useReturnFocus } from "./use-return-focus.ts";
import { toProblem } from "../../api/problem.ts";
import { isRefused } from "../fields/text-limit.ts";

interface FormDialogProps {
  readonly title: string;
  readonly submitLabel: string;
  /** Why what is typed cannot be sent yet, in a sentence; null when it can. */
  readonly refuse?: () => string | null;
  readonly onSubmit: () => Promise<void>;
  readonly onClose: () => void;
  /** The fields; the first one shows `error`, and what is typed takes it away. */
  readonly children: (error: string | null, forgive: () => void) => ReactNode;
}

/** A small form in a dialog: sent by Enter, closed when it went well; a refusal stands at its first field. */
export function FormDialog({ title, submitLabel, refuse, onSubmit, onClose, children }: FormDialogProps) {
  useReturnFocus();
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    const refused = refuse?.() ?? null;
    if (refused !== null) return setError(refused);
    setBusy(true);
    try {
      await onSubmit();
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
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!isRefused(event.currentTarget)) void submit(); // its failure is shown at the field
        }}
      >
        <Stack gap="sm">{children(error, () => setError(null))}</Stack>
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
