export interface Backoff {
  /** After the first failure, in milliseconds. */
  readonly firstMs: number;
  /** The longest wait, in milliseconds. */
  readonly maxMs: number;
}

/** More doublings than any wait grows by; a power of two beyond them would not be a whole number of milliseconds any more. */
const maxDoublings = 30;

/**
 * Exponential backoff: the wait in milliseconds before the try after `failures` further failures, doubled each time from
 * `firstMs` (for 0) up to `maxMs`.
 *
 * ```ts
 * backoffMs({ firstMs: 150, maxMs: 10_000 }, 2); // 600
 * ```
 */
export function backoffMs({ firstMs, maxMs }: Backoff, failures: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(failures, maxDoublings));
}

/**
 * The same with "equal jitter": its second half is chance (`random`, 0 to 1), so that those who failed together do not come
 * back together; never less than `firstMs`. Source: M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
 */
export function jitteredBackoffMs(backoff: Backoff, failures: number, random: number): number {
  return Math.max(backoff.firstMs, Math.round(backoffMs(backoff, failures) * (0.5 + random / 2)));
}
