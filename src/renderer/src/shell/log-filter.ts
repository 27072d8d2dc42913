import { create } from "zustand";
import type { Outcome } from "../../../shared/contract/logs.ts";

interface LogFilter {
  readonly useCase: string | null;
  readonly model: string | null;
  readonly outcome: Outcome | null;
  /** Only calls that a fallback answered. */
  readonly byFallback: boolean;
}

/** Which rows are listed; kept while other screens are shown. */
export const useLogFilter = create<LogFilter>(() => ({ useCase: null, model: null, outcome: null, byFallback: false }));
