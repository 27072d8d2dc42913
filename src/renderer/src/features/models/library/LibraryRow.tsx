import { memo, useState } from "react";
import type { ModelVersion } from "../../../../../shared/contract/registry.ts";
import { shortDigest, versionName } from "../../../../../shared/format.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { toggleChosen } from "./chosen-versions.ts";
import classes from "./Library.module.css";
import { AnswersCell, FactCells, None, UseCells, WaitingCells } from "./LibraryCells.tsx";
import { goToVersion, hrefOfVersion } from "../models-location.ts";
import type { FindOnServer } from "../version-facts.ts";
import { providerWords, statusTones, whereabouts } from "../version-labels.ts";

interface LibraryRowProps {
  readonly index: number;
  readonly version: ModelVersion;
  readonly find: FindOnServer;
  /** False while the table is scrolling: nothing is asked for a row that only passes. */
  readonly still: boolean;
  readonly chosen: boolean;
}

export const LibraryRow = memo(function LibraryRow({ index, version, find, still, chosen }: LibraryRowProps) {
  const [settled, setSettled] = useState(still);
  if (still && !settled) setSettled(true);
  const name = versionName(version);
  const { tags, provider, digest } = version;
  return (
    <tr
      data-index={index}
      aria-rowindex={index + 2}
      data-chosen={chosen || undefined}
      onClick={() => goToVersion(version.id)}
    >
      <td className={classes.tick} onClick={(event) => event.stopPropagation()}>
        <input type="checkbox" aria-label={`Compare ${name}`} checked={chosen} onChange={() => toggleChosen(version)} />
      </td>
      <th scope="row" className={classes.model} title={version.model}>
        <a href={hrefOfVersion(version.id)} aria-label={name} onClick={(event) => event.stopPropagation()}>
          {version.model}
        </a>
      </th>
      <td title={digest === null ? "digest not known" : `${version.version}, ${shortDigest(digest)}`}>
        {version.version}
      </td>
      <td title={`${providerWords[provider]} ${whereabouts(version)}`}>
        {provider} <span className={classes.where}>{whereabouts(version)}</span>
      </td>
      {settled ? <FactCells version={version} find={find} /> : <WaitingCells count={5} />}
      <td>
        {version.drift === null ? (
          <StateMark tone={statusTones[version.status]}>{version.status}</StateMark>
        ) : (
          <StateMark tone="bad">drifted</StateMark>
        )}
      </td>
      <AnswersCell version={version} />
      <td title={tags.join(", ")}>{tags.length === 0 ? <None /> : tags.join(", ")}</td>
      {settled ? <UseCells version={version} /> : <WaitingCells count={3} />}
    </tr>
  );
});
