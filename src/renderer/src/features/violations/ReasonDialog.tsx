import { Button, Group, Modal, Textarea } from "@mantine/core";
import { useState } from "react";
import { toProblem } from "../../api/problem.ts";
import type { Review } from "./review.ts";

interface ReasonDialogProps {
  readonly kind: "override" | "note";
  readonly onReview: (review: Review) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks for the written reason of an override, or for a note. */
export function ReasonDialog({ kind, onReview, onClose }: ReasonDialogProps) {
  const [reason, setReason] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    const written = reason.trim();
    if (written === "") {
      setError(kind === "override" ? "An override needs a written reason." : "Write the note first.");
      return;
    }
    setBusy(true);
    try {
      await onReview(kind === "override" ? { decision: "overridden", reason: written } : { reason: written });
      onClose();
    } catch (failure) {
      const problem = toProblem(failure);
      setError(`${problem.message} ${problem.remedy}`);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} size="md" title={kind === "override" ? "Override this finding" : "Add a note"}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit(); // its failure is shown at the field
        }}
      >
        <Textarea
          label={kind === "override" ? "Reason" : "Note"}
          description={
            kind === "override"
              ? "Why this passage is fine after all. It is kept with the violation."
              : "Kept with the violation; the decision stays as it is."
          }
          data-autofocus
          autosize
          minRows={3}
          maxLength={2_000}
          value={reason}
          error={error}
          onChange={(event) => {
            setReason(event.currentTarget.value);
            setError(null);
          }}
        />
        <Group justify="flex-end" mt="md" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy}>
            {kind === "override" ? "Override" : "Add note"}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
