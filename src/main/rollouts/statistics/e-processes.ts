import { exp } from "./exp.ts";
import { equalMixture, type Label, Mixture } from "./mixture.ts";
import { bucketOf, RunningQuantile } from "./running-quantile.ts";

/** An e-process on one metric of the units as they come; `value` is its e-value so far. */
export interface EProcess<Outcome> {
  unit(label: Label, outcome: Outcome): void;
  readonly value: number;
}

/** What a logarithm of latency is taken to vary by before any was seen, and for how many observations that stands. */
const priorSpread = 0.6;
const pseudoObservations = 10;

/** As far as a logarithm is looked at, in spreads; and no alternative lies further off, or its own outcomes would speak against it. */
const clip = 3;

/** An e-process on the logarithm of a positive quantity. */
export interface LogEProcess {
  logUnit(label: Label, log: number): void;
  readonly value: number;
}

/**
 * Bets that the candidate takes longer, by one of four factors, on a positive quantity such as milliseconds per token:
 * L = exp(d z - d^2 / 2), z = clip((ln y - m) / s, -3, 3), d = ln(factor) / s, with m and s from past control units.
 *
 * On a very steady machine s is small and d would lie beyond the clip: past d = 6 even z = 3 gives L < 1, and the bet would be blind
 * to the very change it is on. So each alternative takes a spread of at least ln(factor) / 3, which makes d at most 3: L is 1 half
 * way to the factor, whatever the spread. Any L that is made of the past and the unit's own outcome alone is a fair
 * wager, and so is this one.
 */
export class LatencyEProcess implements EProcess<number>, LogEProcess {
  static readonly slower = [1.2, 1.5, 2, 3] as const;
  /** More for what has to be waited for the longest and for what harms most; the rest is kept back. */
  static readonly shares = [0.32, 0.18, 0.42, 0.04] as const;
  readonly #mixture: Mixture;
  readonly #logFactors: Float64Array;
  readonly #minSpreads: Float64Array;
  #seen = 0;
  #anchor = 0;
  #count = 0;
  #sum = 0;
  #squares = 0;

  constructor(factors: readonly number[] = LatencyEProcess.slower, shares: readonly number[] = LatencyEProcess.shares) {
    this.#logFactors = Float64Array.from(factors, (factor) => Math.log(factor));
    this.#minSpreads = this.#logFactors.map((logFactor) => Math.abs(logFactor) / clip);
    this.#mixture = new Mixture(shares);
  }

  unit(label: Label, value: number): void {
    this.logUnit(label, Math.log(value));
  }

  /** The same on a logarithm that is known already. */
  logUnit(label: Label, log: number): void {
    if (this.#seen > 0) this.#wager(label, log);
    this.#seen += 1;
    if (this.#seen <= pseudoObservations) this.#anchor += (log - this.#anchor) / this.#seen;
    if (label.onCandidate) return;
    this.#count += 1;
    this.#sum += log;
    this.#squares += log * log;
  }

  get value(): number {
    return this.#mixture.value;
  }

  /** Centre and spread are of past control units, shrunk towards the first units of both arms. */
  #wager(label: Label, log: number): void {
    const n = this.#count + pseudoObservations;
    const centre = (this.#sum + pseudoObservations * this.#anchor) / n;
    const around = Math.max(0, this.#squares - 2 * centre * this.#sum + this.#count * centre * centre);
    const spread = Math.sqrt((around + pseudoObservations * priorSpread * priorSpread) / n);
    const off = log - centre;
    const { likelihoods } = this.#mixture;
    for (let alternative = 0; alternative < likelihoods.length; alternative += 1) {
      const perSpread = 1 / Math.max(spread, this.#minSpreads[alternative] ?? 0);
      const z = Math.max(-clip, Math.min(clip, off * perSpread));
      const d = (this.#logFactors[alternative] ?? 0) * perSpread;
      likelihoods[alternative] = exp(d * z - (d * d) / 2);
    }
    this.#mixture.settle(label);
  }
}

/** Bets on an event whose base rate is learnt from past control units: `ratios` times as often on the candidate. */
class EventEProcess implements EProcess<boolean> {
  readonly #mixture: Mixture;
  readonly #ratios: Float64Array;
  readonly #pseudoEvents: number;
  readonly #pseudoUnits: number;
  #happened = 0;
  #control = 0;

  /** The base rate is taken to be `pseudoEvents` in `pseudoUnits` before any unit was seen, and for as long as those stand. */
  constructor(ratios: readonly number[], shares: readonly number[], pseudoEvents: number, pseudoUnits: number) {
    this.#ratios = Float64Array.from(ratios);
    this.#mixture = new Mixture(shares);
    this.#pseudoEvents = pseudoEvents;
    this.#pseudoUnits = pseudoUnits;
  }

  unit(label: Label, happened: boolean): void {
    // Counts instead of shares: both sides of each L are the base rate's units, which saves dividing by them.
    const units = this.#control + this.#pseudoUnits;
    const events = this.#happened + this.#pseudoEvents;
    const most = 0.9 * units;
    const { likelihoods } = this.#mixture;
    for (let alternative = 0; alternative < likelihoods.length; alternative += 1) {
      // So many times as often as the base rate, and never nearly always.
      const raised = (this.#ratios[alternative] ?? 1) * events;
      const often = raised > most ? most : raised;
      likelihoods[alternative] = happened ? often : units - often;
    }
    this.#mixture.usual = happened ? events : units - events;
    this.#mixture.settle(label);
    if (label.onCandidate) return;
    this.#control += 1;
    if (happened) this.#happened += 1;
  }

  get value(): number {
    return this.#mixture.value;
  }
}

/**
 * Bets that more of the candidate's units are slow for what came before: beyond nine in ten of all past units, at ratios 1.5,
 * 2.5 and 5, and beyond 97 in a hundred, where a few answers that take several times as long stand out, at 2.5, 5 and 10.
 */
export class TailEProcess implements EProcess<number>, LogEProcess {
  readonly #slow = new BeyondEProcess(0.9, [1.5, 2.5, 5]);
  readonly #verySlow = new BeyondEProcess(0.97, [2.5, 5, 10]);

  unit(label: Label, value: number): void {
    this.logUnit(label, Math.log(value));
  }

  /** The same on a logarithm that is known already. */
  logUnit(label: Label, log: number): void {
    const bucket = bucketOf(log);
    this.#slow.unit(label, bucket);
    this.#verySlow.unit(label, bucket);
  }

  get value(): number {
    return (this.#slow.value + this.#verySlow.value) / 2;
  }
}

/** Bets on units beyond the quantile of all before; their outcome is a bucket. */
class BeyondEProcess implements EProcess<number> {
  readonly #past: RunningQuantile;
  readonly #beyond: EventEProcess;

  constructor(share: number, ratios: readonly number[]) {
    this.#past = new RunningQuantile(share);
    this.#beyond = new EventEProcess(ratios, [0.3, 0.5, 0.2], 1, 1 / (1 - share));
  }

  unit(label: Label, bucket: number): void {
    if (this.#past.total > 0) this.#beyond.unit(label, this.#past.isBeyond(bucket));
    this.#past.add(bucket);
  }

  get value(): number {
    return this.#beyond.value;
  }
}

/** Bets that more of the candidate's units fail: ratios 2, 5 and 10 over p = (e + 0.5) / (n + 50) of past control units. */
export class ErrorEProcess implements EProcess<boolean> {
  static readonly shares = [0.1, 0.5, 0.4] as const;
  readonly #failed: EventEProcess;

  constructor(shares: readonly number[] = ErrorEProcess.shares) {
    this.#failed = new EventEProcess([2, 5, 10], shares, 0.5, 50);
  }

  unit(label: Label, failed: boolean): void {
    this.#failed.unit(label, failed);
  }

  get value(): number {
    return this.#failed.value;
  }
}

/** Wagers whose L are the same for every unit, so that what they pay only depends on the label. */
export class LabelEProcess {
  readonly #mixture: Mixture;
  readonly #ratios: readonly number[];
  readonly #onCandidate: Float64Array;
  readonly #onStable: Float64Array;
  #weight = Number.NaN;

  constructor(ratios: readonly number[]) {
    this.#mixture = equalMixture(ratios.length);
    this.#ratios = ratios;
    this.#onCandidate = new Float64Array(ratios.length);
    this.#onStable = new Float64Array(ratios.length);
  }

  betOn({ onCandidate, weight }: Label): void {
    if (weight !== this.#weight) this.#update(weight);
    this.#mixture.pay(onCandidate ? this.#onCandidate : this.#onStable);
  }

  get value(): number {
    return this.#mixture.value;
  }

  #update(weight: number): void {
    this.#weight = weight;
    for (const [alternative, ratio] of this.#ratios.entries()) {
      const fair = weight * ratio + 1 - weight;
      this.#onCandidate[alternative] = ratio / fair;
      this.#onStable[alternative] = 1 / fair;
    }
  }
}

/** Bets on the labels of rare events alone, which needs no base rate and is exact: ratios 1.5, 2.5, 5 and 10. */
export class CountEProcess implements EProcess<boolean> {
  readonly #events = new LabelEProcess([1.5, 2.5, 5, 10]);

  unit(label: Label, happened: boolean): void {
    if (happened) this.#events.betOn(label);
  }

  get value(): number {
    return this.#events.value;
  }
}

/** Bets that the candidate is not slower by the margin: its latency is divided by 1.25, and the wager is on "faster". */
export class NonInferiorityEProcess implements EProcess<number>, LogEProcess {
  static readonly margin = 1.25;
  static readonly #logMargin = Math.log(NonInferiorityEProcess.margin);
  readonly #faster = new LatencyEProcess([1 / 1.1, 1 / 1.25, 1 / 1.5, 1 / 2], [0.25, 0.25, 0.25, 0.25]);

  unit(label: Label, value: number): void {
    this.logUnit(label, Math.log(value));
  }

  /** The same on a logarithm that is known already. */
  logUnit(label: Label, log: number): void {
    this.#faster.logUnit(label, label.onCandidate ? log - NonInferiorityEProcess.#logMargin : log);
  }

  get value(): number {
    return this.#faster.value;
  }
}

/** Bets that labels do not fall as the coin says, either way: something other than the coin decides who is counted. */
export class SampleRatioEProcess implements EProcess<void> {
  readonly #labels = new LabelEProcess([1 / 3, 1 / 2, 1 / 1.3, 1.3, 2, 3]);

  unit(label: Label): void {
    this.#labels.betOn(label);
  }

  get value(): number {
    return this.#labels.value;
  }
}
