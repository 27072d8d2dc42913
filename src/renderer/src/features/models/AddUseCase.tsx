import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { queryClient } from "../../api/changes.ts";
import { api, queries } from "../../api/connection.ts";
import { toProblem } from "../../api/problem.ts";

/** Adds a use case of one's own. */
export function AddUseCase({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.registry.addUseCase({ name: name.trim(), description });
      await queryClient.invalidateQueries({ queryKey: queries.registry.useCases.key() });
      onClose();
    } catch (failure) {
      const problem = toProblem(failure);
      setError(`${problem.message} ${problem.remedy}`);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title="Add use case" size="sm">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit(); // its failure is shown at the field
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Name"
            placeholder="story_endings"
            description="Lower case words joined by underscores."
            data-autofocus
            value={name}
            error={error}
            onChange={(event) => {
              setName(event.currentTarget.value);
              setError(null);
            }}
          />
          <TextInput
            label="Description"
            value={description}
            maxLength={500}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Add use case
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
