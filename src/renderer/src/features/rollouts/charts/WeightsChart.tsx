import "@mantine/charts/styles.layer.css";
import { AreaChart } from "@mantine/charts";
import type { RolloutEvent } from "../../../../../shared/contract/rollout-status.ts";
import { weightRows } from "./chart-rows.ts";
import { clockWords, momentWords } from "./clock-labels.ts";

interface WeightsChartProps {
  readonly events: readonly RolloutEvent[];
  readonly startedAtMs: number;
  readonly untilMs: number;
}

/** How the calls were shared over time: the canary's part lies above the stable version's. */
export default function WeightsChart({ events, startedAtMs, untilMs }: WeightsChartProps) {
  const rows = weightRows(events, startedAtMs, untilMs);
  return (
    <AreaChart
      h={200}
      data={[...rows]}
      dataKey="atMs"
      type="stacked"
      curveType="linear"
      gridAxis="x"
      tickLine="none"
      withDots={false}
      withGradient={false}
      fillOpacity={0.35}
      strokeWidth={1.5}
      valueFormatter={(value) => `${value} %`}
      tooltipProps={{ labelFormatter: momentWords }}
      xAxisProps={{
        type: "number",
        domain: ["dataMin", "dataMax"],
        scale: "time",
        tickFormatter: (atMs: number) => clockWords(atMs, rows),
        minTickGap: 48,
      }}
      yAxisProps={{ width: 52, domain: [0, 100], ticks: [0, 25, 50, 75, 100] }}
      areaProps={{ isAnimationActive: false }}
      series={[
        { name: "stable", label: "Stable", color: "var(--tw-arm-stable)" },
        { name: "canary", label: "Canary", color: "var(--tw-arm-canary)" },
      ]}
    />
  );
}
