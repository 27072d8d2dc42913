import { v7 as uuid } from "uuid";
import {
  type SuiteId,
  suiteId,
  testCaseId,
  type TestCaseId,
  testRunId,
  type VersionId,
} from "../../shared/contract/ids.ts";
import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { Assertion, TestCase, TestRun, TestRunSummary, TestSuite } from "../../shared/contract/suites.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { CaseFields } from "../db/queries/suites.ts";
import { Failure } from "../base/failure.ts";
import type { TaskGroup } from "../base/task-group.ts";
import { runCase, type SuiteModels } from "./case-run.ts";
import { patternProblem } from "./pattern.ts";
import { Progress } from "./progress.ts";

/** The versions that a suite can be run on. */
export interface SuiteVersions {
  /** Throws `Failure` (NOT_FOUND) when there is none. */
  version(versionId: VersionId): Promise<ModelVersion>;
}

export interface TestSuitesPorts {
  readonly database: DatabasePool;
  readonly models: SuiteModels;
  readonly versions: SuiteVersions;
  readonly running: TaskGroup;
  readonly nowMs: () => number;
  readonly changes: ChangeFeed;
}

/** Saved prompts with assertions, and their runs over versions. */
export class TestSuites {
  readonly #ports: TestSuitesPorts;

  constructor(ports: TestSuitesPorts) {
    this.#ports = ports;
  }

  list(): Promise<TestSuite[]> {
    return this.#ports.database.read("listSuites");
  }

  create(input: { name: string; description: string }): Promise<TestSuite> {
    const { database, nowMs } = this.#ports;
    return this.#announced(database.write("createSuite", { ...input, suiteId: suiteId.parse(uuid()), atMs: nowMs() }));
  }

  /** A description that is undefined stays. Throws `Failure` NOT_FOUND. */
  rename(input: { suiteId: SuiteId; name: string; description?: string | undefined }): Promise<TestSuite> {
    return this.#announced(this.#ports.database.write("renameSuite", input));
  }

  /** With its cases and runs; the calls stay in the log. Throws `Failure` (CONFLICT) while it is being run. */
  async remove(input: { suiteId: SuiteId }): Promise<Record<string, never>> {
    await this.#announced(this.#ports.database.write("removeSuite", input));
    return {};
  }

  cases(input: { suiteId: SuiteId }): Promise<TestCase[]> {
    return this.#ports.database.read("listCases", input);
  }

  /** Throws `Failure` when an assertion could never be judged: a pattern or a schema that is none, an unknown version. */
  async addCase(input: CaseFields & { suiteId: SuiteId }): Promise<TestCase> {
    await this.#requireJudgeable(input.assertions);
    return this.#announced(this.#ports.database.write("addCase", { ...input, testCaseId: testCaseId.parse(uuid()) }));
  }

  /** Throws like `addCase`. */
  async saveCase(input: CaseFields & { testCaseId: TestCaseId }): Promise<TestCase> {
    await this.#requireJudgeable(input.assertions);
    return this.#announced(this.#ports.database.write("saveCase", input));
  }

  async removeCase(input: { testCaseId: TestCaseId }): Promise<Record<string, never>> {
    await this.#announced(this.#ports.database.write("removeCase", input));
    return {};
  }

  /** Newest first, at most 200. */
  runs(input: { suiteId: SuiteId }): Promise<TestRunSummary[]> {
    return this.#ports.database.read("listTestRuns", input);
  }

  testRun(input: { testRunId: TestRun["id"] }): Promise<TestRun> {
    return this.#ports.database.read("getTestRun", input);
  }

  /**
   * Runs every case on every version: versions side by side, one call at a time each. Every event is the run as it is on
   * disk, at most ten a second, and the last one its end. Aborting stops the calls and leaves the rest `cancelled`. Throws
   * `Failure` before anything is written when the suite has no case, or a version is unknown, retired or named twice.
   */
  run(input: { suiteId: SuiteId; versionIds: readonly VersionId[] }, signal?: AbortSignal): AsyncGenerator<TestRun> {
    return this.#ports.running.events(signal, (emit, stopped) => this.#run(input, emit, stopped));
  }

  async #run(
    { suiteId, versionIds }: { suiteId: SuiteId; versionIds: readonly VersionId[] },
    emit: (event: TestRun) => void,
    cancelled: AbortSignal,
  ): Promise<void> {
    const { database, nowMs, changes, running } = this.#ports;
    const suite = await database.read("getSuite", { suiteId });
    const cases = await database.read("listCases", { suiteId });
    await this.#requireRunnable(versionIds);
    if (cases.length === 0)
      throw new Failure("CONFLICT", `The suite ${suite.name} has no cases.`, {
        field: "suiteId",
        value: suiteId,
        remedy: "Add a case to it first.",
      });
    const id = testRunId.parse(uuid());
    emit(await database.write("beginTestRun", { testRunId: id, suiteId, cases, versionIds, atMs: nowMs() }));
    changes.announce("suites");
    const progress = new Progress(progressEveryMs(cases.length * versionIds.length), async () =>
      emit(await database.read("getTestRun", { testRunId: id })),
    );
    const broken = new AbortController();
    const stop = AbortSignal.any([cancelled, broken.signal]);
    const caller = `test suite: ${suite.name}`;
    const ends = await Promise.allSettled(
      versionIds.map((versionId) =>
        this.#runVersion({ testRunId: id, cases, versionId, caller }, progress, stop).catch((error: unknown) => {
          broken.abort(error); // a result that cannot be stored ends the whole run
          throw error;
        }),
      ),
    );
    const reported = await Promise.allSettled([progress.end()]);
    const failed = ends.some((end) => end.status === "rejected");
    const whole = ends.every((end) => end.status === "fulfilled" && end.value);
    const state = failed || (!whole && running.isClosing) ? "interrupted" : whole ? "finished" : "cancelled";
    try {
      emit(await database.write("endTestRun", { testRunId: id, state, atMs: nowMs() }));
    } finally {
      changes.announce("suites");
    }
    for (const end of [...ends, ...reported]) if (end.status === "rejected") throw end.reason;
  }

  /** One version's cases, in order; each result is committed as it is there. Resolves to whether all of them ran to their end. */
  async #runVersion(
    given: { testRunId: TestRun["id"]; cases: readonly TestCase[]; versionId: VersionId; caller: string },
    progress: Progress,
    stop: AbortSignal,
  ): Promise<boolean> {
    const { database } = this.#ports;
    const { testRunId, cases, versionId, caller } = given;
    for (const testCase of cases) {
      if (stop.aborted) return false;
      const key = { testRunId, caseId: testCase.id, versionId };
      await database.write("startTestResult", key);
      progress.changed();
      const outcome = await runCase(this.#ports.models, { testCase, versionId, caller }, stop);
      await database.write("endTestResult", { ...key, ...outcome });
      progress.changed();
      if (outcome.state === "cancelled") return false;
    }
    return true;
  }

  async #requireRunnable(versionIds: readonly VersionId[]): Promise<void> {
    const refuse = (code: "BAD_REQUEST" | "CONFLICT", message: string, value: VersionId, remedy: string) =>
      new Failure(code, message, { field: "versionIds", value, remedy });
    for (const [index, versionId] of versionIds.entries()) {
      const { model, version, status } = await this.#ports.versions.version(versionId);
      if (versionIds.indexOf(versionId) !== index)
        throw refuse("BAD_REQUEST", `${model} ${version} is named twice.`, versionId, "Name each version once.");
      if (status === "retired")
        throw refuse("CONFLICT", `${model} ${version} is retired.`, versionId, "Take it back first, or leave it out.");
    }
  }

  async #requireJudgeable(assertions: readonly Assertion[]): Promise<void> {
    for (const [index, assertion] of assertions.entries()) {
      const at = (field: string) => `assertions.${index}.${field}`;
      switch (assertion.type) {
        case "regex": {
          const problem = patternProblem(assertion);
          if (problem !== null)
            throw new Failure("BAD_REQUEST", `The pattern is none: ${problem}.`, {
              field: at("pattern"),
              value: `/${assertion.pattern}/${assertion.flags}`,
              remedy: "Correct the pattern or its flags; the syntax is JavaScript's.",
            });
          break;
        }
        case "json_schema":
          await named(at("schema"), () => this.#ports.models.checkerFor(assertion.schema));
          break;
        case "similarity":
          await named(at("embeddingVersionId"), () => this.#ports.versions.version(assertion.embeddingVersionId));
          break;
        case "judge":
          await named(at("judgeVersionId"), () => this.#ports.versions.version(assertion.judgeVersionId));
          break;
        default:
          break;
      }
    }
  }

  async #announced<Result>(change: Promise<Result>): Promise<Result> {
    const result = await change;
    this.#ports.changes.announce("suites");
    return result;
  }
}

/** What `check` refuses, by the name of the field the person filled in. */
async function named(field: string, check: () => unknown): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (error instanceof Failure) throw new Failure(error.code, error.message, { ...error.data, field });
    throw error;
  }
}

/** Ten times a second; for more than 100 results, which every event repeats, one millisecond a result. */
function progressEveryMs(results: number): number {
  return Math.max(100, results);
}
