import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/connection.ts";
import { useReady } from "../../shell/ready.ts";
import { FailedState } from "../../ui/states/FailedState.tsx";
import { LoadingState } from "../../ui/states/LoadingState.tsx";
import classes from "./Alerts.module.css";
import { RulesForm } from "./RulesForm.tsx";

/** Which alerts are sent where. */
export function RulesTab() {
  const rules = useQuery(queries.coordination.rules.queryOptions());
  useReady(rules.isFetched);
  return (
    // Focusable, so that a keyboard can scroll it.
    <div className={classes.scroller} tabIndex={0} role="group" aria-label="Rules">
      {rules.isPending && <LoadingState label="the rules" rows={6} />}
      {rules.isError && rules.data === undefined && (
        <FailedState error={rules.error} onRetry={() => void rules.refetch()} />
      )}
      {rules.data !== undefined && <RulesForm key={JSON.stringify(rules.data)} rules={rules.data} />}
    </div>
  );
}
