import { expect, test } from "vitest";
import type { PerformanceSlice } from "../../../src/shared/contract/registry.ts";
import { versionId } from "../../../src/shared/contract/ids.ts";
import {
  figuresInput,
  figuresOf,
  performanceInput,
  ranges,
  withGaps,
} from "../../../src/renderer/src/features/models/performance/performance.ts";
import { performanceCsv } from "../../../src/renderer/src/features/models/performance/performance-csv.ts";

const version = versionId.parse("01900000-0000-7000-8000-000000000001");
const hourMs = 3_600_000;

test("counts are added up, and medians weigh as many calls as they stand for", () => {
  const figures = figuresOf([
    slice(0, { calls: 1, failed: 1, firstTokenP50Ms: null, totalP50Ms: 100 }),
    slice(hourMs, { calls: 3, violations: 2, held: 1, firstTokenP50Ms: 40, totalP50Ms: 200, completionTokens: 30 }),
  ]);
  expect(figures).toEqual({
    calls: 4,
    failed: 1,
    violations: 2,
    held: 1,
    completionTokens: 30,
    firstTokenP50Ms: 40,
    firstTokenP95Ms: null,
    totalP50Ms: 175,
    totalP95Ms: null,
    tokensPerSecondP50: null,
  });
});

test("a version that was never called has no figures, rather than zeros", () => {
  expect(figuresOf([])).toMatchObject({ calls: 0, totalP50Ms: null });
});

test("slices without calls are gaps, and every slice stands at its own time", () => {
  const one = slice(2 * hourMs, { calls: 1 });
  expect(withGaps([one], { sinceMs: 0, sliceMs: hourMs }, 4 * hourMs - 1)).toEqual([
    { fromMs: 0, slice: null },
    { fromMs: hourMs, slice: null },
    { fromMs: 2 * hourMs, slice: one },
    { fromMs: 3 * hourMs, slice: null },
  ]);
});

test("what is asked for covers now and as far back as the range says, in the same slices all the while", () => {
  for (const range of ["day", "week", "month"] as const) {
    const { sinceMs, sliceMs } = performanceInput(version, range, 1_750_000_000_000);
    const { spanMs } = ranges[range];
    expect(sinceMs + spanMs).toBeGreaterThanOrEqual(1_750_000_000_000);
    expect(sinceMs + spanMs - 1_750_000_000_000).toBeLessThan(sliceMs);
    expect(performanceInput(version, range, sinceMs + spanMs)).toEqual({ versionId: version, sinceMs, sliceMs });
    expect(figuresInput(version, range, 1_750_000_000_000)).toMatchObject({ sinceMs, sliceMs: ranges.month.spanMs });
  }
});

test("the CSV names the version, the time in UTC and every figure, and leaves out what is not known", () => {
  const csv = performanceCsv([
    { name: 'odd, "name" @1', slices: [slice(0, { calls: 2, totalP50Ms: 12.5, tokensPerSecondP50: 48 })] },
  ]);
  expect(csv).toBe(
    "version,from_utc,calls,failed,with_findings,held,first_token_p50_ms,first_token_p95_ms,total_p50_ms,total_p95_ms," +
      "tokens_per_second_p50,completion_tokens\r\n" +
      '"odd, ""name"" @1",1970-01-01T00:00:00.000Z,2,0,0,0,,,12.5,,48,0\r\n',
  );
});

function slice(fromMs: number, figures: Partial<PerformanceSlice>): PerformanceSlice {
  return {
    fromMs,
    calls: 0,
    failed: 0,
    violations: 0,
    held: 0,
    firstTokenP50Ms: null,
    firstTokenP95Ms: null,
    totalP50Ms: null,
    totalP95Ms: null,
    tokensPerSecondP50: null,
    completionTokens: 0,
    ...figures,
  };
}
