import { skipToken, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ServerModel } from "../../../../../shared/contract/registry.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { toProblem } from "../../../api/problem.ts";
import { notify } from "../../../ui/notify/notify.ts";
import { ConfirmDialog } from "../../../ui/dialogs/ConfirmDialog.tsx";
import { bytes, shortAddress, versionName } from "../../../../../shared/format.ts";

interface DeleteModelDialogProps {
  readonly endpoint: string;
  readonly model: ServerModel;
  readonly onClose: () => void;
}

/** Asks before a model's weights go from a server; while versions are pinned to it, they are all named and it asks again. */
export function DeleteModelDialog({ endpoint, model, onClose }: DeleteModelDialogProps) {
  const [refused, setRefused] = useState(false);
  const { versionId } = model;
  const version = useQuery(
    queries.registry.version.queryOptions({ input: versionId === null ? skipToken : { versionId } }),
  ).data;
  const address = shortAddress(endpoint);
  const size = model.sizeBytes === null ? "" : ` (${bytes(model.sizeBytes)})`;
  const gone = `Its weights${size} go from the server's disk, unless another name there shares them.`;
  const answers =
    version === undefined || version.assignedTo.length === 0 ? "" : `, which answers ${version.assignedTo.join(", ")}`;
  return (
    <ConfirmDialog
      title={`Delete ${model.name} from ${address}?`}
      confirmLabel={refused ? "Delete although it is pinned" : "Delete model"}
      onClose={onClose}
      onConfirm={async () => {
        try {
          await api.servers.remove({ endpoint, model: model.name, force: refused });
        } catch (error) {
          // Its message names every version that is pinned to it.
          if (toProblem(error).code === "CONFLICT") setRefused(true);
          throw error;
        }
        await invalidate(queries.registry.endpoints.key());
        notify(`${model.name} is deleted from ${address}.`);
      }}
    >
      {versionId === null
        ? `${gone} Pulling it again brings it back.`
        : `${gone} Registered from it: ${version === undefined ? "a version" : `${versionName(version)}${answers}`}. Calls to it fail or fall back until the model is pulled again.`}
    </ConfirmDialog>
  );
}
