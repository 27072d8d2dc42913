import type { Arm } from "../../../shared/contract/rollout-plan.ts";
import { LabelEProcess } from "./e-processes.ts";
import type { Label } from "./mixture.ts";

/** E at which having a value is taken to depend on the arm: alpha 0.001, at any time one looks. */
const dependenceThreshold = 1_000;
const ratios = [1 / 10, 1 / 3, 1 / 2, 2, 3, 10];

interface AtWeight {
  readonly weight: number;
  units: number;
}

/**
 * Which units have a value of a measure, by arm, and what that alone may do to evidence from the measure.
 *
 * A missing value is no outcome: a unit without it says nothing of how the arms compare by it. Among the units that do have it the
 * label is the coin's only where having it does not depend on the arm. Where a share p1 of the candidate's units and p0 of the
 * stable version's have it, the label of one that has it falls on the candidate with q = w r / (w r + 1 - w), r = p1 / p0, and an E
 * that reckons with w grows though nothing else differs. Let N(r) be the likelihood of those labels at r over their likelihood
 * at the coin's w. Whatever r is, as long as it stays the same,
 *
 *   E / N(r) = prod_i [ L_i^a / (w L_i + 1 - w) ] * [ w^a (1 - w)^(1 - a) / (q^a (1 - q)^(1 - a)) ]
 *
 * is a martingale where values do not depend on the arm given that they are there: under the true q the two coins cancel, and what is
 * left is (w L + 1 - w) / (w L + 1 - w) = 1. So E / sup_r N(r) never exceeds a martingale that starts at 1, and P(ever
 * E / sup N >= 1 / alpha) <= alpha at any stopping time, with values missing by arm or not. `discount` is sup N, at
 * least 1; without any dependence twice its logarithm is about a squared standard normal, which costs half a nat.
 *
 * That r stays the same is an assumption; where having the value is shown to depend on the arm (an e-process on the labels of the units
 * without it, and of those with it, exact for every w) the measure is set aside for good: what it said before is dropped, which
 * keeps a supermartingale one.
 */
export class Presence {
  readonly #atWeights: AtWeight[] = [];
  readonly #labelsWith = new LabelEProcess(ratios);
  readonly #labelsWithout = new LabelEProcess(ratios);
  readonly #with: Record<Arm, number> = { stable: 0, candidate: 0 };
  readonly #without: Record<Arm, number> = { stable: 0, candidate: 0 };
  #dependsOnArm = false;
  /** 0 while it has to be worked out anew. */
  #discount = 1;

  unit(label: Label, has: boolean): void {
    const counts = has ? this.#with : this.#without;
    if (label.onCandidate) counts.candidate += 1;
    else counts.stable += 1;
    if (has) {
      this.#labelsWith.betOn(label);
      this.#at(label.weight).units += 1;
      this.#discount = 0;
    } else this.#labelsWithout.betOn(label);
    // Without any missing, the labels of all units are the coin's own business: the sample ratio's.
    if (this.#isPartial && (this.#labelsWith.value + this.#labelsWithout.value) / 2 >= dependenceThreshold)
      this.#dependsOnArm = true;
  }

  /** Whether it was shown that having the value depends on the arm; stays so. */
  get dependsOnArm(): boolean {
    return this.#dependsOnArm;
  }

  /** What evidence is to be divided by: how much of it the labels of those that have the value could explain. 1 or more. */
  get discount(): number {
    if (this.#discount === 0) this.#discount = this.#greatest();
    return this.#discount;
  }

  /** Units without the value, of how many. */
  missing(arm: Arm): { readonly missing: number; readonly units: number } {
    return { missing: this.#without[arm], units: this.#without[arm] + this.#with[arm] };
  }

  get #isPartial(): boolean {
    return this.#without.stable + this.#without.candidate > 0;
  }

  #at(weight: number): AtWeight {
    for (const at of this.#atWeights) if (at.weight === weight) return at;
    const added = { weight, units: 0 };
    this.#atWeights.push(added);
    return added;
  }

  /** The maximum of N over u = ln r, in which ln N is concave: n1 u - sum_w n_w ln(w e^u + 1 - w). */
  #greatest(): number {
    const candidates = this.#with.candidate;
    const at = (u: number): number => {
      let log = candidates * u;
      const r = Math.exp(u);
      for (const { weight, units } of this.#atWeights) log -= units * Math.log(weight * r + 1 - weight);
      return log;
    };
    const excess = (u: number): number => {
      const r = Math.exp(u);
      let expected = 0;
      for (const { weight, units } of this.#atWeights) expected += (units * weight * r) / (weight * r + 1 - weight);
      return candidates - expected;
    };
    // Beyond these one arm has the value a million times as often as the other.
    let low = -14;
    let high = 14;
    const [only] = this.#atWeights;
    if (only && this.#atWeights.length === 1) {
      const odds = (candidates * (1 - only.weight)) / (this.#with.stable * only.weight);
      low = high = Math.max(low, Math.min(high, Math.log(odds)));
    }
    for (let halving = 0; halving < 40 && low < high; halving += 1) {
      const middle = (low + high) / 2;
      if (excess(middle) > 0) low = middle;
      else high = middle;
    }
    return Math.exp(Math.min(400, Math.max(0, at((low + high) / 2))));
  }
}
