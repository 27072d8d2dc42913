/** One unit's label: which arm it was on, and the candidate's weight when the coin was thrown, between 0 and 1, both excluded. */
export interface Label {
  readonly onCandidate: boolean;
  readonly weight: number;
}

/**
 * An alternative's e-value never falls below the first, so that a change after thousands of good units is found as fast as
 * one after two hundred: each unit adds at most this much to what was staked, 10^-6 over a million units, and alpha holds to within that.
 */
const smallest = 1e-12;
const greatest = 1e200;

/**
 * Evidence against "the candidate does as the stable version does", by betting on the arm's label. We own the coin that
 * assigns the arm, so without a change the label of a unit is independent of how it went, and a wager on it that only uses
 * the past is fair: the e-value E is a non-negative martingale and P(ever E >= 1/alpha) <= alpha, however often one looks
 * (Podkopaev & Ramdas 2305.00143; Lindon & Malek 2011.03567; Ramdas et al. 2210.01948).
 *
 *   E = sum_j pi_j * prod_i L_ij^(a_i) / (w_i * L_ij + 1 - w_i)
 *
 * over the alternatives j of a mixture, with a_i = 1 on the candidate, w_i its weight, and L_ij how much more likely
 * alternative j finds the outcome on the candidate.
 */
export class Mixture {
  /** How likely each alternative finds the next unit's outcome: written by the e-process, read by `settle`. */
  readonly likelihoods: Float64Array;
  /** How likely the outcome is where nothing changed; 1 where `likelihoods` are ratios to it already. */
  usual = 1;
  readonly #eValues: Float64Array;
  readonly #kept: number;
  #value = 1;

  /** `shares` are the alternatives' pi. What they leave of 1 is not wagered: it makes a false alarm rarer than alpha allows. */
  constructor(shares: readonly number[]) {
    this.#kept = Math.max(0, 1 - shares.reduce((sum, share) => sum + share, 0));
    this.likelihoods = new Float64Array(shares.length);
    this.#eValues = Float64Array.from(shares);
  }

  /** E: 1 before the first unit. */
  get value(): number {
    return this.#value;
  }

  /** Pays out the wagers at L = `likelihoods` / `usual`, set from what was known before the unit and its own outcome. */
  settle({ onCandidate, weight }: Label): void {
    const { likelihoods, usual } = this;
    const eValues = this.#eValues;
    const rest = (1 - weight) * usual;
    let sum = this.#kept;
    for (let alternative = 0; alternative < eValues.length; alternative += 1) {
      const likelihood = likelihoods[alternative] ?? usual;
      const paid = (onCandidate ? likelihood : usual) / (weight * likelihood + rest);
      const eValue = (eValues[alternative] ?? 0) * paid;
      const bounded = eValue < smallest ? smallest : eValue > greatest ? greatest : eValue;
      eValues[alternative] = bounded;
      sum += bounded;
    }
    this.#value = sum;
  }

  /** Pays what was worked out before, a factor an alternative. */
  pay(factors: Float64Array): void {
    const eValues = this.#eValues;
    let sum = this.#kept;
    for (let alternative = 0; alternative < eValues.length; alternative += 1) {
      const eValue = (eValues[alternative] ?? 0) * (factors[alternative] ?? 1);
      const bounded = eValue < smallest ? smallest : eValue > greatest ? greatest : eValue;
      eValues[alternative] = bounded;
      sum += bounded;
    }
    this.#value = sum;
  }
}

/** A mixture whose alternatives have equal shares. */
export function equalMixture(alternatives: number): Mixture {
  return new Mixture(Array.from({ length: alternatives }, () => 1 / alternatives));
}
