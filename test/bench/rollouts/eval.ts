import type { Figure } from "../figures.ts";
import { runNode } from "./child.ts";

interface Row {
  readonly row: string;
  readonly value: number;
  readonly target: number;
  readonly atLeast: boolean;
  readonly unit: string;
  readonly holds: boolean;
}

/** Every row of the table that the statistics have to reproduce, as `npm run eval:rollouts` measures it. */
export async function evalFigures(runs: number): Promise<Figure[]> {
  const { code, stdout } = await runNode(["test/eval/rollouts.ts", "--json", "--runs", String(runs)]);
  const rows = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Row => JSON.parse(line));
  // It ends with 1 when a row missed; with 1 and no such row, it broke.
  if (rows.length === 0 || (code !== 0 && rows.every(({ holds }) => holds)))
    throw new Error(`test/eval/rollouts.ts ended with ${code} after ${rows.length} rows`);
  return rows.map(({ row, value, target, atLeast, unit }) => ({
    group: `the statistics, ${runs} runs a row (npm run eval:rollouts tells what each is)`,
    metric: row,
    value,
    unit,
    target,
    atLeast,
  }));
}
