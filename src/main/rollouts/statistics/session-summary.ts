import type { AnalysisUnit } from "../../../shared/contract/rollout-status.ts";

type Metrics = AnalysisUnit["metrics"];

/** One summary of a session's calls: the geometric mean of each latency, whether any event happened, the mean rating. */
export class SessionSummary {
  readonly #msPerToken = { sum: 0, count: 0 };
  readonly #totalMs = { sum: 0, count: 0 };
  readonly #firstTokenMs = { sum: 0, count: 0 };
  readonly #tail = { sum: 0, count: 0 };
  readonly #ratings = { sum: 0, count: 0 };
  readonly #errors = { sum: 0, count: 0 };
  readonly #violations = { sum: 0, count: 0 };
  readonly #fallbacks = { sum: 0, count: 0 };
  #calls = 0;

  get calls(): number {
    return this.#calls;
  }

  add({ msPerToken, totalMs, firstTokenMs, tail, errors, violations, fallbacks, rating }: Metrics): void {
    this.#calls += 1;
    addLog(this.#msPerToken, msPerToken);
    addLog(this.#totalMs, totalMs);
    addLog(this.#firstTokenMs, firstTokenMs);
    addLog(this.#tail, tail);
    add(this.#errors, errors);
    add(this.#violations, violations);
    add(this.#fallbacks, fallbacks);
    add(this.#ratings, rating);
  }

  metrics(): Metrics {
    const metrics: Metrics = {};
    if (this.#msPerToken.count > 0) metrics.msPerToken = geometricMean(this.#msPerToken);
    if (this.#totalMs.count > 0) metrics.totalMs = geometricMean(this.#totalMs);
    if (this.#firstTokenMs.count > 0) metrics.firstTokenMs = geometricMean(this.#firstTokenMs);
    if (this.#tail.count > 0) metrics.tail = geometricMean(this.#tail);
    if (this.#errors.count > 0) metrics.errors = this.#errors.sum > 0 ? 1 : 0;
    if (this.#violations.count > 0) metrics.violations = this.#violations.sum > 0 ? 1 : 0;
    if (this.#fallbacks.count > 0) metrics.fallbacks = this.#fallbacks.sum > 0 ? 1 : 0;
    if (this.#ratings.count > 0) metrics.rating = this.#ratings.sum / this.#ratings.count;
    return metrics;
  }
}

interface Sum {
  sum: number;
  count: number;
}

function addLog(of: Sum, value: number | undefined): void {
  if (value === undefined || !(value > 0)) return;
  of.sum += Math.log(value);
  of.count += 1;
}

function add(of: Sum, value: number | undefined): void {
  if (value === undefined) return;
  of.sum += value;
  of.count += 1;
}

function geometricMean({ sum, count }: Sum): number {
  return Math.exp(sum / count);
}
