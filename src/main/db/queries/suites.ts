import type { Database } from "better-sqlite3";
import type { InferenceId, SuiteId, TestCaseId, TestRunId, VersionId } from "../../../shared/contract/ids.ts";
import type { GenerationOptions, Message } from "../../../shared/contract/inference.ts";
import type {
  Assertion,
  TestCase,
  TestResult,
  TestRun,
  TestRunSummary,
  TestSuite,
} from "../../../shared/contract/suites.ts";
import { Failure } from "../../base/failure.ts";
import { all, one, run } from "../statements.ts";
import { summarised } from "../test-run-summary.ts";

interface SuiteRow {
  id: SuiteId;
  name: string;
  description: string;
  created_at_ms: number;
  cases: number;
  run_id: TestRunId | null;
  run_started_at_ms: number;
  passed: number;
  failed: number;
}

interface CaseRow {
  id: TestCaseId;
  suite_id: SuiteId;
  name: string;
  messages: string;
  options: string;
  assertions: string;
}

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

export interface CaseFields {
  readonly name: string;
  readonly messages: readonly Message[];
  readonly options: GenerationOptions;
  readonly assertions: readonly Assertion[];
}

const selectSuites = `
  SELECT s.*, (SELECT count(*) FROM test_cases c WHERE c.suite_id = s.id) AS cases,
    r.id AS run_id, r.started_at_ms AS run_started_at_ms,
    (SELECT count(*) FROM test_results t WHERE t.run_id = r.id AND t.state = 'passed') AS passed,
    (SELECT count(*) FROM test_results t WHERE t.run_id = r.id AND t.state = 'failed') AS failed
  FROM test_suites s
  LEFT JOIN test_runs r
    ON r.id = (SELECT id FROM test_runs WHERE suite_id = s.id ORDER BY started_at_ms DESC, id DESC LIMIT 1)`;

const selectRuns = "SELECT r.*, s.name AS suite_name FROM test_runs r JOIN test_suites s ON s.id = r.suite_id" as const;

const fromResults = `
  FROM test_results t JOIN model_versions v ON v.id = t.version_id JOIN models m ON m.id = v.model_id`;

const inOrder = "ORDER BY t.version_position, t.case_position";

export const suiteReads = {
  listSuites(db: Database): TestSuite[] {
    return all<SuiteRow>(db, `${selectSuites} ORDER BY s.name COLLATE NOCASE, s.id`).map(toSuite);
  },

  getSuite(db: Database, { suiteId }: { suiteId: SuiteId }): TestSuite {
    return requireSuite(db, suiteId);
  },

  listCases(db: Database, { suiteId }: { suiteId: SuiteId }): TestCase[] {
    requireSuite(db, suiteId);
    return all<CaseRow>(db, "SELECT * FROM test_cases WHERE suite_id = $suiteId ORDER BY position", { suiteId }).map(
      toCase,
    );
  },

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

  getTestRun(db: Database, { testRunId }: { testRunId: TestRunId }): TestRun {
    return requireRun(db, testRunId);
  },
};

export const suiteWrites = {
  createSuite(db: Database, fact: { suiteId: SuiteId; name: string; description: string; atMs: number }): TestSuite {
    run(
      db,
      "INSERT INTO test_suites (id, name, description, created_at_ms) VALUES ($suiteId, $name, $description, $atMs)",
      fact,
    );
    return requireSuite(db, fact.suiteId);
  },

  /** A description that is left out stays. */
  renameSuite(db: Database, fact: { suiteId: SuiteId; name: string; description?: string | undefined }): TestSuite {
    requireSuite(db, fact.suiteId);
    run(
      db,
      "UPDATE test_suites SET name = $name, description = coalesce($description, description) WHERE id = $suiteId",
      { ...fact, description: fact.description ?? null },
    );
    return requireSuite(db, fact.suiteId);
  },

  removeSuite(db: Database, { suiteId }: { suiteId: SuiteId }): void {
    const { name } = requireSuite(db, suiteId);
    if (one(db, "SELECT 1 FROM test_runs WHERE suite_id = $suiteId AND state = 'running'", { suiteId }))
      throw new Failure("CONFLICT", `The suite ${name} is being run.`, {
        field: "suiteId",
        value: suiteId,
        remedy: "Wait for the run to end, or cancel it, and delete the suite then.",
      });
    run(db, "DELETE FROM test_suites WHERE id = $suiteId", { suiteId });
  },

  addCase(db: Database, fact: CaseFields & { testCaseId: TestCaseId; suiteId: SuiteId }): TestCase {
    requireSuite(db, fact.suiteId);
    run(
      db,
      `INSERT INTO test_cases (id, suite_id, position, name, messages, options, assertions)
       VALUES ($testCaseId, $suiteId, (SELECT coalesce(max(position), 0) + 1 FROM test_cases WHERE suite_id = $suiteId),
         $name, $messages, $options, $assertions)`,
      { ...columnsOf(fact), testCaseId: fact.testCaseId, suiteId: fact.suiteId },
    );
    return requireCase(db, fact.testCaseId);
  },

  saveCase(db: Database, fact: CaseFields & { testCaseId: TestCaseId }): TestCase {
    requireCase(db, fact.testCaseId);
    run(
      db,
      `UPDATE test_cases SET name = $name, messages = $messages, options = $options, assertions = $assertions
       WHERE id = $testCaseId`,
      { ...columnsOf(fact), testCaseId: fact.testCaseId },
    );
    return requireCase(db, fact.testCaseId);
  },

  /** The results of earlier runs keep its name and text. */
  removeCase(db: Database, { testCaseId }: { testCaseId: TestCaseId }): void {
    requireCase(db, testCaseId);
    run(db, "DELETE FROM test_cases WHERE id = $testCaseId", { testCaseId });
  },

  /** A run with every case waiting on every version. */
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

  startTestResult(db: Database, fact: { testRunId: TestRunId; caseId: TestCaseId; versionId: VersionId }): void {
    run(
      db,
      `UPDATE test_results SET state = 'running'
       WHERE run_id = $testRunId AND case_id = $caseId AND version_id = $versionId AND state = 'waiting'`,
      fact,
    );
  },

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

  /** What was not answered by then never will be. */
  endTestRun(db: Database, fact: { testRunId: TestRunId; state: TestRun["state"]; atMs: number }): TestRun {
    cancelOpenResults(db, "run_id = $testRunId", { testRunId: fact.testRunId });
    run(db, "UPDATE test_runs SET state = $state, finished_at_ms = $atMs WHERE id = $testRunId", fact);
    return requireRun(db, fact.testRunId);
  },

  /** At a start: runs that Taleward ended before are over, at a time nobody saw. */
  markInterruptedRuns(db: Database): void {
    cancelOpenResults(db, "run_id IN (SELECT id FROM test_runs WHERE state = 'running')", {});
    run(db, "UPDATE test_runs SET state = 'interrupted' WHERE state = 'running'");
  },
};

function cancelOpenResults(db: Database, where: string, parameters: object): void {
  run(db, `UPDATE test_results SET state = 'cancelled' WHERE state IN ('waiting', 'running') AND ${where}`, parameters);
}

function columnsOf({ name, messages, options, assertions }: CaseFields) {
  return {
    name,
    messages: JSON.stringify(messages),
    options: JSON.stringify(options),
    assertions: JSON.stringify(assertions),
  };
}

function requireSuite(db: Database, suiteId: SuiteId): TestSuite {
  const row = one<SuiteRow>(db, `${selectSuites} WHERE s.id = $suiteId`, { suiteId });
  if (row) return toSuite(row);
  throw new Failure("NOT_FOUND", "There is no such test suite.", {
    field: "suiteId",
    value: suiteId,
    remedy: "It may have been deleted: choose another from the list of suites.",
  });
}

function requireCase(db: Database, testCaseId: TestCaseId): TestCase {
  const row = one<CaseRow>(db, "SELECT * FROM test_cases WHERE id = $testCaseId", { testCaseId });
  if (row) return toCase(row);
  throw new Failure("NOT_FOUND", "There is no such test case.", {
    field: "testCaseId",
    value: testCaseId,
    remedy: "It may have been deleted: choose another from its suite.",
  });
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

function toSuite(row: SuiteRow): TestSuite {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    createdAtMs: row.created_at_ms,
    cases: row.cases,
    lastRun:
      row.run_id === null
        ? null
        : { id: row.run_id, startedAtMs: row.run_started_at_ms, passed: row.passed, failed: row.failed },
  };
}

function toCase(row: CaseRow): TestCase {
  return {
    id: row.id,
    suiteId: row.suite_id,
    name: row.name,
    messages: JSON.parse(row.messages),
    options: JSON.parse(row.options),
    assertions: JSON.parse(row.assertions),
  };
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
