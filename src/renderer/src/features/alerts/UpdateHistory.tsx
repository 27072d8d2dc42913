import { useQuery } from "@tanstack/react-query";
import type { ModelUpdate } from "../../../../shared/contract/coordination.ts";
import { queries } from "../../api/connection.ts";
import { FailedState } from "../../ui/states/FailedState.tsx";
import { LoadingState } from "../../ui/states/LoadingState.tsx";
import { TimeText } from "../../ui/text/TimeText.tsx";
import { Defined } from "../../ui/text/Defined.tsx";
import classes from "./Alerts.module.css";

const typeWords: Record<ModelUpdate["type"], string> = {
  assigned: "Assigned",
  rollout_started: "Rollout started",
  weight_changed: "Weight changed",
  rollout_completed: "Rollout completed",
  rollout_rolled_back: "Rolled back",
};

/** The updates sent, newest first. */
export function UpdateHistory() {
  const updates = useQuery(queries.coordination.history.queryOptions({ input: { limit: 100 } }));
  return (
    <section className={classes.section} aria-labelledby="updates-title">
      <h2 className={classes.title} id="updates-title">
        Model updates
      </h2>
      {updates.isPending && <LoadingState label="updates" rows={5} />}
      {updates.isError && updates.data === undefined && (
        <FailedState error={updates.error} onRetry={() => void updates.refetch()} />
      )}
      {updates.data?.length === 0 && (
        <p className={classes.faint}>None yet. The first is sent when a version is assigned to a use case.</p>
      )}
      {updates.data !== undefined && updates.data.length > 0 && (
        <div className={classes.tableScroll}>
          <table className={classes.table} aria-label="Model updates">
            <thead>
              <tr>
                <th scope="col" className={classes.number}>
                  <Defined what="updateNumber">No.</Defined>
                </th>
                <th scope="col">When</th>
                <th scope="col">Use case</th>
                <th scope="col">What</th>
                <th scope="col">In words</th>
                <th scope="col" className={classes.number}>
                  <Defined what="updatePercent">Share</Defined>
                </th>
              </tr>
            </thead>
            <tbody>
              {updates.data.map(({ sequence, atMs, useCase, type, message, percent }) => (
                <tr key={sequence}>
                  <td className={classes.number}>{sequence}</td>
                  <td>
                    <TimeText atMs={atMs} />
                  </td>
                  <td>{useCase}</td>
                  <td>{typeWords[type]}</td>
                  <td className={classes.sentence}>{message}</td>
                  <td className={classes.number}>{percent} %</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
