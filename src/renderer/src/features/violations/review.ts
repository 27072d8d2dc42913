import type { ReviewDecision, Violation } from "../../../../shared/contract/guardrails.ts";

/** A decision, a note, or a decision with its reason. */
export interface Review {
  readonly decision?: ReviewDecision;
  readonly reason?: string;
}

/** What undoing the last decision sets again: the one before it, or open; null where nothing was decided. */
export function previousDecision(violation: Pick<Violation, "reviews">): Review | null {
  const decided = violation.reviews.filter(({ decision }) => decision !== null);
  if (decided.length === 0) return null;
  const before = decided.at(-2);
  if (before?.decision == null) return { decision: "open" };
  return before.reason === null ? { decision: before.decision } : { decision: before.decision, reason: before.reason };
}
