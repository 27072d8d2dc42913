import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/connection.ts";
import type { GatewayCall } from "../../../../shared/contract/gateway.ts";
import { hrefOf } from "../../shell/route.ts";
import { FailedState } from "../../ui/states/FailedState.tsx";
import { counted, duration } from "../../../../shared/format.ts";
import { LoadingState } from "../../ui/states/LoadingState.tsx";
import { StateMark } from "../../ui/marks/StateMark.tsx";
import { TimeText } from "../../ui/text/TimeText.tsx";
import classes from "./Gateway.module.css";

/** Who calls: what is running, then the latest that ended, as they come. */
export function GatewayCalls({ enabled }: { readonly enabled: boolean }) {
  const calls = useQuery(queries.gateway.calls.queryOptions());
  const running = calls.data?.filter(({ status }) => status === null).length ?? 0;
  return (
    <section className={classes.section} aria-labelledby="calls-title">
      <header className={classes.head}>
        <h2 className={classes.title} id="calls-title">
          Who calls
        </h2>
        {calls.data !== undefined && calls.data.length > 0 && (
          <span className={classes.faint} role="status" aria-label="Calls">
            {running === 0 ? "" : `${running} running, `}
            {counted(calls.data.length, "call")}
          </span>
        )}
      </header>
      {calls.isPending && <LoadingState label="calls" rows={3} />}
      {calls.isError && calls.data === undefined && (
        <FailedState error={calls.error} onRetry={() => void calls.refetch()} />
      )}
      {calls.data?.length === 0 && (
        <p className={classes.text}>
          {enabled
            ? "Nobody has called yet. Paste a snippet from above into a terminal to see the first."
            : "Calls are listed here once the gateway is on."}
        </p>
      )}
      {calls.data !== undefined && calls.data.length > 0 && (
        // Nothing in a row may take the focus, so it takes it itself: the keyboard can scroll it then.
        <div className={classes.tableScroll} role="group" aria-label="Calls" tabIndex={0}>
          <table className={classes.table} aria-label="Who calls">
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">State</th>
                <th scope="col">Program</th>
                <th scope="col">Request</th>
                <th scope="col">Model</th>
                <th scope="col">Session</th>
                <th scope="col" className={classes.right}>
                  Took
                </th>
                <th scope="col">Log</th>
              </tr>
            </thead>
            <tbody>
              {calls.data.map((call) => (
                <CallRow key={call.id} call={call} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function CallRow({ call }: { readonly call: GatewayCall }) {
  return (
    <tr aria-busy={call.status === null}>
      <td>
        <TimeText atMs={call.atMs} />
      </td>
      <td>{stateMark(call)}</td>
      <td className={classes.client} title={call.client}>
        {call.client === "" ? <span className={classes.faint}>did not say</span> : call.client}
      </td>
      <td className={classes.request} title={call.error ?? undefined}>
        {call.method} {call.path}
        {call.error !== null && <span className={classes.why}>{call.error}</span>}
      </td>
      <td>{call.model}</td>
      <td>{call.session}</td>
      <td className={classes.right}>{call.durationMs === null ? "" : duration(call.durationMs)}</td>
      <td>{call.inferenceId !== null && <a href={hrefOf("logs", call.inferenceId)}>Log entry</a>}</td>
    </tr>
  );
}

function stateMark({ status, error }: GatewayCall) {
  if (status === null) return <StateMark tone="busy">Answering</StateMark>;
  if (error === null && status < 400) return <StateMark tone="good">{`${status} answered`}</StateMark>;
  return <StateMark tone="bad">{status < 400 ? `${status} broke off` : `${status} refused`}</StateMark>;
}
