import type { PerformanceSlice } from "../../../../../shared/contract/registry.ts";
import { duration, whole } from "../../../../../shared/format.ts";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import classes from "./Performance.module.css";

/** The same numbers as the charts, newest first. */
export function PerformanceTable({ slices }: { readonly slices: readonly PerformanceSlice[] }) {
  return (
    // Nothing in it takes the focus, so it takes it itself: the keyboard can scroll it then.
    <div className={classes.tableScroll} role="group" aria-label="Performance over time" tabIndex={0}>
      <table className={classes.table} aria-label="Performance">
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">Calls</th>
            <th scope="col">Failed</th>
            <th scope="col">With findings</th>
            <th scope="col">Held</th>
            <th scope="col">First token</th>
            <th scope="col">p95</th>
            <th scope="col">Whole answer</th>
            <th scope="col">p95</th>
            <th scope="col">Tokens/s</th>
            <th scope="col">Tokens</th>
          </tr>
        </thead>
        <tbody>
          {slices.toReversed().map((slice) => (
            <tr key={slice.fromMs}>
              <th scope="row">
                <TimeText atMs={slice.fromMs} />
              </th>
              <td>{whole(slice.calls)}</td>
              <td>{whole(slice.failed)}</td>
              <td>{whole(slice.violations)}</td>
              <td>{whole(slice.held)}</td>
              <td>{time(slice.firstTokenP50Ms)}</td>
              <td>{time(slice.firstTokenP95Ms)}</td>
              <td>{time(slice.totalP50Ms)}</td>
              <td>{time(slice.totalP95Ms)}</td>
              <td>{slice.tokensPerSecondP50?.toFixed(1) ?? "–"}</td>
              <td>{whole(slice.completionTokens)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function time(ms: number | null): string {
  return ms === null ? "–" : duration(ms);
}
