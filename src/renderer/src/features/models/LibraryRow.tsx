import { Checkbox } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { memo } from "react";
import type { ModelVersion } from "../../../../shared/contract/registry.ts";
import { queries } from "../../api/connection.ts";
import { bytes, shortDigest, versionName, whole } from "../../ui/format.ts";
import { StateMark } from "../../ui/StateMark.tsx";
import { TimeText } from "../../ui/TimeText.tsx";
import { toggleChosen } from "./chosen-versions.ts";
import classes from "./Library.module.css";
import { goToVersion, hrefOfVersion } from "./models-place.ts";
import { figuresOf } from "./performance.ts";
import { recentInput } from "./recent-use.ts";
import { type useServersModels, useVersionFacts } from "./version-facts.ts";
import { providerWords, statusTones, whereabouts } from "./version-words.ts";

interface LibraryRowProps {
  readonly index: number;
  readonly version: ModelVersion;
  readonly find: ReturnType<typeof useServersModels>;
  /** False while the table is scrolling: nothing is asked for a row that only passes. */
  readonly still: boolean;
  readonly chosen: boolean;
}

export const LibraryRow = memo(function LibraryRow({ index, version, find, still, chosen }: LibraryRowProps) {
  const facts = useVersionFacts(version, find, still);
  const recent = useQuery({
    ...queries.registry.performance.queryOptions({ input: recentInput(version.id) }),
    enabled: still,
  }).data;
  const use = recent === undefined ? null : figuresOf(recent);
  const name = versionName(version);
  return (
    <tr
      data-index={index}
      aria-rowindex={index + 2}
      data-chosen={chosen || undefined}
      onClick={() => goToVersion(version.id)}
    >
      <td className={classes.tick} onClick={(event) => event.stopPropagation()}>
        <Checkbox size="xs" aria-label={`Compare ${name}`} checked={chosen} onChange={() => toggleChosen(version)} />
      </td>
      <th scope="row" className={classes.model} title={version.model}>
        <a href={hrefOfVersion(version.id)} aria-label={name} onClick={(event) => event.stopPropagation()}>
          {version.model}
        </a>
      </th>
      <td title={version.digest === null ? "digest not known" : `${version.version}, ${shortDigest(version.digest)}`}>
        {version.version}
      </td>
      <td title={`${providerWords[version.provider]} ${whereabouts(version)}`}>
        {version.provider} <span className={classes.where}>{whereabouts(version)}</span>
      </td>
      <td className={classes.number}>{facts.sizeBytes === null ? <None /> : bytes(facts.sizeBytes)}</td>
      <td>{facts.parameters ?? <None />}</td>
      <td>{facts.quantization ?? <None />}</td>
      <td className={classes.number}>{facts.contextTokens === null ? <None /> : whole(facts.contextTokens)}</td>
      <td>
        {version.drift === null ? (
          <StateMark tone={statusTones[version.status]}>{version.status}</StateMark>
        ) : (
          <StateMark tone="bad">drifted</StateMark>
        )}
      </td>
      <td className={classes.answers} title={version.assignedTo.join(", ")}>
        {version.assignedTo.length === 0 ? <None /> : version.assignedTo.join(", ")}
      </td>
      <td title={version.tags.join(", ")}>{version.tags.length === 0 ? <None /> : version.tags.join(", ")}</td>
      <td>{facts.loaded === null ? <None /> : facts.loaded ? <StateMark tone="good">loaded</StateMark> : "on disk"}</td>
      <td className={classes.number}>
        {use === null ? null : use.lastUsedMs === null ? <None /> : <TimeText atMs={use.lastUsedMs} />}
      </td>
      <td className={classes.number}>
        {use === null ? null : use.tokensPerSecondP50 === null ? <None /> : use.tokensPerSecondP50.toFixed(1)}
      </td>
      <td className={classes.number}>{use === null ? null : use.calls === 0 ? <None /> : whole(use.violations)}</td>
    </tr>
  );
});

/** Not said, not known or never. */
function None() {
  return <span className={classes.faint}>–</span>;
}
