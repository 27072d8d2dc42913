import process from "node:process";

export interface Figure {
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  /** What it should not exceed, in the same unit. */
  readonly target?: number;
}

/** Prints a benchmark's figures: a table for people, or with `--json` one object a line. */
export function report(bench: string, figures: readonly Figure[]): void {
  if (process.argv.includes("--json")) {
    for (const { metric, value, unit } of figures) console.log(JSON.stringify({ bench, metric, value, unit }));
    return;
  }
  const rows = figures.map(({ metric, value, unit, target }) => ({
    metric,
    value: `${value.toLocaleString("en", { maximumFractionDigits: 3 })} ${unit}`,
    target: target === undefined ? "" : `<= ${target} ${unit}${value <= target ? "" : "  MISSED"}`,
  }));
  const width = Math.max(...rows.map(({ metric }) => metric.length));
  console.log(`\n${bench}`);
  for (const { metric, value, target } of rows)
    console.log(`  ${metric.padEnd(width)}  ${value.padStart(14)}  ${target}`);
}

/** The nearest-rank percentile, `share` from 0 to 1; NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
