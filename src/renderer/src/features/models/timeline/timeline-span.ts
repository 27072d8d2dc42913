import type { Assignment } from "../../../../../shared/contract/registry.ts";
import { shortTime } from "../../../ui/format.ts";

const dayMs = 24 * 3_600_000;
const lengthMs = { day: dayMs, week: 7 * dayMs, month: 30 * dayMs, all: null } as const;

export type SpanName = keyof typeof lengthMs;
export const spanWords: Record<SpanName, string> = { day: "Day", week: "Week", month: "Month", all: "All" };

export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The time a timeline shows: its length back from now, or all the way to the first assignment. */
export function spanOf(name: SpanName, assignments: readonly Assignment[], nowMs: number): Span {
  const length = lengthMs[name];
  if (length !== null) return { fromMs: nowMs - length, untilMs: nowMs };
  const first = assignments.reduce((earliest, { fromMs }) => Math.min(earliest, fromMs), nowMs);
  // A minute at least, so that a registry of seconds still has a width.
  return { fromMs: assignments.length === 0 ? 0 : Math.min(first, nowMs - 60_000), untilMs: nowMs };
}

/** Where an assignment lies in a span, in percent from its left edge. */
export function positionIn(
  { fromMs, untilMs }: Span,
  assignment: Pick<Assignment, "fromMs" | "untilMs">,
): { left: number; width: number } {
  const percent = (atMs: number): number => Math.min(1, Math.max(0, (atMs - fromMs) / (untilMs - fromMs))) * 100;
  const left = percent(assignment.fromMs);
  return { left, width: percent(assignment.untilMs ?? untilMs) - left };
}

/** Four to six moments along a span, for its axis. */
export function ticksOf({ fromMs, untilMs }: Span): readonly number[] {
  const count = 5;
  return Array.from({ length: count }, (_, index) => fromMs + ((untilMs - fromMs) * index) / (count - 1));
}

const seconds = new Intl.DateTimeFormat("en", { timeStyle: "medium", hourCycle: "h23" });
const hourMs = 3_600_000;

/** A moment of the axis, to the second where the span is short. */
export function tickLabel(atMs: number, { fromMs, untilMs }: Span): string {
  return untilMs - fromMs < hourMs ? seconds.format(new Date(atMs)) : shortTime(atMs);
}
