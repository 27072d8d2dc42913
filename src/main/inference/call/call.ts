import type { Message } from "../../../shared/contract/inference.ts";
import type { ModelVersion } from "../../../shared/contract/registry.ts";
import type { EndpointDirectory } from "../ports.ts";
import type { ProviderError } from "../provider.ts";
import { EndpointSelection, serverModelOf } from "../routing/endpoint-selection.ts";
import { retryPolicy } from "../routing/retry-policy.ts";
import { AttemptChain, type Tried } from "./attempt-chain.ts";
import { asProviderError, misfit } from "./call-failures.ts";
import { CallProgress, type CallProgressPorts } from "./call-progress.ts";
import type { CallStop } from "./call-stop.ts";
import { EndpointAttempt, type EndpointAttemptPorts } from "./endpoint-attempt.ts";
import type { Ending, FinalEnd, Misfit } from "./ending.ts";

export interface CallPorts extends EndpointAttemptPorts, CallProgressPorts {
  readonly endpoints: Pick<EndpointDirectory, "addressesOf">;
  /** The versions in the order they are tried, at least one. */
  readonly chain: readonly ModelVersion[];
  /** On the clock's `monotonicMs`. */
  readonly startedAt: number;
}

/** For a whole call. */
const repairBudget = 2;

/** Runs one call from its first attempt to its end: retries, repairs, falls back, and records every attempt. */
export class Call {
  readonly #ports: CallPorts;
  readonly #attempts: AttemptChain;
  readonly #selection: EndpointSelection;
  readonly #progress: CallProgress;
  /** Where in the chain the call is. */
  #position = 0;
  #repairs: readonly Message[] = [];
  #repairCount = 0;
  #retryCount = 0;

  constructor(ports: CallPorts) {
    this.#ports = ports;
    this.#attempts = new AttemptChain(ports.startedAt, ports.clock, ports.emit);
    this.#selection = new EndpointSelection(ports);
    this.#progress = new CallProgress(ports);
  }

  /** Never throws: however the attempts end, that is the ending. */
  async run(stop: CallStop): Promise<Ending> {
    for (;;) {
      const ending = await this.#tryNext(stop);
      if (ending) return ending;
      this.#attempts.announce(this.#ports.chain[this.#position]);
    }
  }

  /** See `CallProgress.emitWireResponse`. */
  async emitWireResponse(): Promise<void> {
    await this.#progress.emitWireResponse();
  }

  /** Makes one attempt, or skips it, and takes the step that follows; null where another attempt does. */
  async #tryNext(stop: CallStop): Promise<Ending | null> {
    const version = this.#ports.chain[this.#position];
    if (!version) throw new Error("a call has at least one version");
    const endpoint = this.#selection.next(version);
    const tried = { version, endpoint, startedAt: this.#ports.clock.monotonicMs() };
    if (this.#shouldSkip(version, endpoint)) return this.#skip(tried);
    this.#progress.attemptStarts({ isFirst: this.#attempts.attempts.length === 0 });
    const target = { version, endpoint, repairs: this.#repairs };
    const attempt = new EndpointAttempt(this.#ports, this.#progress, stop, target);
    const end = await attempt.run();
    switch (end.type) {
      case "withdrawn":
        return this.#passOverWithdrawn(tried, attempt.wasSent);
      case "misfit":
        return this.#repairOrFail(tried, end, stop);
      case "failed":
        return this.#afterFailure(tried, end.error, this.#progress.stream.shownAny, stop);
      default:
        this.#attempts.answered(tried, this.#progress.droppedMessages);
        return this.#ending(version, end);
    }
  }

  /** An address whose circuit breaker is open is skipped only where a later version in the chain can be called instead. */
  #shouldSkip(version: ModelVersion, endpoint: string): boolean {
    if (this.#selection.mayCall(version, endpoint)) return false;
    return this.#ports.chain.slice(this.#position + 1).some((later) => this.#selection.mayCallAny(later));
  }

  #skip(tried: Tried): null {
    const { breaker } = this.#ports;
    const { version, endpoint } = tried;
    const model = serverModelOf(version);
    const reason = breaker.lastError(endpoint, model) ?? "it failed repeatedly";
    const whose = breaker.mayCall(endpoint) ? `${model} at ${endpoint}` : endpoint;
    this.#attempts.skipped(tried, `The circuit breaker of ${whose} is open after failures in a row: ${reason}`);
    this.#fallBack();
    return null;
  }

  #passOverWithdrawn(tried: Tried, wasSent: boolean): null {
    const { model, version } = tried.version;
    const reason = `The rollout of ${model} ${version} was taken back before it answered`;
    if (wasSent) this.#attempts.withdrawn(tried, reason);
    else this.#attempts.skipped(tried, reason);
    this.#fallBack();
    return null;
  }

  #repairOrFail(tried: Tried, { problem, repairs }: Misfit, stop: CallStop): Promise<Ending | null> | null {
    if (this.#repairCount < repairBudget && !stop.signal.aborted) {
      this.#repairCount += 1;
      this.#repairs = repairs;
      this.#attempts.failed(tried, { errorClass: "invalid_output", message: problem }, "repair");
      return null;
    }
    const error = misfit(tried.version, problem, this.#repairCount);
    // Thoughts may be followed by those of another attempt, as in a repair: nothing of the answer itself was shown.
    return this.#afterFailure(tried, error, this.#progress.stream.calledTools, stop);
  }

  /** Takes the step that the retry policy decides on; `shown` says that the reader has seen a part of the answer. */
  async #afterFailure(tried: Tried, error: ProviderError, shown: boolean, stop: CallStop): Promise<Ending | null> {
    const { version, endpoint } = tried;
    this.#selection.failed(version, endpoint);
    const { next, waitMs } = retryPolicy({
      errorClass: error.errorClass,
      retryAfterMs: error.retryAfterMs,
      shown: shown || stop.signal.aborted,
      hasReplica: this.#selection.hasUntried(version),
      retries: this.#retryCount,
      hasFallback: this.#position + 1 < this.#ports.chain.length,
      mayWait: this.#mayWait(version),
    });
    this.#attempts.failed(tried, error, next === "elsewhere" ? "retry" : next);
    if (next === "end") return this.#fail(version, error, shown);
    if (next === "fallback") this.#fallBack();
    return next === "retry" ? this.#waitForRetry(version, waitMs, stop) : null;
  }

  /** A candidate waits as the stable version would in its place, since the two are compared. */
  #mayWait(version: ModelVersion): boolean {
    const isOnTrial = this.#ports.withdrawal(version) !== null;
    return this.#position + (isOnTrial ? 2 : 1) >= this.#ports.chain.length;
  }

  #fallBack(): void {
    this.#position += 1;
    this.#repairs = [];
  }

  async #waitForRetry(version: ModelVersion, waitMs: number, stop: CallStop): Promise<Ending | null> {
    this.#retryCount += 1;
    try {
      await this.#ports.clock.sleep(waitMs, stop.signal);
      return null;
    } catch {
      this.#progress.restartStream();
      return this.#ending(version, endOfAbort(stop));
    }
  }

  #fail(version: ModelVersion, error: ProviderError, shown: boolean): Ending {
    if (!shown) this.#progress.forgetFirstToken();
    this.#progress.stream.fail();
    return this.#ending(version, { type: "failed", error });
  }

  #ending(version: ModelVersion, end: FinalEnd): Ending {
    const { stream, waitedMs, firstTokenAt } = this.#progress;
    const common = {
      version,
      answer: stream.answer(),
      composed: this.#progress.composed,
      attempts: this.#attempts.attempts,
      waitedMs,
      firstTokenAt,
      droppedMessages: this.#progress.droppedMessages,
    };
    if (end.type === "failed") {
      this.#progress.failed();
      const { errorClass, message, remedy } = end.error;
      const error = { errorClass, message, remedy };
      return { ...common, outcome: "failed", finishReason: null, result: null, error };
    }
    const finishReason = end.type === "completed" ? end.finishReason : end.type;
    return { ...common, outcome: end.type, finishReason, result: end.result, error: null };
  }
}

function endOfAbort({ wasRequested, signal }: CallStop): FinalEnd {
  if (wasRequested) return { type: "stopped", result: null };
  return { type: "failed", error: asProviderError(signal.reason) };
}
