import { useQuery } from "@tanstack/react-query";
import type { ModelVersion } from "../../../../../shared/contract/registry.ts";
import { queries } from "../../../api/connection.ts";
import { hrefOf } from "../../../shell/route.ts";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { duration, versionName } from "../../../../../shared/format.ts";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { SeverityMark } from "../../../ui/marks/SeverityMark.tsx";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import { useLogFilter } from "../../../shell/log-filter.ts";
import { OutcomeMark } from "../../../ui/marks/OutcomeMark.tsx";
import table from "../performance/Performance.module.css";
import classes from "./VersionPage.module.css";

/** The latest calls that a version was asked, whoever answered, each leading to its row in the logs. */
export function RecentCalls({ version }: { readonly version: ModelVersion }) {
  const calls = useQuery(queries.registry.calls.queryOptions({ input: { versionId: version.id } }));
  const own = calls.data ?? [];
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
        <p className={classes.faint}>None among the latest calls of the model.</p>
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
                    <div className={classes.excerptLine}>
                      <a href={hrefOf("logs", call.id)}>{call.promptExcerpt}</a>
                      {call.takenOverBy !== null && (
                        <span className={classes.faint}>taken over by {versionName(call.takenOverBy)}</span>
                      )}
                    </div>
                  </td>
                  <td>
                    {call.severity !== "none" ? (
                      <SeverityMark severity={call.severity} />
                    ) : (
                      <span className={classes.faint}>{call.takenOverBy === null ? "clean" : "–"}</span>
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
