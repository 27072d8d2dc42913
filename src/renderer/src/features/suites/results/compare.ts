import type { TestResult, TestRun, TestRunSummary } from "../../../../../shared/contract/suites.ts";

/** A result beside the one of the same case on the same version in an earlier run. */
export type Change = "mended" | "broken" | "same" | "new";

/** How one result differs from the earlier run's; `same` while it has not ended. */
export function changeOf(result: TestResult, before: TestRun | undefined): Change {
  if (before === undefined || !ended(result)) return "same";
  const earlier = before.results.find(
    ({ caseId, versionId }) => caseId === result.caseId && versionId === result.versionId,
  );
  if (earlier === undefined || !ended(earlier)) return "new";
  if (earlier.state === result.state) return "same";
  if (result.state === "passed") return "mended";
  return earlier.state === "passed" ? "broken" : "same";
}

/** The run before another one, the newest being first; undefined before the second run. */
export function runBefore(runs: readonly TestRunSummary[], run: TestRunSummary): TestRunSummary | undefined {
  return runs
    .filter(({ id, startedAtMs, state }) => id !== run.id && startedAtMs < run.startedAtMs && state !== "running")
    .toSorted((one, other) => other.startedAtMs - one.startedAtMs)[0];
}

function ended({ state }: TestResult): boolean {
  return state === "passed" || state === "failed" || state === "error";
}
