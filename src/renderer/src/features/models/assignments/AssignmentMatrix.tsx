import { useState } from "react";
import type { UseCase } from "../../../../../shared/contract/registry.ts";
import { versionName } from "../../../../../shared/format.ts";
import { VersionSelect } from "../../../ui/controls/VersionSelect.tsx";
import { type Share, shareLabel } from "../answering/shares.ts";
import { useShares } from "../answering/use-shares.ts";
import { addColumn, type Column, useMatrixColumns } from "./matrix-columns.ts";
import classes from "../Models.module.css";
import { hrefOfVersion } from "../models-location.ts";
import { useAssign } from "../use-assign.ts";

interface AssignmentMatrixProps {
  readonly useCases: readonly UseCase[];
  /** The use case the inspector shows. */
  readonly current: string | null;
  readonly onOpen: (useCase: string) => void;
}

/** Use cases by versions: a click on a cell lets that version answer that use case. */
export function AssignmentMatrix({ useCases, current, onOpen }: AssignmentMatrixProps) {
  const shares = useShares();
  const columns = useMatrixColumns(useCases, useCases.flatMap(shares));
  const assign = useAssign();
  const [pending, setPending] = useState<string | null>(null);
  const choose = async (useCase: UseCase, version: Column): Promise<void> => {
    if (useCase.assignment?.versionId === version.id) return;
    setPending(`${useCase.name} ${version.id}`);
    onOpen(useCase.name);
    await assign(useCase.name, version);
    setPending(null);
  };
  return (
    <>
      <div className={`${classes.tableScroll} ${classes.matrix}`}>
        <table className={classes.table} aria-label="Assignments">
          <thead>
            <tr>
              <th scope="col">Use case</th>
              {columns.map((version) => (
                <th key={version.id} scope="col" className={classes.column}>
                  <a className={classes.columnModel} href={hrefOfVersion(version.id)} title={versionName(version)}>
                    {version.model}
                  </a>
                  <span className={classes.faint}>@{version.version}</span>
                </th>
              ))}
              {columns.length === 0 && <th scope="col">Answered by</th>}
            </tr>
          </thead>
          <tbody>
            {useCases.map((useCase) => (
              <tr key={useCase.name} data-current={current === useCase.name || undefined}>
                <th scope="row">
                  <button
                    type="button"
                    className={classes.useCase}
                    aria-label={`Chain and history of ${useCase.name}`}
                    aria-current={current === useCase.name ? "true" : undefined}
                    title={useCase.description}
                    onClick={() => onOpen(useCase.name)}
                  >
                    {useCase.name}
                  </button>
                </th>
                {columns.map((version) => (
                  <td key={version.id} className={classes.cell}>
                    <Choice
                      useCase={useCase}
                      version={version}
                      share={shares(useCase).find(({ versionId }) => versionId === version.id)}
                      pending={pending === `${useCase.name} ${version.id}`}
                      onChoose={() => void choose(useCase, version)}
                    />
                  </td>
                ))}
                {columns.length === 0 && <td className={classes.faint}>nothing yet</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className={classes.addColumn}>
        <VersionSelect
          label="Add a version to the matrix"
          labelHidden
          placeholder="Add a version to the matrix"
          value={null}
          without={columns.map(({ id }) => id)}
          onChange={(version) => version !== null && addColumn(version)}
        />
      </div>
    </>
  );
}

interface ChoiceProps {
  readonly useCase: UseCase;
  readonly version: Column;
  /** What it is routed now; undefined for a version that is not. */
  readonly share: Share | undefined;
  readonly pending: boolean;
  readonly onChoose: () => void;
}

function Choice({ useCase, version, share, pending, onChoose }: ChoiceProps) {
  const assigned = useCase.assignment?.versionId === version.id;
  const fallback = (useCase.assignment?.fallbacks.findIndex(({ versionId }) => versionId === version.id) ?? -1) + 1;
  const word = share !== undefined ? shareLabel(share) : fallback > 0 ? `fallback ${fallback}` : "use";
  const label = share === undefined && fallback > 0 ? `${word}, use` : word;
  return (
    <button
      type="button"
      className={classes.choice}
      aria-pressed={assigned}
      aria-label={`${versionName(version)} answers ${useCase.name}, ${label}`}
      data-pending={pending || undefined}
      data-standing={(!assigned && word !== "use") || undefined}
      onClick={onChoose}
    >
      <span className={classes.disc} aria-hidden />
      <span className={classes.choiceWord}>{word}</span>
    </button>
  );
}
