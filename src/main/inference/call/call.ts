import { setTimeout as pause } from "node:timers/promises";
import type {
  Attempt,
  Deadlines,
  ErrorClass,
  FinishReason,
  InferenceEvent,
  Message,
  WireEvent,
} from "../../../shared/contract/inference.ts";
import type { ModelVersion, ProviderName } from "../../../shared/contract/registry.ts";
import { EndpointSelection, configurationAt } from "../routing/endpoint-selection.ts";
import { AttemptChain } from "./attempt-chain.ts";
import { asProviderError, misfit, Unverified } from "./call-failures.ts";
import type { CallStop } from "./call-stop.ts";
import type { Begun, CircuitBreaker } from "../routing/circuit-breaker.ts";
import type { EndpointQueue } from "../routing/endpoint-queue.ts";
import type { Composed, LLMClientPorts, TextShaper } from "../llm-client.ts";
import { speaksOfEndpoint, retryPolicy } from "../routing/retry-policy.ts";
import { DigestCheck } from "./digest-check.ts";
import {
  defaultDeadlines,
  type Provider,
  ProviderError,
  type ProviderRequest,
  type ProviderResult,
  type StepDeadlines,
} from "../provider.ts";
import { type Cut, holds, type ReadAnswer, GuardedStream, type ReadingPorts } from "./guarded-stream.ts";
import { formatChecker, repairMessages } from "./structured-output.ts";
import { textsIn } from "./wire-text.ts";

export interface CallPorts extends ReadingPorts, Pick<LLMClientPorts, "addressesOf" | "verify"> {
  readonly providers: Readonly<Record<ProviderName, Pick<Provider, "stream">>>;
  readonly queue: EndpointQueue;
  readonly cooldowns: CircuitBreaker;
  /** In the order they are tried, at least one. */
  readonly chain: readonly ModelVersion[];
  /** What a version is sent; throws `Failure` where it has no room for it. */
  readonly compose: (version: ModelVersion, signal: AbortSignal) => Promise<Composed>;
  readonly createShaper: (() => TextShaper) | null;
  readonly deadlines: Deadlines;
  /** On `performance.now()`'s clock. */
  readonly startedAt: number;
  /** For a candidate: aborts when its rollout is taken back, from when on it is not asked any more. */
  readonly withdrawal: (version: ModelVersion) => AbortSignal | null;
  readonly emit: (event: InferenceEvent) => void;
  readonly observe: ((event: WireEvent) => void) | null;
}

export interface Ending {
  /** The version of the last attempt. */
  readonly version: ModelVersion;
  readonly outcome: "completed" | "stopped" | "held" | "failed";
  readonly finishReason: FinishReason | null;
  readonly result: ProviderResult | null;
  readonly answer: ReadAnswer;
  readonly error: { errorClass: ErrorClass; message: string; remedy: string } | null;
  readonly attempts: Attempt[];
  /** In endpoints' queues, all attempts together; null when there was no wait. */
  readonly waitedMs: number | null;
  /** On `performance.now()`'s clock. */
  readonly firstTokenAt: number | null;
}

/** How one attempt ended. `failed` carries what the next step is decided by. */
type AttemptEnd =
  | { readonly type: "completed"; readonly finishReason: FinishReason; readonly result: ProviderResult | null }
  | { readonly type: "held" | "stopped"; readonly result: ProviderResult | null }
  /** `repairs` are what is said to the model besides, when it is asked again. */
  | {
      readonly type: "misfit";
      readonly problem: string;
      readonly repairs: readonly Message[];
      readonly result: ProviderResult | null;
    }
  /** Its rollout was taken back before it said anything. */
  | { readonly type: "withdrawn" }
  | { readonly type: "failed"; readonly error: ProviderError };

/** Why an attempt on a candidate was stopped. */
const takenBack = new DOMException("the rollout was taken back", "AbortError");

/** For a whole call. */
const repairBudget = 2;

/** One call from its first attempt to its end: retries, falls back, repairs, and keeps the whole chain. */
export class Call {
  readonly #needs: CallPorts;
  readonly #chain: AttemptChain;
  readonly #addressing: EndpointSelection;
  #reading: GuardedStream;
  #retries = 0;
  #waitedMs: number | null = null;
  #firstTokenAt: number | null = null;
  #answered: Extract<WireEvent, { type: "wire_response" }> | null = null;
  #hasFailed = false;
  /** Everything that the last attempt was answered was read. */
  #readAll = false;
  /** The attempt under way has sent its request; its answer has begun. */
  #wasSent = false;
  #hasBegun = false;

  constructor(needs: CallPorts) {
    this.#needs = needs;
    this.#chain = new AttemptChain(needs.startedAt, needs.emit);
    this.#addressing = new EndpointSelection(needs);
    this.#reading = this.#newReading(null);
  }

  /**
   * Tells the bytes of the answer, unless something was held. Those of a call that failed hold what nobody was shown, and those
   * of an attempt that broke off what never came to be read. Called after the row's end is committed.
   */
  emitWireResponse(): void {
    const { observe } = this.#needs;
    const answered = this.#answered;
    if (observe === null || answered === null || this.#reading.held) return;
    if (this.#hasFailed && this.#reading.found) return;
    if (!this.#readAll && textsIn(answered.body).some((text) => this.#mustHold(text))) return;
    observe(answered);
  }

  /** Never throws: however the attempts end, that is the ending. */
  async toItsEnd(stop: CallStop): Promise<Ending> {
    const { chain, cooldowns } = this.#needs;
    const { signal } = stop;
    const tried = this.#chain;
    const addressing = this.#addressing;
    let place = 0;
    let repairs: readonly Message[] = [];
    let repaired = 0;
    for (;;) {
      const version = chain[place];
      if (!version) throw new Error("a call has at least one version");
      const hasFallback = place + 1 < chain.length;
      const endpoint = addressing.next(version);
      const attempt = { version, endpoint, startedAt: performance.now() };
      // Skipped only where somebody further down the chain can be asked instead.
      if (!addressing.isOpen(endpoint) && chain.slice(place + 1).some((later) => addressing.hasOpen(later))) {
        const why = cooldowns.lastError(endpoint) ?? "it failed repeatedly";
        tried.skipped(attempt, `${endpoint} is left alone for a while: ${why}`);
        place += 1;
        tried.announce(chain[place]);
        continue;
      }
      const end = await this.#attempt(version, endpoint, repairs, stop);
      if (end.type === "withdrawn") {
        const why = `The rollout of ${version.model} ${version.version} was taken back before it answered`;
        if (this.#wasSent) tried.withdrawn(attempt, why);
        else tried.skipped(attempt, why);
        place += 1;
        repairs = [];
        tried.announce(chain[place]);
        continue;
      }
      if (end.type !== "failed" && end.type !== "misfit") {
        tried.answered(attempt);
        return this.#ending(version, end);
      }
      if (end.type === "misfit" && repaired < repairBudget && !signal.aborted) {
        repaired += 1;
        repairs = end.repairs;
        tried.failed(attempt, { errorClass: "invalid_output", message: end.problem }, "repair");
        tried.announce(version);
        continue;
      }
      const error = end.type === "failed" ? end.error : misfit(version, end.problem, repaired);
      addressing.failed(version, endpoint);
      // Thoughts may be followed by those of another attempt, as with a repair: nothing of the answer itself was shown.
      const shown = end.type === "misfit" ? this.#reading.calledTools : this.#reading.shownAny;
      const { next, waitMs } = retryPolicy({
        errorClass: error.errorClass,
        retryAfterMs: error.retryAfterMs,
        shown: shown || signal.aborted,
        hasReplica: addressing.hasUntried(version),
        retries: this.#retries,
        hasFallback,
        // A candidate waits as the stable version would in its place: what the two do is compared.
        mayWait: place + (this.#isOnTrial(version) ? 2 : 1) >= chain.length,
      });
      tried.failed(attempt, error, next === "elsewhere" ? "retry" : next);
      if (next === "end") {
        if (!shown) this.#firstTokenAt = null; // nobody saw it
        this.#reading.fail();
        return this.#ending(version, { type: "failed", error });
      }
      if (next === "fallback") {
        place += 1;
        repairs = [];
      }
      if (next === "retry") {
        this.#retries += 1;
        try {
          await pause(waitMs, undefined, { signal });
        } catch {
          this.#reading = this.#newReading(this.#reading);
          return this.#ending(version, endOfAbort(stop));
        }
      }
      tried.announce(chain[place]);
    }
  }

  /** One attempt, which ends where its version is taken back before it has said anything. */
  async #attempt(
    version: ModelVersion,
    endpoint: string,
    repairs: readonly Message[],
    stop: CallStop,
  ): Promise<AttemptEnd> {
    this.#wasSent = this.#hasBegun = false;
    const withdrawn = this.#needs.withdrawal(version);
    if (withdrawn === null) return this.#tryOnce(version, endpoint, repairs, stop);
    if (withdrawn.aborted) return { type: "withdrawn" };
    const leave = new AbortController();
    const withdraw = (): void => {
      if (!this.#hasBegun) leave.abort(takenBack);
    };
    withdrawn.addEventListener("abort", withdraw);
    try {
      const signal = AbortSignal.any([stop.signal, leave.signal]);
      return await this.#tryOnce(version, endpoint, repairs, stop, signal);
    } finally {
      withdrawn.removeEventListener("abort", withdraw);
    }
  }

  async #tryOnce(
    version: ModelVersion,
    endpoint: string,
    repairs: readonly Message[],
    stop: CallStop,
    signal = stop.signal,
  ): Promise<AttemptEnd> {
    const { queue, cooldowns } = this.#needs;
    if (this.#chain.attempts.length > 0) this.#reading = this.#newReading(this.#reading);
    this.#readAll = false;
    let entered = false;
    const begun = cooldowns.began(endpoint);
    try {
      const line = queue.enter(endpoint, signal);
      if (line) {
        const waitedFrom = performance.now();
        await line.finally(() => {
          this.#waitedMs = (this.#waitedMs ?? 0) + performance.now() - waitedFrom;
        });
      }
      entered = true;
      const end = await this.#read(version, endpoint, repairs, signal);
      // Whoever pressed Stop while the model was being wound down has seen it stop.
      if (stop.wasRequested && end.type !== "held") return this.#stopped(begun, end.result);
      cooldowns.succeeded(begun);
      if (end.type === "misfit") return end;
      const finishReason = end.type === "completed" ? end.finishReason : end.type;
      return this.#reading.end(finishReason) ? { type: "held", result: end.result } : end;
    } catch (thrown) {
      if (stop.wasRequested) return this.#stopped(begun, null);
      if (signal.reason === takenBack) {
        cooldowns.abstained(begun);
        return { type: "withdrawn" };
      }
      const error = this.#withoutQuotes(asProviderError(signal.aborted ? signal.reason : thrown));
      // A candidate is on trial: what it does must not take its server from everybody else.
      const isOnTrial = this.#isOnTrial(version) && error.errorClass !== "refused";
      // Whoever did not get through the line, which is ours, knows nothing of the server.
      const isTheirs = entered && speaksOfEndpoint(error.errorClass) && !(thrown instanceof Unverified);
      if (isTheirs && !signal.aborted && !isOnTrial) cooldowns.failed(begun, error);
      else cooldowns.abstained(begun);
      return { type: "failed", error };
    } finally {
      if (entered) queue.leave(endpoint);
    }
  }

  /** Reads the model's stream into shaper and gate; throws what the provider throws. */
  async #read(
    version: ModelVersion,
    endpoint: string,
    repairs: readonly Message[],
    signal: AbortSignal,
  ): Promise<Exclude<AttemptEnd, { type: "failed" | "stopped" | "withdrawn" }>> {
    const composed = await this.#needs.compose(version, signal);
    const check = composed.options.format === undefined ? null : formatChecker(composed.options.format);
    const request = this.#request(version, endpoint, composed, repairs);
    signal.throwIfAborted();
    this.#wasSent = true;
    if (!this.#reading.shownAny) this.#firstTokenAt = null; // of an attempt before, which nobody saw anything of
    const { firstTokenMs = defaultDeadlines.firstTokenMs } = request.deadlines ?? {};
    const pin = new DigestCheck({ verify: this.#needs.verify, version, endpoint, signal, firstTokenMs });
    let pinned = false;
    let result: ProviderResult | null = null;
    let cut: Cut | null = null;
    for await (const event of this.#needs.providers[version.provider].stream(request, signal)) {
      this.#hasBegun = true;
      if (!pinned) {
        await pin.passed();
        pinned = true;
      }
      if (event.type === "result") {
        result = event.result;
        continue;
      }
      this.#firstTokenAt ??= performance.now();
      if (check && event.type === "text") {
        this.#reading.setAside(event.text);
        continue;
      }
      cut = this.#reading.take(event);
      if (cut) break;
    }
    this.#readAll = cut === null;
    const { aside, calledTools } = this.#reading;
    if (check && cut === null && (aside !== "" || !calledTools)) {
      const checked = check(aside);
      if (!checked.ok) {
        this.#reading.endThought();
        // A raw prompt is one message: there is no room in it for another.
        const repairs = composed.options.raw === true ? [] : repairMessages(aside, checked.problem);
        return { type: "misfit", problem: this.#problemOf(aside, checked.problem), repairs, result };
      }
      cut = this.#reading.fits(checked.text);
    }
    if (cut === "held") return { type: "held", result };
    return { type: "completed", finishReason: cut ?? result?.finishReason ?? "stop", result };
  }

  #request(version: ModelVersion, endpoint: string, composed: Composed, repairs: readonly Message[]): ProviderRequest {
    const deadlines = stepDeadlines({ ...version.configuration.deadlines, ...this.#needs.deadlines });
    const observe = this.#needs.observe;
    return {
      model: version.model,
      configuration: configurationAt(version, endpoint),
      messages: repairs.length === 0 ? composed.messages : [...composed.messages, ...repairs],
      options: composed.options,
      deadlines,
      ...(observe && {
        observe: (event) => {
          if (event.type === "wire_response") this.#answered = event;
          // A repair repeats the answer before it.
          else if (repairs.length === 0 || !this.#reading.held) observe(event);
        },
      }),
    };
  }

  #stopped(begun: Begun, result: ProviderResult | null): AttemptEnd {
    this.#needs.cooldowns.abstained(begun);
    // What waited when the reader stopped is checked like everything else.
    return { type: this.#reading.end("stopped") ? "held" : "stopped", result };
  }

  /** Whether it is the candidate of a rollout. */
  #isOnTrial(version: ModelVersion): boolean {
    return this.#needs.withdrawal(version) !== null;
  }

  #newReading(before: GuardedStream | null): GuardedStream {
    return new GuardedStream(this.#needs, this.#needs.createShaper?.() ?? null, this.#needs.emit, before);
  }

  /** What does not fit of an answer, in words that repeat nothing of it that has to be held. */
  #problemOf(answer: string, problem: string): string {
    return this.#mustHold(answer) || this.#mustHold(problem) ? "What it says was held." : problem;
  }

  /** Servers quote a model's output where they cannot read it. */
  #withoutQuotes(error: ProviderError): ProviderError {
    if (!this.#mustHold(error.message)) return error;
    const { errorClass, remedy, retryAfterMs, cause } = error;
    const message = "The reason quotes what the model said, which was held.";
    return new ProviderError(errorClass, message, remedy, { cause, retryAfterMs });
  }

  #mustHold(text: string): boolean {
    return this.#needs.checkText(text).findings.some(holds);
  }

  #ending(version: ModelVersion, end: Exclude<AttemptEnd, { type: "misfit" | "withdrawn" }>): Ending {
    const common = {
      version,
      answer: this.#reading.read(),
      attempts: this.#chain.attempts,
      waitedMs: this.#waitedMs,
      firstTokenAt: this.#firstTokenAt,
    };
    if (end.type === "failed") {
      this.#hasFailed = true;
      const { errorClass, message, remedy } = end.error;
      const error = { errorClass, message, remedy };
      return { ...common, outcome: "failed", finishReason: null, result: null, error };
    }
    const finishReason = end.type === "completed" ? end.finishReason : end.type;
    return { ...common, outcome: end.type, finishReason, result: end.result, error: null };
  }
}

/** Those of a provider's own steps that were named. */
function stepDeadlines({ connectMs, firstTokenMs, betweenTokensMs }: Deadlines): Partial<StepDeadlines> {
  return {
    ...(connectMs !== undefined && { connectMs }),
    ...(firstTokenMs !== undefined && { firstTokenMs }),
    ...(betweenTokensMs !== undefined && { betweenTokensMs }),
  };
}

function endOfAbort({ wasRequested, signal }: CallStop): Exclude<AttemptEnd, { type: "misfit" | "withdrawn" }> {
  if (wasRequested) return { type: "stopped", result: null };
  return { type: "failed", error: asProviderError(signal.reason) };
}
