import type { Clock } from "../../base/clock.ts";
import { tooLate } from "./call-failures.ts";
import type { ProviderError } from "../provider.ts";

/** Stops a call from outside, wherever it is: because its reader wants it, its total time is up, or it cannot be logged. */
export class CallStop {
  readonly #stop = new AbortController();
  readonly #requested: AbortSignal;
  readonly #timer: Disposable | undefined;
  readonly #abort = (): void => this.#stop.abort(this.#requested.reason);

  /** `requested` aborts when the reader stops the call; the total time, in milliseconds, starts now. Needs `end`. */
  constructor(requested: AbortSignal, clock: Clock, totalMs?: number) {
    this.#requested = requested;
    this.#timer = totalMs === undefined ? undefined : clock.after(totalMs, () => this.giveUp(tooLate(totalMs)));
    if (requested.aborted) this.#abort();
    else requested.addEventListener("abort", this.#abort, { once: true });
  }

  /** Aborted with the reader's reason, or with the `ProviderError` that the call ends as. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get wasRequested(): boolean {
    return this.#requested.aborted;
  }

  /** Stops the model, wherever the call is; the call then fails for this reason. */
  giveUp(reason: ProviderError): void {
    this.#stop.abort(reason);
  }

  /** The call is over. */
  end(): void {
    this.#requested.removeEventListener("abort", this.#abort);
    this.#timer?.[Symbol.dispose]();
  }
}
