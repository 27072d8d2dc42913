import { logBucketOf } from "../../base/log-buckets.ts";

/** From a millionth to beyond 10^12; what lies outside counts into the first or the last. */
const lowestBucket = -700;
const buckets = 2_100;

/** The bucket of a number above 0, from its logarithm: equal numbers share one, and greater ones never have a lower. */
export function bucketOf(log: number): number {
  return Math.max(0, Math.min(buckets - 1, logBucketOf(log) - lowestBucket));
}

/**
 * The bucket that a share of all numbers so far does not exceed, kept up to date as they come: constant time a number, since
 * the quantile only moves by a bucket or so.
 */
export class RunningQuantile {
  readonly #share: number;
  readonly #counts = new Uint32Array(buckets);
  #total = 0;
  #at = 0;
  #above = 0;

  /** `share` below 1: 0.9 for what nine in ten do not exceed. */
  constructor(share: number) {
    this.#share = share;
  }

  get total(): number {
    return this.#total;
  }

  /** Whether a number of this bucket lies beyond the quantile. */
  isBeyond(bucket: number): boolean {
    return bucket > this.#at;
  }

  add(bucket: number): void {
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total += 1;
    if (bucket > this.#at) this.#above += 1;
    const allowed = this.#total - Math.ceil(this.#share * this.#total);
    while (this.#above > allowed) {
      this.#at += 1;
      this.#above -= this.#counts[this.#at] ?? 0;
    }
    for (let here = this.#counts[this.#at] ?? 0; this.#above + here <= allowed; here = this.#counts[this.#at] ?? 0) {
      this.#above += here;
      this.#at -= 1;
    }
  }
}
