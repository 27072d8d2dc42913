import { create } from "zustand";
import type { ReviewDecision, Severity } from "../../../../shared/contract/guardrails.ts";

interface ViolationFilter {
  readonly severity: Severity | null;
  readonly decision: ReviewDecision | null;
}

/** Which violations are listed; kept while other screens are looked at. */
export const useViolationFilter = create<ViolationFilter>(() => ({ severity: null, decision: null }));
