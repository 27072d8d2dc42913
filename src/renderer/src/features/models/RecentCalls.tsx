import { useQuery } from "@tanstack/react-query";
import type { ModelVersion } from "../../../../shared/contract/registry.ts";
import { queries } from "../../api/connection.ts";
import { hrefOf } from "../../shell/route.ts";
import { FailedState } from "../../ui/FailedState.tsx";
import { duration } from "../../ui/format.ts";
import { LoadingState } from "../../ui/LoadingState.tsx";
import { SeverityMark } from "../../ui/SeverityMark.tsx";
import { TimeText } from "../../ui/TimeText.tsx";
import { useLogFilter } from "../logs/log-filter.ts";
import { OutcomeMark } from "../logs/OutcomeMark.tsx";
import table from "./Performance.module.css";
import classes from "./VersionPage.module.css";

const looked = 200;
const shown = 8;

/** The latest calls of a version, each leading to its row in the logs. */
export function RecentCalls({ version }: { readonly version: ModelVersion }) {
  const calls = useQuery(queries.logs.list.queryOptions({ input: { model: version.model, limit: looked } }));
  const own = calls.data?.items.filter((call) => call.version === version.version).slice(0, shown) ?? [];
  return (
    <section aria-labelledby="recent-title">
      <header className={table.head}>
        <h3 className={table.title} id="recent-title">
          Latest calls
        </h3>
        <a
          href={hrefOf("logs")}
          onClick={() => useLogFilter.setState({ model: version.model, useCase: null, outcome: null })}
        >
          All calls of {version.model}
        </a>
      </header>
      {calls.isError && <FailedState error={calls.error} onRetry={() => void calls.refetch()} />}
      {calls.isPending && <LoadingState label="calls" rows={3} />}
      {calls.isSuccess && own.length === 0 && (
        <p className={classes.faint}>None among the latest {looked} calls of the model.</p>
      )}
      {own.length > 0 && (
        <div className={table.tableScroll}>
          <table className={classes.calls} aria-label="Latest calls">
            <thead>
              <tr>
                <th scope="col">Started</th>
                <th scope="col">Outcome</th>
                <th scope="col">Prompt</th>
                <th scope="col">Checks</th>
                <th scope="col">Took</th>
              </tr>
            </thead>
            <tbody>
              {own.map((call) => (
                <tr key={call.id}>
                  <td>
                    <TimeText atMs={call.startedAtMs} />
                  </td>
                  <td>
                    <OutcomeMark outcome={call.outcome} />
                  </td>
                  <td className={classes.excerpt}>
                    <a href={hrefOf("logs", call.id)}>{call.promptExcerpt}</a>
                  </td>
                  <td>
                    {call.severity === "none" ? (
                      <span className={classes.faint}>clean</span>
                    ) : (
                      <SeverityMark severity={call.severity} />
                    )}
                  </td>
                  <td>{call.totalMs === null ? "–" : duration(call.totalMs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
