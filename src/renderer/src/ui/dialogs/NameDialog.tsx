import {} from "@mantine/core";
import { useState } from "react";
import { FormDialog } from "./FormDialog.tsx";
import { LimitedTextInput } from "../fields/LimitedText.tsx";

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
  return (
    <FormDialog
      title={title}
      submitLabel={submitLabel}
      refuse={() => (name.trim() === "" ? "Give it a name." : null)}
      onSubmit={() => onSubmit(name.trim())}
      onClose={onClose}
    >
      {(error, forgive) => (
        <LimitedTextInput
          label={label}
          value={name}
          limit={200}
          error={error}
          data-autofocus
          onFocus={(event) => event.currentTarget.select()}
          onChange={(event) => {
            setName(event.currentTarget.value);
            forgive();
          }}
        />
      )}
    </FormDialog>
  );
}
