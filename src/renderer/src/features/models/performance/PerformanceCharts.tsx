import "@mantine/charts/styles.layer.css";
import { BarChart, LineChart } from "@mantine/charts";
import type { PerformanceSlice } from "../../../../../shared/contract/registry.ts";
import { duration, whole } from "../../../../../shared/format.ts";
import { sliceLabel } from "./performance.ts";
import classes from "./Performance.module.css";

/** One version's line through time. */
export interface Arm {
  readonly name: string;
  /** A CSS colour. */
  readonly color: string;
  readonly slices: readonly { readonly fromMs: number; readonly slice: PerformanceSlice | null }[];
}

const dashes = "4 3";
// Padding at both ends, so that a point there is whole.
const axis = { minTickGap: 32, interval: "preserveStartEnd", padding: { left: 6, right: 6 } } as const;

interface PerformanceChartsProps {
  /** One version, or two over the same slices. */
  readonly arms: readonly Arm[];
  readonly sliceMs: number;
}

interface Measure {
  readonly key: keyof PerformanceSlice;
  readonly word: string;
  readonly dashed?: boolean;
}

/** A version's figures over time, or two versions' over each other. */
export default function PerformanceCharts({ arms, sliceMs }: PerformanceChartsProps) {
  return (
    <div className={classes.charts}>
      <Lines
        title="First token"
        arms={arms}
        sliceMs={sliceMs}
        format={duration}
        measures={[
          { key: "firstTokenP50Ms", word: "median" },
          { key: "firstTokenP95Ms", word: "p95", dashed: true },
        ]}
      />
      <Lines
        title="Whole answer"
        arms={arms}
        sliceMs={sliceMs}
        format={duration}
        measures={[
          { key: "totalP50Ms", word: "median" },
          { key: "totalP95Ms", word: "p95", dashed: true },
        ]}
      />
      <Lines
        title="Speed, tokens a second"
        arms={arms}
        sliceMs={sliceMs}
        format={(value) => value.toFixed(1)}
        measures={[{ key: "tokensPerSecondP50", word: "median" }]}
      />
      <Counts arms={arms} sliceMs={sliceMs} />
    </div>
  );
}

function Lines({
  title,
  arms,
  sliceMs,
  format,
  measures,
}: PerformanceChartsProps & {
  readonly title: string;
  readonly format: (value: number) => string;
  readonly measures: readonly Measure[];
}) {
  const series = arms.flatMap((arm, index) =>
    measures.map(({ key, word, dashed }) => ({
      name: `${index} ${key}`,
      label: arms.length === 1 ? word : `${arm.name}, ${word}`,
      color: arm.color,
      ...(dashed === true && { strokeDasharray: dashes }),
    })),
  );
  const p95 = measures.some(({ dashed }) => dashed === true);
  const keys: readonly Key[] =
    arms.length === 1
      ? series
      : [...keysOf(arms), ...(p95 ? [{ label: "p95 dashed", color: "var(--tw-muted)", strokeDasharray: dashes }] : [])];
  return (
    <figure className={classes.chart} aria-label={`${title} over time`}>
      <Caption title={title} keys={keys} />
      <LineChart
        h={132}
        data={rowsOf(
          arms,
          sliceMs,
          measures.map(({ key }) => key),
        )}
        dataKey="at"
        curveType="linear"
        connectNulls={false}
        strokeWidth={1.75}
        gridAxis="x"
        tickLine="none"
        valueFormatter={format}
        xAxisProps={axis}
        yAxisProps={{ width: 64, tickCount: 3 }}
        // The second version's points are hollow, so that colour is not the only difference.
        lineProps={({ name, color }) => ({
          isAnimationActive: false,
          dot: {
            r: 2.5,
            stroke: color ?? "none",
            fill: name.startsWith("0 ") ? (color ?? "none") : "var(--tw-surface)",
          },
        })}
        series={series}
      />
    </figure>
  );
}

function Counts({ arms, sliceMs }: PerformanceChartsProps) {
  const [first] = arms;
  const one = arms.length === 1 && first !== undefined;
  const series = one
    ? [
        { name: "clean", label: "clean", color: "color-mix(in srgb, var(--tw-accent) 55%, transparent)" },
        { name: "found", label: "with findings", color: "var(--tw-medium)" },
        { name: "failed", label: "failed", color: "var(--tw-critical)" },
      ]
    : arms.map((arm, index) => ({ name: `${index} calls`, label: arm.name, color: arm.color }));
  return (
    <figure className={classes.chart} aria-label="Calls over time">
      <Caption title="Calls" keys={series} />
      <BarChart
        h={132}
        data={one ? stackedCounts(first, sliceMs) : rowsOf(arms, sliceMs, ["calls"])}
        dataKey="at"
        type={one ? "stacked" : "default"}
        gridAxis="x"
        tickLine="none"
        valueFormatter={whole}
        xAxisProps={axis}
        yAxisProps={{ width: 64, tickCount: 3, allowDecimals: false }}
        barProps={{ isAnimationActive: false, maxBarSize: 14 }}
        series={series}
      />
    </figure>
  );
}

/** The parts add up to the calls; a failed one in which something was found counts as failed. */
function stackedCounts({ slices }: Arm, sliceMs: number): Record<string, string | number>[] {
  return slices.map(({ fromMs, slice }) => {
    const { calls = 0, failed = 0, violations = 0 } = slice ?? {};
    const found = Math.min(violations, calls - failed);
    return { at: sliceLabel(fromMs, sliceMs), clean: calls - failed - found, found, failed };
  });
}

interface Key {
  readonly label: string;
  readonly color: string;
  readonly strokeDasharray?: string;
}

function keysOf(arms: readonly Arm[]): readonly Key[] {
  return arms.map(({ name, color }) => ({ label: name, color }));
}

function Caption({ title, keys }: { readonly title: string; readonly keys: readonly Key[] }) {
  return (
    <figcaption className={classes.caption}>
      <span className={classes.chartTitle}>{title}</span>
      {keys.map(({ label, color, strokeDasharray }) => (
        <span key={label} className={classes.key}>
          <svg width={16} height={8} aria-hidden>
            <line x1={0} y1={4} x2={16} y2={4} stroke={color} strokeWidth={2} strokeDasharray={strokeDasharray} />
          </svg>
          {label}
        </span>
      ))}
    </figcaption>
  );
}

function rowsOf(
  arms: readonly Arm[],
  sliceMs: number,
  keys: readonly (keyof PerformanceSlice)[],
): Record<string, string | number | null>[] {
  return (arms[0]?.slices ?? []).map(({ fromMs }, at) => ({
    at: sliceLabel(fromMs, sliceMs),
    ...Object.fromEntries(
      arms.flatMap((arm, index) => keys.map((key) => [`${index} ${key}`, arm.slices[at]?.slice?.[key] ?? null])),
    ),
  }));
}
