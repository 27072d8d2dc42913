import { actorLabel } from "../../../../../shared/actor-label.ts";
import { Button } from "@mantine/core";
import type { Assignment } from "../../../../../shared/contract/registry.ts";
import { versionName } from "../../../../../shared/format.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import models from "../Models.module.css";
import { useReturnTo } from "../use-assign.ts";

/** The timeline's stretches as rows, newest first. */
export function TimelineTable({ assignments }: { readonly assignments: readonly Assignment[] }) {
  const returnTo = useReturnTo();
  return (
    <div className={models.tableScroll}>
      <table className={models.table} aria-label="What was live when">
        <thead>
          <tr>
            <th scope="col">Use case</th>
            <th scope="col">Version</th>
            <th scope="col">From</th>
            <th scope="col">Until</th>
            <th scope="col">By</th>
            <th scope="col">Reason</th>
            <th scope="col">
              <span className={models.hidden}>Undo</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {assignments.toReversed().map((assignment) => (
            <tr key={assignment.id}>
              <th scope="row">{assignment.useCase}</th>
              <td>{versionName(assignment)}</td>
              <td>
                <TimeText atMs={assignment.fromMs} />
              </td>
              <td>
                {assignment.untilMs === null ? (
                  <StateMark tone="good">live</StateMark>
                ) : (
                  <TimeText atMs={assignment.untilMs} />
                )}
              </td>
              <td>{actorLabel(assignment.by)}</td>
              <td className={models.wraps}>{assignment.reason ?? ""}</td>
              <td className={models.right}>
                {assignment.untilMs !== null && (
                  <Button
                    variant="subtle"
                    size="compact-xs"
                    aria-label={`Undo ${assignment.useCase} to ${versionName(assignment)}`}
                    onClick={() => void returnTo(assignment)}
                  >
                    Undo to this
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
