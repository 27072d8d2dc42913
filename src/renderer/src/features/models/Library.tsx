import { Button } from "@mantine/core";
import { IconCpu } from "@tabler/icons-react";
import type { ModelVersion } from "../../../../shared/contract/registry.ts";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { shortAddress, shortDigest } from "../../ui/format.ts";
import { StateMark, type Tone } from "../../ui/StateMark.tsx";
import { TimeText } from "../../ui/TimeText.tsx";
import classes from "./Models.module.css";

interface LibraryProps {
  readonly versions: readonly ModelVersion[];
  readonly onRegister: () => void;
}

/** Every registered version, newest last registered first as the registry gives them. */
export function Library({ versions, onRegister }: LibraryProps) {
  if (versions.length === 0) {
    return (
      <EmptyState
        icon={<IconCpu size={22} stroke={1.5} />}
        title="No model is registered yet"
        action={
          <Button variant="default" onClick={onRegister}>
            Register a model
          </Button>
        }
      >
        Take one from a server below with one click, install the built-in engine, or register one by hand.
      </EmptyState>
    );
  }
  return (
    // Nothing in it takes the focus, so it takes it itself: the keyboard can scroll it then.
    <div className={classes.tableScroll} role="group" aria-label="Registered versions" tabIndex={0}>
      <table className={classes.table} aria-label="Library">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Version</th>
            <th scope="col">Provider</th>
            <th scope="col">Digest</th>
            <th scope="col">Status</th>
            <th scope="col">Answers</th>
            <th scope="col" className={classes.right}>
              Registered
            </th>
          </tr>
        </thead>
        <tbody>
          {versions.map((version) => (
            <tr key={version.id}>
              <th scope="row" title={version.model}>
                {version.model}
              </th>
              <td>{version.version}</td>
              <td title={whereabouts(version)}>
                {version.provider}
                <span className={`${classes.faint} ${classes.where}`}> {shortWhereabouts(version)}</span>
              </td>
              <td title={version.digest ?? undefined}>
                {version.digest === null ? (
                  <span className={classes.faint}>not known</span>
                ) : (
                  <span className={classes.mono}>{shortDigest(version.digest)}</span>
                )}
              </td>
              <td>
                <StateMark tone={tones[version.status]}>{version.status}</StateMark>
              </td>
              <td className={classes.wraps}>
                {version.assignedTo.length === 0 ? (
                  <span className={classes.faint}>nothing</span>
                ) : (
                  version.assignedTo.join(", ")
                )}
              </td>
              <td className={classes.right}>
                <TimeText atMs={version.createdAtMs} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function whereabouts({ configuration }: ModelVersion): string | undefined {
  return configuration.endpoint ?? configuration.file;
}

function shortWhereabouts({ configuration }: ModelVersion): string {
  return configuration.endpoint === undefined ? "" : shortAddress(configuration.endpoint);
}

const tones: Record<ModelVersion["status"], Tone> = {
  registered: "quiet",
  candidate: "busy",
  active: "good",
  deprecated: "warn",
  retired: "quiet",
};
