import { piecesOf, Slices } from "../../base/slices.ts";
import type { Clock } from "../../base/clock.ts";
import type { Deadlines, Message } from "../../../shared/contract/inference.ts";
import type { ModelVersion, ProviderName } from "../../../shared/contract/registry.ts";
import type { DigestVerifier } from "../ports.ts";
import {
  defaultDeadlines,
  type Provider,
  ProviderError,
  type ProviderRequest,
  type ProviderResult,
  type StepDeadlines,
} from "../provider.ts";
import type { CircuitBreaker, StartedCall } from "../routing/circuit-breaker.ts";
import type { EndpointQueue } from "../routing/endpoint-queue.ts";
import { configurationAt, serverModelOf } from "../routing/endpoint-selection.ts";
import { concernsEndpoint } from "../routing/retry-policy.ts";
import { asProviderError, Unverified } from "./call-failures.ts";
import { AnswerReader } from "./answer-reader.ts";
import type { CallProgress } from "./call-progress.ts";
import type { CallStop } from "./call-stop.ts";
import type { Composed } from "./call-types.ts";
import { characterLimit, inSlices } from "../event-slices.ts";
import { DigestCheck } from "./digest-check.ts";
import type { AttemptEnd, ReadEnd } from "./ending.ts";
import type { Cut } from "./guarded-stream.ts";
import { ShortenedPrompt } from "./shortened-prompt.ts";
import { type FormatChecker, type FormatCheckers, repairMessages } from "./structured-output.ts";

export interface EndpointAttemptPorts {
  readonly formats: FormatCheckers;
  readonly digests: DigestVerifier;
  readonly clock: Clock;
  readonly providers: Readonly<Record<ProviderName, Pick<Provider, "stream">>>;
  readonly queue: EndpointQueue;
  readonly breaker: CircuitBreaker;
  /** The prompt for a version; throws `Failure` where it does not fit into the version's context. */
  readonly compose: (version: ModelVersion, signal: AbortSignal) => Promise<Composed>;
  readonly deadlines: Deadlines;
  /** For a candidate: aborts when its rollout is taken back, from when on it must not be called. Null for any other version. */
  readonly withdrawal: (version: ModelVersion) => AbortSignal | null;
}

export interface AttemptTarget {
  readonly version: ModelVersion;
  readonly endpoint: string;
  /** What the model is sent after the prompt, to repair its last answer. */
  readonly repairs: readonly Message[];
}

/** Why the attempt of a candidate was stopped. */
const takenBack = new DOMException("the rollout was taken back", "AbortError");

/** One attempt: one version, called once at one address. */
export class EndpointAttempt {
  readonly #ports: EndpointAttemptPorts;
  readonly #progress: CallProgress;
  readonly #stop: CallStop;
  readonly #target: AttemptTarget;
  #wasSent = false;
  #hasAnswered = false;

  constructor(ports: EndpointAttemptPorts, progress: CallProgress, stop: CallStop, target: AttemptTarget) {
    this.#ports = ports;
    this.#progress = progress;
    this.#stop = stop;
    this.#target = target;
  }

  /** Whether the request was sent. */
  get wasSent(): boolean {
    return this.#wasSent;
  }

  /** Never throws. A candidate's attempt ends as `withdrawn` where its rollout is taken back before the model answers anything. */
  async run(): Promise<AttemptEnd> {
    const withdrawal = this.#ports.withdrawal(this.#target.version);
    if (withdrawal === null) return this.#call(this.#stop.signal);
    if (withdrawal.aborted) return { type: "withdrawn" };
    const leave = new AbortController();
    const withdraw = (): void => {
      if (!this.#hasAnswered) leave.abort(takenBack);
    };
    withdrawal.addEventListener("abort", withdraw);
    try {
      return await this.#call(AbortSignal.any([this.#stop.signal, leave.signal]));
    } finally {
      withdrawal.removeEventListener("abort", withdraw);
    }
  }

  /** Waits for a slot, reads the answer, and reports to the circuit breaker how that ended. */
  async #call(signal: AbortSignal): Promise<AttemptEnd> {
    const { queue, breaker } = this.#ports;
    const { endpoint } = this.#target;
    const call = breaker.started(endpoint, serverModelOf(this.#target.version));
    let hasSlot = false;
    try {
      const wait = queue.enter(endpoint, signal);
      if (wait) await this.#timed(wait);
      hasSlot = true;
      return this.#settle(call, await this.#read(signal));
    } catch (thrown) {
      return this.#fail(call, thrown, hasSlot, signal);
    } finally {
      if (hasSlot) queue.leave(endpoint);
    }
  }

  async #timed(wait: Promise<void>): Promise<void> {
    const { clock } = this.#ports;
    const from = clock.monotonicMs();
    try {
      await wait;
    } finally {
      this.#progress.waited(clock.monotonicMs() - from);
    }
  }

  /** The server answered. A reader who stops while the model winds down has stopped the call all the same. */
  #settle(call: StartedCall, end: ReadEnd): AttemptEnd {
    if (this.#stop.wasRequested && end.type !== "held") return this.#stopped(call, end.result);
    this.#ports.breaker.succeeded(call);
    if (end.type === "misfit") return end;
    const finishReason = end.type === "completed" ? end.finishReason : end.type;
    return this.#progress.stream.end(finishReason) ? { type: "held", result: end.result } : end;
  }

  #fail(call: StartedCall, thrown: unknown, hadSlot: boolean, signal: AbortSignal): AttemptEnd {
    if (this.#stop.wasRequested) return this.#stopped(call, null);
    const { breaker, withdrawal } = this.#ports;
    if (signal.reason === takenBack) {
      breaker.ignored(call);
      return { type: "withdrawn" };
    }
    const error = this.#progress.errorWithoutQuotes(asProviderError(signal.aborted ? signal.reason : thrown));
    // A candidate is on trial: its failures must not block its server for everybody else, unless nobody listens there.
    const isOnTrial = withdrawal(this.#target.version) !== null && error.errorClass !== "refused";
    // A call that did not get a slot, which is ours, says nothing about the server.
    const isOfServer = hadSlot && concernsEndpoint(error.errorClass) && !(thrown instanceof Unverified);
    if (isOfServer && !signal.aborted && !isOnTrial) breaker.failed(call, error);
    else breaker.ignored(call);
    return { type: "failed", error };
  }

  #stopped(call: StartedCall, result: ProviderResult | null): AttemptEnd {
    this.#ports.breaker.ignored(call);
    // Text that was buffered when the reader stopped the call is checked like all other text.
    return { type: this.#progress.stream.end("stopped") ? "held" : "stopped", result };
  }

  /** Reads the model's answer through the guardrails' gate and the shaper; throws what the provider throws. */
  async #read(signal: AbortSignal): Promise<ReadEnd> {
    const composed = await this.#ports.compose(this.#target.version, signal);
    this.#progress.promptComposed(composed);
    const { format } = composed.options;
    const check = format === undefined ? null : await this.#ports.formats.checkerFor(format);
    this.#progress.stream.shapeBy(composed.createShaper ?? null);
    const { cut, result } = await this.#readShortened(this.#request(composed), check !== null, signal);
    if (cut === null) this.#progress.readToEnd();
    const finished = check && cut === null ? await this.#validate(check, composed.options.raw === true, result) : cut;
    if (finished === "held") return { type: "held", result };
    if (typeof finished === "object" && finished !== null) return finished;
    return { type: "completed", finishReason: finished ?? result?.finishReason ?? "stop", result };
  }

  /**
   * Reads the answer to the prompt or, where the call asks for `truncate` and the prompt is too long, to less of it. Only what is
   * left when no turn can be dropped is cut by the server itself, if it can.
   */
  async #readShortened(
    request: ProviderRequest,
    hasFormat: boolean,
    signal: AbortSignal,
  ): Promise<{ cut: Cut | null; result: ProviderResult | null }> {
    if (request.options.truncate !== true) return this.#readStream(request, hasFormat, signal);
    const prompt = new ShortenedPrompt(request.messages);
    for (let mayShorten = true; ;) {
      const { messages } = prompt;
      const options = { ...request.options, truncate: !mayShorten };
      try {
        const read = await this.#readStream({ ...request, messages, options }, hasFormat, signal);
        return mayShorten || read.result === null
          ? read
          : { ...read, result: { ...read.result, promptTruncated: true } };
      } catch (error) {
        if (!mayShorten || this.#hasAnswered || !isTooLarge(error)) throw error;
        mayShorten = prompt.shorten();
        this.#progress.promptShortened(prompt.droppedMessages);
      }
    }
  }

  /** `cut` says why the model was stopped before it ended by itself. Emits nothing before the digest is verified. */
  async #readStream(
    request: ProviderRequest,
    hasFormat: boolean,
    signal: AbortSignal,
  ): Promise<{ cut: Cut | null; result: ProviderResult | null }> {
    const { providers, digests, clock } = this.#ports;
    const { version, endpoint } = this.#target;
    const { stream } = this.#progress;
    signal.throwIfAborted();
    this.#wasSent = true;
    this.#progress.requestSent();
    const { firstTokenMs = defaultDeadlines.firstTokenMs } = request.deadlines ?? {};
    const digest = new DigestCheck({ digests, clock, version, endpoint, signal, firstTokenMs });
    const answer = new AnswerReader(stream, { hasFormat, isRaw: request.options.raw === true });
    let result: ProviderResult | null = null;
    const events = providers[version.provider].stream(request, signal);
    try {
      for await (const event of inSlices(events, new Slices(), characterLimit(request.options.maxTokens))) {
        if (!this.#hasAnswered) {
          this.#hasAnswered = true;
          await digest.passed();
        }
        if (event.type === "result") {
          result = event.result;
          continue;
        }
        this.#progress.tokenArrived();
        const cut = answer.push(event);
        if (cut) return { cut, result };
      }
    } catch (error) {
      answer.end();
      throw error;
    }
    return { cut: answer.end(), result };
  }

  /** Checks a whole answer against its format; one that only called tools has none. */
  async #validate(check: FormatChecker, isRaw: boolean, result: ProviderResult | null): Promise<ReadEnd | Cut | null> {
    const { stream } = this.#progress;
    const answer = stream.unvalidated;
    if (answer === "" && stream.calledTools) return null;
    const checked = await check(answer);
    if (checked.ok) return this.#accept(checked.text);
    // Cut where its tokens end: nothing is wrong with it that asking again could repair. Its end is `length`.
    if (result?.finishReason === "length" && answer.trim() !== "") return this.#accept(answer);
    stream.endThought();
    // A raw prompt is a single message: there is no room in it for another.
    const repairs = isRaw ? [] : repairMessages(answer, checked.problem);
    const problem = await this.#progress.problemWithoutQuotes(answer, checked.problem);
    return { type: "misfit", problem, repairs, result };
  }

  /** Shows a text that was buffered, in slices. Returns why the model should have stopped, or null. */
  async #accept(text: string): Promise<Cut | null> {
    const slices = new Slices();
    for (const piece of piecesOf(text)) {
      const cut = this.#progress.stream.acceptValidated(piece);
      if (cut) return cut;
      await slices.spend(piece.length);
    }
    return null;
  }

  #request(composed: Composed): ProviderRequest {
    const { version, endpoint, repairs } = this.#target;
    const observe = this.#progress.observer(repairs.length > 0);
    return {
      model: version.model,
      configuration: configurationAt(version, endpoint),
      messages: repairs.length === 0 ? composed.messages : [...composed.messages, ...repairs],
      options: composed.options,
      deadlines: stepDeadlines({ ...version.configuration.deadlines, ...this.#ports.deadlines }),
      ...(observe && { observe }),
    };
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof ProviderError && error.errorClass === "prompt_too_large";
}

/** Those of the provider's own deadlines that are set. */
function stepDeadlines({ connectMs, firstTokenMs, betweenTokensMs }: Deadlines): Partial<StepDeadlines> {
  return {
    ...(connectMs !== undefined && { connectMs }),
    ...(firstTokenMs !== undefined && { firstTokenMs }),
    ...(betweenTokensMs !== undefined && { betweenTokensMs }),
  };
}
