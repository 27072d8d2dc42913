import { Checkbox } from "@mantine/core";
import { useState } from "react";
import type { Drift, ModelVersion } from "../../../../../shared/contract/registry.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { notify } from "../../../ui/notify/notify.ts";
import { FormDialog } from "../../../ui/dialogs/FormDialog.tsx";
import { shortAddress, shortDigest, versionName } from "../../../../../shared/format.ts";
import { goToVersion } from "../models-location.ts";
import { LimitedTextInput } from "../../../ui/fields/LimitedText.tsx";

interface AcceptDriftDialogProps {
  readonly version: ModelVersion;
  readonly drift: Drift;
  readonly onClose: () => void;
}

/** Registers what is there now as a new version that takes over; the old one, whose content is gone, is retired unless unticked. */
export function AcceptDriftDialog({ version, drift, onClose }: AcceptDriftDialogProps) {
  const [label, setLabel] = useState(shortDigest(drift.foundDigest));
  const [retire, setRetire] = useState(true);
  const name = versionName(version);
  const submit = async (): Promise<void> => {
    const accepted = await api.registry.acceptDrift({ versionId: version.id, version: label.trim() });
    if (retire) await api.registry.setStatus({ versionId: version.id, status: "retired" });
    await invalidate(queries.registry.key());
    notify(
      `${versionName(accepted)} is registered and takes the places of ${name}${retire ? ", which is retired" : ""}.`,
    );
    goToVersion(accepted.id);
  };
  const where = drift.endpoint === "embedded" ? "the file holds" : `${shortAddress(drift.endpoint)} has`;
  return (
    <FormDialog
      title={`Register what ${where} now`}
      submitLabel="Register and take over"
      refuse={() => (label.trim() === "" ? "Give the version a name." : null)}
      onSubmit={submit}
      onClose={onClose}
    >
      {(error, forgive) => (
        <>
          <LimitedTextInput
            label="Version"
            description={`A new version of ${version.model}. It takes over the use cases and fallback places of ${name}.`}
            data-autofocus
            limit={100}
            value={label}
            error={error}
            onChange={(event) => {
              setLabel(event.currentTarget.value);
              forgive();
            }}
          />
          <Checkbox
            size="xs"
            label={`Retire ${name}: its content is no longer there`}
            checked={retire}
            onChange={(event) => setRetire(event.currentTarget.checked)}
          />
        </>
      )}
    </FormDialog>
  );
}
