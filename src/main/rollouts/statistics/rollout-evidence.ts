import type { Arm, RolloutMetric } from "../../../shared/contract/rollout-plan.ts";
import type { AnalysisUnit, MetricEvidence } from "../../../shared/contract/rollout-status.ts";
import {
  CountEProcess,
  ErrorEProcess,
  LatencyEProcess,
  NonInferiorityEProcess,
  SampleRatioEProcess,
  TailEProcess,
} from "./e-processes.ts";

/** E at which it is taken as shown that the candidate is not slower by more than a quarter. */
export const passThreshold = 10;
/** E at which something other than the coin decides who is counted: alpha 0.001. */
export const sampleRatioThreshold = 1_000;

/** Ratings get worse as they fall: 6 less the rating is bet on like a latency. */
const worstOfRatings = 6;

interface Line {
  readonly metric: RolloutMetric;
  readonly share: number;
  readonly bet: { readonly value: number };
}

/** The wagers on a rollout's units, fed one unit at a time in an order that the coin alone decides, through all of its steps. */
export class RolloutEvidence {
  readonly threshold: number;
  readonly #lines: Line[] = [];
  readonly #msPerToken: LatencyEProcess | null;
  readonly #totalMs: LatencyEProcess | null;
  readonly #firstTokenMs: LatencyEProcess | null;
  readonly #tail: TailEProcess | null;
  readonly #errors: ErrorEProcess | null;
  readonly #violations: CountEProcess | null;
  readonly #fallbacks: ErrorEProcess | null;
  readonly #rating: LatencyEProcess | null;
  readonly #notSlower: NonInferiorityEProcess | null;
  readonly #tailOf = new Measure(["tail", "totalMs", "msPerToken"]);
  readonly #speedOf = new Measure(["msPerToken", "totalMs"]);
  #candidateSpeeds = 0;
  readonly #sampleRatio = new SampleRatioEProcess();
  #stableUnits = 0;
  #candidateUnits = 0;
  /** One object for all units: the bets read it and keep nothing of it. */
  readonly #label = { onCandidate: false, weight: 0.5 };

  /**
   * `shares` say how much of the evidence each metric is; they are scaled to sum to 1. `seeksProof: false` leaves the bet on
   * "not slower" out, whose value stays 1, for a plan that never asks for it.
   */
  constructor(
    shares: Readonly<Partial<Record<RolloutMetric, number>>>,
    alpha: number,
    { seeksProof }: { readonly seeksProof: boolean } = { seeksProof: true },
  ) {
    this.threshold = 1 / alpha;
    const sum = Object.values(shares).reduce((total, share) => total + share, 0);
    const open = <Bet extends Line["bet"]>(metric: RolloutMetric, bet: () => Bet): Bet | null => {
      const share = shares[metric] ?? 0;
      if (share <= 0) return null;
      const opened = bet();
      this.#lines.push({ metric, share: share / sum, bet: opened });
      return opened;
    };
    this.#msPerToken = open("msPerToken", () => new LatencyEProcess());
    this.#totalMs = open("totalMs", () => new LatencyEProcess());
    this.#firstTokenMs = open("firstTokenMs", () => new LatencyEProcess());
    this.#tail = open("tail", () => new TailEProcess());
    this.#errors = open("errors", () => new ErrorEProcess());
    this.#violations = open("violations", () => new CountEProcess());
    this.#fallbacks = open("fallbacks", () => new ErrorEProcess());
    this.#rating = open("rating", () => new LatencyEProcess());
    this.#notSlower = seeksProof ? new NonInferiorityEProcess() : null;
  }

  /** A unit at a weight of 0 or 1 had no coin thrown for it and is not evidence: it is left out. */
  unit({ arm, weight, metrics }: AnalysisUnit): void {
    if (!(weight > 0 && weight < 1)) return;
    const label = this.#label;
    label.onCandidate = arm === "candidate";
    label.weight = weight;
    if (label.onCandidate) this.#candidateUnits += 1;
    else this.#stableUnits += 1;
    this.#sampleRatio.unit(label);
    const { msPerToken, totalMs, firstTokenMs, errors, violations, fallbacks, rating } = metrics;
    if (this.#msPerToken && isPositive(msPerToken)) this.#msPerToken.unit(label, msPerToken);
    if (this.#totalMs && isPositive(totalMs)) this.#totalMs.unit(label, totalMs);
    if (this.#firstTokenMs && isPositive(firstTokenMs)) this.#firstTokenMs.unit(label, firstTokenMs);
    const tail = this.#tailOf.of(metrics);
    if (this.#tail && isPositive(tail)) this.#tail.unit(label, tail);
    if (this.#errors && errors !== undefined) this.#errors.unit(label, errors > 0);
    if (this.#violations && violations !== undefined) this.#violations.unit(label, violations > 0);
    if (this.#fallbacks && fallbacks !== undefined) this.#fallbacks.unit(label, fallbacks > 0);
    const worse = rating === undefined ? undefined : worstOfRatings - rating;
    if (this.#rating && isPositive(worse)) this.#rating.unit(label, worse);
    if (!this.#notSlower) return;
    const speed = this.#speedOf.of(metrics);
    if (!isPositive(speed)) return;
    this.#notSlower.unit(label, speed);
    if (label.onCandidate) this.#candidateSpeeds += 1;
  }

  get units(): Readonly<Record<Arm, number>> {
    return { stable: this.#stableUnits, candidate: this.#candidateUnits };
  }

  get unitCount(): number {
    return this.#stableUnits + this.#candidateUnits;
  }

  /** The mean of the metrics' E by their shares: an E like each of them. */
  get evidence(): number {
    if (this.#lines.length === 0) return 1;
    let sum = 0;
    for (let position = 0; position < this.#lines.length; position += 1) {
      const line = this.#lines[position];
      if (line) sum += line.share * line.bet.value;
    }
    return sum;
  }

  get metrics(): MetricEvidence[] {
    return this.#lines.map(({ metric, share, bet }) => ({ metric, share, value: bet.value }));
  }

  /** 1 while half of the candidate's units have no such latency: then the others prove nothing of it. */
  get pass(): number {
    if (!this.#notSlower || 2 * this.#candidateSpeeds < this.#candidateUnits) return 1;
    return this.#notSlower.value;
  }

  get sampleRatio(): number {
    return this.#sampleRatio.value;
  }
}

/** Which of several latencies a bet is on: the first of them that the first unit with any has, since one series cannot hold two. */
class Measure {
  readonly #among: readonly Latency[];
  #chosen: Latency | null = null;

  constructor(among: readonly Latency[]) {
    this.#among = among;
  }

  of(metrics: AnalysisUnit["metrics"]): number | undefined {
    this.#chosen ??= this.#among.find((latency) => isPositive(metrics[latency])) ?? null;
    return this.#chosen === null ? undefined : metrics[this.#chosen];
  }
}

type Latency = "msPerToken" | "totalMs" | "tail";

/** The evidence as `decide` gets it. */
export function evidenceFacts(evidence: RolloutEvidence) {
  return {
    units: evidence.units,
    evidence: evidence.evidence,
    threshold: evidence.threshold,
    pass: evidence.pass,
    passThreshold,
    sampleRatio: evidence.sampleRatio,
    sampleRatioThreshold,
  };
}

function isPositive(value: number | undefined): value is number {
  return value !== undefined && value > 0 && value < Number.POSITIVE_INFINITY;
}
