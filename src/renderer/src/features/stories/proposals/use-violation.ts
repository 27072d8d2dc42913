import { useQuery } from "@tanstack/react-query";
import { queries } from "../../../api/connection.ts";
import type { ViolationSummary } from "../../../../../shared/contract/guardrails.ts";

/**
 * The newest violation that a call led to and nobody has overridden, else the newest, among the latest two hundred; null when
 * there is none or no call.
 */
export function useViolation(inferenceId: string | null): ViolationSummary["id"] | null {
  const violations = useQuery({
    ...queries.guardrails.violations.queryOptions({ input: { limit: 200 } }),
    enabled: inferenceId !== null,
  });
  const own = violations.data?.items.filter((item) => item.inferenceId === inferenceId) ?? [];
  return (own.find(({ decision }) => decision !== "overridden") ?? own[0])?.id ?? null;
}
