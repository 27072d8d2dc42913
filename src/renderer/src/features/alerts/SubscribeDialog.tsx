import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { invalidate } from "../../api/changes.ts";
import { api, queries } from "../../api/connection.ts";
import { toProblem } from "../../api/problem.ts";
import { notify } from "../../ui/notify/notify.ts";
import { LimitedTextInput } from "../../ui/fields/LimitedText.tsx";

/** A program's address that is POSTed every update from now on. */
export function SubscribeDialog({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const [errors, setErrors] = useState<Readonly<Partial<Record<"name" | "url", string>>>>({});
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    const wrong = {
      ...(name.trim() === "" && { name: "Give it a name, such as game-server." }),
      ...(url.trim() === "" && { url: "Give the address to POST to, such as http://127.0.0.1:9000/models." }),
    };
    setErrors(wrong);
    if (Object.keys(wrong).length > 0) return;
    setBusy(true);
    try {
      const added = await api.coordination.subscribe({ name: name.trim(), url: url.trim() });
      await invalidate(queries.coordination.subscribers.key());
      notify(`${added.name} is notified of every model update from now on.`);
      onClose();
    } catch (failure) {
      const problem = toProblem(failure);
      setErrors({ [problem.field === "name" ? "name" : "url"]: `${problem.message} ${problem.remedy}` });
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title="Add a webhook" size="sm">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit(); // its failure is shown at the field
        }}
      >
        <Stack gap="sm">
          <LimitedTextInput
            label="Name"
            placeholder="game-server"
            data-autofocus
            limit={100}
            value={name}
            error={errors.name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          <TextInput
            label="Address"
            placeholder="http://127.0.0.1:9000/models"
            description="POSTed as JSON with an Idempotency-Key, until it answers with 2xx."
            inputMode="url"
            value={url}
            error={errors.url}
            onChange={({ currentTarget }) => setUrl(currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Add webhook
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
