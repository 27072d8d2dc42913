import type { InferenceEvent, WireEvent } from "../../../shared/contract/inference.ts";
import type { Clock } from "../../base/clock.ts";
import type { Guard } from "../ports.ts";
import { ProviderError } from "../provider.ts";
import type { Composed } from "./call-types.ts";
import { GuardedStream, isBlocking } from "./guarded-stream.ts";
import { textsIn } from "./wire-text.ts";

export interface CallProgressPorts {
  readonly guard: Guard;
  readonly clock: Clock;
  readonly emit: (event: InferenceEvent) => void;
  /** Receives what goes over the wire; null where nobody listens. */
  readonly observe: ((event: WireEvent) => void) | null;
}

/** What one call has so far, over all its attempts: the answer, the times, and the bytes of the last response. */
export class CallProgress {
  readonly #ports: CallProgressPorts;
  #stream: GuardedStream;
  #composed: Composed | null = null;
  #waitedMs: number | null = null;
  #firstTokenAt: number | null = null;
  #wireResponse: Extract<WireEvent, { type: "wire_response" }> | null = null;
  #hasFailed = false;
  #wasReadToEnd = false;
  #droppedMessages = 0;

  constructor(ports: CallProgressPorts) {
    this.#ports = ports;
    this.#stream = this.#newStream(null);
  }

  /** The answer of the attempt that runs, or of the last one. */
  get stream(): GuardedStream {
    return this.#stream;
  }

  /** What the attempt that runs sends, or the last one; null before it was composed. */
  get composed(): Composed | null {
    return this.#composed;
  }

  promptComposed(composed: Composed): void {
    this.#composed = composed;
  }

  /** In endpoints' queues, in milliseconds; null when there was no wait. */
  get waitedMs(): number | null {
    return this.#waitedMs;
  }

  /** On the clock's `monotonicMs`. */
  get firstTokenAt(): number | null {
    return this.#firstTokenAt;
  }

  /** How many of the prompt's oldest messages the attempt that runs left out, or the last one. */
  get droppedMessages(): number {
    return this.#droppedMessages;
  }

  promptShortened(droppedMessages: number): void {
    this.#droppedMessages = droppedMessages;
  }

  /** Another attempt follows: the stream before it is discarded but for what was found in it and what the reader was shown. */
  restartStream(): void {
    this.#stream = this.#newStream(this.#stream);
  }

  attemptStarts({ isFirst }: { readonly isFirst: boolean }): void {
    if (!isFirst) this.restartStream();
    this.#wasReadToEnd = false;
    this.#composed = null;
    this.#droppedMessages = 0;
  }

  waited(ms: number): void {
    this.#waitedMs = (this.#waitedMs ?? 0) + ms;
  }

  requestSent(): void {
    if (!this.#stream.shownAny) this.forgetFirstToken(); // it belonged to an earlier attempt that the reader saw nothing of
  }

  tokenArrived(): void {
    this.#firstTokenAt ??= this.#ports.clock.monotonicMs();
  }

  /** The reader was shown nothing of the answer it belonged to. */
  forgetFirstToken(): void {
    this.#firstTokenAt = null;
  }

  /** Everything that the server sent was read, and so was checked. */
  readToEnd(): void {
    this.#wasReadToEnd = true;
  }

  failed(): void {
    this.#hasFailed = true;
  }

  /** Reports what goes over the wire: requests at once, the response's bytes only by `emitWireResponse`. Null where nobody listens. */
  observer(isRepair: boolean): ((event: WireEvent) => void) | null {
    const { observe } = this.#ports;
    if (observe === null) return null;
    return (event) => {
      if (event.type === "wire_response") this.#wireResponse = event;
      // The request of a repair repeats the answer before it.
      else if (!isRepair || !this.#stream.isBlocked) observe(event);
    };
  }

  /**
   * Reports the bytes of the last response, unless something was blocked. Those of a failed call contain text that nobody was
   * shown, and those of an attempt that broke off were never read: both are checked before. For after the row's end is committed.
   */
  async emitWireResponse(): Promise<void> {
    const { observe } = this.#ports;
    const response = this.#wireResponse;
    if (observe === null || response === null || this.#stream.isBlocked) return;
    if (this.#hasFailed && this.#stream.hasFindings) return;
    if (!this.#wasReadToEnd) for (const text of textsIn(response.body)) if (await this.#mustBlock(text)) return;
    observe(response);
  }

  /** What does not fit of an answer, in words that repeat nothing of it that is blocked. */
  async problemWithoutQuotes(answer: string, problem: string): Promise<string> {
    const mustBlock = (await this.#mustBlock(answer)) || (await this.#mustBlock(problem));
    return mustBlock ? "What it says was held." : problem;
  }

  /** The error without what its message quotes, where that is blocked: servers quote a model's output that they cannot parse. */
  errorWithoutQuotes(error: ProviderError): ProviderError {
    if (!this.#ports.guard.checkText(error.message).findings.some(isBlocking)) return error;
    const { errorClass, remedy, retryAfterMs, concerns, cause } = error;
    const message = "The reason quotes what the model said, which was held.";
    return new ProviderError(errorClass, message, remedy, { cause, retryAfterMs, concerns });
  }

  #newStream(previous: GuardedStream | null): GuardedStream {
    const { guard, emit } = this.#ports;
    return new GuardedStream(guard, emit, previous);
  }

  async #mustBlock(text: string): Promise<boolean> {
    return (await this.#ports.guard.checkTextInSlices(text)).findings.some(isBlocking);
  }
}
