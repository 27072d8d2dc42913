import type { Database } from "better-sqlite3";
import type { VersionId } from "../../../shared/contract/ids.ts";
import type { StableRecord } from "../../../shared/contract/rollout-status.ts";
import type { CallFacts } from "../../rollouts/statistics/call-metrics.ts";
import { firstCallId } from "../call-ids.ts";
import { all, one } from "../statements.ts";
import { count, measure } from "../stored.ts";

/** A past call, as far as it describes its version and its traffic. */
export interface RecordedCall extends CallFacts {
  readonly startedAtMs: number;
  readonly session: string | null;
}

export const pastCallReads = {
  /**
   * Of the latest calls of a use case that ended, at most `limit`, since its version was assigned: how many there are, how many
   * of them that version did not answer, and how many of its answers were held back or had a critical finding. Stopped ones
   * count as calls, those of a candidate do not.
   */
  stableRecord(db: Database, of: { useCase: string; versionId: VersionId; limit: number }): StableRecord {
    const live = one<{ fromMs: number }>(
      db,
      "SELECT from_ms AS fromMs FROM assignments WHERE use_case = $useCase AND version_id = $versionId AND until_ms IS NULL",
      of,
    );
    const sinceMs = live?.fromMs ?? 0;
    return (
      one<StableRecord>(
        db,
        `SELECT count(*) AS calls, total(NOT answered OR outcome = 'failed') AS errors,
           total(answered AND (outcome = 'held' OR severity IN ('high', 'critical'))) AS held,
           total(answered AND severity = 'critical') AS critical
         FROM (SELECT version_id IS $versionId AS answered, outcome, severity FROM inferences
           WHERE use_case = $useCase AND id >= $firstId AND started_at_ms >= $sinceMs
             AND outcome IN ('completed', 'held', 'failed', 'stopped') AND arm IS NOT 'candidate' AND version_id IS NOT NULL
           ORDER BY id DESC LIMIT $limit)`,
        { ...of, sinceMs, firstId: firstCallId(sinceMs) },
      ) ?? { calls: 0, errors: 0, held: 0, critical: 0 }
    );
  },

  /**
   * The latest calls of a use case for the version that is assigned to it now, since `sinceMs` and since it was
   * assigned, oldest first, at most `limit`. Calls that a fallback answered are included, with `byItsArm` false. Left
   * out are stopped calls, a candidate's calls, and answers without a first token, such as embeddings. Empty where
   * nothing is assigned.
   */
  recordedCalls(db: Database, of: { useCase: string; sinceMs: number; limit: number }): RecordedCall[] {
    const live = one<{ versionId: string; fromMs: number }>(
      db,
      "SELECT version_id AS versionId, from_ms AS fromMs FROM assignments WHERE use_case = $useCase AND until_ms IS NULL",
      { useCase: of.useCase },
    );
    if (!live) return [];
    const sinceMs = Math.max(of.sinceMs, live.fromMs);
    return all<Omit<RecordedCall, "byItsArm"> & { byItsArm: 0 | 1 }>(
      db,
      `SELECT started_at_ms AS startedAtMs, session_key AS session, outcome, severity, completion_tokens AS completionTokens,
         octet_length(response) + octet_length(thoughts) AS textBytes,
         load_ms AS loadMs, decode_ms AS decodeMs, first_token_ms AS firstTokenMs, total_ms AS totalMs, version_id IS $versionId AS byItsArm
       FROM inferences
       WHERE use_case = $useCase AND id >= $firstId AND started_at_ms >= $sinceMs
         AND outcome IN ('completed', 'held', 'failed') AND arm IS NOT 'candidate'
         AND (outcome <> 'completed' OR first_token_ms IS NOT NULL)
       ORDER BY id DESC LIMIT $limit`,
      { ...of, sinceMs, versionId: live.versionId, firstId: firstCallId(sinceMs) },
    )
      .map(({ byItsArm, ...call }) => ({
        ...call,
        completionTokens: count(call.completionTokens),
        loadMs: measure(call.loadMs),
        decodeMs: measure(call.decodeMs),
        firstTokenMs: measure(call.firstTokenMs),
        totalMs: measure(call.totalMs),
        byItsArm: byItsArm === 1,
      }))
      .reverse();
  },
};
