import { Button, Modal, SegmentedControl } from "@mantine/core";
import { IconDownload, IconFileCode } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { VersionId } from "../../../../shared/contract/ids.ts";
import type { RolloutPlan } from "../../../../shared/contract/rollout-plan.ts";
import { queries } from "../../api/connection.ts";
import { CopyButton } from "../../ui/controls/CopyButton.tsx";
import { FailedState } from "../../ui/states/FailedState.tsx";
import { LoadingState } from "../../ui/states/LoadingState.tsx";
import { saveFile } from "../../ui/save-file.ts";
import classes from "./Start.module.css";

interface ManifestButtonProps {
  /** Null while something in it is not right. */
  readonly plan: RolloutPlan | null;
  readonly useCase: string;
  readonly candidateVersionId: VersionId | null;
  readonly label: string;
}

/** The plan as a cluster's manifests, to read, copy and save. */
export function ManifestButton({ plan, useCase, candidateVersionId, label }: ManifestButtonProps) {
  const [open, setOpen] = useState(false);
  const ready = plan !== null && candidateVersionId !== null;
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconFileCode size={14} stroke={1.5} />}
        disabled={!ready}
        title={ready ? undefined : "Choose a candidate and mend the plan first"}
        onClick={() => setOpen(true)}
      >
        {label}
      </Button>
      {open && ready && (
        <ManifestDialog
          plan={plan}
          useCase={useCase}
          candidateVersionId={candidateVersionId}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

interface ManifestDialogProps {
  readonly plan: RolloutPlan;
  readonly useCase: string;
  readonly candidateVersionId: VersionId;
  readonly onClose: () => void;
}

type Kind = "argo" | "kserve";

function ManifestDialog({ plan, useCase, candidateVersionId, onClose }: ManifestDialogProps) {
  const [kind, setKind] = useState<Kind>("argo");
  const manifest = useQuery(
    queries.rollouts.manifest.queryOptions({ input: { plan, useCase, candidateVersionId, kind } }),
  );
  return (
    <Modal opened onClose={onClose} title="Export the plan" size="xl">
      <div className={classes.manifestHead}>
        <SegmentedControl
          size="xs"
          aria-label="Manifest"
          value={kind}
          onChange={setKind}
          data={[
            { value: "argo", label: "Argo Rollouts" },
            { value: "kserve", label: "KServe" },
          ]}
        />
        <span className={classes.spacer} />
        {manifest.data !== undefined && (
          <>
            <CopyButton text={manifest.data.yaml} label="Copy the manifest" word="Copy" />
            <Button
              variant="subtle"
              color="gray"
              size="compact-xs"
              leftSection={<IconDownload size={14} stroke={1.5} />}
              onClick={() => saveFile(`${useCase}-${kind}.yaml`, manifest.data.yaml, "application/yaml")}
            >
              Save
            </Button>
          </>
        )}
      </div>
      {manifest.isPending && <LoadingState label="the manifest" rows={10} />}
      {manifest.isError && <FailedState error={manifest.error} onRetry={() => void manifest.refetch()} />}
      {manifest.data !== undefined && (
        // Focusable, so that a keyboard can scroll it.
        <pre className={classes.manifest} tabIndex={0} role="group" aria-label="Manifest text">
          {manifest.data.yaml}
        </pre>
      )}
    </Modal>
  );
}
