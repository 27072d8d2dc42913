import type { Database } from "better-sqlite3";
import type { InferenceId, RolloutId } from "../../../shared/contract/ids.ts";
import type { Arm } from "../../../shared/contract/rollout-plan.ts";
import type { RolloutSample } from "../../../shared/contract/rollouts.ts";
import type { BegunCall, EndedCall } from "../../rollouts/statistics/call-metrics.ts";
import { all } from "../statements.ts";
import { count, measure } from "../stored.ts";
import { requireRollout } from "./rollouts.ts";

/** A call of an arm with its position among the calls of its rollout. */
export interface RolloutCallInOrder {
  readonly position: number;
  readonly call: BegunCall;
  /** Null where it had not ended by then. */
  readonly ended: EndedCall | null;
}

export interface ShadowedPair {
  readonly position: number;
  readonly stable: { readonly msPerToken: number | null; readonly totalMs: number | null };
  readonly candidate: { readonly msPerToken: number | null; readonly totalMs: number | null };
}

export const rolloutCallReads = {
  /**
   * A page of the calls of both arms, in the order in which they began, after the `after`th, interrupted ones left out;
   * calls from before the rollout was last resumed do not count. A call that had not ended at `untilMs` (null: now) has
   * `ended` null.
   */
  rolloutCalls(
    db: Database,
    page: { rolloutId: RolloutId; after: number; untilMs: number | null; limit: number },
  ): RolloutCallInOrder[] {
    return all<CallRow>(
      db,
      `SELECT i.id, i.rollout_id, i.rollout_begin, i.arm, i.arm_percent, i.session_key, i.started_at_ms, i.finished_at_ms, i.outcome, i.severity,
         i.completion_tokens, octet_length(i.response) + octet_length(i.thoughts) AS text_bytes, i.load_ms, i.decode_ms, i.first_token_ms, i.total_ms,
         i.version_id = CASE i.arm WHEN 'stable' THEN r.stable_version_id ELSE r.candidate_version_id END AS by_its_arm
       FROM inferences i JOIN rollouts r ON r.id = i.rollout_id
       WHERE i.rollout_id = $rolloutId AND i.rollout_begin > max($after, r.counted_after) AND i.outcome <> 'interrupted'
       ORDER BY i.rollout_begin LIMIT $limit`,
      page,
    ).map((row) => toCall(row, page.untilMs ?? Number.POSITIVE_INFINITY));
  },

  /**
   * A page of completed shadow calls with the completed calls they copy, in the order in which the shadows ended:
   * milliseconds without those for loading the model, null where nothing was measured, or the whole time was one that loaded it.
   */
  rolloutShadows(db: Database, page: { rolloutId: RolloutId; after: number; limit: number }): ShadowedPair[] {
    return all<PairRow>(
      db,
      `SELECT c.rollout_end, s.decode_ms / nullif(s.completion_tokens, 0) AS stable_token_ms, iif(s.load_ms >= 300, NULL, s.total_ms - ifnull(s.load_ms, 0)) AS stable_total_ms,
         c.decode_ms / nullif(c.completion_tokens, 0) AS candidate_token_ms, iif(c.load_ms >= 300, NULL, c.total_ms - ifnull(c.load_ms, 0)) AS candidate_total_ms
       FROM inferences c JOIN inferences s ON s.id = substr(c.caller, 11) JOIN rollouts r ON r.id = c.rollout_id
       WHERE c.rollout_id = $rolloutId AND c.rollout_end > $after AND c.arm IS NULL AND c.outcome = 'completed'
         AND s.outcome = 'completed' AND s.rollout_begin > r.counted_after
       ORDER BY c.rollout_end LIMIT $limit`,
      page,
    ).map((row) => ({
      position: row.rollout_end,
      stable: { msPerToken: measure(row.stable_token_ms), totalMs: measure(row.stable_total_ms) },
      candidate: { msPerToken: measure(row.candidate_token_ms), totalMs: measure(row.candidate_total_ms) },
    }));
  },

  /**
   * The latest `limit` calls of each arm, and as many of the latest shadow calls with the calls they copy, newest
   * first. Calls that still run are among those of the arms, not among the shadows. Throws NOT_FOUND.
   */
  rolloutSamples(db: Database, { rolloutId, limit }: { rolloutId: RolloutId; limit: number }): RolloutSample[] {
    requireRollout(db, rolloutId);
    const columns = "id, arm, started_at_ms, session_key, prompt_excerpt, response_excerpt, outcome, total_ms";
    const of = (arm: Arm) =>
      all<SampleRow>(
        db,
        `SELECT ${columns}, NULL AS shadow_of FROM inferences
         WHERE rollout_id = $rolloutId AND arm = $arm ORDER BY id DESC LIMIT $limit`,
        { rolloutId, arm, limit },
      );
    const shadows = all<SampleRow>(
      db,
      `SELECT ${columns}, substr(caller, 11) AS shadow_of FROM inferences
       WHERE rollout_id = $rolloutId AND arm IS NULL AND outcome NOT IN ('running', 'stopped', 'interrupted')
       ORDER BY id DESC LIMIT $limit`,
      { rolloutId, limit },
    );
    const copied = shadows.flatMap(({ shadow_of: id }) =>
      all<SampleRow>(db, `SELECT ${columns}, NULL AS shadow_of FROM inferences WHERE id = $id`, { id }),
    );
    const rows = [...of("stable"), ...of("candidate"), ...shadows, ...copied];
    return [...new Map(rows.map((row) => [row.id, row])).values()]
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .map((row) => ({
        inferenceId: row.id,
        arm: row.arm ?? "candidate",
        shadowOf: row.shadow_of,
        atMs: row.started_at_ms,
        sessionKey: row.session_key,
        promptExcerpt: row.prompt_excerpt,
        responseExcerpt: row.response_excerpt,
        outcome: row.outcome,
        totalMs: measure(row.total_ms),
      }));
  },
};

interface CallRow {
  id: InferenceId;
  rollout_id: RolloutId;
  rollout_begin: number;
  arm: Arm;
  arm_percent: number;
  session_key: string | null;
  started_at_ms: number;
  finished_at_ms: number | null;
  outcome: EndedCall["outcome"] | "running";
  severity: EndedCall["severity"];
  completion_tokens: number | null;
  text_bytes: number;
  load_ms: number | null;
  decode_ms: number | null;
  first_token_ms: number | null;
  total_ms: number | null;
  by_its_arm: number;
}

interface PairRow {
  rollout_end: number;
  stable_token_ms: number | null;
  stable_total_ms: number | null;
  candidate_token_ms: number | null;
  candidate_total_ms: number | null;
}

interface SampleRow {
  id: InferenceId;
  /** Null for a copy. */
  arm: Arm | null;
  shadow_of: InferenceId | null;
  started_at_ms: number;
  session_key: string | null;
  prompt_excerpt: string;
  response_excerpt: string;
  outcome: string;
  total_ms: number | null;
}

function toCall(row: CallRow, untilMs: number): RolloutCallInOrder {
  const { rollout_begin: position, finished_at_ms: finishedAtMs, outcome } = row;
  const call: BegunCall = {
    id: row.id,
    arm: row.arm,
    armPercent: row.arm_percent,
    session: row.session_key,
    startedAtMs: row.started_at_ms,
  };
  if (outcome === "running" || finishedAtMs === null || finishedAtMs > untilMs) return { position, call, ended: null };
  const ended: EndedCall = {
    ...call,
    rolloutId: row.rollout_id,
    finishedAtMs,
    outcome,
    severity: row.severity,
    byItsArm: row.by_its_arm === 1,
    completionTokens: count(row.completion_tokens),
    textBytes: row.text_bytes,
    loadMs: measure(row.load_ms),
    decodeMs: measure(row.decode_ms),
    firstTokenMs: measure(row.first_token_ms),
    totalMs: measure(row.total_ms),
  };
  return { position, call, ended };
}
