import { Button, Group, Modal } from "@mantine/core";
import { useState } from "react";
import { useReturnFocus } from "../../ui/dialogs/use-return-focus.ts";
import { toProblem } from "../../api/problem.ts";
import type { Violation } from "../../../../shared/contract/guardrails.ts";
import { useDraft } from "../../ui/fields/drafts.ts";
import { isRefused } from "../../ui/fields/text-limit.ts";
import type { Review } from "./review.ts";
import { LimitedTextarea } from "../../ui/fields/LimitedText.tsx";

interface ReasonDialogProps {
  readonly violationId: Violation["id"];
  readonly kind: "override" | "note";
  readonly onReview: (review: Review) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks for the written reason of an override, or for a note. */
export function ReasonDialog({ violationId, kind, onReview, onClose }: ReasonDialogProps) {
  const { text: reason, set: setReason } = useDraft(`${kind} of ${violationId}`);
  useReturnFocus();
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
      setReason("");
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
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!isRefused(event.currentTarget)) void submit(); // its failure is shown at the field
        }}
      >
        <LimitedTextarea
          label={kind === "override" ? "Reason" : "Note"}
          description={
            kind === "override"
              ? "Why this passage is fine after all. It is kept with the violation."
              : "Kept with the violation; the decision stays as it is."
          }
          data-autofocus
          autosize
          minRows={3}
          limit={2_000}
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
