import type { InferenceEvent, WireEvent } from "../../../shared/contract/inference.ts";

/** Keeps what happens before the row is committed, to be told after it; what happens before a row that failed is never told. */
export class CommitGate {
  readonly #emit: (event: InferenceEvent | WireEvent) => void;
  readonly #started: () => InferenceEvent;
  #early: (InferenceEvent | WireEvent)[] | null = [];

  constructor(emit: (event: InferenceEvent) => void, started: () => InferenceEvent) {
    // Wire events only come where the caller listens to them.
    this.#emit = emit as (event: InferenceEvent | WireEvent) => void;
    this.#started = started;
  }

  emit(event: InferenceEvent | WireEvent): void {
    if (this.#early) this.#early.push(event);
    else this.#emit(event);
  }

  /** Resolves when what was kept has been told; rejects as the writing of the row does. */
  of(writing: Promise<void>): Promise<void> {
    return writing.then(() => {
      const early = this.#early ?? [];
      this.#early = null;
      this.#emit(this.#started());
      for (const event of early) this.#emit(event);
    });
  }
}
