import { whole } from "../../../../../shared/format.ts";
import "@mantine/charts/styles.layer.css";
import { LineChart } from "@mantine/charts";
import type { EvidencePoint } from "../../../../../shared/contract/rollouts.ts";
import { decades, evidenceDomain, evidenceRows } from "./chart-rows.ts";
import { clockWords, momentWords } from "./clock-labels.ts";
import { evidenceWords } from "../rollout-labels.ts";

interface EvidenceChartProps {
  readonly points: readonly EvidencePoint[];
  readonly startedAtMs: number;
  readonly untilMs: number;
  readonly threshold: number;
  readonly passThreshold: number;
}

/** Both lines against both thresholds, on a logarithmic axis. */
export default function EvidenceChart({ points, startedAtMs, untilMs, threshold, passThreshold }: EvidenceChartProps) {
  const rows = evidenceRows(points, startedAtMs, untilMs);
  const domain = evidenceDomain(rows, [threshold, passThreshold]);
  return (
    <LineChart
      h={200}
      data={[...rows]}
      dataKey="atMs"
      curveType="linear"
      strokeWidth={2}
      gridAxis="x"
      tickLine="none"
      withDots={rows.length < 40}
      dotProps={{ r: 2 }}
      valueFormatter={evidenceWords}
      tooltipProps={{ labelFormatter: momentWords }}
      xAxisProps={{
        type: "number",
        domain: ["dataMin", "dataMax"],
        scale: "time",
        tickFormatter: (atMs: number) => clockWords(atMs, rows),
        minTickGap: 48,
      }}
      yAxisProps={{
        width: 52,
        scale: "log",
        domain: [...domain],
        allowDataOverflow: true,
        ticks: [...decades(domain)],
        tickFormatter: (value: number) => (value < 1 ? String(value) : whole(value)),
      }}
      referenceLines={[
        {
          y: threshold,
          color: "var(--tw-critical)",
          label: `rolls back at ${evidenceWords(threshold)}`,
          labelPosition: "insideBottomLeft",
        },
        {
          y: passThreshold,
          color: "var(--tw-good)",
          label: `shown not slower at ${evidenceWords(passThreshold)}`,
          labelPosition: "insideTopLeft",
        },
      ]}
      lineProps={{ isAnimationActive: false }}
      series={[
        { name: "against", label: "Against the canary", color: "var(--tw-critical)" },
        { name: "pass", label: "Not slower", color: "var(--tw-good)", strokeDasharray: "4 3" },
      ]}
    />
  );
}
