import { TextInput } from "@mantine/core";
import { useState } from "react";
import { queryClient } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { FormDialog } from "../../../ui/dialogs/FormDialog.tsx";
import { useDraft } from "../../../ui/fields/drafts.ts";
import { LimitedTextInput } from "../../../ui/fields/LimitedText.tsx";

/** Adds a use case of one's own. */
export function AddUseCase({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState("");
  const { text: description, set: setDescription } = useDraft("description of a new use case");
  const submit = async (): Promise<void> => {
    await api.registry.addUseCase({ name: name.trim(), description });
    setDescription("");
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
          <LimitedTextInput
            label="Description"
            value={description}
            limit={500}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
        </>
      )}
    </FormDialog>
  );
}
