import { type Backoff, jitteredBackoffMs } from "../base/backoff.ts";

const backoff: Backoff = { firstMs: 1_000, maxMs: 300_000 };
/** A subscriber may ask for more patience than we would have, up to this. */
export const maxRetryAfterMs = 3_600_000;

/**
 * How long to wait after so many tries that failed, in milliseconds: 1 s, doubled each time up to 5 min, of which the second
 * half is chance (`random`, 0 to 1), so that those who failed together do not come back together. At least what was asked for.
 */
export function waitMs(tries: number, random: number, retryAfterMs: number | null): number {
  return Math.max(jitteredBackoffMs(backoff, tries, random), Math.min(retryAfterMs ?? 0, maxRetryAfterMs));
}
