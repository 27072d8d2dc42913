import type { EvidencePoint } from "../../../shared/contract/rollouts.ts";

const maxPoints = 500;

/** The evidence over time in at most 500 points, the newest among them: the more units, the fewer of them have one. */
export class EvidenceLine {
  readonly #kept: EvidencePoint[] = [];
  #every = 1;
  #added = 0;
  #newest: EvidencePoint | null = null;

  add(point: EvidencePoint): void {
    this.#newest = point;
    this.#added += 1;
    if ((this.#added - 1) % this.#every !== 0) return;
    this.#kept.push(point);
    if (this.#kept.length < maxPoints) return;
    this.#every *= 2;
    this.#kept.splice(0, this.#kept.length, ...this.#kept.filter((_, index) => index % 2 === 0));
  }

  get points(): EvidencePoint[] {
    const last = this.#kept.at(-1);
    return this.#newest === null || this.#newest === last ? [...this.#kept] : [...this.#kept, this.#newest];
  }
}
