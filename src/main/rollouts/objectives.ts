import type { RolloutObjective } from "../../shared/contract/rollout-plan.ts";
import type { AnalysisUnit } from "../../shared/contract/rollout-status.ts";
import { assertNever } from "../failure.ts";

/** The objectives of a rollout, fed the candidate's units while no control runs beside it. */
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

  unit(metrics: AnalysisUnit["metrics"]): void {
    for (const { objective, watch } of this.#watches) {
      const value = metrics[objective.metric];
      if (value === undefined) continue;
      if (isRate(objective.metric) || value > 0) watch.unit(value);
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
  const bound = isRate(metric)
    ? `${(atMost * 100).toLocaleString("en")} % of the units`
    : `${atMost.toLocaleString("en")} ms`;
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

/** What is watched where no control runs beside the candidate: evidence that an objective is missed. E, 1 before the first unit. */
export interface ObjectiveWatch {
  unit(value: number): void;
  readonly value: number;
}

/** A rate's objective is bet against directly, a latency's by its logarithm. */
export function watchObjective({ metric, atMost }: RolloutObjective): ObjectiveWatch {
  return isRate(metric) ? new RateWatch(atMost) : new LatencyWatch(atMost);
}

/** How soon a small miss is looked for: the mixture is widest for sums of about this many units. */
const rho = 20;
const priorSpread = 0.6;
const pseudoObservations = 10;

/**
 * Against "the typical call takes at most so long": the one-sided normal mixture over the sum of standardised logarithms,
 *   2 sqrt(rho / (V + rho)) Phi(S / sqrt(V + rho)) exp(S^2 / (2 (V + rho)))
 * (Howard, Ramdas, McAuliffe & Sekhon 2021, proposition 6). It holds as far as the spread is known, which is learnt from the
 * past: unlike the wager on labels it is asymptotic, and is to be labelled so.
 */
class LatencyWatch implements ObjectiveWatch {
  readonly #bound: number;
  #count = 0;
  #sum = 0;
  #logs = 0;
  #squares = 0;

  constructor(atMostMs: number) {
    this.#bound = Math.log(atMostMs);
  }

  unit(valueMs: number): void {
    const log = Math.log(valueMs);
    const n = this.#count + pseudoObservations;
    const mean = this.#count === 0 ? log : this.#logs / this.#count;
    const around = Math.max(0, this.#squares - this.#count * mean * mean);
    const spread = Math.sqrt((around + pseudoObservations * priorSpread ** 2) / n);
    this.#sum += Math.max(-3, Math.min(3, (log - this.#bound) / spread));
    this.#count += 1;
    this.#logs += log;
    this.#squares += log * log;
  }

  get value(): number {
    if (this.#count === 0) return 1;
    const width = this.#count + rho;
    return 2 * Math.sqrt(rho / width) * tiltedCdf(this.#sum / Math.sqrt(width));
  }
}

/** Against "at most this share of the calls": a wager on each event at 2, 4 and 8 times the share, exact. */
class RateWatch implements ObjectiveWatch {
  readonly #share: number;
  readonly #logWealth = [2, 4, 8].map(() => -Math.log(3));

  constructor(atMostShare: number) {
    this.#share = Math.min(0.9, atMostShare);
  }

  unit(happened: number): void {
    for (const [index, ratio] of [2, 4, 8].entries()) {
      const often = Math.min(0.95, this.#share * ratio);
      const factor = happened > 0 ? often / this.#share : (1 - often) / (1 - this.#share);
      this.#logWealth[index] = (this.#logWealth[index] ?? 0) + Math.log(factor);
    }
  }

  get value(): number {
    return this.#logWealth.reduce((sum, log) => sum + Math.exp(log), 0);
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
