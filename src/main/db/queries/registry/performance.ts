import { whole } from "../../../../shared/format.ts";
import type { Database } from "better-sqlite3";
import type { InferenceId, VersionId } from "../../../../shared/contract/ids.ts";
import type { PerformanceSlice } from "../../../../shared/contract/registry.ts";
import { Failure } from "../../../base/failure.ts";
import { percentile } from "../../../base/percentile.ts";
import { firstCallId } from "../../call-ids.ts";
import { statement } from "../../statements.ts";
import { count as countFrom, measure } from "../../stored.ts";
import { type CallPart, partsOfRescued, sincePart } from "./parts.ts";
import { requireVersion } from "./rows.ts";

interface CallRow {
  id: InferenceId;
  started_at_ms: number;
  outcome: string;
  severity: string;
  first_token_ms: number | null;
  total_ms: number | null;
  decode_ms: number | null;
  completion_tokens: number | null;
}

interface Slice {
  readonly fromMs: number;
  readonly firstTokenMs: number[];
  readonly totalMs: number[];
  readonly tokensPerSecond: number[];
  calls: number;
  failed: number;
  violations: number;
  held: number;
  completionTokens: number;
}

const maxSlices = 10_000;

export const performanceReads = {
  /**
   * How the calls sent to a version went, in slices of `sliceMs` counted from `sinceMs`, oldest first, empty ones left
   * out. A call that a fallback answered is this version's failure; one that it answered as a fallback counts from when
   * it was called. Running calls are left out. Latencies (ms) and tokens per second are nearest-rank percentiles of
   * completed calls, null where there is none. Throws NOT_FOUND, and BAD_REQUEST for more than 10,000 slices.
   */
  versionPerformance(
    db: Database,
    { versionId, sinceMs, sliceMs }: { versionId: VersionId; sinceMs: number; sliceMs: number },
  ): PerformanceSlice[] {
    const { model } = requireVersion(db, versionId);
    const firstId = firstCallId(sinceMs);
    const slices = new Map<number, Slice>();
    const sliceAt = (startedAtMs: number): Slice => {
      const fromMs = sinceMs + Math.floor((startedAtMs - sinceMs) / sliceMs) * sliceMs;
      const known = slices.get(fromMs);
      if (known) return known;
      if (slices.size === maxSlices) throw tooFine(sliceMs);
      const slice = begun(fromMs);
      slices.set(fromMs, slice);
      return slice;
    };
    const parts = new Map<InferenceId, CallPart>();
    for (const part of partsOfRescued(db, { versionId, firstId })) {
      if (part.isLast) parts.set(part.id, part);
      else if (part.failed && part.startedAtMs >= sinceMs) countFailure(sliceAt(part.startedAtMs));
    }
    const rows = statement(
      db,
      `SELECT id, started_at_ms, outcome, severity, first_token_ms, total_ms, decode_ms, completion_tokens
       FROM inferences INDEXED BY inferences_by_model
       WHERE model = $model AND id >= $firstId AND started_at_ms >= $sinceMs AND version_id = $versionId
         AND outcome <> 'running'`,
    ).iterate({ model, firstId, sinceMs, versionId }) as IterableIterator<CallRow>; // the columns above
    for (const row of rows) count(sliceAt(row.started_at_ms), row, parts.get(row.id));
    return [...slices.values()].sort((a, b) => a.fromMs - b.fromMs).map(toPerformanceSlice);
  },
};

function begun(fromMs: number): Slice {
  return {
    fromMs,
    firstTokenMs: [],
    totalMs: [],
    tokensPerSecond: [],
    calls: 0,
    failed: 0,
    violations: 0,
    held: 0,
    completionTokens: 0,
  };
}

function countFailure(slice: Slice): void {
  slice.calls += 1;
  slice.failed += 1;
}

function count(slice: Slice, row: CallRow, part: CallPart | undefined): void {
  slice.calls += 1;
  const completionTokens = countFrom(row.completion_tokens);
  const decodeMs = measure(row.decode_ms);
  slice.completionTokens += completionTokens ?? 0;
  if (row.severity !== "none") slice.violations += 1;
  if (row.outcome === "failed") slice.failed += 1;
  if (row.outcome === "held") slice.held += 1;
  if (row.outcome !== "completed") return;
  const firstTokenMs = sincePart(measure(row.first_token_ms), part);
  const totalMs = sincePart(measure(row.total_ms), part);
  if (firstTokenMs !== null) slice.firstTokenMs.push(firstTokenMs);
  if (totalMs !== null) slice.totalMs.push(totalMs);
  if (completionTokens !== null && decodeMs !== null && decodeMs > 0)
    slice.tokensPerSecond.push((completionTokens / decodeMs) * 1000);
}

function toPerformanceSlice(slice: Slice): PerformanceSlice {
  const { fromMs, calls, failed, violations, held, completionTokens } = slice;
  return {
    fromMs,
    calls,
    failed,
    violations,
    held,
    firstTokenP50Ms: percentile(slice.firstTokenMs, 0.5),
    firstTokenP95Ms: percentile(slice.firstTokenMs, 0.95),
    totalP50Ms: percentile(slice.totalMs, 0.5),
    totalP95Ms: percentile(slice.totalMs, 0.95),
    tokensPerSecondP50: percentile(slice.tokensPerSecond, 0.5),
    completionTokens,
  };
}

function tooFine(sliceMs: number): Failure {
  return new Failure("BAD_REQUEST", `There are more than ${whole(maxSlices)} slices with calls.`, {
    field: "sliceMs",
    value: String(sliceMs),
    remedy: "Ask for longer slices, or for a shorter time.",
  });
}
