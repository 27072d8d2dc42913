import { Button, Group, Text } from "@mantine/core";

interface UndoMessageProps {
  readonly message: string;
  readonly onUndo: () => void;
}

export function UndoMessage({ message, onUndo }: UndoMessageProps) {
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <Text span inherit miw={0} style={{ overflowWrap: "anywhere" }}>
        {message}
      </Text>
      <Button size="compact-xs" variant="light" flex="none" onClick={onUndo}>
        Undo
      </Button>
    </Group>
  );
}
