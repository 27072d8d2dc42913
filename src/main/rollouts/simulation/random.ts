/** A fast seeded generator of numbers (sfc32): the same seed gives the same numbers on every machine. Not for secrets. */
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  /** Two whole numbers of 32 bits; near seeds give unrelated numbers. */
  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = 0x9e3779b9 | 0;
    for (let turn = 0; turn < 16; turn += 1) this.#bits();
  }

  /** From 0 up to, but never, 1. */
  next(): number {
    return this.#bits() / 4_294_967_296;
  }

  /** A whole number from 0 up to, but never, the bound. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** Exponentially distributed with mean 1. */
  wait(): number {
    return (waits ??= quantiles((p) => -Math.log(1 - p)))[this.below(cells)] ?? 0;
  }

  #bits(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

const cells = 4_096;
let waits: Float64Array | undefined;
let normals: Float64Array | undefined;
const spreads = new Map<number, Float64Array>();

/** Draws from a lognormal distribution by its quantiles: one number drawn and one looked up. */
export class Lognormal {
  readonly #median: number;
  readonly #around: Float64Array;

  constructor(median: number, sigma: number) {
    this.#median = median;
    this.#around = aroundOne(sigma);
  }

  draw(random: Random): number {
    return this.#at(random.below(cells));
  }

  /** Both at the same quantile: what makes a session slow makes all of it slow. */
  drawWith(other: Lognormal, random: Random): readonly [number, number] {
    const cell = random.below(cells);
    return [this.#at(cell), other.#at(cell)];
  }

  #at(cell: number): number {
    return this.#median * (this.#around[cell] ?? 0);
  }
}

/** Quantiles of a lognormal distribution with median 1; those of the last few sigmas are kept. */
function aroundOne(sigma: number): Float64Array {
  normals ??= quantiles(normalQuantile);
  const known = spreads.get(sigma);
  if (known) return known;
  if (spreads.size >= 32) spreads.clear();
  const around = normals.map((z) => Math.exp(sigma * z));
  spreads.set(sigma, around);
  return around;
}

/** The middles of equal shares of a distribution, ascending. */
function quantiles(quantileOf: (p: number) => number): Float64Array {
  return Float64Array.from({ length: cells }, (_, cell) => quantileOf((cell + 0.5) / cells));
}

/** Of the standard normal distribution, to a relative 1.2e-9 (Acklam's rational approximation). */
function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    const above =
      ((((-7.784894002430293e-3 * q - 3.223964580411365e-1) * q - 2.400758277161838) * q - 2.549732539343734) * q +
        4.374664141464968) *
        q +
      2.938163982698783;
    const below =
      (((7.784695709041462e-3 * q + 3.224671290700398e-1) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1;
    return above / below;
  }
  const q = p - 0.5;
  const r = q * q;
  const above =
    ((((-3.969683028665376e1 * r + 2.209460984245205e2) * r - 2.759285104469687e2) * r + 1.38357751867269e2) * r -
      3.066479806614716e1) *
      r +
    2.506628277459239;
  const below =
    ((((-5.447609879822406e1 * r + 1.615858368580409e2) * r - 1.556989798598866e2) * r + 6.680131188771972e1) * r -
      1.328068155288572e1) *
      r +
    1;
  return (above * q) / below;
}
