import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { versionName } from "../../../../shared/format.ts";
import { VersionSelect } from "../../ui/controls/VersionSelect.tsx";
import { chooseVersion, dropVersion, maxVersions, useChosenVersions } from "./chosen-versions.ts";
import classes from "./Suites.module.css";

/** The versions to run over, up to sixteen. */
export function VersionChips({ error }: { readonly error: string | null }) {
  const { versions } = useChosenVersions();
  // A new field after each choice, so that it is empty again.
  const [added, setAdded] = useState(0);
  return (
    <div className={classes.over}>
      <span className={classes.overLabel}>Run over</span>
      <ul className={classes.chips} aria-label="Versions to run over">
        {versions.map((version) => (
          <li key={version.id} className={classes.chip}>
            <span className={classes.chipName}>{versionName(version)}</span>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="xs"
              aria-label={`Do not run over ${versionName(version)}`}
              onClick={() => dropVersion(version.id)}
            >
              <IconX size={13} stroke={1.5} />
            </ActionIcon>
          </li>
        ))}
      </ul>
      {versions.length < maxVersions && (
        <div className={classes.adder}>
          <VersionSelect
            key={added}
            label="Add version"
            labelHidden
            placeholder="Add version"
            value={null}
            without={versions.map(({ id }) => id)}
            onChange={(version) => {
              if (version === null) return;
              chooseVersion(version);
              setAdded((count) => count + 1);
            }}
          />
        </div>
      )}
      {error !== null && (
        <span className={classes.error} role="alert">
          {error}
        </span>
      )}
    </div>
  );
}
