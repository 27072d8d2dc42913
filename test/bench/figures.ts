import process from "node:process";
import { percentile as nearestRank } from "../../src/main/base/percentile.ts";

export type Figure = Measured | NotMeasured;

interface Named {
  /** What it is listed under, where a benchmark has several parts. */
  readonly group?: string;
  readonly metric: string;
}

interface Measured extends Named {
  readonly value: number;
  readonly unit: string;
  /** What it should not exceed, in the same unit, or what it should reach where `atLeast` says so. */
  readonly target?: number;
  readonly atLeast?: boolean;
}

interface NotMeasured extends Named {
  /** Why it cannot be measured here. It counts neither as kept nor as missed. */
  readonly notMeasured: string;
}

/** A longer name stands out of its column, so that one does not push all figures off the screen. */
const widest = 80;

/**
 * Prints a benchmark's figures: a table for people, or with `--json` one object a line. Returns whether each that was measured
 * and has a target is as it should be.
 */
export function report(bench: string, figures: readonly Figure[]): boolean {
  if (process.argv.includes("--json")) for (const figure of figures) console.log(JSON.stringify({ bench, ...figure }));
  else printTable(bench, figures);
  return figures.every(holds);
}

function printTable(bench: string, figures: readonly Figure[]): void {
  const width = Math.min(widest, Math.max(...figures.map(({ metric }) => metric.length)));
  console.log(`\n${bench}`);
  let under: string | undefined;
  for (const figure of figures) {
    if (figure.group !== undefined && figure.group !== under) console.log(`\n  ${figure.group}`);
    under = figure.group;
    console.log(`  ${figure.metric.padEnd(width)}  ${rowOf(figure)}`);
  }
}

function rowOf(figure: Figure): string {
  if ("notMeasured" in figure) return `${"not measured".padStart(14)}  ${figure.notMeasured}`;
  const { value, unit, target, atLeast = false } = figure;
  const measured = `${value.toLocaleString("en", { maximumFractionDigits: 3 })} ${unit}`.padStart(14);
  if (target === undefined) return `${measured}  `;
  return `${measured}  ${atLeast ? ">=" : "<="} ${target} ${unit}${holds(figure) ? "" : "  MISSED"}`;
}

function holds(figure: Figure): boolean {
  if ("notMeasured" in figure || figure.target === undefined) return true;
  return figure.atLeast === true ? figure.value >= figure.target : figure.value <= figure.target;
}

/** The nearest-rank percentile, `share` from 0 to 1; NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  return nearestRank(values, share) ?? Number.NaN;
}
