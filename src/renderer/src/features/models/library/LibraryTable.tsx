import { type KeyboardEvent, useEffect } from "react";
import type { ModelVersion } from "../../../../../shared/contract/registry.ts";
import { useChosenVersions } from "./chosen-versions.ts";
import { Spacer, useVirtualRows } from "../../../ui/table/virtual-rows.tsx";
import classes from "./Library.module.css";
import { LibraryRow } from "./LibraryRow.tsx";
import { useServersModels } from "../version-facts.ts";

const columns: readonly { word: string; className: string | undefined; title?: string }[] = [
  { word: "Model", className: classes.model },
  { word: "Version", className: classes.version },
  { word: "Provider", className: classes.provider },
  { word: "Size", className: classes.number },
  { word: "Params", className: classes.parameters },
  { word: "Quant.", className: classes.quantization, title: "Quantisation" },
  { word: "Context", className: classes.number, title: "Context, in tokens" },
  { word: "Memory", className: classes.loaded },
  { word: "Status", className: classes.status },
  { word: "Answers", className: classes.answers },
  { word: "Tags", className: classes.tags },
  { word: "Last used", className: classes.used, title: "In the last 7 days, to the hour" },
  { word: "Tokens/s", className: classes.speed, title: "Median over the last 7 days on this machine, tokens a second" },
  { word: "Findings", className: classes.found, title: "Calls of the last 7 days in which something was found" },
];

interface LibraryTableProps {
  /** As many as have been fetched, from the first on. */
  readonly versions: readonly ModelVersion[];
  /** All that the filter lets through. */
  readonly total: number;
  /** Asked for while rows come into view that have not been fetched. */
  readonly onMore: () => void;
}

/** A real table as long as all versions, of which only the rows in view are drawn. The arrow keys step from row to row. */
export function LibraryTable({ versions, total, onMore }: LibraryTableProps) {
  const find = useServersModels();
  const chosen = useChosenVersions(({ chosen }) => chosen);
  const { scroller, virtual, drawn, last, abovePx, belowPx } = useVirtualRows(total, 8);
  useEffect(() => {
    if (last >= versions.length && versions.length < total) onMore();
  }, [last, versions.length, total, onMore]);
  const step = (event: KeyboardEvent<HTMLTableElement>): void => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("tr[data-index]") : null;
    if (by === 0 || row === null) return;
    event.preventDefault();
    const index = Math.min(versions.length - 1, Math.max(0, Number(row.dataset["index"]) + by));
    virtual.scrollToIndex(index, { align: "auto" });
    // The row may only be drawn once the table has scrolled to it.
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`tr[data-index="${index}"] a`)?.focus({ preventScroll: true }),
    );
  };
  return (
    // Focusable, so that a keyboard can scroll it.
    <div className={classes.scroller} ref={scroller} tabIndex={0} role="group" aria-label="Registered versions">
      <table className={classes.table} aria-label="Library" aria-rowcount={total + 1} onKeyDown={step}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" className={classes.tick}>
              <span className={classes.hidden}>Compare</span>
            </th>
            {columns.map(({ word, className, title }) => (
              <th key={word} scope="col" className={className} title={title}>
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer heightPx={abovePx} className={classes.spacer} />
          {drawn.map(({ index }) => {
            const version = versions[index];
            return version === undefined ? (
              <tr key={index} aria-rowindex={index + 2} className={classes.coming}>
                <td colSpan={columns.length + 1}>
                  <span className={classes.hidden}>Coming</span>
                </td>
              </tr>
            ) : (
              <LibraryRow
                key={version.id}
                index={index}
                version={version}
                find={find}
                still={!virtual.isScrolling}
                chosen={chosen.some(({ id }) => id === version.id)}
              />
            );
          })}
          <Spacer heightPx={belowPx} className={classes.spacer} />
        </tbody>
      </table>
    </div>
  );
}
