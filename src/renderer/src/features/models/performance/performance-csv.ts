import type { PerformanceSlice } from "../../../../../shared/contract/registry.ts";
import { toCsv } from "../../../ui/csv.ts";

const columns = [
  ["calls", "calls"],
  ["failed", "failed"],
  ["with_findings", "violations"],
  ["held", "held"],
  ["first_token_p50_ms", "firstTokenP50Ms"],
  ["first_token_p95_ms", "firstTokenP95Ms"],
  ["total_p50_ms", "totalP50Ms"],
  ["total_p95_ms", "totalP95Ms"],
  ["tokens_per_second_p50", "tokensPerSecondP50"],
  ["completion_tokens", "completionTokens"],
] as const satisfies readonly (readonly [string, keyof PerformanceSlice])[];

/** The slices of one or more versions as CSV, times in UTC. */
export function performanceCsv(
  arms: readonly { readonly name: string; readonly slices: readonly PerformanceSlice[] }[],
): string {
  return toCsv(
    ["version", "from_utc", ...columns.map(([name]) => name)],
    arms.flatMap(({ name, slices }) =>
      slices.map((slice) => [name, new Date(slice.fromMs).toISOString(), ...columns.map(([, key]) => slice[key])]),
    ),
  );
}
