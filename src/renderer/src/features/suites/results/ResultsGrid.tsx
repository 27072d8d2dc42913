import { VisuallyHidden } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useMemo, useRef } from "react";
import type { TestCase, TestResult, TestRun } from "../../../../../shared/contract/suites.ts";
import { counted, duration, speed, versionName } from "../../../../../shared/format.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { assertionWords } from "../cases/assertion-labels.ts";
import { changeOf } from "./compare.ts";
import { changeWords, resultTones, resultWords } from "./result-labels.ts";
import classes from "./ResultsGrid.module.css";

const rowPx = 44;

export interface CellKey {
  readonly caseId: string;
  readonly versionId: string;
}

interface ResultsGridProps {
  readonly cases: readonly TestCase[];
  readonly run: TestRun | undefined;
  /** The run it is compared with. */
  readonly before: TestRun | undefined;
  readonly chosen: CellKey | null;
  readonly onChoose: (cell: CellKey) => void;
  readonly onEdit: (testCase: TestCase) => void;
}

/** A case as a row; one that was removed since the run has no test case any more. */
interface Row {
  readonly id: string;
  readonly name: string;
  readonly testCase: TestCase | null;
}

/** Cases by versions; the arrow keys move from cell to cell. Only the rows in view are drawn. */
export function ResultsGrid({ cases, run, before, chosen, onChoose, onEdit }: ResultsGridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => rowsOf(cases, run), [cases, run]);
  const results = useMemo(
    () => new Map(run?.results.map((result) => [`${result.caseId} ${result.versionId}`, result])),
    [run],
  );
  const versions = run?.versions ?? [];
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 10,
    scrollPaddingStart: 80,
  });
  const drawn = virtual.getVirtualItems();
  const abovePx = drawn[0]?.start ?? 0;
  const belowPx = virtual.getTotalSize() - (drawn.at(-1)?.end ?? 0);
  const moved = useRef(false);
  useEffect(() => {
    if (!moved.current || chosen === null) return;
    moved.current = false;
    const index = rows.findIndex(({ id }) => id === chosen.caseId);
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>('button[aria-pressed="true"]')?.focus());
  }, [chosen, rows, virtual]);
  const move = (event: KeyboardEvent): void => {
    const [down, right] = steps[event.key] ?? [0, 0];
    if (chosen === null || (down === 0 && right === 0)) return;
    const row = rows[rows.findIndex(({ id }) => id === chosen.caseId) + down];
    const version = versions[versions.findIndex(({ versionId }) => versionId === chosen.versionId) + right];
    if (row === undefined || version === undefined) return;
    event.preventDefault();
    moved.current = true;
    onChoose({ caseId: row.id, versionId: version.versionId });
  };
  return (
    // Focusable, so that a keyboard can scroll it.
    <div className={classes.scroller} ref={scroller} tabIndex={0} role="group" aria-label="Cases by versions">
      <table
        className={classes.table}
        data-plain={run === undefined || undefined}
        aria-label="Results"
        aria-rowcount={rows.length + 1}
        onKeyDown={move}
      >
        <thead>
          <tr>
            <th scope="col" className={classes.corner}>
              {counted(rows.length, "case")}
            </th>
            {versions.map((version) => (
              <th key={version.versionId} scope="col">
                <span className={classes.version} title={versionName(version)}>
                  {versionName(version)}
                </span>
                <span className={classes.summary}>{summaryOf(version)}</span>
                <span className={classes.figures}>{figuresOf(version)}</span>
              </th>
            ))}
            {run === undefined && <th scope="col">What it asks for</th>}
          </tr>
        </thead>
        <tbody>
          {abovePx > 0 && <Spacer heightPx={abovePx} />}
          {drawn.map(({ index }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return (
              <tr key={row.id} aria-rowindex={index + 2}>
                <CaseCell row={row} onEdit={onEdit} />
                {versions.map(({ versionId }) => (
                  <ResultCell
                    key={versionId}
                    row={row}
                    result={results.get(`${row.id} ${versionId}`)}
                    before={before}
                    current={chosen?.caseId === row.id && chosen.versionId === versionId}
                    onChoose={() => onChoose({ caseId: row.id, versionId })}
                  />
                ))}
                {run === undefined && <td className={classes.asks}>{asksOf(row)}</td>}
              </tr>
            );
          })}
          {belowPx > 0 && <Spacer heightPx={belowPx} />}
        </tbody>
      </table>
    </div>
  );
}

function CaseCell({
  row: { name, testCase },
  onEdit,
}: {
  readonly row: Row;
  readonly onEdit: (testCase: TestCase) => void;
}) {
  const asked = testCase?.messages.findLast(({ role }) => role === "user")?.content ?? "";
  return (
    <th scope="row" className={classes.case}>
      {testCase === null ? (
        <span className={classes.caseName}>{name}</span>
      ) : (
        <button type="button" className={classes.caseName} title="Edit the case" onClick={() => onEdit(testCase)}>
          {name}
        </button>
      )}
      <span className={classes.asked}>{testCase === null ? "removed since" : asked}</span>
    </th>
  );
}

interface ResultCellProps {
  readonly row: Row;
  readonly result: TestResult | undefined;
  readonly before: TestRun | undefined;
  readonly current: boolean;
  readonly onChoose: () => void;
}

function ResultCell({ row, result, before, current, onChoose }: ResultCellProps) {
  if (result === undefined) return <td className={classes.empty}>added since</td>;
  const change = changeOf(result, before);
  const met = result.assertions.filter(({ passed }) => passed).length;
  const facts = [
    result.state === "failed" ? `${met} of ${result.assertions.length} met` : "",
    result.timings === null ? "" : duration(result.timings.totalMs),
  ];
  return (
    <td>
      <button type="button" className={classes.cell} aria-pressed={current} onClick={onChoose}>
        <VisuallyHidden>{`${row.name} on ${versionName(result)}: `}</VisuallyHidden>
        <StateMark tone={resultTones[result.state]}>{resultWords[result.state]}</StateMark>
        {changeWords[change] !== "" && (
          <span className={classes.change} data-change={change}>
            {changeWords[change]}
          </span>
        )}
        <span className={classes.facts}>{facts.filter((fact) => fact !== "").join(", ")}</span>
      </button>
    </td>
  );
}

function asksOf({ testCase }: Row): string {
  const assertions = testCase?.assertions ?? [];
  return assertions.length === 0 ? "any answer" : assertions.map(assertionWords).join("; ");
}

function Spacer({ heightPx }: { readonly heightPx: number }) {
  return (
    <tr aria-hidden>
      <td className={classes.spacer} style={{ height: heightPx }} />
    </tr>
  );
}

/** The suite's cases in their order, then those of the run that are gone since. */
function rowsOf(cases: readonly TestCase[], run: TestRun | undefined): readonly Row[] {
  const known = cases.map((testCase): Row => ({ id: testCase.id, name: testCase.name, testCase }));
  const gone = new Map(
    run?.results
      .filter(({ caseId }) => !cases.some(({ id }) => id === caseId))
      .map(({ caseId, caseName }) => [String(caseId), caseName]),
  );
  return [...known, ...[...gone].map(([id, name]): Row => ({ id, name, testCase: null }))];
}

type VersionSummary = TestRun["versions"][number];

function summaryOf({ passed, failed, errors }: VersionSummary): string {
  return [`${passed} passed`, `${failed} failed`, ...(errors > 0 ? [counted(errors, "error")] : [])].join(", ");
}

function figuresOf({ totalP50Ms, tokensPerSecondP50 }: VersionSummary): string {
  return [
    totalP50Ms === null ? "" : `p50 ${duration(totalP50Ms)}`,
    tokensPerSecondP50 === null ? "" : speed(tokensPerSecondP50),
  ]
    .filter((figure) => figure !== "")
    .join(", ");
}

const steps: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
};
