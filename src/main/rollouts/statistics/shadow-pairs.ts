import type { RolloutAnalysis } from "../../../shared/contract/rollout-status.ts";

/** How many equal halves of the bet's size are tried at once. */
const sizes = [0.25, 0.5, 1, 2] as const;
/** More evidence than that says nothing more, and has to stay a number. */
const greatestLog = Math.log(1e200);

/**
 * Evidence that the candidate is slower on the same prompts: a wager on the sign of each pair's log-ratio, which is a fair
 * coin where nothing changed, of a size that only depends on the ratio's magnitude and on past pairs. E, 1 before the first pair.
 */
export class ShadowPairs {
  readonly #logEValue = sizes.map(() => -Math.log(sizes.length));
  #pairs = 0;
  #squares = 0;
  #compared = 0;
  #slower = 0;
  #logs = 0;

  /** Both in the same unit, above 0. */
  pair(stable: number, candidate: number): void {
    const difference = Math.log(candidate / stable);
    this.#compared += 1;
    this.#logs += difference;
    if (difference > 0) this.#slower += 1;
    if (difference === 0) return;
    // The scale of past ratios, shrunk towards 0.4 by five pseudo-observations.
    const scale = Math.sqrt((this.#squares + 5 * 0.4 ** 2) / (this.#pairs + 5));
    for (const [index, size] of sizes.entries()) {
      // E[exp(t s) / cosh(t)] = 1 for a fair sign s (the sign-flip e-value of de la Pena).
      const tilt = (size * Math.abs(difference)) / scale;
      const logCosh = tilt + Math.log1p(Math.exp(-2 * tilt)) - Math.LN2;
      this.#logEValue[index] = (this.#logEValue[index] ?? 0) + Math.sign(difference) * tilt - logCosh;
    }
    this.#pairs += 1;
    this.#squares += difference * difference;
  }

  get pairs(): number {
    return this.#pairs;
  }

  /** Also of pairs that took exactly as long, which are no evidence. */
  get figures(): RolloutAnalysis["shadowPairs"] {
    return {
      pairs: this.#compared,
      slower: this.#slower,
      timesAsLong: this.#compared === 0 ? null : Math.exp(this.#logs / this.#compared),
      evidence: this.value,
    };
  }

  get value(): number {
    return this.#logEValue.reduce((sum, log) => sum + Math.exp(Math.min(log, greatestLog)), 0);
  }
}
