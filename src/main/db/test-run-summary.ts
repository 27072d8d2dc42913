import type { TestResult, TestRunSummary } from "../../shared/contract/suites.ts";

type Figures = Pick<TestResult, "versionId" | "model" | "version" | "state" | "timings" | "completionTokens">;

/** How each version of a run did, in the order in which the versions first appear. */
export function summarised(results: readonly Figures[]): TestRunSummary["versions"] {
  const byVersion = Map.groupBy(results, ({ versionId }) => versionId);
  return [...byVersion.values()].flatMap((own) => {
    const [first] = own;
    if (!first) return [];
    const count = (state: TestResult["state"]) => own.filter((result) => result.state === state).length;
    return {
      versionId: first.versionId,
      model: first.model,
      version: first.version,
      passed: count("passed"),
      failed: count("failed"),
      errors: count("error"),
      totalP50Ms: median(own.flatMap(({ timings }) => (timings === null ? [] : timings.totalMs))),
      tokensPerSecondP50: median(own.flatMap(tokensPerSecond)),
    };
  });
}

function tokensPerSecond({ timings, completionTokens }: Figures): number[] {
  if (completionTokens === null || !timings?.decodeMs) return [];
  return [(completionTokens / timings.decodeMs) * 1000];
}

/** The middle value, or the mean of the two in the middle; null of none. */
function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}
