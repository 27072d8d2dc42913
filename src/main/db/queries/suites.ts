import type { Database } from "better-sqlite3";
import type { SuiteId, TestCaseId, TestRunId } from "../../../shared/contract/ids.ts";
import type { GenerationOptions, Message } from "../../../shared/contract/inference.ts";
import type { Assertion, TestCase, TestSuite } from "../../../shared/contract/suites.ts";
import { Failure } from "../../base/failure.ts";
import { all, one, run } from "../statements.ts";

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

export const suiteReads = {
  /**
   * All test suites by name, each with its number of cases and its last run; `lastRun` is null where it was never run.
   */
  listSuites(db: Database): TestSuite[] {
    return all<SuiteRow>(db, `${selectSuites} ORDER BY s.name COLLATE NOCASE, s.id`).map(toSuite);
  },

  /** One test suite. Throws NOT_FOUND. */
  getSuite(db: Database, { suiteId }: { suiteId: SuiteId }): TestSuite {
    return requireSuite(db, suiteId);
  },

  /** The cases of a suite in their order. Throws NOT_FOUND. */
  listCases(db: Database, { suiteId }: { suiteId: SuiteId }): TestCase[] {
    requireSuite(db, suiteId);
    return all<CaseRow>(db, "SELECT * FROM test_cases WHERE suite_id = $suiteId ORDER BY position", { suiteId }).map(
      toCase,
    );
  },
};

export const suiteWrites = {
  /** Creates a suite without cases. */
  createSuite(db: Database, fact: { suiteId: SuiteId; name: string; description: string; atMs: number }): TestSuite {
    run(
      db,
      "INSERT INTO test_suites (id, name, description, created_at_ms) VALUES ($suiteId, $name, $description, $atMs)",
      fact,
    );
    return requireSuite(db, fact.suiteId);
  },

  /** Gives a suite another name, and another description unless that is undefined. Throws NOT_FOUND. */
  renameSuite(db: Database, fact: { suiteId: SuiteId; name: string; description?: string | undefined }): TestSuite {
    requireSuite(db, fact.suiteId);
    run(
      db,
      "UPDATE test_suites SET name = $name, description = coalesce($description, description) WHERE id = $suiteId",
      { ...fact, description: fact.description ?? null },
    );
    return requireSuite(db, fact.suiteId);
  },

  /** Deletes a suite with its cases and runs. Throws NOT_FOUND, and CONFLICT while it is being run. */
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

  /** Appends a case to a suite. Throws NOT_FOUND. */
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

  /** Replaces all fields of a case. Results of earlier runs keep the name it had. Throws NOT_FOUND. */
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

  /** Deletes a case. The results of earlier runs keep its name and text. Throws NOT_FOUND. */
  removeCase(db: Database, { testCaseId }: { testCaseId: TestCaseId }): void {
    requireCase(db, testCaseId);
    run(db, "DELETE FROM test_cases WHERE id = $testCaseId", { testCaseId });
  },
};

function columnsOf({ name, messages, options, assertions }: CaseFields) {
  return {
    name,
    messages: JSON.stringify(messages),
    options: JSON.stringify(options),
    assertions: JSON.stringify(assertions),
  };
}

/** The test suite with an id. Throws NOT_FOUND. */
export function requireSuite(db: Database, suiteId: SuiteId): TestSuite {
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
