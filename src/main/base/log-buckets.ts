/** Relative width of a bucket: what is read from buckets is right to within 2 %. */
const width = 1.02;
export const logWidth = Math.log(width);

/** The bucket of a number above 0, from its natural logarithm: bucket 0 is from 1 to 1.02; equal numbers share one. */
export function logBucketOf(log: number): number {
  return Math.floor(log / logWidth);
}

/**
 * Counts of positive numbers in buckets of 2 %: percentiles to within that, in memory that does not grow with the counts.
 *
 * ```ts
 * const latencies = new LogHistogram();
 * for (const ms of [10, 20, 30]) latencies.add(ms);
 * latencies.percentile(0.5); // 20.2: the upper edge of the bucket of 20
 * ```
 */
export class LogHistogram {
  readonly #counts = new Map<number, number>();
  #total = 0;
  #lowest = Number.POSITIVE_INFINITY;
  #highest = Number.NEGATIVE_INFINITY;

  get total(): number {
    return this.#total;
  }

  add(value: number): void {
    const bucket = logBucketOf(Math.log(value));
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + 1);
    this.#total += 1;
    this.#lowest = Math.min(this.#lowest, bucket);
    this.#highest = Math.max(this.#highest, bucket);
  }

  /** The sum over all numbers of what is made of its logarithm, which is taken as the middle of its bucket. */
  sumOf(made: (log: number) => number): number {
    let sum = 0;
    for (const [bucket, count] of this.#counts) sum += count * made((bucket + 0.5) * logWidth);
    return sum;
  }

  /** The upper edge of the bucket that the percentile falls into; null before the first number. */
  percentile(share: number): number | null {
    if (this.#total === 0) return null;
    let above = this.#total - Math.ceil(share * this.#total);
    for (let bucket = this.#highest; bucket > this.#lowest; bucket -= 1) {
      above -= this.#counts.get(bucket) ?? 0;
      if (above < 0) return Math.exp((bucket + 1) * logWidth);
    }
    return Math.exp((this.#lowest + 1) * logWidth);
  }
}
