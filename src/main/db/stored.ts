import type { Timings } from "../../shared/contract/inference.ts";

/**
 * A duration or a count as a row has it: null where it holds none, be it a text, less than nothing, or the infinity that an
 * earlier program stored. A row is read whatever it holds.
 */
export function measure(stored: unknown): number | null {
  return typeof stored === "number" && Number.isFinite(stored) && stored >= 0 ? stored : null;
}

/** A count as a row has it; null where it holds none. */
export function count(stored: unknown): number | null {
  const value = measure(stored);
  return value !== null && Number.isSafeInteger(value) ? value : null;
}

/** The list that a column holds as JSON; an empty one where it holds something else. */
export function listFrom<Item>(stored: unknown): Item[] {
  const value = jsonFrom(stored);
  return Array.isArray(value) ? value : [];
}

/** The object that a column holds as JSON; an empty one where it holds something else. */
export function objectFrom(stored: unknown): object {
  const value = jsonFrom(stored);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function jsonFrom(stored: unknown): unknown {
  try {
    return JSON.parse(String(stored));
  } catch {
    return undefined;
  }
}

interface TimingColumns {
  readonly queue_ms: number | null;
  readonly load_ms: number | null;
  readonly prefill_ms: number | null;
  readonly decode_ms: number | null;
  readonly first_token_ms: number | null;
  readonly total_ms: number | null;
  readonly started_at_ms: number;
  readonly finished_at_ms: number | null;
}

/** Null before its end; a call whose total time is not readable took as long as its row says it ran. */
export function timingsFrom(row: TimingColumns): Timings | null {
  if (row.total_ms === null) return null;
  return {
    queueMs: measure(row.queue_ms),
    loadMs: measure(row.load_ms),
    prefillMs: measure(row.prefill_ms),
    decodeMs: measure(row.decode_ms),
    firstTokenMs: measure(row.first_token_ms),
    totalMs: measure(row.total_ms) ?? Math.max(0, (row.finished_at_ms ?? row.started_at_ms) - row.started_at_ms),
  };
}
