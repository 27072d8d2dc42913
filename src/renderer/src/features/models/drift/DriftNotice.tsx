import { Button } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState } from "react";
import type { Drift, ModelVersion } from "../../../../../shared/contract/registry.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { notify, notifyProblem } from "../../../ui/notify/notify.ts";
import { shortAddress, shortDigest, versionName } from "../../../../../shared/format.ts";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import { AcceptDriftDialog } from "./AcceptDriftDialog.tsx";
import classes from "./Drift.module.css";
import { hrefOfVersion } from "../models-location.ts";

interface DriftNoticeProps {
  readonly version: ModelVersion;
  readonly drift: Drift;
  /** In a list, the name leads to the version. */
  readonly linked?: boolean;
}

/** What a drifted version was and what its server has now, with the ways on. */
export function DriftNotice({ version, drift, linked = false }: DriftNoticeProps) {
  const [accepting, setAccepting] = useState(false);
  const name = versionName(version);
  const retire = async (): Promise<void> => {
    await api.registry.setStatus({ versionId: version.id, status: "retired" });
    await invalidate(queries.registry.key());
    notify(`${name} is retired.`);
  };
  return (
    <div className={classes.notice} role="group" aria-label={`Drift of ${name}`}>
      <IconAlertTriangle size={18} stroke={1.5} aria-hidden />
      <div className={classes.text}>
        <strong>{linked ? <a href={hrefOfVersion(version.id)}>{name}</a> : name}</strong> is no longer what was
        registered. It was{" "}
        <code title={version.digest ?? undefined}>
          {version.digest === null ? "not known" : shortDigest(version.digest)}
        </code>
        ; {drift.endpoint === "embedded" ? "the file" : shortAddress(drift.endpoint)} has{" "}
        <code title={drift.foundDigest}>{shortDigest(drift.foundDigest)}</code> now, seen{" "}
        <TimeText atMs={drift.foundAtMs} />. Calls do not use it until you decide
        {version.assignedTo.length > 0 && `, and it answers ${version.assignedTo.join(", ")}`}.
      </div>
      {version.assignedTo.length === 0 && (
        <Button variant="subtle" color="gray" onClick={() => void retire().catch(notifyProblem)}>
          Retire it
        </Button>
      )}
      <Button variant="default" onClick={() => setAccepting(true)}>
        Register what is there now as…
      </Button>
      {accepting && <AcceptDriftDialog version={version} drift={drift} onClose={() => setAccepting(false)} />}
    </div>
  );
}
