import type { VersionId } from "../../../../../shared/contract/ids.ts";
import type { PerformanceSlice } from "../../../../../shared/contract/registry.ts";

const hourMs = 3_600_000;

/** How far back, and in slices of which length. */
export const ranges = {
  day: { label: "Day", spanMs: 24 * hourMs, sliceMs: hourMs },
  week: { label: "Week", spanMs: 7 * 24 * hourMs, sliceMs: 6 * hourMs },
  month: { label: "Month", spanMs: 30 * 24 * hourMs, sliceMs: 24 * hourMs },
} as const;
export type RangeName = keyof typeof ranges;

/** What the backend is asked for: whole slices that begin with the local day, so that every render asks the same question. */
export function performanceInput(versionId: VersionId, range: RangeName, nowMs = Date.now()) {
  const { spanMs, sliceMs } = ranges[range];
  const offsetMs = new Date(nowMs).getTimezoneOffset() * 60_000;
  return { versionId, sliceMs, sinceMs: Math.ceil((nowMs - offsetMs) / sliceMs) * sliceMs + offsetMs - spanMs };
}

/** The same span as one slice, for figures over all of it. */
export function figuresInput(versionId: VersionId, range: RangeName, nowMs = Date.now()) {
  return { ...performanceInput(versionId, range, nowMs), sliceMs: 30 * 24 * hourMs };
}

/** What counts can be added up over slices, and medians weighted by calls where there is more than one slice. */
export interface Figures extends Omit<PerformanceSlice, "fromMs"> {}

export function figuresOf(slices: readonly PerformanceSlice[]): Figures {
  const sum = (of: (slice: PerformanceSlice) => number): number => slices.reduce((total, one) => total + of(one), 0);
  const weighted = (of: (slice: PerformanceSlice) => number | null): number | null => {
    let calls = 0;
    let total = 0;
    for (const slice of slices) {
      const value = of(slice);
      if (value === null) continue;
      calls += slice.calls;
      total += value * slice.calls;
    }
    return calls === 0 ? null : total / calls;
  };
  return {
    calls: sum(({ calls }) => calls),
    failed: sum(({ failed }) => failed),
    violations: sum(({ violations }) => violations),
    held: sum(({ held }) => held),
    completionTokens: sum(({ completionTokens }) => completionTokens),
    firstTokenP50Ms: weighted((slice) => slice.firstTokenP50Ms),
    firstTokenP95Ms: weighted((slice) => slice.firstTokenP95Ms),
    totalP50Ms: weighted((slice) => slice.totalP50Ms),
    totalP95Ms: weighted((slice) => slice.totalP95Ms),
    tokensPerSecondP50: weighted((slice) => slice.tokensPerSecondP50),
  };
}

/** Every slice of the span in order, with null where no call was, so that a chart shows a gap as a gap. */
export function withGaps(
  slices: readonly PerformanceSlice[],
  { sinceMs, sliceMs }: { readonly sinceMs: number; readonly sliceMs: number },
  untilMs = Date.now(),
): readonly { readonly fromMs: number; readonly slice: PerformanceSlice | null }[] {
  const byIndex = new Map(slices.map((slice) => [Math.floor((slice.fromMs - sinceMs) / sliceMs), slice]));
  const count = Math.max(1, Math.ceil((untilMs - sinceMs) / sliceMs));
  return Array.from({ length: count }, (_, index) => ({
    fromMs: sinceMs + index * sliceMs,
    slice: byIndex.get(index) ?? null,
  }));
}

const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const weekdayAndClock = new Intl.DateTimeFormat("en", {
  weekday: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });

/** A slice's start as short as its length allows: "14:00", "Tue 06:00", "12 Nov". */
export function sliceLabel(fromMs: number, sliceMs: number): string {
  const format = sliceMs < 2 * hourMs ? clock : sliceMs < 24 * hourMs ? weekdayAndClock : day;
  return format.format(new Date(fromMs));
}
