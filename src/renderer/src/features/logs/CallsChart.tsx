import "@mantine/charts/styles.layer.css";
import { BarChart } from "@mantine/charts";
import type { InferenceSummary } from "../../../../shared/contract/logs.ts";
import { duration } from "../../../../shared/format.ts";
import { shortTime } from "../../ui/format.ts";
import classes from "./Logs.module.css";

const latestCount = 80;

/** How long the latest calls took, oldest left: until the first token came, and after it. */
export default function CallsChart({ rows }: { readonly rows: readonly InferenceSummary[] }) {
  const calls = rows
    .filter(({ totalMs }) => totalMs !== null)
    .slice(0, latestCount)
    .toReversed()
    .map(({ startedAtMs, firstTokenMs, totalMs }) => ({
      at: shortTime(startedAtMs),
      first: firstTokenMs ?? 0,
      rest: (totalMs ?? 0) - (firstTokenMs ?? 0),
    }));
  if (calls.length < 2) return null;
  const slowest = Math.max(...calls.map(({ first, rest }) => first + rest));
  return (
    <figure className={classes.chart} aria-label={`How long the latest ${calls.length} calls took`}>
      <figcaption className={classes.chartCaption}>
        Latest {calls.length} calls, slowest {duration(slowest)}
      </figcaption>
      <BarChart
        h={72}
        data={calls}
        dataKey="at"
        type="stacked"
        withXAxis={false}
        withYAxis={false}
        gridAxis="none"
        valueFormatter={duration}
        barProps={{ isAnimationActive: false, maxBarSize: 18 }}
        series={[
          { name: "first", label: "Time to first token", color: "var(--tw-muted)" },
          { name: "rest", label: "After it", color: "var(--tw-accent)" },
        ]}
      />
    </figure>
  );
}
