import type { Finding, Verdict } from "../../shared/contract/guardrails.ts";
import type { InferenceId, RolloutId, VersionId } from "../../shared/contract/ids.ts";
import {
  type Attempt,
  type CallTarget,
  type Deadlines,
  type EndpointLoad,
  type FinishReason,
  type GenerationOptions,
  type InferenceEvent,
  type Message,
  type WireEvent,
} from "../../shared/contract/inference.ts";
import type { ModelVersion, ProviderName } from "../../shared/contract/registry.ts";
import type { Arm } from "../../shared/contract/rollout-plan.ts";
import { newCallId } from "../db/call-ids.ts";
import { Failure } from "../base/failure.ts";
import type { StreamGate } from "../guardrails/gate.ts";
import type { InferenceBegin, InferenceOutcome } from "../logs/recorder.ts";
import type { Resolved } from "../registry/assignments.ts";
import type { TaskGroup } from "../base/task-group.ts";
import { CommitGate } from "./call/commit-gate.ts";
import { endOf, rowOf } from "./call/call-record.ts";
import { CallStop } from "./call/call-stop.ts";
import { Call } from "./call/call.ts";
import { CircuitBreaker } from "./routing/circuit-breaker.ts";
import { type EmbedCall, EmbeddingCall } from "./call/embedding-call.ts";
import { EndpointQueue } from "./routing/endpoint-queue.ts";
import { Prompts } from "./call/prompts.ts";
import { type Embeddings, type Provider, ProviderError } from "./provider.ts";
import { type Route, textRoute, vectorsRoute } from "./routing/route.ts";
import { formatChecker } from "./call/structured-output.ts";

export interface LLMClientPorts {
  /** The version a use case has, with its fallbacks; undefined for a use case that does not exist. */
  readonly resolve: (useCase: string) => Promise<Resolved | undefined>;
  /** Throws `Failure` where there is no such version. */
  readonly version: (id: VersionId) => Promise<ModelVersion>;
  readonly providers: Readonly<Record<ProviderName, Provider>>;
  /** Where a version's calls may go, at least one address. */
  readonly addressesOf: (version: ModelVersion) => readonly string[];
  /** Calls at once to an address. */
  readonly maxConcurrent: (endpoint: string) => number;
  /** Whether the server still has what the version was pinned to. Never throws but for the signal. */
  readonly verify: (
    version: ModelVersion,
    endpoint: string,
    signal: AbortSignal,
  ) => Promise<"same" | "changed" | "unknown">;
  readonly begin: (begin: InferenceBegin) => Promise<void>;
  readonly finish: (outcome: InferenceOutcome) => Promise<void>;
  readonly createGate: () => StreamGate;
  readonly checkText: (text: string) => Verdict;
  readonly fallbackFor: (finding: Finding) => string;
  readonly describeBlocked: (finding: Finding) => string;
  readonly running: TaskGroup;
  /** The arm that a running rollout gives a call; null where none replaces `stable` on the use case. At once: it is asked for every call. */
  readonly armOf: (useCase: string, stable: ModelVersion, key: string) => RoutedArm | null;
  /** A call of the stable arm was answered and may be copied to the candidate. */
  readonly answeredByStable: (copy: ShadowCall) => void;
  readonly nowMs: () => number;
}

/** Where a rollout sends a call. */
export interface RoutedArm {
  readonly rolloutId: RolloutId;
  readonly arm: Arm;
  /** The candidate's share of the calls when this one was routed, 0 to 100. */
  readonly armPercent: number;
  readonly candidate: ModelVersion;
  /** Aborts when the candidate is not to be asked any more. */
  readonly withdrawal: AbortSignal;
}

/** The copy of an answered call that may be sent to the candidate unseen. */
export interface ShadowCall {
  readonly rolloutId: RolloutId;
  readonly of: InferenceId;
  readonly candidate: ModelVersion;
  /** Sends it; resolves when it has ended and is logged. */
  readonly send: (signal: AbortSignal) => Promise<void>;
}

/** The version a call will go to, and what a prompt for it has to fit. */
export interface Target {
  readonly version: ModelVersion;
  readonly contextTokens: number | null;
  /** The version's options with the use case's over them: what holds where the call says nothing. */
  readonly options: GenerationOptions;
  /** Null where the model's server does not say. */
  countTokens(text: string): Promise<number | null>;
}

export interface Composed {
  /** What was asked for, in the person's own words: what a log row is recognised by. */
  readonly ask: string;
  readonly messages: readonly Message[];
  readonly options: GenerationOptions;
  /** Name and version of the template the messages were made by; null for a prompt as given. */
  readonly promptTemplate: string | null;
}

/** Cuts raw model output to what belongs in the answer, before it is checked; `stop` says that no more of it does. */
export interface TextShaper {
  push(text: string): { readonly text: string; readonly stop: "repetition" | "list" | null };
  end(finishReason: FinishReason): { readonly text: string };
}

export interface TextCall {
  readonly target: CallTarget;
  /** Who asks, for the log, such as `stories`, `terminal`, `playground`, `gateway: SillyTavern`. */
  readonly caller: string;
  /** One reader's or tester's sitting, where the caller names it. */
  readonly sessionKey?: string;
  readonly deadlines?: Deadlines;
  /**
   * Called for the version that is tried first, and again for each one fallen back to. Throws `Failure` where the version has no
   * room for what is asked: BAD_REQUEST, naming `prompt`; the next is asked then.
   */
  readonly compose: (target: Target) => Promise<Composed>;
  readonly createShaper?: () => TextShaper;
}

/** For a call that is a shadow: the rollout it belongs to, and the options of the use case it was asked on. */
interface Shadowing {
  readonly rolloutId: RolloutId;
  readonly defaults: GenerationOptions;
}

/** What makes a call another than one for text that is only read. */
interface Manner {
  /** Told what goes over the wire. */
  readonly observe?: (event: WireEvent) => void;
  readonly shadowing?: Shadowing;
  readonly embedding?: EmbeddingCall;
}

/** A call whose way is known; `first` is the first version of its chain. */
interface RoutedCall extends Manner {
  readonly id: InferenceId;
  readonly call: TextCall;
  readonly route: Route;
  readonly first: ModelVersion;
}

/**
 * Routes a call to the version its use case has, streams it through the guardrails, and logs it from before to after. A
 * version that cannot answer is tried again, or the next in its chain is, by the class of its failure.
 */
export class LLMClient {
  readonly #needs: LLMClientPorts;
  readonly #queue: EndpointQueue;
  readonly #cooldowns = new CircuitBreaker(() => performance.now());
  readonly #tokensPerSecond = new Map<string, number>();

  constructor(needs: LLMClientPorts) {
    this.#needs = needs;
    this.#queue = new EndpointQueue(needs.maxConcurrent);
  }

  /**
   * One guarded, logged call. Throws `Failure` before anything is written when the target does not exist, no version has room
   * for the prompt, or the format is no schema; from then on every end, failures included, is an event. Aborting the signal, or leaving the loop, stops the model.
   */
  generateText(call: TextCall, signal?: AbortSignal): AsyncGenerator<InferenceEvent> {
    return this.#needs.running.events(signal, (emit, stopped) => this.#run(call, emit, stopped));
  }

  /** The same, with what went over the wire among the events; the answer's bytes only at the end, and only where nothing was held. */
  generateTextWithWire(call: TextCall, signal?: AbortSignal): AsyncGenerator<InferenceEvent | WireEvent> {
    return this.#needs.running.events<InferenceEvent | WireEvent>(signal, (emit, stopped) =>
      this.#run(call, emit, stopped, { observe: emit }),
    );
  }

  /**
   * Vectors of texts, as the model gives them; tried, checked and logged like every call, on the one way of `vectorsRoute`.
   * Throws `Failure`: NOT_FOUND where there is no such target, and as `EmbeddingCall.read` does.
   */
  embed(call: EmbedCall, signal: AbortSignal): Promise<Embeddings> {
    const embedding = new EmbeddingCall(call, this.#needs.providers);
    const events = this.#needs.running.events<InferenceEvent>(signal, (emit, stopped) =>
      this.#run(embedding.asText, emit, stopped, { embedding }),
    );
    return embedding.read(events, signal);
  }

  /** Tokens per second of decoding in the last finished call of a use case. */
  tokensPerSecond(useCase: string): number | null {
    return this.#tokensPerSecond.get(useCase) ?? null;
  }

  /** The traffic of every endpoint that was called since the start. */
  load(): EndpointLoad[] {
    return this.#queue.endpoints().map((endpoint) => {
      const remainingMs = this.#cooldowns.remainingMs(endpoint);
      return {
        endpoint,
        running: this.#queue.running(endpoint),
        queued: this.#queue.queued(endpoint),
        maxConcurrent: this.#needs.maxConcurrent(endpoint),
        circuitOpenUntilMs: remainingMs === null ? null : Math.round(this.#needs.nowMs() + remainingMs),
        lastError: this.#cooldowns.lastError(endpoint),
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

  /** A server was seen to answer: where its addresses were left alone because it did not, calls go there again. */
  answered(isThere: (endpoint: string) => boolean): void {
    this.#cooldowns.answered(isThere);
  }

  async #run(
    call: TextCall,
    emit: (event: InferenceEvent) => void,
    signal: AbortSignal,
    manner: Manner = {},
  ): Promise<void> {
    const { shadowing, embedding } = manner;
    const id = newCallId();
    const assigned = embedding
      ? await vectorsRoute(this.#needs, call.target)
      : await textRoute(this.#needs, call.target, call.sessionKey ?? id);
    const route = shadowing ? { ...assigned, defaults: shadowing.defaults } : assigned;
    const [first] = route.chain;
    if (!first) return emit(nothingAssigned(route.useCase));
    const stop = new CallStop(signal, call.deadlines?.totalMs ?? first.configuration.deadlines?.totalMs);
    try {
      await this.#answer({ id, call, route, first, ...manner }, emit, stop);
    } finally {
      stop.end();
    }
  }

  async #answer(
    { id, call, route, first, observe, shadowing, embedding }: RoutedCall,
    emit: (event: InferenceEvent) => void,
    stop: CallStop,
  ): Promise<void> {
    const { routed } = route;
    const startedAt = performance.now();
    const deadlines = call.deadlines ?? {};
    const withdrawal = (version: ModelVersion) =>
      routed !== null && version === routed.candidate ? routed.withdrawal : null;
    const { providers, addressesOf } = this.#needs;
    const places = { addressesOf, queue: this.#queue, cooldowns: this.#cooldowns };
    const prompts = new Prompts({ ...places, providers, compose: call.compose, defaults: route.defaults, deadlines });
    const composed = await prompts.forFirst(route.chain, (version) => {
      const withdrawn = withdrawal(version);
      return withdrawn === null ? stop.signal : AbortSignal.any([stop.signal, withdrawn]);
    });
    if (composed.options.format !== undefined) formatChecker(composed.options.format); // a bad schema is refused here
    const rollout = shadowing
      ? { rolloutId: shadowing.rolloutId, arm: null, armPercent: null }
      : routed && { rolloutId: routed.rolloutId, arm: routed.arm, armPercent: routed.armPercent };
    const startedAtMs = this.#needs.nowMs();
    const sessionKey = call.sessionKey ?? null;
    const beginning = new CommitGate(emit, () => ({
      type: "started",
      inferenceId: id,
      useCase: route.useCase,
      ...named(first),
      registryStale: route.stale,
    }));
    const running = new Call({
      ...this.#needs,
      ...places,
      providers: embedding?.providers ?? providers,
      chain: route.chain,
      compose: (version, signal) => prompts.forVersion(version, signal),
      createShaper: call.createShaper ?? null,
      deadlines,
      startedAt,
      withdrawal,
      emit: (event) => beginning.emit(event),
      observe: observe ? (event) => beginning.emit(event) : null,
    });
    // The row is on its way before the model is asked, and there before anything is told; the model does not wait for it.
    const begun = beginning.of(
      this.#needs.begin({
        ...rowOf(id, first, route.stale, startedAtMs),
        useCase: route.useCase,
        promptTemplate: composed.promptTemplate,
        ask: composed.ask,
        messages: composed.messages,
        options: composed.options,
        caller: call.caller,
        sessionKey,
        rollout,
      }),
    );
    begun.catch(() => stop.giveUp(unlogged)); // the reader is told below
    const ending = await running.toItsEnd(stop);
    const told = endOf(id, ending, startedAt, this.#needs.nowMs());
    // Asked for at once: of a call that was over soon, the beginning and the end are committed together.
    const finished = this.#needs.finish({
      ...told,
      rollout: rollout && { ...rollout, startedAtMs, sessionKey },
      rerouted: ending.version === first ? null : ending.version,
    });
    finished.catch(() => {}); // of a row that never began this fails, too
    try {
      await begun;
    } catch (error) {
      return emit(notLogged(null, [], error));
    }
    if (told.completionTokens !== null && told.timings.decodeMs)
      this.#tokensPerSecond.set(route.useCase, (told.completionTokens / told.timings.decodeMs) * 1000);
    try {
      await finished;
    } catch (error) {
      return emit(notLogged(id, ending.attempts, error));
    }
    running.emitWireResponse();
    if (routed?.arm === "stable" && ending.outcome === "completed" && ending.version === first)
      this.#offerShadow(call, id, routed, route.defaults);
    if (ending.error) return emit({ type: "failed", inferenceId: id, ...ending.error, attempts: ending.attempts });
    emit({
      type: "done",
      inferenceId: id,
      ...named(ending.version),
      promptTokens: told.promptTokens,
      completionTokens: told.completionTokens,
      finishReason: ending.finishReason ?? "stop",
      timings: told.timings,
      verdict: told.verdict,
      promptTruncated: told.promptTruncated,
      attempts: ending.attempts,
    });
  }

  /** The candidate is asked unseen what the stable version was asked, and its answer goes to the log alone. */
  #offerShadow(
    call: TextCall,
    of: InferenceId,
    { rolloutId, candidate }: RoutedArm,
    defaults: GenerationOptions,
  ): void {
    const copy: TextCall = {
      ...call,
      target: { type: "version", versionId: candidate.id },
      caller: `shadow of ${of}`,
    };
    const send = async (signal: AbortSignal): Promise<void> => {
      const events = this.#needs.running.events<InferenceEvent>(signal, (emit, stopped) =>
        this.#run(copy, emit, stopped, { shadowing: { rolloutId, defaults } }),
      );
      for await (const _ of events); // nobody reads it
    };
    this.#needs.answeredByStable({ rolloutId, of, candidate, send });
  }
}

function named(version: ModelVersion) {
  return { model: version.model, version: version.version, versionId: version.id, digest: version.digest };
}

const unlogged = new ProviderError("storage", "The call could not be logged.", "Look at the data directory.");

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

function notLogged(id: InferenceId | null, attempts: Attempt[], error: unknown): InferenceEvent {
  if (!(error instanceof Failure)) console.error(error);
  return {
    type: "failed",
    inferenceId: id,
    errorClass: "storage",
    message: `The call could not be logged: ${error instanceof Error ? error.message : String(error)}`,
    remedy: error instanceof Failure ? error.data.remedy : "Look at the data directory and its disk, then try again.",
    attempts,
  };
}
