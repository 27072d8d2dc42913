import { TextInput } from "@mantine/core";
import { useState } from "react";
import { queryClient } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { FormDialog } from "../../../ui/dialogs/FormDialog.tsx";

/** Adds a use case of one's own. */
export function AddUseCase({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const submit = async (): Promise<void> => {
    await api.registry.addUseCase({ name: name.trim(), description });
    await queryClient.invalidateQueries({ queryKey: queries.registry.useCases.key() });
  };
  return (
    <FormDialog title="Add use case" submitLabel="Add use case" onSubmit={submit} onClose={onClose}>
      {(error, forgive) => (
        <>
          <TextInput
            label="Name"
            placeholder="story_endings"
            description="Lower case words joined by underscores."
            data-autofocus
            value={name}
            error={error}
            onChange={(event) => {
              setName(event.currentTarget.value);
              forgive();
            }}
          />
          <TextInput
            label="Description"
            value={description}
            maxLength={500}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
        </>
      )}
    </FormDialog>
  );
}
