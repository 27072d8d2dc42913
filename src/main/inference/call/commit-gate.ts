import type { InferenceEvent, WireEvent } from "../../../shared/contract/inference.ts";

/** Buffers a call's events until its row is committed; the events of a call whose row is not committed are never emitted. */
export class CommitGate {
  readonly #emit: (event: InferenceEvent | WireEvent) => void;
  readonly #started: InferenceEvent;
  #buffered: (InferenceEvent | WireEvent)[] | null = [];

  /** `started` is emitted first of all. */
  constructor(emit: (event: InferenceEvent) => void, started: InferenceEvent) {
    // Wire events are emitted only where the caller listens to them.
    this.#emit = emit as (event: InferenceEvent | WireEvent) => void;
    this.#started = started;
  }

  emit(event: InferenceEvent | WireEvent): void {
    if (this.#buffered) this.#buffered.push(event);
    else this.#emit(event);
  }

  /** Opens the gate once `commit` resolves, and then resolves itself; rejects as `commit` does. */
  async openAfter(commit: Promise<void>): Promise<void> {
    await commit;
    const buffered = this.#buffered ?? [];
    this.#buffered = null;
    this.#emit(this.#started);
    for (const event of buffered) this.#emit(event);
  }
}
