import type { RolloutEvent } from "../../../../../shared/contract/rollout-status.ts";
import type { EvidencePoint } from "../../../../../shared/contract/rollouts.ts";

export interface EvidenceRow {
  readonly atMs: number;
  readonly against: number;
  readonly pass: number;
}

export interface WeightRow {
  readonly atMs: number;
  readonly canary: number;
  readonly stable: number;
}

/** E-values are clipped below a hundredth and above ten thousand. A logarithmic axis has no zero. */
const lowest = 0.01;
const highest = 10_000;

/** The evidence as lines on a logarithmic axis, from 1 where the rollout began to what it still is at the end. */
export function evidenceRows(
  points: readonly EvidencePoint[],
  startedAtMs: number,
  untilMs: number,
): readonly EvidenceRow[] {
  const first: EvidenceRow = { atMs: startedAtMs, against: 1, pass: 1 };
  const rows = points.map(({ atMs, evidence, pass }) => ({ atMs, against: clip(evidence), pass: clip(pass) }));
  const last = rows.at(-1) ?? first;
  return [first, ...rows, { ...last, atMs: Math.max(untilMs, last.atMs) }];
}

/** The weights as they were routed, from the start until now, both edges of each change among them. */
export function weightRows(events: readonly RolloutEvent[], startedAtMs: number, nowMs: number): readonly WeightRow[] {
  const rows = [weight(startedAtMs, 0)];
  for (const { atMs, candidatePercent } of events) {
    const before = rows.at(-1)?.canary ?? 0;
    if (candidatePercent === before) continue;
    rows.push(weight(atMs, before), weight(atMs, candidatePercent));
  }
  return [...rows, weight(Math.max(nowMs, rows.at(-1)?.atMs ?? 0), rows.at(-1)?.canary ?? 0)];
}

/** The least axis that holds the lines and both thresholds, in whole powers of ten; a line at 1 does not lie on its edge. */
export function evidenceDomain(rows: readonly EvidenceRow[], thresholds: readonly number[]): readonly [number, number] {
  const values = [...rows.flatMap(({ against, pass }) => [against, pass]), ...thresholds, 0.1];
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.ceil(Math.log10(Math.max(...values)));
  return [10 ** low, 10 ** high];
}

/** The powers of ten within an axis. */
export function decades([low, high]: readonly [number, number]): readonly number[] {
  const from = Math.round(Math.log10(low));
  const until = Math.round(Math.log10(high));
  return Array.from({ length: until - from + 1 }, (_, index) => 10 ** (from + index));
}

function weight(atMs: number, canary: number): WeightRow {
  return { atMs, canary, stable: 100 - canary };
}

function clip(value: number): number {
  return Math.min(highest, Math.max(lowest, value));
}
