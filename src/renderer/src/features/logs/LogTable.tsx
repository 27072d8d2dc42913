import { useEffect } from "react";
import type { InferenceSummary } from "../../../../shared/contract/logs.ts";
import { go, hrefOf } from "../../shell/route.ts";
import { duration } from "../../../../shared/format.ts";
import { SeverityMark } from "../../ui/marks/SeverityMark.tsx";
import { TimeText } from "../../ui/text/TimeText.tsx";
import { Spacer, useVirtualRows } from "../../ui/table/virtual-rows.tsx";
import classes from "./Logs.module.css";
import { OutcomeMark } from "../../ui/marks/OutcomeMark.tsx";

interface LogTableProps {
  readonly rows: readonly InferenceSummary[];
  readonly chosen: string | undefined;
  readonly onEnd: () => void;
}

/** A real table of which only the rows in view are drawn. */
export function LogTable({ rows, chosen, onEnd }: LogTableProps) {
  const { scroller, virtual, drawn, last, abovePx, belowPx } = useVirtualRows(rows.length, 12);
  useEffect(() => {
    if (last >= rows.length - 1) onEnd();
  }, [last, rows.length, onEnd]);
  const chosenIndex = rows.findIndex(({ id }) => id === chosen);
  useEffect(() => {
    if (chosenIndex >= 0) virtual.scrollToIndex(chosenIndex, { align: "auto" });
  }, [chosenIndex, virtual]);
  return (
    // Focusable, so that a keyboard can scroll it.
    <div className={classes.scroller} ref={scroller} tabIndex={0} role="group" aria-label="Calls">
      <table className={classes.table} aria-label="Calls" aria-rowcount={-1}>
        <thead>
          <tr>
            <th scope="col">Started</th>
            <th scope="col">Outcome</th>
            <th scope="col">Prompt</th>
            <th scope="col">Model</th>
            <th scope="col">Checks</th>
            <th scope="col" className={classes.right}>
              Tokens
            </th>
            <th scope="col" className={classes.right}>
              Took
            </th>
          </tr>
        </thead>
        <tbody>
          <Spacer heightPx={abovePx} className={classes.spacer} />
          {drawn.map(({ index }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <LogRow key={row.id} row={row} index={index} current={row.id === chosen} />
            );
          })}
          <Spacer heightPx={belowPx} className={classes.spacer} />
        </tbody>
      </table>
    </div>
  );
}

function LogRow({
  row,
  index,
  current,
}: {
  readonly row: InferenceSummary;
  readonly index: number;
  readonly current: boolean;
}) {
  return (
    <tr aria-rowindex={index + 2} aria-current={current ? "true" : undefined} onClick={() => go("logs", [row.id])}>
      <td className={classes.when}>
        <TimeText atMs={row.startedAtMs} />
      </td>
      <td className={classes.outcome}>
        <OutcomeMark outcome={row.outcome} byFallback={row.byFallback} />
      </td>
      <td className={classes.excerpt}>
        <a href={hrefOf("logs", row.id)} dir="auto" onClick={(event) => event.stopPropagation()}>
          {row.promptExcerpt}
        </a>
      </td>
      <td className={classes.model} title={`${row.model} @${row.version}, ${row.useCase}`}>
        {row.model} <span className={classes.faint}>@{row.version}</span>
      </td>
      <td className={classes.checks}>
        {row.severity === "none" ? (
          <span className={classes.faint}>clean</span>
        ) : (
          <SeverityMark severity={row.severity} />
        )}
      </td>
      <td className={classes.right}>{row.completionTokens ?? <span className={classes.faint}>–</span>}</td>
      <td className={classes.right}>
        {row.totalMs === null ? <span className={classes.faint}>–</span> : duration(row.totalMs)}
      </td>
    </tr>
  );
}
