import { v7 as uuid } from "uuid";
import type { Finding, Verdict } from "../../shared/contract/guardrails.ts";
import { inferenceId, type InferenceId, type VersionId } from "../../shared/contract/ids.ts";
import {
  type Attempt,
  type CallTarget,
  type Deadlines,
  directUseCase,
  type EndpointLoad,
  type FinishReason,
  type GenerationOptions,
  type InferenceEvent,
  type Message,
  type WireEvent,
} from "../../shared/contract/inference.ts";
import type { ModelVersion, ProviderName } from "../../shared/contract/registry.ts";
import { Failure } from "../failure.ts";
import type { StreamGate } from "../guardrails/gate.ts";
import type { InferenceBegin, InferenceOutcome } from "../logs/recorder.ts";
import type { Resolved } from "../registry/assignments.ts";
import type { Running } from "../running.ts";
import { chooseAddress } from "./addressing.ts";
import { Beginning } from "./beginning.ts";
import { asProviderError } from "./call-failures.ts";
import { Call, type Ending } from "./call.ts";
import { Cooldowns } from "./cooldowns.ts";
import { endingOfEmbedding } from "./embedding-ending.ts";
import { EndpointQueue } from "./endpoint-queue.ts";
import type { Embeddings, Provider } from "./provider.ts";
import { ProviderError } from "./provider.ts";
import { formatChecker } from "./structured-output.ts";

export interface LLMClientNeeds {
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
  readonly describeHeld: (finding: Finding) => string;
  readonly running: Running;
  readonly nowMs: () => number;
}

/** The version a call will go to, and what a prompt for it has to fit. */
export interface Target {
  readonly version: ModelVersion;
  readonly contextTokens: number | null;
  /** The version's options with the use case's over them: what holds where the call says nothing. */
  readonly options: GenerationOptions;
  /** Null where the model's server cannot count without generating. */
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
  /** Called for the version that is tried first, and again for each one fallen back to. */
  readonly compose: (target: Target) => Promise<Composed>;
  readonly createShaper?: () => TextShaper;
}

/** What a call goes by: the versions in the order they are tried, and how it is logged. */
interface Route {
  readonly useCase: string;
  readonly chain: readonly ModelVersion[];
  readonly defaults: GenerationOptions;
  readonly stale: boolean;
}

/**
 * Routes a call to the version its use case has, streams it through the guardrails, and logs it from before to after. A
 * version that cannot answer is tried again, or the next in its chain is, by the class of its failure.
 */
export class LLMClient {
  readonly #needs: LLMClientNeeds;
  readonly #queue: EndpointQueue;
  readonly #cooldowns = new Cooldowns(() => performance.now());
  readonly #tokensPerSecond = new Map<string, number>();

  constructor(needs: LLMClientNeeds) {
    this.#needs = needs;
    this.#queue = new EndpointQueue(needs.maxConcurrent);
  }

  /**
   * One guarded, logged call. Throws `Failure` before anything is written when the target does not exist or the format is
   * no schema; from then on every end, failures included, is an event. Aborting the signal, or leaving the loop, stops the model.
   */
  generateText(call: TextCall, signal?: AbortSignal): AsyncGenerator<InferenceEvent> {
    return this.#needs.running.events(signal, (emit, stopped) => this.#run(call, emit, stopped));
  }

  /** The same, with what went over the wire among the events; the answer's bytes only at the end, and only where nothing was held. */
  generateTextWithWire(call: TextCall, signal?: AbortSignal): AsyncGenerator<InferenceEvent | WireEvent> {
    return this.#needs.running.events<InferenceEvent | WireEvent>(signal, (emit, stopped) =>
      this.#run(call, emit, stopped, emit),
    );
  }

  /**
   * Vectors of texts by one version, as it gives them; logged like every call. Throws `Failure`: NOT_FOUND, UNAVAILABLE with
   * the server's words, or STORAGE where the call could not be logged.
   */
  async embed(id: VersionId, texts: readonly string[], caller: string, signal: AbortSignal): Promise<Embeddings> {
    const version = await this.#needs.version(id);
    const endpoint = chooseAddress(this.#needs.addressesOf(version), this.#queue, this.#cooldowns);
    const call = inferenceId.parse(uuid());
    const startedAt = performance.now();
    await this.#needs.begin({
      ...this.#rowOf(call, version, false),
      useCase: directUseCase,
      promptTemplate: null,
      ask: texts[0] ?? "",
      messages: texts.map((content) => ({ role: "user", content })),
      options: {},
      caller,
      sessionKey: null,
    });
    const finish = (end: Pick<Ending, "outcome" | "error">, promptTokens: number | null) =>
      this.#needs.finish({
        ...this.#told(call, endingOfEmbedding(version, endpoint, startedAt, end), startedAt),
        promptTokens,
        rerouted: null,
      });
    try {
      const embeddings = await this.#embedAt(version, endpoint, texts, signal);
      await finish({ outcome: "completed", error: null }, embeddings.promptTokens);
      return embeddings;
    } catch (error) {
      if (error instanceof Failure) throw error; // the end could not be logged
      if (signal.aborted) {
        await finish({ outcome: "stopped", error: null }, null);
        throw error;
      }
      const { errorClass, message, remedy } = asProviderError(error);
      await finish({ outcome: "failed", error: { errorClass, message, remedy } }, null);
      throw new Failure("UNAVAILABLE", message, { field: "versionId", value: id, remedy }, { cause: error });
    }
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
        coolingUntilMs: remainingMs === null ? null : Math.round(this.#needs.nowMs() + remainingMs),
        lastError: this.#cooldowns.lastError(endpoint),
      };
    });
  }

  /** A server was seen to answer: if it was left alone because it did not, calls go there again. */
  answered(endpoint: string): void {
    this.#cooldowns.answered(endpoint);
  }

  async #run(
    call: TextCall,
    emit: (event: InferenceEvent) => void,
    signal: AbortSignal,
    observe?: (event: WireEvent) => void,
  ): Promise<void> {
    const route = await this.#route(call.target);
    const [first] = route.chain;
    if (!first) return emit(nothingAssigned(route.useCase));
    const composed = await this.#compose(call, route, first);
    if (composed.options.format !== undefined) formatChecker(composed.options.format); // a bad schema is refused here
    const id = inferenceId.parse(uuid());
    const startedAt = performance.now();
    const beginning = new Beginning(emit, () => ({
      type: "started",
      inferenceId: id,
      useCase: route.useCase,
      ...named(first),
      registryStale: route.stale,
    }));
    const running = new Call({
      ...this.#needs,
      queue: this.#queue,
      cooldowns: this.#cooldowns,
      chain: route.chain,
      compose: (version) => (version === first ? Promise.resolve(composed) : this.#compose(call, route, version)),
      createShaper: call.createShaper ?? null,
      deadlines: call.deadlines ?? {},
      startedAt,
      emit: (event) => beginning.tell(event),
      observe: observe ? (event) => beginning.tell(event) : null,
    });
    // The row is on its way before the model is asked, and there before anything is told; the model does not wait for it.
    const begun = beginning.of(
      this.#needs.begin({
        ...this.#rowOf(id, first, route.stale),
        useCase: route.useCase,
        promptTemplate: composed.promptTemplate,
        ask: composed.ask,
        messages: composed.messages,
        options: composed.options,
        caller: call.caller,
        sessionKey: call.sessionKey ?? null,
      }),
    );
    begun.catch(() => running.giveUp(unlogged)); // the reader is told below
    const ending = await running.toItsEnd(signal);
    try {
      await begun;
    } catch (error) {
      return emit(notLogged(null, [], error));
    }
    const told = this.#told(id, ending, startedAt);
    if (told.completionTokens !== null && told.timings.decodeMs)
      this.#tokensPerSecond.set(route.useCase, (told.completionTokens / told.timings.decodeMs) * 1000);
    try {
      await this.#needs.finish({ ...told, rerouted: ending.version === first ? null : ending.version });
    } catch (error) {
      return emit(notLogged(id, ending.attempts, error));
    }
    running.tellAnswer();
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

  async #embedAt(
    version: ModelVersion,
    endpoint: string,
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<Embeddings> {
    await this.#queue.enter(endpoint, signal);
    try {
      return await this.#needs.providers[version.provider].embed(at(version, endpoint), texts, signal);
    } finally {
      this.#queue.leave(endpoint);
    }
  }

  /** What a row says of the version that is asked first. */
  #rowOf(id: InferenceId, { id: versionId, model, version, provider, digest }: ModelVersion, registryStale: boolean) {
    return { id, startedAtMs: this.#needs.nowMs(), versionId, model, version, provider, digest, registryStale };
  }

  /** Everything the log keeps of a call's end. */
  #told(id: InferenceId, { answer, result, ...ending }: Ending, startedAt: number): Omit<InferenceOutcome, "rerouted"> {
    const queueMs = ending.waitedMs === null ? (result?.queueMs ?? null) : ending.waitedMs + (result?.queueMs ?? 0);
    return {
      id,
      finishedAtMs: this.#needs.nowMs(),
      outcome: ending.outcome,
      finishReason: ending.finishReason,
      promptTokens: result?.promptTokens ?? null,
      completionTokens: result?.completionTokens ?? null,
      timings: {
        queueMs,
        loadMs: result?.loadMs ?? null,
        prefillMs: result?.prefillMs ?? null,
        decodeMs: result?.decodeMs ?? null,
        firstTokenMs: ending.firstTokenAt === null ? null : ending.firstTokenAt - startedAt,
        totalMs: performance.now() - startedAt,
      },
      verdict: answer.verdict,
      errorClass: ending.error?.errorClass ?? null,
      errorMessage: ending.error?.message ?? null,
      errorRemedy: ending.error?.remedy ?? null,
      attempts: ending.attempts,
      promptTruncated: result?.promptTruncated ?? false,
      response: answer.shown,
      original: answer.original,
      shown: answer.fallback,
      thoughts: answer.thoughts,
      thoughtFindings: answer.thoughtFindings,
      toolCalls: answer.toolCalls,
    };
  }

  async #route(target: CallTarget): Promise<Route> {
    if (target.type === "version") {
      const version = await this.#needs.version(target.versionId);
      return { useCase: directUseCase, chain: [version], defaults: {}, stale: false };
    }
    const resolved = await this.#needs.resolve(target.useCase);
    if (!resolved)
      throw new Failure("NOT_FOUND", `There is no use case ${target.useCase}.`, {
        field: "useCase",
        value: target.useCase,
        remedy: "List the use cases and use one of their names, or add it first.",
      });
    const { version, fallbacks, defaults, stale } = resolved;
    return { useCase: target.useCase, chain: version ? [version, ...fallbacks] : [], defaults, stale };
  }

  /** The call's own options come first, then the use case's, then the version's. */
  async #compose(call: TextCall, route: Route, version: ModelVersion): Promise<Composed> {
    const provider = this.#needs.providers[version.provider];
    const options = { ...version.configuration.options, ...route.defaults };
    const composed = await call.compose({
      version,
      options,
      contextTokens: version.configuration.contextTokens ?? null,
      countTokens: (text) => provider.countTokens(version, text),
    });
    return { ...composed, options: { ...options, ...composed.options } };
  }
}

/** The version as one address of its own. */
function at(version: ModelVersion, endpoint: string) {
  const { model, configuration } = version;
  return { model, configuration: version.provider === "embedded" ? configuration : { ...configuration, endpoint } };
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
