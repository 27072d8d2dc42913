import { ActionIcon, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useState } from "react";
import type { ModelVersion } from "../../../../../shared/contract/registry.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { notify, notifyProblem } from "../../../ui/notify/notify.ts";
import { go } from "../../../shell/route.ts";
import { ConfirmDialog } from "../../../ui/dialogs/ConfirmDialog.tsx";
import { versionName } from "../../../../../shared/format.ts";

const settable = ["registered", "candidate", "deprecated", "retired"] as const;
type Settable = (typeof settable)[number];

const labels: Record<Settable, string> = {
  registered: "Mark as registered",
  candidate: "Mark as candidate",
  deprecated: "Mark as deprecated",
  retired: "Retire",
};

/** Changes of status, each undone from its toast, and deletion, which asks once. */
export function VersionMenu({ version }: { readonly version: ModelVersion }) {
  const [deleting, setDeleting] = useState(false);
  const name = versionName(version);
  const setStatus = async (status: Settable, undoing = false): Promise<void> => {
    await api.registry.setStatus({ versionId: version.id, status });
    await invalidate(queries.registry.key());
    const before = settable.find((one) => one === version.status);
    const message = status === "retired" ? `${name} is retired.` : `${name} is ${status} now.`;
    if (undoing || before === undefined) notify(message);
    else notify(message, () => setStatus(before, true));
  };
  return (
    <>
      <Menu position="bottom-end" transitionProps={{ duration: 80 }}>
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label={`More for ${name}`}>
            <IconDots size={16} stroke={1.5} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {settable
            .filter((status) => status !== version.status)
            .map((status) => (
              <Menu.Item key={status} onClick={() => void setStatus(status).catch(notifyProblem)}>
                {labels[status]}
              </Menu.Item>
            ))}
          <Menu.Divider />
          <Menu.Item color="red" onClick={() => setDeleting(true)}>
            Delete version
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {deleting && (
        <ConfirmDialog
          title={`Delete ${name}?`}
          confirmLabel="Delete version"
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await api.registry.removeVersion({ versionId: version.id });
            go("models", [], "replace");
            await invalidate(queries.registry.key());
            notify(`${name} is no longer in the registry.`);
          }}
        >
          Its configuration, tags, aliases and note go for good. The model on its server or the file on disk stays. A
          version that was ever assigned, called or tested is kept: retire it instead.
        </ConfirmDialog>
      )}
    </>
  );
}
