import type { Database } from "better-sqlite3";
import type { InferenceId, SuiteId, TestCaseId, TestRunId, VersionId } from "../../../shared/contract/ids.ts";
import type { TestResult, TestRun, TestRunSummary } from "../../../shared/contract/suites.ts";
import { Failure } from "../../base/failure.ts";
import { all, one, run } from "../statements.ts";
import { summarised } from "../test-run-summary.ts";
import { requireSuite } from "./suites.ts";

interface RunRow {
  id: TestRunId;
  suite_id: SuiteId;
  suite_name: string;
  started_at_ms: number;
  finished_at_ms: number | null;
  state: TestRun["state"];
}

/** What a list of runs needs of a result: nothing that is long. */
interface FigureRow {
  run_id: TestRunId;
  version_id: VersionId;
  model: string;
  version: string;
  state: TestResult["state"];
  timings: string | null;
  completion_tokens: number | null;
}

interface ResultRow extends FigureRow {
  case_id: TestCaseId;
  case_name: string;
  inference_id: InferenceId | null;
  assertions: string;
  error: string | null;
  prompt_tokens: number | null;
  text: string;
}

/** What is known of one case on one version once it has ended. */
export type TestResultEnd = Omit<TestResult, "caseName" | "model" | "version"> & { readonly testRunId: TestRunId };

const selectRuns = "SELECT r.*, s.name AS suite_name FROM test_runs r JOIN test_suites s ON s.id = r.suite_id" as const;

const fromResults = `
  FROM test_results t JOIN model_versions v ON v.id = t.version_id JOIN models m ON m.id = v.model_id`;

const inOrder = "ORDER BY t.version_position, t.case_position";

export const testRunReads = {
  /** The latest 200 runs of a suite, newest first, each summed up by version. Throws NOT_FOUND for the suite. */
  listTestRuns(db: Database, { suiteId }: { suiteId: SuiteId }): TestRunSummary[] {
    requireSuite(db, suiteId);
    const runs = all<RunRow>(
      db,
      `${selectRuns} WHERE r.suite_id = $suiteId ORDER BY r.started_at_ms DESC, r.id DESC LIMIT 200`,
      { suiteId },
    );
    return runs.map((row) => ({
      ...toRun(row),
      versions: summarised(
        all<FigureRow>(
          db,
          `SELECT t.run_id, t.version_id, m.name AS model, v.version, t.state, t.timings, t.completion_tokens
           ${fromResults} WHERE t.run_id = $runId ${inOrder}`,
          { runId: row.id },
        ).map(toFigures),
      ),
    }));
  },

  /** A run with all its results, by version and then by case, in the order in which it was begun. Throws NOT_FOUND. */
  getTestRun(db: Database, { testRunId }: { testRunId: TestRunId }): TestRun {
    return requireRun(db, testRunId);
  },
};

export const testRunWrites = {
  /**
   * Begins a run, with a waiting result for every case on every version, in one transaction. Throws NOT_FOUND for the
   * suite.
   */
  beginTestRun(
    db: Database,
    fact: {
      testRunId: TestRunId;
      suiteId: SuiteId;
      cases: readonly { readonly id: TestCaseId; readonly name: string }[];
      versionIds: readonly VersionId[];
      atMs: number;
    },
  ): TestRun {
    const { testRunId, suiteId, atMs } = fact;
    requireSuite(db, suiteId);
    run(
      db,
      "INSERT INTO test_runs (id, suite_id, started_at_ms, state) VALUES ($testRunId, $suiteId, $atMs, 'running')",
      { testRunId, suiteId, atMs },
    );
    for (const [versionPosition, versionId] of fact.versionIds.entries())
      for (const [casePosition, testCase] of fact.cases.entries())
        run(
          db,
          `INSERT INTO test_results
             (run_id, case_id, version_id, case_position, version_position, case_name, state, assertions, text)
           VALUES ($testRunId, $caseId, $versionId, $casePosition, $versionPosition, $caseName, 'waiting', '[]', '')`,
          { testRunId, caseId: testCase.id, versionId, casePosition, versionPosition, caseName: testCase.name },
        );
    return requireRun(db, testRunId);
  },

  /** Marks a waiting result as running. Changes nothing where it was cancelled meanwhile. */
  startTestResult(db: Database, fact: { testRunId: TestRunId; caseId: TestCaseId; versionId: VersionId }): void {
    run(
      db,
      `UPDATE test_results SET state = 'running'
       WHERE run_id = $testRunId AND case_id = $caseId AND version_id = $versionId AND state = 'waiting'`,
      fact,
    );
  },

  /** Writes how one case went on one version; `error` and `timings` are null where there are none. */
  endTestResult(db: Database, fact: TestResultEnd): void {
    run(
      db,
      `UPDATE test_results SET state = $state, inference_id = $inferenceId, assertions = $assertions, error = $error,
         timings = $timings, prompt_tokens = $promptTokens, completion_tokens = $completionTokens, text = $text
       WHERE run_id = $testRunId AND case_id = $caseId AND version_id = $versionId`,
      {
        ...fact,
        assertions: JSON.stringify(fact.assertions),
        error: fact.error === null ? null : JSON.stringify(fact.error),
        timings: fact.timings === null ? null : JSON.stringify(fact.timings),
      },
    );
  },

  /**
   * Ends a run; the results that are still waiting or running are cancelled, in the same transaction. Throws NOT_FOUND.
   */
  endTestRun(db: Database, fact: { testRunId: TestRunId; state: TestRun["state"]; atMs: number }): TestRun {
    cancelOpenResults(db, "run_id = $testRunId", { testRunId: fact.testRunId });
    run(db, "UPDATE test_runs SET state = $state, finished_at_ms = $atMs WHERE id = $testRunId", fact);
    return requireRun(db, fact.testRunId);
  },

  /**
   * At a start: runs that are still `running` belong to a process that ended. They become `interrupted`, without a time
   * of their end, and their open results are cancelled.
   */
  markInterruptedRuns(db: Database): void {
    cancelOpenResults(db, "run_id IN (SELECT id FROM test_runs WHERE state = 'running')", {});
    run(db, "UPDATE test_runs SET state = 'interrupted' WHERE state = 'running'");
  },
};

function cancelOpenResults(db: Database, where: string, parameters: object): void {
  run(db, `UPDATE test_results SET state = 'cancelled' WHERE state IN ('waiting', 'running') AND ${where}`, parameters);
}

function requireRun(db: Database, testRunId: TestRunId): TestRun {
  const row = one<RunRow>(db, `${selectRuns} WHERE r.id = $testRunId`, { testRunId });
  if (!row)
    throw new Failure("NOT_FOUND", "There is no such test run.", {
      field: "testRunId",
      value: testRunId,
      remedy: "It may have been deleted with its suite: choose another from the suite's runs.",
    });
  const results = all<ResultRow>(
    db,
    `SELECT t.*, m.name AS model, v.version ${fromResults} WHERE t.run_id = $testRunId ${inOrder}`,
    { testRunId },
  ).map(toResult);
  return { ...toRun(row), versions: summarised(results), results };
}

function toRun(row: RunRow): Omit<TestRunSummary, "versions"> {
  return {
    id: row.id,
    suiteId: row.suite_id,
    suiteName: row.suite_name,
    startedAtMs: row.started_at_ms,
    finishedAtMs: row.finished_at_ms,
    state: row.state,
  };
}

function toFigures(row: FigureRow) {
  return {
    versionId: row.version_id,
    model: row.model,
    version: row.version,
    state: row.state,
    timings: row.timings === null ? null : JSON.parse(row.timings),
    completionTokens: row.completion_tokens,
  };
}

function toResult(row: ResultRow): TestResult {
  return {
    ...toFigures(row),
    caseId: row.case_id,
    caseName: row.case_name,
    inferenceId: row.inference_id,
    text: row.text,
    assertions: JSON.parse(row.assertions),
    error: row.error === null ? null : JSON.parse(row.error),
    promptTokens: row.prompt_tokens,
  };
}
