import { whole } from "../../../shared/format.ts";
import type { RolloutObjective } from "../../../shared/contract/rollout-plan.ts";
import type { AnalysisUnit } from "../../../shared/contract/rollout-status.ts";
import { assertNever } from "../../base/failure.ts";
import { LogHistogram } from "../../base/log-buckets.ts";
import { rateEvidence } from "./rate-evidence.ts";

/**
 * The objectives of a rollout, fed the candidate's calls, whether or not a control runs beside them. They speak of calls, so
 * each counts, of a session too; in what order they end makes no difference, and nothing waits for one that hangs.
 */
export class ObjectiveWatches {
  readonly #watches: readonly {
    readonly objective: RolloutObjective;
    readonly watch: ObjectiveWatch;
  }[];
  readonly #threshold: number;

  /** `alpha` is shared by all objectives: the chance of calling any missed that is kept. */
  constructor(objectives: readonly RolloutObjective[], alpha: number) {
    this.#watches = objectives.map((objective) => ({
      objective,
      watch: watchObjective(objective),
    }));
    this.#threshold = objectives.length / alpha;
  }

  /** The candidate was asked. Until it is known to have failed or broken a rule, a call counts as one that did not. */
  begun(): void {
    for (const { watch } of this.#watches) watch.begun();
  }

  ended(metrics: AnalysisUnit["metrics"]): void {
    for (const { objective, watch } of this.#watches) {
      const value = metrics[objective.metric];
      if (value === undefined) continue;
      if (value > 0) watch.ended(value);
    }
  }

  /** Those shown to be missed, in a sentence each. */
  get missed(): string[] {
    return this.#watches
      .filter(({ watch }) => watch.value >= this.#threshold)
      .map(({ objective }) => `${sentence(objective)} was shown to be missed`);
  }
}

function sentence({ metric, atMost }: RolloutObjective): string {
  const bound = isRate(metric) ? `${(atMost * 100).toLocaleString("en")} % of the calls` : `${whole(atMost)} ms`;
  switch (metric) {
    case "msPerToken":
      return `The objective of at most ${bound} a token`;
    case "totalMs":
      return `The objective of at most ${bound} an answer`;
    case "firstTokenMs":
      return `The objective of at most ${bound} to the first token`;
    case "errors":
      return `The objective of errors in at most ${bound}`;
    case "violations":
      return `The objective of violations in at most ${bound}`;
    default:
      return assertNever(metric);
  }
}

function isRate(metric: RolloutObjective["metric"]): boolean {
  return metric === "errors" || metric === "violations";
}

/** Evidence that an objective is missed, without anything to compare with. E, 1 before the first call. */
interface ObjectiveWatch {
  begun(): void;
  /** A latency, or 1 for an event. */
  ended(value: number): void;
  readonly value: number;
}

/** A rate's objective is bet against directly, a latency's by its logarithm. */
function watchObjective({ metric, atMost }: RolloutObjective): ObjectiveWatch {
  return isRate(metric) ? new RateWatch(atMost) : new LatencyWatch(atMost);
}

/** How soon a small miss is looked for: the mixture is widest for sums of about this many calls. */
const rho = 20;
const priorSpread = 0.6;
const pseudoObservations = 10;

/**
 * Against "the typical call takes at most so long": the one-sided normal mixture over the sum of standardised logarithms,
 *   2 sqrt(rho / (V + rho)) Phi(S / sqrt(V + rho)) exp(S^2 / (2 (V + rho)))
 * (Howard, Ramdas, McAuliffe & Sekhon 2021, proposition 6). It holds as far as the spread is known, which is learnt from the
 * calls: unlike the wager on labels it is asymptotic, and is to be labelled so. Longer calls end later, so that what has ended
 * by now never makes the candidate look slower than it is.
 */
class LatencyWatch implements ObjectiveWatch {
  readonly #bound: number;
  readonly #latencies = new LogHistogram();

  constructor(atMostMs: number) {
    this.#bound = Math.log(atMostMs);
  }

  begun(): void {}

  ended(valueMs: number): void {
    this.#latencies.add(valueMs);
  }

  get value(): number {
    const latencies = this.#latencies;
    const count = latencies.total;
    if (count === 0) return 1;
    const mean = latencies.sumOf((log) => log) / count;
    const around = latencies.sumOf((log) => (log - mean) ** 2);
    const spread = Math.sqrt((around + pseudoObservations * priorSpread ** 2) / (count + pseudoObservations));
    const sum = latencies.sumOf((log) => Math.max(-3, Math.min(3, (log - this.#bound) / spread)));
    const width = count + rho;
    return 2 * Math.sqrt(rho / width) * tiltedCdf(sum / Math.sqrt(width));
  }
}

/** Against "at most this share of the calls". */
class RateWatch implements ObjectiveWatch {
  readonly #share: number;
  #calls = 0;
  #events = 0;

  constructor(atMostShare: number) {
    this.#share = atMostShare;
  }

  begun(): void {
    this.#calls += 1;
  }

  ended(): void {
    this.#events += 1;
  }

  get value(): number {
    return rateEvidence(this.#share, this.#events, this.#calls);
  }
}

/**
 * Phi(x) exp(x^2 / 2) of the standard normal distribution (Abramowitz & Stegun 7.1.26). Taken together, since apart the first
 * vanishes and the second overflows where the candidate is far better than its objective.
 */
function tiltedCdf(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return x < 0 ? poly / 2 : Math.exp((x * x) / 2) - poly / 2;
}
