import type { Database } from "better-sqlite3";
import type { VersionId } from "../../../../shared/contract/ids.ts";
import type { VersionCall } from "../../../../shared/contract/registry.ts";
import { all } from "../../statements.ts";
import { type SummaryRow, summaryColumns, toSummary } from "../logs.ts";
import { type CallPart, partsOfRescued, sincePart } from "./parts.ts";
import { requireVersion } from "./rows.ts";

type Row = SummaryRow & { version_id: VersionId | null };

/** Looks at so many calls of the model, and at so many that a fallback answered. */
const scannedCalls = 200;

export const versionCallReads = {
  /**
   * The latest calls that a version was sent, newest first, at most `limit`, whoever answered them in the end: one that
   * a fallback answered is this version's failure, and times count from when this version was called. Looks at the
   * latest 200 calls of its model only. Throws NOT_FOUND.
   */
  versionCalls(db: Database, { versionId, limit }: { versionId: VersionId; limit: number }): VersionCall[] {
    const { model } = requireVersion(db, versionId);
    const parts = partsOfRescued(db, { versionId, firstId: "", maxRows: scannedCalls });
    const partOf = new Map(parts.map((part) => [part.id, part]));
    const own = all<Row>(
      db,
      `SELECT * FROM (SELECT ${summaryColumns}, version_id FROM inferences INDEXED BY inferences_by_model
         WHERE model = $model ORDER BY id DESC LIMIT $scannedCalls)
       WHERE version_id = $versionId LIMIT $limit`,
      { model, versionId, scannedCalls, limit },
    ).map((row) => ownCalls(row, partOf.get(row.id)));
    const failed = parts.filter((part) => !part.isLast && part.failed).slice(0, limit);
    const takenOver = all<Row>(
      db,
      `SELECT ${summaryColumns}, version_id FROM inferences WHERE id IN (SELECT value FROM json_each($ids))`,
      { ids: JSON.stringify(failed.map(({ id }) => id)) },
    ).flatMap((row) => failedAs(row, partOf.get(row.id)) ?? []);
    return [...own, ...takenOver].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit);
  },
};

function ownCalls(row: Row, part: CallPart | undefined): VersionCall {
  const { firstTokenMs, totalMs, ...summary } = toSummary(row);
  return {
    ...summary,
    firstTokenMs: sincePart(firstTokenMs, part),
    totalMs: sincePart(totalMs, part),
    takenOverBy: null,
  };
}

/** What the version itself gave: nothing, in its own time. */
function failedAs(row: Row, part: CallPart | undefined): VersionCall | null {
  if (!part) return null;
  return {
    ...toSummary(row),
    outcome: "failed",
    severity: "none",
    responseExcerpt: "",
    completionTokens: null,
    firstTokenMs: null,
    totalMs: part.untilMs - part.fromMs,
    takenOverBy: { model: row.model, version: row.version },
  };
}
