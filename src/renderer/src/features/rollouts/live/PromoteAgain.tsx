import { Button, Group, Modal, Text, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Rollout } from "../../../../../shared/contract/rollout-status.ts";
import { versionName } from "../../../../../shared/format.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { toProblem } from "../../../api/problem.ts";

interface PromoteAgainProps {
  readonly rollout: Rollout;
  /** As it was typed beside the commands. */
  readonly reason: string;
  readonly onDone: (after: Rollout) => void;
  readonly onClose: () => void;
}

/** Asks before a version that was rolled back gets every call: with what was found, and for a reason. */
export function PromoteAgain({ rollout, reason: typed, onDone, onClose }: PromoteAgainProps) {
  const [reason, setReason] = useState(typed);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const { id, candidate, useCase, status } = rollout;
  const promote = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const given = reason.trim();
    if (given === "") return setError("Write why it should answer although it was rolled back.");
    setBusy(true);
    try {
      onDone(await api.rollouts.command({ rolloutId: id, command: "promote_fully", reason: given }));
      await invalidate(queries.rollouts.key());
      onClose();
    } catch (failure) {
      const problem = toProblem(failure);
      setError(`${problem.message} ${problem.remedy}`);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={`Promote ${versionName(candidate)} although it was rolled back?`} size="md">
      <form noValidate onSubmit={(event) => void promote(event)}>
        <Text size="sm">
          It was rolled back for this: {status.reason ?? "no reason is known"}. Promoted fully it skips every step and
          all comparison, and answers every call of {useCase}.
        </Text>
        <Textarea
          mt="sm"
          label="Reason"
          description="Goes into the event log."
          required
          data-autofocus
          autosize
          minRows={2}
          maxRows={5}
          value={reason}
          error={error}
          onChange={({ currentTarget }) => {
            setReason(currentTarget.value);
            setError(null);
          }}
        />
        <Group justify="flex-end" mt="md" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color="red" loading={busy}>
            Promote fully
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
