import { Chance } from "./rollout-world.ts";

/** Runs that are seeded, `runs` of them where no other number is given, and what is made of them. */
export function measuring(runs: number) {
  function each<T>(seed: number, run: (chance: Chance) => T, times = runs): T[] {
    return Array.from({ length: times }, (_, index) => run(new Chance(seed * 100_000 + index)));
  }

  function count(seed: number, run: (chance: Chance) => boolean, times = runs): number {
    return each(seed, run, times).filter(Boolean).length;
  }

  function median(values: readonly number[]): number {
    return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  }

  /** What a share does not exceed with 95 % confidence (Wilson), in percent. */
  function upperBound(hits: number, times = runs): number {
    const z = 1.645;
    const share = hits / times;
    const centre = share + (z * z) / (2 * times);
    const margin = z * Math.sqrt((share * (1 - share)) / times + (z * z) / (4 * times * times));
    return (100 * (centre + margin)) / (1 + (z * z) / times);
  }

  return { each, count, median, upperBound };
}
