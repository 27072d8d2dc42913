import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef } from "react";
import type { ModelVersion } from "../../../../shared/contract/registry.ts";
import { useChosenVersions } from "./chosen-versions.ts";
import classes from "./Library.module.css";
import { LibraryRow } from "./LibraryRow.tsx";
import { useServersModels } from "./version-facts.ts";

const rowPx = 32;

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
  const scroller = useRef<HTMLDivElement>(null);
  const find = useServersModels();
  const chosen = useChosenVersions(({ chosen }) => chosen);
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 8,
    // The header row is in the way of the first one.
    scrollPaddingStart: rowPx,
  });
  const drawn = virtual.getVirtualItems();
  const last = drawn.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= versions.length && versions.length < total) onMore();
  }, [last, versions.length, total, onMore]);
  const abovePx = drawn[0]?.start ?? 0;
  const belowPx = virtual.getTotalSize() - (drawn.at(-1)?.end ?? 0);
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
            <th scope="col" className={classes.model}>
              Model
            </th>
            <th scope="col" className={classes.version}>
              Version
            </th>
            <th scope="col" className={classes.provider}>
              Provider
            </th>
            <th scope="col" className={classes.number}>
              Size
            </th>
            <th scope="col" className={classes.parameters}>
              Params
            </th>
            <th scope="col" className={classes.quantization} title="Quantisation">
              Quant.
            </th>
            <th scope="col" className={classes.number} title="Context, in tokens">
              Context
            </th>
            <th scope="col" className={classes.loaded}>
              Memory
            </th>
            <th scope="col" className={classes.status}>
              Status
            </th>
            <th scope="col" className={classes.answers}>
              Answers
            </th>
            <th scope="col" className={classes.tags}>
              Tags
            </th>
            <th scope="col" className={classes.used} title="In the last 7 days, to the hour">
              Last used
            </th>
            <th
              scope="col"
              className={classes.speed}
              title="Median over the last 7 days on this machine, tokens a second"
            >
              Tokens/s
            </th>
            <th scope="col" className={classes.found} title="Calls of the last 7 days in which something was found">
              Findings
            </th>
          </tr>
        </thead>
        <tbody>
          {abovePx > 0 && <Spacer heightPx={abovePx} />}
          {drawn.map(({ index }) => {
            const version = versions[index];
            return version === undefined ? (
              <tr key={index} aria-rowindex={index + 2} className={classes.coming}>
                <td colSpan={15}>
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
          {belowPx > 0 && <Spacer heightPx={belowPx} />}
        </tbody>
      </table>
    </div>
  );
}

/** One cell only: spanning the columns would keep a hidden one's room. */
function Spacer({ heightPx }: { readonly heightPx: number }) {
  return (
    <tr aria-hidden>
      <td className={classes.spacer} style={{ height: heightPx }} />
    </tr>
  );
}
