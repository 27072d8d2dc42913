import type { InferenceId, RolloutId } from "../../shared/contract/ids.ts";
import type { EndpointLoad, GenerationOptions, InferenceEvent, WireEvent } from "../../shared/contract/inference.ts";
import type { ModelVersion, ProviderName } from "../../shared/contract/registry.ts";
import type { Clock } from "../base/clock.ts";
import type { TaskGroup } from "../base/task-group.ts";
import { newCallId } from "../db/call-ids.ts";
import type { RolloutMark } from "../db/queries/logs.ts";
import type { AnswerListener } from "../registry/endpoints.ts";
import type { TextGenerator } from "../story/narrative-generator.ts";
import { Call } from "./call/call.ts";
import { CallStop } from "./call/call-stop.ts";
import type { TextCall } from "./call/call-types.ts";
import { CommitGate } from "./call/commit-gate.ts";
import { type EmbedCall, EmbeddingCall } from "./call/embedding-call.ts";
import { LoggedCall, type LoggedEnd } from "./call/logged-call.ts";
import { markedGuard } from "./marked-guard.ts";
import { Prompts } from "./call/prompts.ts";
import type { FormatCheckers } from "./call/structured-output.ts";
import { ShownProgress } from "./shown-progress.ts";
import type {
  CallLog,
  DigestVerifier,
  EndpointDirectory,
  Guard,
  RolloutRouter,
  RoutedArm,
  VersionDirectory,
} from "./ports.ts";
import type { Embeddings, Provider } from "./provider.ts";
import { CircuitBreaker } from "./routing/circuit-breaker.ts";
import { EndpointQueue } from "./routing/endpoint-queue.ts";
import type { CallTraffic, LastFallback } from "./status.ts";
import { type Route, textRoute, vectorsRoute } from "./routing/route.ts";

export interface LLMClientPorts {
  readonly versions: VersionDirectory;
  readonly endpoints: EndpointDirectory;
  readonly digests: DigestVerifier;
  readonly log: CallLog;
  readonly guard: Guard;
  readonly formats: FormatCheckers;
  readonly rollouts: RolloutRouter;
  readonly providers: Readonly<Record<ProviderName, Provider>>;
  /** The calls that run: each ends in its own way before the group is closed. */
  readonly tasks: TaskGroup;
  readonly clock: Clock;
}

/** For a call that is a shadow: the rollout it belongs to, and the options of the use case of the call it copies. */
interface Shadowing {
  readonly rolloutId: RolloutId;
  readonly defaults: GenerationOptions;
}

/** What distinguishes a call from one for text alone. */
interface Variant {
  /** Receives what goes over the wire. */
  readonly observe?: (event: WireEvent) => void;
  readonly shadowing?: Shadowing;
  readonly embedding?: EmbeddingCall;
}

/** A call whose route is known; `first` is the first version of its chain. */
interface RoutedCall extends Variant {
  readonly id: InferenceId;
  readonly call: TextCall;
  readonly route: Route;
  readonly first: ModelVersion;
  readonly emit: (event: InferenceEvent) => void;
  readonly stop: CallStop;
  /** On the clock's `monotonicMs`. */
  readonly startedAt: number;
}

/**
 * Routes a call to the version its use case has, streams the answer through the guardrails, and logs the call before and after.
 * Where an attempt fails, the retry policy decides whether it is retried or the next version in the chain is tried.
 */
export class LLMClient implements TextGenerator, CallTraffic, AnswerListener {
  readonly #ports: LLMClientPorts;
  readonly #queue: EndpointQueue;
  readonly #breaker: CircuitBreaker;
  readonly #tokensPerSecond = new Map<string, number>();
  readonly #lastFallback = new Map<string, LastFallback>();

  constructor(ports: LLMClientPorts) {
    this.#ports = ports;
    this.#queue = new EndpointQueue(ports.endpoints);
    this.#breaker = new CircuitBreaker(() => ports.clock.monotonicMs());
  }

  /**
   * One guarded, logged call. Throws `Failure` before anything is logged when the target does not exist, the prompt fits no
   * version's context, or the format is no schema; from then on every end, failures included, is an event. Aborting the signal,
   * or leaving the loop, stops the model.
   *
   * @example
   * for await (const event of llm.generateText({ target: { type: "use_case", useCase: "chat" }, caller: "terminal", compose }))
   *   if (event.type === "token") process.stdout.write(event.text);
   */
  generateText(call: TextCall, signal?: AbortSignal): AsyncGenerator<InferenceEvent> {
    return this.#ports.tasks.events(signal, (emit, stopped) => this.#run(call, emit, stopped, {}));
  }

  /** Emits what goes over the wire too; the answer's bytes only at the end, and only where nothing was blocked. */
  generateTextWithWire(call: TextCall, signal?: AbortSignal): AsyncGenerator<InferenceEvent | WireEvent> {
    return this.#ports.tasks.events<InferenceEvent | WireEvent>(signal, (emit, stopped) =>
      this.#run(call, emit, stopped, { observe: emit }),
    );
  }

  /**
   * Embeddings of texts; retried, checked and logged like every call, on the route of `vectorsRoute`. Throws `Failure`:
   * NOT_FOUND where there is no such target, and as `EmbeddingCall.read` does.
   */
  embed(call: EmbedCall, signal: AbortSignal): Promise<Embeddings> {
    const embedding = new EmbeddingCall(call, this.#ports.providers);
    const events = this.#ports.tasks.events<InferenceEvent>(signal, (emit, stopped) =>
      this.#run(embedding.asText, emit, stopped, { embedding }),
    );
    return embedding.read(events, signal);
  }

  /** Tokens per second of decoding in the last finished call of a use case. */
  lastFallback(useCase: string): LastFallback | null {
    return this.#lastFallback.get(useCase) ?? null;
  }

  tokensPerSecond(useCase: string): number | null {
    return this.#tokensPerSecond.get(useCase) ?? null;
  }

  /** The traffic of every endpoint that was called since the start. */
  load(): EndpointLoad[] {
    const { endpoints, clock } = this.#ports;
    return this.#queue.endpoints().map((endpoint) => {
      const models = this.#breaker.modelsAt(endpoint);
      const until = (ms: number | null) => (ms === null ? null : Math.round(clock.nowMs() + ms));
      return {
        endpoint,
        running: this.#queue.running(endpoint),
        queued: this.#queue.queued(endpoint),
        maxConcurrent: endpoints.maxConcurrent(endpoint),
        circuitOpenUntilMs: until(this.#breaker.remainingMs(endpoint)),
        lastError: this.#breaker.lastError(endpoint),
        models: models.map(({ model, remainingMs, lastError }) => ({
          model,
          circuitOpenUntilMs: until(remainingMs),
          lastError,
        })),
      };
    });
  }

  /** The calls at some addresses together. */
  loadOf(endpoints: readonly string[]): { running: number; queued: number } {
    let running = 0;
    let queued = 0;
    for (const endpoint of endpoints) {
      running += this.#queue.running(endpoint);
      queued += this.#queue.queued(endpoint);
    }
    return { running, queued };
  }

  /** A server answered outside a call: the circuit breakers of its addresses close where it was unreachable before. */
  answered(isOfServer: (endpoint: string) => boolean): void {
    this.#breaker.answered(isOfServer);
  }

  async #run(
    call: TextCall,
    emit: (event: InferenceEvent) => void,
    signal: AbortSignal,
    variant: Variant,
  ): Promise<void> {
    const { clock } = this.#ports;
    const id = newCallId();
    const route = await this.#route(call, id, variant);
    const [first] = route.chain;
    if (!first) return emit(nothingAssigned(route.useCase));
    const stop = new CallStop(signal, clock, call.deadlines?.totalMs ?? first.configuration.deadlines?.totalMs);
    try {
      await this.#answer({ id, call, route, first, emit, stop, startedAt: clock.monotonicMs(), ...variant });
    } finally {
      stop.end();
    }
  }

  async #route(call: TextCall, id: InferenceId, { shadowing, embedding }: Variant): Promise<Route> {
    const route = embedding
      ? await vectorsRoute(this.#ports, call.target)
      : await textRoute(this.#ports, call.target, call.sessionKey ?? id);
    return shadowing ? { ...route, defaults: shadowing.defaults } : route;
  }

  async #answer(routed: RoutedCall): Promise<void> {
    const { id, call, route, first, emit, stop, startedAt } = routed;
    const prompts = this.#promptsOf(routed);
    const composed = await prompts.forFirst(route.chain, (version) => signalFor(version, routed));
    if (composed.options.format !== undefined) await this.#ports.formats.checkerFor(composed.options.format); // a bad schema is refused here
    const started = { type: "started" as const, inferenceId: id, useCase: route.useCase, ...named(first) };
    const progress = new ShownProgress(this.#ports.log, this.#ports.clock, id);
    const show = (event: InferenceEvent): void => {
      emit(event);
      progress.shown(event);
    };
    const gate = new CommitGate(show, { ...started, registryStale: route.stale });
    const running = this.#callOf(routed, prompts, gate);
    const facts = { id, call, route, first, composed, rollout: rolloutMarkOf(routed), startedAt };
    const logged = new LoggedCall(this.#ports.log, this.#ports.clock, facts);
    const end = await logged.run(running, gate, stop, emit);
    if (end === null) return; // it could not be logged, and the reader knows
    this.#recordSpeed(route.useCase, end);
    this.#recordFallback(routed, end);
    await running.emitWireResponse();
    this.#offerShadow(routed, end);
    emit(lastEventOf(id, end));
  }

  #promptsOf({ call, route }: RoutedCall): Prompts {
    const { endpoints, providers } = this.#ports;
    const selection = { endpoints, queue: this.#queue, breaker: this.#breaker };
    const { compose, deadlines = {} } = call;
    return new Prompts({ ...selection, providers, compose, defaults: route.defaults, deadlines });
  }

  #callOf(routed: RoutedCall, prompts: Prompts, gate: CommitGate): Call {
    const { endpoints, digests, guard, formats, clock, providers } = this.#ports;
    const { call, route, startedAt, observe, embedding } = routed;
    const emit = (event: InferenceEvent | WireEvent): void => gate.emit(event);
    return new Call({
      endpoints,
      digests,
      guard: call.heldText ? markedGuard(guard, call.heldText) : guard,
      formats,
      clock,
      providers: embedding?.providers ?? providers,
      queue: this.#queue,
      breaker: this.#breaker,
      chain: route.chain,
      compose: (version, signal) => prompts.forVersion(version, signal),
      deadlines: call.deadlines ?? {},
      startedAt,
      withdrawal: (version) => withdrawalOf(version, route.routed),
      emit,
      observe: observe ? emit : null,
    });
  }

  #recordSpeed(useCase: string, { outcome }: LoggedEnd): void {
    const { completionTokens, timings } = outcome;
    if (completionTokens !== null && timings.decodeMs)
      this.#tokensPerSecond.set(useCase, (completionTokens / timings.decodeMs) * 1000);
  }

  /** A call that nobody answered tells nothing of who answers. */
  #recordFallback({ route, first }: RoutedCall, { ending }: LoggedEnd): void {
    const { version, attempts } = ending;
    if (!["completed", "stopped", "held"].includes(ending.outcome)) return;
    if (version.id === first.id) {
      this.#lastFallback.delete(route.useCase);
      return;
    }
    const failed = attempts.find(({ versionId, outcome }) => versionId === first.id && outcome !== "answered");
    const because = failed?.message ?? "It did not answer the last call.";
    this.#lastFallback.set(route.useCase, { insteadOf: first.id, answeredBy: version.id, because });
  }

  /** Offers the rollout a copy of a call that its stable version answered, for the candidate: its answer is logged, and not shown. */
  #offerShadow({ id, call, route, first }: RoutedCall, { ending }: LoggedEnd): void {
    const { routed, defaults } = route;
    if (routed?.arm !== "stable" || ending.outcome !== "completed" || ending.version !== first) return;
    const { rolloutId, candidate } = routed;
    const copy: TextCall = { ...call, target: { type: "version", versionId: candidate.id }, caller: `shadow of ${id}` };
    const send = async (signal: AbortSignal): Promise<void> => {
      const events = this.#ports.tasks.events<InferenceEvent>(signal, (emit, stopped) =>
        this.#run(copy, emit, stopped, { shadowing: { rolloutId, defaults } }),
      );
      for await (const _ of events); // nobody reads it
    };
    this.#ports.rollouts.answeredByStable({ rolloutId, of: id, candidate, send });
  }
}

/** Stops the composing of a version's prompt: with its call, or with its rollout where it is the candidate. */
function signalFor(version: ModelVersion, { stop, route }: RoutedCall): AbortSignal {
  const withdrawal = withdrawalOf(version, route.routed);
  return withdrawal === null ? stop.signal : AbortSignal.any([stop.signal, withdrawal]);
}

function withdrawalOf(version: ModelVersion, routed: RoutedArm | null): AbortSignal | null {
  return routed !== null && version === routed.candidate ? routed.withdrawal : null;
}

function rolloutMarkOf({ shadowing, route: { routed } }: RoutedCall): RolloutMark | null {
  if (shadowing) return { rolloutId: shadowing.rolloutId, arm: null, armPercent: null };
  return routed && { rolloutId: routed.rolloutId, arm: routed.arm, armPercent: routed.armPercent };
}

function named(version: ModelVersion) {
  return { model: version.model, version: version.version, versionId: version.id, digest: version.digest };
}

function lastEventOf(id: InferenceId, { ending, outcome }: LoggedEnd): InferenceEvent {
  const { attempts, error, version, droppedMessages } = ending;
  if (error) return { type: "failed", inferenceId: id, ...error, attempts };
  return {
    type: "done",
    inferenceId: id,
    ...named(version),
    promptTokens: outcome.promptTokens,
    completionTokens: outcome.completionTokens,
    finishReason: ending.finishReason ?? "stop",
    timings: outcome.timings,
    verdict: outcome.verdict,
    promptTruncated: outcome.promptTruncated,
    ...(droppedMessages > 0 && { droppedMessages }),
    attempts,
  };
}

function nothingAssigned(useCase: string): InferenceEvent {
  return {
    type: "failed",
    inferenceId: null,
    errorClass: "no_model",
    message: `No model is assigned to ${useCase}.`,
    remedy: "Assign a version to it on the Models screen, or install the built-in model.",
    attempts: [],
  };
}
