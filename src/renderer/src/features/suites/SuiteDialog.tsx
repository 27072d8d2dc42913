import { FormDialog } from "../../ui/dialogs/FormDialog.tsx";
import { useDraftState } from "../../ui/fields/use-draft-state.ts";
import { LimitedTextInput, LimitedTextarea } from "../../ui/fields/LimitedText.tsx";

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
  const { value, set, clear } = useDraftState(`${title}: ${initial.name}`, () => initial);
  const { name, description } = value;
  return (
    <FormDialog
      title={title}
      submitLabel={submitLabel}
      refuse={() => (name.trim() === "" ? "Give the suite a name." : null)}
      onSubmit={async () => {
        await onSubmit({ name: name.trim(), description: description.trim() });
        clear();
      }}
      onClose={onClose}
    >
      {(error, forgive) => (
        <>
          <LimitedTextInput
            label="Name"
            placeholder="Before a rollout"
            limit={200}
            data-autofocus
            value={name}
            error={error}
            onChange={({ currentTarget }) => {
              set({ ...value, name: currentTarget.value });
              forgive();
            }}
          />
          <LimitedTextarea
            label="What it is for"
            placeholder="Optional"
            autosize
            minRows={2}
            limit={2_000}
            value={description}
            onChange={({ currentTarget }) => set({ ...value, description: currentTarget.value })}
          />
        </>
      )}
    </FormDialog>
  );
}
