const firstWaitMs = 1_000;
const maxWaitMs = 300_000;
/** A subscriber may ask for more patience than we would have, up to this. */
export const maxRetryAfterMs = 3_600_000;

/**
 * How long to wait after so many tries that failed, in milliseconds: 1 s, doubled each time up to 5 min, of which the second
 * half is chance (`random`, 0 to 1), so that those who failed together do not come back together. At least what was asked for.
 */
export function waitMs(tries: number, random: number, retryAfterMs: number | null): number {
  const limitMs = Math.min(maxWaitMs, firstWaitMs * 2 ** Math.min(tries, 30));
  const ownMs = Math.max(firstWaitMs, Math.round(limitMs * (0.5 + random / 2)));
  return Math.max(ownMs, Math.min(retryAfterMs ?? 0, maxRetryAfterMs));
}

/** What a `Retry-After` header asks for, in milliseconds from now; null where it says nothing. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  if (!/^[A-Za-z]{3},/.test(text)) return null;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
