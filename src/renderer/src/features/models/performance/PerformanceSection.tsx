import { SegmentedControl } from "@mantine/core";
import { IconChartLine } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import type { ModelVersion } from "../../../../../shared/contract/registry.ts";
import { queries } from "../../../api/connection.ts";
import { Boundary } from "../../../ui/states/Boundary.tsx";
import { CopyButton } from "../../../ui/controls/CopyButton.tsx";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { duration, versionName, whole } from "../../../../../shared/format.ts";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import classes from "./Performance.module.css";
import { figuresInput, figuresOf, performanceInput, withGaps } from "./performance.ts";
import { performanceCsv } from "./performance-csv.ts";
import { PerformanceTable } from "./PerformanceTable.tsx";
import { RangeChoice, useRange } from "./RangeChoice.tsx";

const PerformanceCharts = lazy(() => import("./PerformanceCharts.tsx"));

/** How a version did over a day, a week or a month: the figures, the charts, and the same as a table. */
export function PerformanceSection({ version }: { readonly version: ModelVersion }) {
  const { range } = useRange();
  const [shown, setShown] = useState<"charts" | "table">("charts");
  const input = performanceInput(version.id, range);
  const slices = useQuery(queries.registry.performance.queryOptions({ input }));
  const overall = useQuery(queries.registry.performance.queryOptions({ input: figuresInput(version.id, range) }));
  const used = (slices.data?.length ?? 0) > 0;
  return (
    <section className={classes.section} aria-labelledby="performance-title">
      <header className={classes.head}>
        <h3 className={classes.title} id="performance-title">
          Performance
        </h3>
        <RangeChoice />
        <SegmentedControl
          size="xs"
          aria-label="Show as"
          value={shown}
          onChange={setShown}
          data={[
            { value: "charts", label: "Charts" },
            { value: "table", label: "Table" },
          ]}
        />
        {used && (
          <CopyButton
            label="Copy as CSV"
            text={() => performanceCsv([{ name: versionName(version), slices: slices.data ?? [] }])}
          />
        )}
      </header>
      {slices.isError && <FailedState error={slices.error} onRetry={() => void slices.refetch()} />}
      {slices.isPending && <LoadingState label="performance" rows={5} />}
      {slices.isSuccess && !used && (
        <p className={classes.empty}>
          <IconChartLine size={16} stroke={1.5} aria-hidden /> No call of this version in this time. Assign it, or try
          it in the playground.
        </p>
      )}
      {used && overall.data !== undefined && <Figures figures={figuresOf(overall.data)} />}
      {used && shown === "charts" && (
        // Its space is kept while the charts' code loads.
        <div className={classes.chartPlace}>
          <Boundary fallback={<PerformanceTable slices={slices.data ?? []} />}>
            <Suspense>
              <PerformanceCharts
                sliceMs={input.sliceMs}
                arms={[
                  { name: versionName(version), color: "var(--tw-accent)", slices: withGaps(slices.data ?? [], input) },
                ]}
              />
            </Suspense>
          </Boundary>
        </div>
      )}
      {used && shown === "table" && <PerformanceTable slices={slices.data ?? []} />}
    </section>
  );
}

function Figures({ figures }: { readonly figures: ReturnType<typeof figuresOf> }) {
  const { calls, failed, violations, held, firstTokenP50Ms, firstTokenP95Ms, totalP50Ms, totalP95Ms } = figures;
  const time = (ms: number | null): string => (ms === null ? "–" : duration(ms));
  return (
    <dl className={classes.figures}>
      <Figure name="Calls" value={whole(calls)} aside={`${whole(failed)} failed`} />
      <Figure name="With findings" value={whole(violations)} aside={`${whole(held)} held`} />
      <Figure name="First token" value={time(firstTokenP50Ms)} aside={`p95 ${time(firstTokenP95Ms)}`} />
      <Figure name="Whole answer" value={time(totalP50Ms)} aside={`p95 ${time(totalP95Ms)}`} />
      <Figure
        name="Speed"
        value={figures.tokensPerSecondP50 === null ? "–" : `${figures.tokensPerSecondP50.toFixed(1)} tok/s`}
        aside={`${whole(figures.completionTokens)} tokens`}
      />
    </dl>
  );
}

function Figure({ name, value, aside }: { readonly name: string; readonly value: string; readonly aside: string }) {
  return (
    <div className={classes.figure}>
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        <span>{aside}</span>
      </dd>
    </div>
  );
}
