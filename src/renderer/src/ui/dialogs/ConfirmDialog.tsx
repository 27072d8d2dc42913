import { Button, Group, Modal, Text } from "@mantine/core";
import { useState } from "react";
import { useReturnFocus } from "./use-return-focus.ts";
import { toProblem } from "../../api/problem.ts";

interface ConfirmDialogProps {
  readonly title: string;
  /** What will be destroyed, and what will stay. */
  readonly children: string;
  readonly confirmLabel: string;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}

/** Asks once before something is destroyed. */
export function ConfirmDialog({ title, children, confirmLabel, onConfirm, onClose }: ConfirmDialogProps) {
  const [busy, setBusy] = useState(false);
  useReturnFocus();
  const [error, setError] = useState<string | null>(null);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    try {
      await onConfirm();
      onClose();
    } catch (failure) {
      const problem = toProblem(failure);
      setError(`${problem.message} ${problem.remedy}`);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={title} size="sm">
      <Text size="sm">{children}</Text>
      {error !== null && (
        <Text size="sm" c="var(--tw-critical)" role="alert" mt="xs">
          {error}
        </Text>
      )}
      <Group justify="flex-end" mt="md" gap="xs">
        <Button variant="default" onClick={onClose} data-autofocus>
          Cancel
        </Button>
        <Button color="red" loading={busy} onClick={() => void confirm()}>
          {confirmLabel}
        </Button>
      </Group>
    </Modal>
  );
}
