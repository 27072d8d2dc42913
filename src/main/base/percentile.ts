/** The nearest-rank percentile of numbers in ascending order, `share` from 0 to 1; null of none. */
export function percentileOfSorted(sorted: ArrayLike<number>, share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

/**
 * The same of numbers in any order, which stay as they are.
 *
 * ```ts
 * percentile([30, 10, 20], 0.5); // 20
 * ```
 */
export function percentile(values: readonly number[], share: number): number | null {
  return percentileOfSorted(
    values.toSorted((a, b) => a - b),
    share,
  );
}
