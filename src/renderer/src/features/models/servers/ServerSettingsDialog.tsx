import { Button, Group, Modal, NumberInput, Stack } from "@mantine/core";
import { useState } from "react";
import type { EndpointHealth } from "../../../../../shared/contract/registry.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { toProblem } from "../../../api/problem.ts";
import { notify } from "../../../ui/notify/notify.ts";
import { shortAddress } from "../../../../../shared/format.ts";
import { KeyField } from "../../../ui/controls/KeyField.tsx";

interface ServerSettingsDialogProps {
  readonly health: EndpointHealth;
  readonly onClose: () => void;
}

/** A server's key and how many calls it is given at once. */
export function ServerSettingsDialog({ health, onClose }: ServerSettingsDialogProps) {
  const { endpoint, provider, hasKey } = health;
  const [key, setKey] = useState("");
  const [maxConcurrent, setMaxConcurrent] = useState<number | null>(health.maxConcurrent);
  const [errors, setErrors] = useState<{ readonly key?: string; readonly maxConcurrent?: string }>({});
  const [busy, setBusy] = useState(false);
  const save = async (forgetKey: boolean): Promise<void> => {
    if (maxConcurrent === null || maxConcurrent < 1 || maxConcurrent > 10_000) {
      setErrors({ maxConcurrent: "Give a number from 1 to 10,000." });
      return;
    }
    setBusy(true);
    try {
      const newKey = forgetKey ? { key: "" } : key === "" ? {} : { key };
      await api.registry.saveEndpoint({ endpoint, provider, maxConcurrent, ...newKey });
      await invalidate(queries.registry.endpoints.key());
      notify(forgetKey ? `The key for ${shortAddress(endpoint)} is forgotten.` : `${shortAddress(endpoint)} is set.`);
      onClose();
    } catch (failure) {
      const problem = toProblem(failure);
      setErrors({
        [problem.field === "maxConcurrent" ? "maxConcurrent" : "key"]: `${problem.message} ${problem.remedy}`,
      });
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={`Key and limits of ${shortAddress(endpoint)}`} size="md">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save(false); // its failure is shown at the field
        }}
      >
        <Stack gap="sm">
          <KeyField value={key} hasKey={hasKey} error={errors.key} onChange={setKey} />
          <NumberInput
            label="Calls at once"
            description="More wait in line, in the order they came."
            allowDecimal={false}
            clampBehavior="none"
            size="sm"
            value={maxConcurrent ?? ""}
            error={errors.maxConcurrent}
            onChange={(value) => {
              setMaxConcurrent(typeof value === "number" ? value : null);
              setErrors({});
            }}
          />
          <Group gap="xs" justify="flex-end">
            {hasKey && (
              <Button variant="subtle" color="red" mr="auto" onClick={() => void save(true)}>
                Forget the key
              </Button>
            )}
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
