import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import type { ModelVersion } from "../../../../../shared/contract/registry.ts";
import { queries } from "../../../api/connection.ts";
import { Boundary } from "../../../ui/states/Boundary.tsx";
import { assertNever } from "../../../ui/assert-never.ts";
import { CopyButton } from "../../../ui/controls/CopyButton.tsx";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { duration, versionName, whole } from "../../../../../shared/format.ts";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import classes from "./Compare.module.css";
import charts from "../performance/Performance.module.css";
import { type Figures, figuresInput, figuresOf, performanceInput, withGaps } from "../performance/performance.ts";
import { performanceCsv } from "../performance/performance-csv.ts";
import { RangeChoice, useRange } from "../performance/RangeChoice.tsx";

const PerformanceCharts = lazy(() => import("../performance/PerformanceCharts.tsx"));

interface Sides {
  readonly left: ModelVersion;
  readonly right: ModelVersion;
}

/** The same figures of two versions with the difference, and their lines over each other. */
export function ComparePerformance({ left, right }: Sides) {
  const { range } = useRange();
  const { performance } = queries.registry;
  const overall = [
    useQuery(performance.queryOptions({ input: figuresInput(left.id, range) })),
    useQuery(performance.queryOptions({ input: figuresInput(right.id, range) })),
  ] as const;
  const input = performanceInput(left.id, range);
  const slices = [
    useQuery(performance.queryOptions({ input })),
    useQuery(performance.queryOptions({ input: performanceInput(right.id, range) })),
  ] as const;
  const failed = [...overall, ...slices].find(({ isError }) => isError);
  const names = [versionName(left), versionName(right)] as const;
  const [leftSlices, rightSlices] = [slices[0].data ?? [], slices[1].data ?? []];
  return (
    <section className={classes.section} aria-labelledby="figures-title">
      <header className={classes.sectionHead}>
        <h3 className={classes.title} id="figures-title">
          Figures
        </h3>
        <RangeChoice />
        <CopyButton
          label="Copy as CSV"
          text={() =>
            performanceCsv([
              { name: names[0], slices: leftSlices },
              { name: names[1], slices: rightSlices },
            ])
          }
        />
      </header>
      {failed?.error && <FailedState error={failed.error} onRetry={() => void failed.refetch()} />}
      {failed === undefined && (overall[0].data === undefined || overall[1].data === undefined) && (
        <LoadingState label="figures" rows={6} />
      )}
      {overall[0].data !== undefined && overall[1].data !== undefined && (
        <FigureTable names={names} left={figuresOf(overall[0].data)} right={figuresOf(overall[1].data)} />
      )}
      {leftSlices.length + rightSlices.length > 0 && (
        // Its space is kept while the charts' code loads.
        <div className={charts.chartPlace}>
          <Boundary fallback={null}>
            <Suspense>
              <PerformanceCharts
                sliceMs={input.sliceMs}
                arms={[
                  { name: names[0], color: "var(--tw-arm-stable)", slices: withGaps(leftSlices, input) },
                  { name: names[1], color: "var(--tw-arm-canary)", slices: withGaps(rightSlices, input) },
                ]}
              />
            </Suspense>
          </Boundary>
        </div>
      )}
    </section>
  );
}

interface Row {
  readonly name: string;
  readonly of: (figures: Figures) => number | null;
  readonly format: (value: number) => string;
  /** How a difference is written: a count, percentage points, a time, or a speed. */
  readonly kind: "count" | "share" | "time" | "speed";
}

const percent = (value: number): string => `${value.toFixed(1)} %`;
const share = (of: (figures: Figures) => number) => (figures: Figures) =>
  figures.calls === 0 ? null : (of(figures) / figures.calls) * 100;

const rows: readonly Row[] = [
  { name: "Calls", of: ({ calls }) => calls, format: whole, kind: "count" },
  { name: "Failed", of: share(({ failed }) => failed), format: percent, kind: "share" },
  { name: "With findings", of: share(({ violations }) => violations), format: percent, kind: "share" },
  { name: "First token, median", of: (one) => one.firstTokenP50Ms, format: duration, kind: "time" },
  { name: "First token, p95", of: (one) => one.firstTokenP95Ms, format: duration, kind: "time" },
  { name: "Whole answer, median", of: (one) => one.totalP50Ms, format: duration, kind: "time" },
  { name: "Whole answer, p95", of: (one) => one.totalP95Ms, format: duration, kind: "time" },
  {
    name: "Tokens a second, median",
    of: (one) => one.tokensPerSecondP50,
    format: (value) => value.toFixed(1),
    kind: "speed",
  },
];

function FigureTable({
  names,
  left,
  right,
}: {
  readonly names: readonly [string, string];
  readonly left: Figures;
  readonly right: Figures;
}) {
  return (
    <table className={classes.table} aria-label="Figures of both">
      <thead>
        <tr>
          <th scope="col">Figure</th>
          <th scope="col" className={classes.number}>
            <span className={classes.swatch} data-arm="left" aria-hidden />
            {names[0]}
          </th>
          <th scope="col" className={classes.number}>
            <span className={classes.swatch} data-arm="right" aria-hidden />
            {names[1]}
          </th>
          <th scope="col">The second is</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, of, format, kind }) => {
          const [a, b] = [of(left), of(right)];
          return (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className={classes.number}>{a === null ? "–" : format(a)}</td>
              <td className={classes.number}>{b === null ? "–" : format(b)}</td>
              <td>{a === null || b === null ? <span className={classes.faint}>–</span> : difference(a, b, kind)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** "14 % slower", "3 more", "1.2 points less", "the same". */
function difference(left: number, right: number, kind: Row["kind"]): string {
  const by = right - left;
  if (by === 0) return "the same";
  switch (kind) {
    case "count":
      return `${whole(Math.abs(by))} ${by > 0 ? "more" : "fewer"}`;
    case "share":
      return `${Math.abs(by).toFixed(1)} points ${by > 0 ? "more" : "less"}`;
    case "time":
    case "speed": {
      const word = by > 0 === (kind === "time") ? "slower" : "faster";
      return left === 0 ? word : `${Math.abs((by / left) * 100).toFixed(0)} % ${word}`;
    }
    default:
      return assertNever(kind);
  }
}
