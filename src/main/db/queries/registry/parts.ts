import type { Database } from "better-sqlite3";
import type { InferenceId, VersionId } from "../../../../shared/contract/ids.ts";
import type { Attempt } from "../../../../shared/contract/inference.ts";
import { statement } from "../../statements.ts";
import { listFrom } from "../../stored.ts";

/** A version's own part of a call that was sent to several versions. Milliseconds since the call began. */
export interface CallPart {
  readonly id: InferenceId;
  readonly startedAtMs: number;
  /** The call's row names this version: it was the last one attempted. */
  readonly isLast: boolean;
  /** When its first attempt began, and when its last one ended. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** It was attempted and failed; an attempt that its rollout's rollback cancelled is no failure. */
  readonly failed: boolean;
}

interface RescuedRow {
  id: InferenceId;
  started_at_ms: number;
  version_id: VersionId | null;
  attempts: string;
}

/** Exactly as the index has it. */
const wasRescued = `instr(attempts, '"next":"fallback"') > 0`;

/**
 * A version's parts of the calls that a fallback answered, newest first: its own failures, and what it answered as a
 * fallback. Read from the covering index alone. `maxRows` limits how many such calls, of any version, are looked at; -1
 * means all.
 */
export function partsOfRescued(
  db: Database,
  { versionId, firstId, maxRows = -1 }: { versionId: VersionId; firstId: string; maxRows?: number },
): CallPart[] {
  const rows = statement(
    db,
    `SELECT id, started_at_ms, version_id, attempts FROM (
       SELECT id, started_at_ms, version_id, attempts FROM inferences INDEXED BY inferences_rescued
       WHERE ${wasRescued} AND id >= $firstId ORDER BY id DESC LIMIT $maxRows)
     WHERE instr(attempts, $versionId) > 0`,
  ).iterate({ versionId, firstId, maxRows }) as IterableIterator<RescuedRow>; // the columns above
  const parts: CallPart[] = [];
  for (const row of rows) {
    const part = partOf(row, versionId);
    if (part) parts.push(part);
  }
  return parts;
}

function partOf(row: RescuedRow, versionId: VersionId): CallPart | null {
  const attempts: readonly Attempt[] = listFrom<Attempt>(row.attempts);
  const own = attempts.filter((attempt) => attempt.versionId === versionId && attempt.outcome !== "skipped");
  const [first] = own;
  const last = own.at(-1);
  if (!first || !last) return null;
  return {
    id: row.id,
    startedAtMs: row.started_at_ms,
    isLast: row.version_id === versionId,
    fromMs: first.atMs,
    untilMs: last.atMs + last.durationMs,
    failed: last.outcome === "failed" && last.errorClass !== null,
  };
}

/**
 * Milliseconds since a call began, counted from when the version was called instead; null where they ended before that.
 * Without a part, as they are.
 */
export function sincePart(ms: number | null, part: CallPart | undefined): number | null {
  if (ms === null || part === undefined) return ms;
  return ms < part.fromMs ? null : ms - part.fromMs;
}
