import type { RolloutAnalysis } from "../../../shared/contract/rollout-status.ts";
import { type EndedCall, failureFlagsOf, metricsOf } from "./call-metrics.ts";
import type { RolloutMetric } from "../../../shared/contract/rollout-plan.ts";
import { assertNever } from "../../base/failure.ts";
import { LogHistogram } from "../../base/log-buckets.ts";

/** The figures of one arm, of its calls one by one. */
export class ArmFigures {
  readonly #msPerToken = new LogHistogram();
  readonly #totalMs = new LogHistogram();
  readonly #firstTokenMs = new LogHistogram();
  readonly #counts = { calls: 0, errors: 0, violations: 0, held: 0, fallbacks: 0 };
  readonly #severities = { low: 0, medium: 0, high: 0, critical: 0 };

  call(call: EndedCall): void {
    const { error, fallback, violation, held } = failureFlagsOf(call);
    this.#counts.calls += 1;
    if (error) this.#counts.errors += 1;
    if (fallback) this.#counts.fallbacks += 1;
    if (violation) this.#counts.violations += 1;
    if (held) this.#counts.held += 1;
    // What a fallback said is not this arm's doing.
    if (call.byItsArm && call.severity !== "none") this.#severities[call.severity] += 1;
    const { msPerToken, totalMs, firstTokenMs } = metricsOf(call);
    if (msPerToken !== undefined) this.#msPerToken.add(msPerToken);
    if (totalMs !== undefined) this.#totalMs.add(totalMs);
    if (firstTokenMs !== undefined) this.#firstTokenMs.add(firstTokenMs);
  }

  get errors(): number {
    return this.#counts.errors;
  }

  get held(): number {
    return this.#counts.held;
  }

  /** Milliseconds or a share of the calls, as `LeadingMetric` has it; null where no call has any. */
  figureOf(metric: RolloutMetric): number | null {
    const { calls, errors, violations, fallbacks } = this.#counts;
    const share = (events: number): number | null => (calls === 0 ? null : events / calls);
    switch (metric) {
      case "msPerToken":
        return this.#msPerToken.percentile(0.5);
      case "totalMs":
        return this.#totalMs.percentile(0.5);
      case "tail":
        return this.#totalMs.percentile(0.95);
      case "firstTokenMs":
        return this.#firstTokenMs.percentile(0.5);
      case "errors":
        return share(errors);
      case "violations":
        return share(violations);
      case "fallbacks":
        return share(fallbacks);
      case "rating":
        return null; // only comes with units from a file
      default:
        return assertNever(metric);
    }
  }

  get figures(): RolloutAnalysis["arms"]["stable"] {
    return {
      msPerTokenP50: this.#msPerToken.percentile(0.5),
      totalP50Ms: this.#totalMs.percentile(0.5),
      totalP95Ms: this.#totalMs.percentile(0.95),
      firstTokenP50Ms: this.#firstTokenMs.percentile(0.5),
      ...this.#counts,
      severities: { ...this.#severities },
    };
  }
}
