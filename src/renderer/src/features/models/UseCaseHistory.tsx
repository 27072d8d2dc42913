import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/connection.ts";
import type { Assignment } from "../../../../shared/contract/registry.ts";
import { Inspector } from "../../shell/Inspector.tsx";
import { useInspector } from "../../shell/shell-store.ts";
import { FailedState } from "../../ui/FailedState.tsx";
import { LoadingState } from "../../ui/LoadingState.tsx";
import { StateMark } from "../../ui/StateMark.tsx";
import { TimeText } from "../../ui/TimeText.tsx";
import classes from "./Models.module.css";
import { useAssign } from "./use-assign.ts";

/** What was live when for one use case, with the way back to any of it. */
export function UseCaseHistory({ useCase }: { readonly useCase: string }) {
  const open = useInspector(({ open }) => open);
  const history = useQuery({ ...queries.registry.history.queryOptions({ input: { useCase } }), enabled: open });
  if (!open) return null;
  return (
    <Inspector title={`History of ${useCase}`}>
      {history.isError && <FailedState error={history.error} onRetry={() => void history.refetch()} />}
      {history.isPending && <LoadingState label="history" rows={3} />}
      {history.data?.length === 0 && <p className={classes.faint}>Nothing has answered {useCase} yet.</p>}
      <ol className={classes.history} aria-label={`What answered ${useCase}`}>
        {history.data?.map((assignment, index) => (
          <HistoryRow key={assignment.id} assignment={assignment} live={index === 0 && assignment.untilMs === null} />
        ))}
      </ol>
    </Inspector>
  );
}

function HistoryRow({ assignment, live }: { readonly assignment: Assignment; readonly live: boolean }) {
  const assign = useAssign();
  return (
    <li className={classes.event}>
      <div className={classes.eventHead}>
        <strong>
          {assignment.model} @{assignment.version}
        </strong>
        {live ? (
          <StateMark tone="good">live</StateMark>
        ) : (
          <Button
            variant="subtle"
            size="compact-xs"
            aria-label={`Go back to ${assignment.model} @${assignment.version}`}
            onClick={() =>
              void assign(assignment.useCase, {
                id: assignment.versionId,
                model: assignment.model,
                version: assignment.version,
              })
            }
          >
            Go back
          </Button>
        )}
      </div>
      <div className={classes.faint}>
        <TimeText atMs={assignment.fromMs} />
        {assignment.untilMs === null ? " until now" : " to "}
        {assignment.untilMs !== null && <TimeText atMs={assignment.untilMs} />}, by {assignment.by}
      </div>
      {assignment.reason !== null && <div>{assignment.reason}</div>}
    </li>
  );
}
