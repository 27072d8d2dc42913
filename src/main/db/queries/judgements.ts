import type { Database } from "better-sqlite3";
import type { InferenceId, VersionId } from "../../../shared/contract/ids.ts";
import type { Rating } from "../../../shared/contract/logs.ts";
import type { RatingSummary, SuiteJudgement } from "../../../shared/contract/registry.ts";
import { Failure } from "../../base/failure.ts";
import { all, one, run } from "../statements.ts";
import { requireVersion } from "./registry/rows.ts";

export const judgementReads = {
  /** A version's latest run of each suite, by the suites' names, and how people rated its answers. Throws NOT_FOUND. */
  judgements(
    db: Database,
    { versionId }: { versionId: VersionId },
  ): { suites: SuiteJudgement[]; ratings: RatingSummary } {
    requireVersion(db, versionId);
    return { suites: latestRuns(db, versionId), ratings: ratingsOf(db, versionId) };
  },

  /** The rating of an answer; null where nobody rated it. Throws NOT_FOUND for a call that is not in the log. */
  rating(db: Database, { inferenceId }: { inferenceId: InferenceId }): Rating | null {
    requireCall(db, inferenceId);
    const row = one<Rating>(db, "SELECT stars, rated_at_ms AS atMs FROM ratings WHERE inference_id = $inferenceId", {
      inferenceId,
    });
    return row ?? null;
  },
};

export const judgementWrites = {
  /**
   * Rates an answer with 1 to 5 stars, for the version that gave it; a second rating replaces the first. Throws
   * NOT_FOUND for a call that is not in the log, and CONFLICT where it was neither completed nor stopped, or no
   * registered version answered it.
   */
  rate(db: Database, fact: { inferenceId: InferenceId; stars: number; atMs: number }): Rating {
    const call = requireCall(db, fact.inferenceId);
    if (call.versionId === null || !(call.outcome === "completed" || call.outcome === "stopped"))
      throw new Failure("CONFLICT", "This call has no answer of a version to rate.", {
        field: "inferenceId",
        value: fact.inferenceId,
        remedy: "Rate one that was completed or stopped.",
      });
    run(
      db,
      `INSERT INTO ratings (inference_id, version_id, stars, rated_at_ms) VALUES ($inferenceId, $versionId, $stars, $atMs)
       ON CONFLICT (inference_id) DO UPDATE SET stars = excluded.stars, rated_at_ms = excluded.rated_at_ms`,
      { ...fact, versionId: call.versionId },
    );
    return { stars: fact.stars, atMs: fact.atMs };
  },

  /** Removes the rating of an answer, if it has one. Throws NOT_FOUND for a call that is not in the log. */
  removeRating(db: Database, { inferenceId }: { inferenceId: InferenceId }): void {
    requireCall(db, inferenceId);
    run(db, "DELETE FROM ratings WHERE inference_id = $inferenceId", { inferenceId });
  },
};

function latestRuns(db: Database, versionId: VersionId): SuiteJudgement[] {
  return all<SuiteJudgement>(
    db,
    `WITH own AS (
       SELECT run_id, count(*) AS cases, sum(state = 'passed') AS passed, sum(state = 'failed') AS failed,
         sum(state = 'error') AS errors
       FROM test_results WHERE version_id = $versionId GROUP BY run_id),
     ranked AS (
       SELECT r.suite_id, r.id, r.started_at_ms, r.state, own.cases, own.passed, own.failed, own.errors,
         row_number() OVER (PARTITION BY r.suite_id ORDER BY r.started_at_ms DESC, r.id DESC) AS place
       FROM own JOIN test_runs r ON r.id = own.run_id)
     SELECT s.id AS suiteId, s.name AS suiteName, ranked.id AS runId, ranked.started_at_ms AS startedAtMs, ranked.state,
       cases, passed, failed, errors
     FROM ranked JOIN test_suites s ON s.id = ranked.suite_id
     WHERE place = 1 ORDER BY s.name COLLATE NOCASE, s.id`,
    { versionId },
  );
}

function ratingsOf(db: Database, versionId: VersionId): RatingSummary {
  const given = new Map(
    all<{ stars: number; count: number }>(
      db,
      "SELECT stars, count(*) AS count FROM ratings WHERE version_id = $versionId GROUP BY stars",
      { versionId },
    ).map(({ stars, count }) => [stars, count]),
  );
  const byStars = [1, 2, 3, 4, 5].map((stars) => given.get(stars) ?? 0);
  const count = byStars.reduce((sum, times) => sum + times, 0);
  const stars = byStars.reduce((sum, times, index) => sum + times * (index + 1), 0);
  return { count, mean: count === 0 ? null : stars / count, byStars };
}

function requireCall(db: Database, inferenceId: InferenceId): { outcome: string; versionId: VersionId | null } {
  const call = one<{ outcome: string; versionId: VersionId | null }>(
    db,
    `SELECT i.outcome, v.id AS versionId FROM inferences i LEFT JOIN model_versions v ON v.id = i.version_id
     WHERE i.id = $inferenceId`,
    { inferenceId },
  );
  if (call) return call;
  throw new Failure("NOT_FOUND", "There is no such inference in the log.", {
    field: "inferenceId",
    value: inferenceId,
    remedy: "Open it from the list of logs.",
  });
}
