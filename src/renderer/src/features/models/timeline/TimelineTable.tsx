import { actorLabel } from "../../../../../shared/actor-label.ts";
import { Button } from "@mantine/core";
import type { Assignment } from "../../../../../shared/contract/registry.ts";
import { versionName } from "../../../../../shared/format.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import { type ArmStretch, isWithin } from "../answering/arms-over-time.ts";
import { shortTime } from "../../../ui/format.ts";
import models from "../Models.module.css";
import { useReturnTo } from "../use-assign.ts";

interface TimelineTableProps {
  readonly assignments: readonly Assignment[];
  readonly arms: readonly ArmStretch[];
}

/** The timeline's stretches as rows, newest first. */
export function TimelineTable({ assignments, arms }: TimelineTableProps) {
  const returnTo = useReturnTo();
  return (
    <div className={models.tableScroll}>
      <table className={models.table} aria-label="What was live when">
        <thead>
          <tr>
            <th scope="col">Use case</th>
            <th scope="col">Version</th>
            <th scope="col">Share of the calls</th>
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
              <td className={models.wraps}>{restOf(arms.filter((arm) => isWithin(arm, assignment)))}</td>
              <td>
                <TimeText atMs={assignment.fromMs} />
              </td>
              <td>
                {assignment.untilMs === null ? (
                  <StateMark tone="good">{answersAll(arms, assignment) ? "live" : "assigned"}</StateMark>
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

/** Newest last; all of the calls where no rollout divided them. */
function restOf(arms: readonly ArmStretch[]): string {
  if (arms.length === 0) return "100 %";
  return arms
    .map((arm) => `${100 - arm.percent} % (${versionName(arm)}: ${arm.percent} %) from ${shortTime(arm.fromMs)}`)
    .join("; ");
}

function answersAll(arms: readonly ArmStretch[], assignment: Assignment): boolean {
  return !arms.some((arm) => arm.untilMs === null && isWithin(arm, assignment));
}
