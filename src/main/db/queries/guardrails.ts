import type { Database } from "better-sqlite3";
import type { ReviewDecision, Severity, Violation, ViolationSummary } from "../../../shared/contract/guardrails.ts";
import type { InferenceId, ViolationId } from "../../../shared/contract/ids.ts";
import type { Message } from "../../../shared/contract/inference.ts";
import { Failure } from "../../base/failure.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { all, one, run } from "../statements.ts";
import { listFrom } from "../stored.ts";

interface SummaryRow {
  id: ViolationId;
  inference_id: InferenceId;
  at_ms: number;
  category: ViolationSummary["category"];
  severity: Severity;
  rule_id: string;
  message: string;
  excerpt: string;
  use_case: string;
  model: string;
  version: string;
  decision: ReviewDecision;
}

interface ViolationRow extends SummaryRow {
  score: number;
  original: string;
  span_start: number;
  span_end: number;
  shown: string | null;
  messages: string;
}

const summaryColumns = `v.id, v.inference_id, v.at_ms, v.category, v.severity, v.rule_id, v.message, v.excerpt, v.decision,
  i.use_case, i.model, i.version`;

export const guardrailReads = {
  /**
   * A page of the violations, newest first. `nextCursor` is null on the last page. `openCounts` counts all unreviewed
   * ones by severity, whatever the filter. Throws BAD_REQUEST for a cursor that no page returned.
   */
  listViolations(
    db: Database,
    filter: {
      severity?: Severity | undefined;
      decision?: ReviewDecision | undefined;
      cursor?: string | undefined;
      limit: number;
    },
  ): { items: ViolationSummary[]; nextCursor: string | null; openCounts: Record<Severity, number> } {
    const after = decodeCursor(filter.cursor);
    const where = [
      filter.severity === undefined ? null : "v.severity = $severity",
      filter.decision === undefined ? null : "v.decision = $decision",
      after === null ? null : "(v.at_ms, v.id) < ($atMs, $id)",
    ].filter((clause) => clause !== null);
    const rows = all<SummaryRow>(
      db,
      `SELECT ${summaryColumns} FROM violations v JOIN inferences i ON i.id = v.inference_id
       ${where.length > 0 ? `WHERE ${where.join(" AND ")}` : ""} ORDER BY v.at_ms DESC, v.id DESC LIMIT $limit`,
      { ...filter, ...after },
    );
    const openCounts: Record<Severity, number> = { low: 0, medium: 0, high: 0, critical: 0 };
    for (const row of all<{ severity: Severity; count: number }>(
      db,
      "SELECT severity, count(*) AS count FROM violations WHERE decision = 'open' GROUP BY severity",
    ))
      openCounts[row.severity] = row.count;
    const last = rows.length === filter.limit ? rows.at(-1) : undefined;
    return { items: rows.map(toSummary), nextCursor: last ? encodeCursor(last.at_ms, last.id) : null, openCounts };
  },

  /**
   * One violation with the text it was found in, its call's last user message as the prompt (empty where there is
   * none), and its reviews in their order. `shown` is null where no text was shown in its stead. Throws NOT_FOUND.
   */
  getViolation(db: Database, { violationId }: { violationId: ViolationId }): Violation {
    const row = one<ViolationRow>(
      db,
      `SELECT ${summaryColumns}, v.score, coalesce(c.text, v.original) AS original, v.span_start, v.span_end, v.shown, i.messages
       FROM violations v JOIN inferences i ON i.id = v.inference_id
       LEFT JOIN checked_texts c ON c.inference_id = v.inference_id AND c.part = v.part WHERE v.id = $violationId`,
      { violationId },
    );
    if (!row)
      throw new Failure("NOT_FOUND", "There is no such violation.", {
        field: "violationId",
        value: violationId,
        remedy: "Open it from the list of violations.",
      });
    const messages = listFrom<Message>(row.messages);
    return {
      ...toSummary(row),
      score: row.score,
      original: row.original,
      start: row.span_start,
      end: row.span_end,
      shown: row.shown,
      prompt: messages.findLast((message) => message.role === "user")?.content ?? "",
      reviews: all<{ at_ms: number; decision: ReviewDecision | null; reason: string | null }>(
        db,
        "SELECT at_ms, decision, reason FROM violation_reviews WHERE violation_id = $violationId ORDER BY id",
        { violationId },
      ).map((review) => ({ atMs: review.at_ms, decision: review.decision, reason: review.reason })),
    };
  },
};

export const guardrailWrites = {
  /**
   * Appends a review and, where it has a decision, makes that the violation's; a review without one is a comment. Both
   * in one transaction. Throws NOT_FOUND.
   */
  reviewViolation(
    db: Database,
    review: { violationId: ViolationId; decision: ReviewDecision | null; reason: string | null; atMs: number },
  ): Violation {
    guardrailReads.getViolation(db, review);
    run(
      db,
      "INSERT INTO violation_reviews (violation_id, at_ms, decision, reason) VALUES ($violationId, $atMs, $decision, $reason)",
      review,
    );
    if (review.decision !== null) run(db, "UPDATE violations SET decision = $decision WHERE id = $violationId", review);
    return guardrailReads.getViolation(db, review);
  },
};

function toSummary(row: SummaryRow): ViolationSummary {
  return {
    id: row.id,
    inferenceId: row.inference_id,
    atMs: row.at_ms,
    category: row.category,
    severity: row.severity,
    ruleId: row.rule_id,
    message: row.message,
    excerpt: row.excerpt,
    useCase: row.use_case,
    model: row.model,
    version: row.version,
    decision: row.decision,
  };
}
