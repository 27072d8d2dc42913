import type { ModelUpdate } from "../../../../../shared/contract/coordination.ts";
import type { Assignment } from "../../../../../shared/contract/registry.ts";

/** A time in which a rollout's candidate got the same part of a use case's calls. */
export interface ArmStretch {
  readonly key: string;
  readonly useCase: string;
  readonly versionId: string;
  readonly model: string;
  readonly version: string;
  readonly fromMs: number;
  /** Null while it lasts. */
  readonly untilMs: number | null;
  /** More than 0, at most 100. */
  readonly percent: number;
}

/**
 * What the candidates of rollouts answered beside the assigned versions, oldest first. `updates` are given newest first, as they are listed; the
 * assigned version got the rest of each stretch. A candidate's part ends where its weight changes, where it is rolled back, and where it, or
 * another version, is assigned.
 */
export function armsOverTime(updates: readonly ModelUpdate[]): readonly ArmStretch[] {
  const ended: ArmStretch[] = [];
  const open = new Map<string, ArmStretch>();
  for (const update of updates.toReversed()) {
    const { key, useCase, versionId, model, version, atMs, percent, type } = update;
    const before = open.get(useCase);
    if (before !== undefined) ended.push({ ...before, untilMs: atMs });
    open.delete(useCase);
    const isCandidate = type === "rollout_started" || type === "weight_changed";
    if (isCandidate && percent > 0)
      open.set(useCase, { key, useCase, versionId, model, version, fromMs: atMs, untilMs: null, percent });
  }
  return [...ended, ...open.values()].toSorted((a, b) => a.fromMs - b.fromMs);
}

/** Whether a candidate had its part while the assignment was the live one. */
export function isWithin(
  arm: ArmStretch,
  { useCase, fromMs, untilMs }: Pick<Assignment, "useCase" | "fromMs" | "untilMs">,
): boolean {
  const ended = arm.untilMs ?? Number.POSITIVE_INFINITY;
  return arm.useCase === useCase && arm.fromMs < (untilMs ?? Number.POSITIVE_INFINITY) && ended > fromMs;
}
