import type { Arm, RolloutMetric } from "../../../shared/contract/rollout-plan.ts";
import type { RolloutAnalysis } from "../../../shared/contract/rollout-status.ts";
import { assertNever } from "../../base/failure.ts";
import { LogHistogram } from "../../base/log-buckets.ts";
import { type EndedCall, failureFlagsOf, metricsOf } from "./call-metrics.ts";

type Clock = "serverMsPerToken" | "ownMsPerToken";

/** What is counted of one arm, of its calls one by one. */
class ArmCounts {
  readonly latencies = {
    serverMsPerToken: new LogHistogram(),
    ownMsPerToken: new LogHistogram(),
    totalMs: new LogHistogram(),
    firstTokenMs: new LogHistogram(),
  };
  readonly counts = { calls: 0, errors: 0, violations: 0, held: 0, fallbacks: 0, loads: 0, loadMs: 0 };
  readonly severities = { low: 0, medium: 0, high: 0, critical: 0 };

  call(call: EndedCall): void {
    const { error, fallback, violation, held } = failureFlagsOf(call);
    this.counts.calls += 1;
    if (error) this.counts.errors += 1;
    if (fallback) this.counts.fallbacks += 1;
    if (violation) this.counts.violations += 1;
    if (held) this.counts.held += 1;
    // What a fallback said is not this arm's doing.
    if (call.byItsArm && call.severity !== "none") this.severities[call.severity] += 1;
    const metrics = metricsOf(call);
    if (metrics.loadMs !== undefined) {
      this.counts.loads += 1;
      this.counts.loadMs += metrics.loadMs;
    }
    for (const name of ["serverMsPerToken", "ownMsPerToken", "totalMs", "firstTokenMs"] as const) {
      const value = metrics[name];
      if (value !== undefined) this.latencies[name].add(value);
    }
  }
}

/** The figures of both arms, by one clock: a token's time is the server's on both, or ours on both where one server has none. */
export class ArmFigures {
  readonly #arms: Record<Arm, ArmCounts> = { stable: new ArmCounts(), candidate: new ArmCounts() };

  call(call: EndedCall): void {
    this.#arms[call.arm].call(call);
  }

  get errors(): number {
    return this.#arms.candidate.counts.errors;
  }

  get held(): number {
    return this.#arms.candidate.counts.held;
  }

  /** Milliseconds or a share of the calls, as `LeadingMetric` has it; null where no call has any. */
  figureOf(metric: RolloutMetric, arm: Arm): number | null {
    const { counts, latencies } = this.#arms[arm];
    const share = (events: number): number | null => (counts.calls === 0 ? null : events / counts.calls);
    switch (metric) {
      case "msPerToken":
        return latencies[this.#clock].percentile(0.5);
      case "tail":
        return latencies[this.#clock].percentile(0.95);
      case "totalMs":
        return latencies.totalMs.percentile(0.5);
      case "firstTokenMs":
        return latencies.firstTokenMs.percentile(0.5);
      case "errors":
        return share(counts.errors);
      case "violations":
        return share(counts.violations);
      case "fallbacks":
        return share(counts.fallbacks);
      case "rating":
        return null; // only comes with units from a file
      default:
        return assertNever(metric);
    }
  }

  get figures(): RolloutAnalysis["arms"] {
    return { stable: this.#figuresOf("stable"), candidate: this.#figuresOf("candidate") };
  }

  #figuresOf(arm: Arm): RolloutAnalysis["arms"]["stable"] {
    const { latencies, counts, severities } = this.#arms[arm];
    const pace = latencies[this.#clock];
    return {
      msPerTokenP50: pace.percentile(0.5),
      msPerTokenP95: pace.percentile(0.95),
      clock: this.#clock === "serverMsPerToken" ? "server" : "own",
      totalP50Ms: latencies.totalMs.percentile(0.5),
      totalP95Ms: latencies.totalMs.percentile(0.95),
      firstTokenP50Ms: latencies.firstTokenMs.percentile(0.5),
      ...counts,
      severities: { ...severities },
    };
  }

  get #clock(): Clock {
    const hasServers = ({ latencies }: ArmCounts): boolean =>
      latencies.serverMsPerToken.total > 0 || latencies.ownMsPerToken.total === 0;
    const { stable, candidate } = this.#arms;
    return hasServers(stable) && hasServers(candidate) ? "serverMsPerToken" : "ownMsPerToken";
  }
}
