import type { InferenceEvent, WireEvent } from "../../shared/contract/inference.ts";

/** Keeps what happens before the row is committed, to be told after it; when the row cannot be written, `failed` aborts. */
export class Beginning {
  readonly #emit: (event: InferenceEvent | WireEvent) => void;
  readonly #started: () => InferenceEvent;
  readonly #stop = new AbortController();
  #early: (InferenceEvent | WireEvent)[] | null = [];

  constructor(emit: (event: InferenceEvent) => void, started: () => InferenceEvent) {
    // Wire events only come where the caller listens to them.
    this.#emit = emit as (event: InferenceEvent | WireEvent) => void;
    this.#started = started;
  }

  get failed(): AbortSignal {
    return this.#stop.signal;
  }

  tell(event: InferenceEvent | WireEvent): void {
    if (this.#early) this.#early.push(event);
    else this.#emit(event);
  }

  /** Resolves when what was kept has been told; rejects as the writing of the row does. */
  of(writing: Promise<void>): Promise<void> {
    const begun = writing.then(() => {
      const early = this.#early ?? [];
      this.#early = null;
      this.#emit(this.#started());
      for (const event of early) this.#emit(event);
    });
    begun.catch((error: unknown) => this.#stop.abort(error)); // whoever awaits it says why
    return begun;
  }
}
