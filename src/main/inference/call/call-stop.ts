import { tooLate } from "./call-failures.ts";
import type { ProviderError } from "../provider.ts";

/** What stops a call from outside, wherever it is: its reader, its whole time being up, or that it cannot be logged. */
export class CallStop {
  readonly #stop = new AbortController();
  readonly #requested: AbortSignal;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #pass = (): void => this.#stop.abort(this.#requested.reason);

  /** `asked` is the reader's own wish to stop; the call's time, in milliseconds, begins now. To be `end`ed. */
  constructor(asked: AbortSignal, totalMs?: number) {
    this.#requested = asked;
    this.#timer = totalMs === undefined ? undefined : setTimeout(() => this.giveUp(tooLate(totalMs)), totalMs);
    if (asked.aborted) this.#pass();
    else asked.addEventListener("abort", this.#pass, { once: true });
  }

  /** Aborted with the reader's reason, or with the `ProviderError` that the call ends as. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get wasRequested(): boolean {
    return this.#requested.aborted;
  }

  /** Stops the model, wherever the call is; it then fails for this reason. */
  giveUp(reason: ProviderError): void {
    this.#stop.abort(reason);
  }

  /** The call is over. */
  end(): void {
    this.#requested.removeEventListener("abort", this.#pass);
    clearTimeout(this.#timer);
  }
}
