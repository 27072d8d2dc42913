import { Button, Group } from "@mantine/core";

interface UndoMessageProps {
  readonly message: string;
  readonly onUndo: () => void;
}

export function UndoMessage({ message, onUndo }: UndoMessageProps) {
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <span>{message}</span>
      <Button size="compact-xs" variant="light" onClick={onUndo}>
        Undo
      </Button>
    </Group>
  );
}
