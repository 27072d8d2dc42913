import { Button } from "@mantine/core";
import { useState } from "react";
import type { ModelVersion, UseCase } from "../../../../shared/contract/registry.ts";
import classes from "./Models.module.css";
import { useAssign } from "./use-assign.ts";

interface AssignmentMatrixProps {
  readonly useCases: readonly UseCase[];
  readonly versions: readonly ModelVersion[];
  readonly historyOf: string | null;
  readonly onHistory: (useCase: string) => void;
}

/** Use cases by versions: a click on a cell lets that version answer that use case. */
export function AssignmentMatrix({ useCases, versions, historyOf, onHistory }: AssignmentMatrixProps) {
  const assign = useAssign();
  const [pending, setPending] = useState<string | null>(null);
  const choose = async (useCase: UseCase, version: ModelVersion): Promise<void> => {
    if (useCase.assignment?.versionId === version.id) return;
    setPending(`${useCase.name} ${version.id}`);
    onHistory(useCase.name);
    await assign(useCase.name, version);
    setPending(null);
  };
  const columns = versions.filter(({ status, assignedTo }) => status !== "retired" || assignedTo.length > 0);
  return (
    <div className={classes.tableScroll}>
      <table className={classes.table} aria-label="Assignments">
        <thead>
          <tr>
            <th scope="col">Use case</th>
            {columns.map((version) => (
              <th key={version.id} scope="col" className={classes.column}>
                <span className={classes.columnModel}>{version.model}</span>
                <span className={classes.faint}>@{version.version}</span>
              </th>
            ))}
            {columns.length === 0 && <th scope="col">Answered by</th>}
            <th scope="col">
              <span className={classes.hidden}>History</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {useCases.map((useCase) => (
            <tr key={useCase.name} data-current={historyOf === useCase.name || undefined}>
              <th scope="row" title={useCase.description}>
                {useCase.name}
              </th>
              {columns.map((version) => {
                const live = useCase.assignment?.versionId === version.id;
                return (
                  <td key={version.id} className={classes.cell}>
                    <button
                      type="button"
                      className={classes.choice}
                      aria-pressed={live}
                      aria-label={`${version.model} @${version.version} answers ${useCase.name}, ${live ? "live" : "use"}`}
                      data-pending={pending === `${useCase.name} ${version.id}` || undefined}
                      onClick={() => void choose(useCase, version)}
                    >
                      <span className={classes.disc} aria-hidden />
                      <span className={classes.choiceWord}>{live ? "live" : "use"}</span>
                    </button>
                  </td>
                );
              })}
              {columns.length === 0 && <td className={classes.faint}>nothing yet</td>}
              <td className={classes.right}>
                <Button
                  variant="subtle"
                  color="gray"
                  size="compact-xs"
                  aria-label={`History of ${useCase.name}`}
                  onClick={() => onHistory(useCase.name)}
                >
                  History
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
