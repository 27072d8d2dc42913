import type { Arm, RolloutMetric } from "../../../shared/contract/rollout-plan.ts";
import type { MetricEvidence } from "../../../shared/contract/rollout-status.ts";
import {
  CountEProcess,
  ErrorEProcess,
  LatencyEProcess,
  NonInferiorityEProcess,
  SampleRatioEProcess,
  TailEProcess,
} from "./e-processes.ts";
import { MeasuredLine, MeasuredUnits } from "./measured-line.ts";
import { lengthMeasures, type MeasuredUnit } from "./measures.ts";

/** E at which it is taken as shown that the candidate is not slower by more than a quarter. */
export const passThreshold = 10;
/** E at which something other than the coin decides who is counted: alpha 0.001. */
export const sampleRatioThreshold = 1_000;

interface Line {
  readonly metric: RolloutMetric;
  readonly share: number;
  /** `atMost` is no less than `value` and costs less to ask for. */
  readonly evidence: { readonly value: number; readonly atMost?: number };
}

/**
 * The wagers on a rollout's units, fed one unit at a time in an order that the coin alone decides, through all of its steps.
 *
 * A unit is what one throw of the coin decided: a session with one summary of its calls, or a call of no session. Events (errors,
 * fallbacks, violations) are of every unit: they happened or they did not. A latency may be missing, and then counts as `Presence`
 * says: no evidence, neither of the unit nor of its absence. A unit that began while an arm settled after a load
 * (`settled: false`) is none of latencies on either arm, which is known before its coin is thrown and so takes nothing from it.
 */
export class RolloutEvidence {
  readonly threshold: number;
  readonly #lines: Line[] = [];
  readonly #measured = new MeasuredUnits();
  readonly #errors: ErrorEProcess | null;
  readonly #violations: CountEProcess | null;
  readonly #fallbacks: ErrorEProcess | null;
  readonly #notSlower: MeasuredLine | null;
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
    const open = <E extends Line["evidence"]>(metric: RolloutMetric, evidence: () => E): E | null => {
      const share = shares[metric] ?? 0;
      if (share <= 0) return null;
      const opened = evidence();
      this.#lines.push({ metric, share: share / sum, evidence: opened });
      return opened;
    };
    const slower = () => new LatencyEProcess();
    open("msPerToken", () => this.#measured.line(lengthMeasures, slower));
    open("totalMs", () => this.#measured.line([["totalMs"]], slower));
    open("firstTokenMs", () => this.#measured.line([["firstTokenMs"]], slower));
    // By length, where there is one: that an answer is long is not that it is slow.
    open("tail", () => this.#measured.line([["tail"], ...lengthMeasures, ["totalMs"]], () => new TailEProcess()));
    this.#errors = open("errors", () => new ErrorEProcess());
    this.#violations = open("violations", () => new CountEProcess());
    this.#fallbacks = open("fallbacks", () => new ErrorEProcess());
    open("rating", () => this.#measured.line([["rating"]], slower));
    this.#notSlower = seeksProof
      ? this.#measured.line([...lengthMeasures, ["totalMs"]], () => new NonInferiorityEProcess())
      : null;
  }

  /** A unit at a weight of 0 or 1 had no coin thrown for it and is not evidence: it is left out. */
  unit({ arm, weight, metrics, settled = true }: MeasuredUnit): void {
    if (!(weight > 0 && weight < 1)) return;
    const label = this.#label;
    label.onCandidate = arm === "candidate";
    label.weight = weight;
    if (label.onCandidate) this.#candidateUnits += 1;
    else this.#stableUnits += 1;
    this.#sampleRatio.unit(label);
    if (settled) this.#measured.unit(label, metrics);
    const { errors, violations, fallbacks } = metrics;
    if (this.#errors && errors !== undefined) this.#errors.unit(label, errors > 0);
    if (this.#violations && violations !== undefined) this.#violations.unit(label, violations > 0);
    if (this.#fallbacks && fallbacks !== undefined) this.#fallbacks.unit(label, fallbacks > 0);
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
    for (const { share, evidence } of this.#lines) sum += share * evidence.value;
    return sum;
  }

  /** Whether `evidence` has reached `threshold`, which is mostly answered without working it out. */
  get isReached(): boolean {
    let atMost = 0;
    for (const { share, evidence } of this.#lines) atMost += share * (evidence.atMost ?? evidence.value);
    return atMost >= this.threshold && this.evidence >= this.threshold;
  }

  /** The metric that speaks against the candidate most; null where there is none. */
  get leading(): RolloutMetric | null {
    let first: RolloutMetric | null = null;
    let most = Number.NEGATIVE_INFINITY;
    for (const { metric, share, evidence } of this.#lines) {
      const part = share * evidence.value;
      if (part <= most) continue;
      most = part;
      first = metric;
    }
    return first;
  }

  get metrics(): MetricEvidence[] {
    return this.#lines.map(({ metric, share, evidence }) => ({
      metric,
      share,
      value: evidence.value,
      measures: evidence instanceof MeasuredLine ? evidence.measures : [],
    }));
  }

  /** 1 where nothing that both arms have measures how fast they are. */
  get pass(): number {
    return this.#notSlower?.isOfBothArms === true ? this.#notSlower.value : 1;
  }

  get sampleRatio(): number {
    return this.#sampleRatio.value;
  }
}

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
