import { v7 as uuid } from "uuid";
import type { Finding, Verdict } from "../../shared/contract/guardrails.ts";
import { inferenceId, type InferenceId } from "../../shared/contract/ids.ts";
import type {
  ErrorClass,
  FinishReason,
  InferenceEvent,
  Message,
  GenerationOptions,
} from "../../shared/contract/inference.ts";
import type { ModelVersion, ProviderName } from "../../shared/contract/registry.ts";
import { Failure } from "../failure.ts";
import type { StreamGate } from "../guardrails/gate.ts";
import type { InferenceBegin, InferenceOutcome } from "../logs/recorder.ts";
import type { Resolved } from "../registry/assignments.ts";
import type { Running } from "../running.ts";
import { type Provider, ProviderError, type ProviderResult } from "./provider.ts";

export interface LLMClientNeeds {
  readonly resolve: (useCase: string) => Promise<Resolved | undefined>;
  readonly providers: Readonly<Record<ProviderName, Provider>>;
  readonly begin: (begin: InferenceBegin) => Promise<void>;
  readonly finish: (outcome: InferenceOutcome) => Promise<void>;
  readonly createGate: () => StreamGate;
  readonly fallbackFor: (finding: Finding) => string;
  readonly describeHeld: (finding: Finding) => string;
  readonly running: Running;
  readonly nowMs: () => number;
}

/** The version a call will go to, and what a prompt for it has to fit. */
export interface Target {
  readonly version: ModelVersion;
  readonly contextTokens: number | null;
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
  /** Told what goes over the wire; the answer only at the end, and only where nothing was held. */
  readonly observe?: (event: WireEvent) => void;
  /** Called for the version that is tried first, and again for each one fallen back to. */
  readonly compose: (target: Target) => Promise<Composed>;
  readonly createShaper?: () => TextShaper;
}

interface Ending {
  readonly outcome: InferenceOutcome["outcome"];
  readonly finishReason: FinishReason | null;
  readonly result: ProviderResult | null;
  readonly error: { errorClass: ErrorClass; message: string; remedy: string } | null;
}

/** Routes a call to the version its use case has, streams it through the guardrails, and logs it from before to after. */
export class LLMClient {
  readonly #needs: LLMClientNeeds;
  readonly #tokensPerSecond = new Map<string, number>();

  constructor(needs: LLMClientNeeds) {
    this.#needs = needs;
  }

  /**
   * One guarded, logged call. Throws `Failure` before anything is written when the use case does not exist; from then on
   * every end, failures included, is an event. Aborting the signal, or leaving the loop, stops the model.
   */
  generateText(call: TextCall, signal?: AbortSignal): AsyncGenerator<InferenceEvent> {
    return this.#needs.running.events(signal, (emit, stopped) => this.#run(call, emit, stopped));
  }

  /** Tokens per second of decoding in the last finished call of a use case. */
  tokensPerSecond(useCase: string): number | null {
    return this.#tokensPerSecond.get(useCase) ?? null;
  }

  async #run(call: TextCall, emit: (event: InferenceEvent) => void, signal: AbortSignal): Promise<void> {
    const resolved = await this.#needs.resolve(call.useCase);
    if (!resolved)
      throw new Failure("NOT_FOUND", `There is no use case ${call.useCase}.`, {
        field: "useCase",
        value: call.useCase,
        remedy: "List the use cases and use one of their names, or add it first.",
      });
    if (!resolved.version) return emit(nothingAssigned(call.useCase));
    await this.#answer(call, resolved.version, resolved.stale, emit, signal);
  }

  async #answer(
    call: TextCall,
    version: ModelVersion,
    registryStale: boolean,
    emit: (event: InferenceEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const provider = this.#needs.providers[version.provider];
    const composed = await call.compose(targetOf(version, provider));
    const options = { ...version.configuration.options, ...composed.options };
    const id = inferenceId.parse(uuid());
    const started = performance.now();
    try {
      await this.#needs.begin({
        id,
        startedAtMs: this.#needs.nowMs(),
        useCase: call.useCase,
        versionId: version.id,
        model: version.model,
        version: version.version,
        provider: version.provider,
        digest: version.digest,
        registryStale,
        promptTemplate: composed.promptTemplate,
        ask: composed.ask,
        messages: composed.messages,
        options,
      });
    } catch (error) {
      return emit(notLogged(null, error));
    }
    const named = { model: version.model, version: version.version, digest: version.digest };
    emit({ type: "started", inferenceId: id, useCase: call.useCase, ...named, versionId: version.id, registryStale });

    const reading = new Reading(this.#needs, call.createShaper?.() ?? null, emit);
    const request = {
      model: version.model,
      configuration: version.configuration,
      messages: composed.messages,
      options,
    };
    const ending = await reading.readAll(provider.stream(request, signal), signal);
    const { verdict, shown, original, fallback, firstTokenAt } = reading.read();
    const timings = {
      queueMs: ending.result?.queueMs ?? null,
      loadMs: ending.result?.loadMs ?? null,
      prefillMs: ending.result?.prefillMs ?? null,
      decodeMs: ending.result?.decodeMs ?? null,
      firstTokenMs: firstTokenAt === null ? null : firstTokenAt - started,
      totalMs: performance.now() - started,
    };
    const promptTokens = ending.result?.promptTokens ?? null;
    const completionTokens = ending.result?.completionTokens ?? null;
    if (completionTokens !== null && timings.decodeMs)
      this.#tokensPerSecond.set(call.useCase, (completionTokens / timings.decodeMs) * 1000);
    try {
      await this.#needs.finish({
        id,
        finishedAtMs: this.#needs.nowMs(),
        outcome: ending.outcome,
        finishReason: ending.finishReason,
        promptTokens,
        completionTokens,
        timings,
        verdict,
        errorClass: ending.error?.errorClass ?? null,
        errorMessage: ending.error?.message ?? null,
        response: shown,
        original,
        shown: fallback,
      });
    } catch (error) {
      return emit(notLogged(id, error));
    }
    if (ending.error) return emit({ type: "failed", inferenceId: id, ...ending.error });
    const finishReason = ending.finishReason ?? "stop";
    emit({ type: "done", inferenceId: id, ...named, promptTokens, completionTokens, finishReason, timings, verdict });
  }
}

/** One answer on its way from the model through shaper and gate to the reader. */
class Reading {
  readonly #needs: LLMClientNeeds;
  readonly #shaper: TextShaper | null;
  readonly #gate: StreamGate;
  readonly #emit: (event: InferenceEvent) => void;
  #shown = "";
  #fallback: string | null = null;
  #firstTokenAt: number | null = null;

  constructor(needs: LLMClientNeeds, shaper: TextShaper | null, emit: (event: InferenceEvent) => void) {
    this.#needs = needs;
    this.#shaper = shaper;
    this.#gate = needs.createGate();
    this.#emit = emit;
  }

  /** Never throws: however the stream ends, that is the ending. */
  async readAll(
    stream: AsyncIterable<{ type: "text"; text: string } | { type: "result"; result: ProviderResult }>,
    signal: AbortSignal,
  ): Promise<Ending> {
    let result: ProviderResult | null = null;
    let cut: FinishReason | null = null;
    try {
      for await (const event of stream) {
        if (event.type === "result") {
          result = event.result;
          continue;
        }
        this.#firstTokenAt ??= performance.now();
        const shaped = this.#shaper?.push(event.text) ?? { text: event.text, stop: null };
        if (this.#release(shaped.text)) cut = "held";
        else if (shaped.stop) cut = shaped.stop === "list" ? "stop" : shaped.stop;
        if (cut) break;
      }
    } catch (error) {
      if (signal.aborted) cut = "stopped";
      else return this.#failed(error);
    }
    // Whoever pressed Stop while the model was being wound down has seen it stop.
    if (cut !== "held" && signal.aborted) cut = "stopped";
    if (cut !== "held") {
      const tail = this.#shaper?.end(cut === "stopped" ? "stopped" : (result?.finishReason ?? "stop")).text ?? "";
      if (this.#release(tail) || this.#finish()) cut = "held";
    }
    if (cut === "held") return { outcome: "held", finishReason: "held", result, error: null };
    if (cut === "stopped") return { outcome: "stopped", finishReason: "stopped", result, error: null };
    return { outcome: "completed", finishReason: cut ?? result?.finishReason ?? "stop", result, error: null };
  }

  read(): { verdict: Verdict; shown: string; original: string; fallback: string | null; firstTokenAt: number | null } {
    return {
      verdict: this.#gate.verdict(),
      shown: this.#shown,
      original: this.#gate.original(),
      fallback: this.#fallback,
      firstTokenAt: this.#firstTokenAt,
    };
  }

  /** What was cleared before a failure stays; what still waited is checked like everything else. */
  #failed(error: unknown): Ending {
    this.#finish();
    if (error instanceof ProviderError) {
      const { errorClass, message, remedy } = error;
      return { outcome: "failed", finishReason: null, result: null, error: { errorClass, message, remedy } };
    }
    console.error(error);
    const message = `Something went wrong inside Taleward: ${error instanceof Error ? error.message : String(error)}`;
    const remedy = "Try again; if it happens again, report it with the log entry.";
    return { outcome: "failed", finishReason: null, result: null, error: { errorClass: "internal", message, remedy } };
  }

  #release(text: string): boolean {
    return text === "" ? false : this.#step(this.#gate.push(text));
  }

  #finish(): boolean {
    return this.#step(this.#gate.end());
  }

  /** True when the gate has closed. */
  #step({ released, held }: { released: string; held: Finding | null }): boolean {
    if (released !== "") {
      this.#shown += released;
      this.#emit({ type: "token", text: released });
    }
    if (!held) return false;
    const fallback = this.#needs.fallbackFor(held);
    this.#fallback = fallback;
    this.#shown += this.#shown === "" || /\s$/.test(this.#shown) ? fallback : ` ${fallback}`;
    const { start: _start, end: _end, ...finding } = held;
    this.#emit({ type: "held", finding, severity: held.severity, reason: this.#needs.describeHeld(held), fallback });
    return true;
  }
}

function targetOf(version: ModelVersion, provider: Provider): Target {
  const of = { model: version.model, configuration: version.configuration };
  return {
    version,
    contextTokens: version.configuration.contextTokens ?? null,
    countTokens: (text) => provider.countTokens(of, text),
  };
}

function nothingAssigned(useCase: string): InferenceEvent {
  return {
    type: "failed",
    inferenceId: null,
    errorClass: "no_model",
    message: `No model is assigned to ${useCase}.`,
    remedy: "Assign a version to it on the Models screen, or install the built-in model.",
  };
}

function notLogged(id: InferenceId | null, error: unknown): InferenceEvent {
  if (!(error instanceof Failure)) console.error(error);
  return {
    type: "failed",
    inferenceId: id,
    errorClass: "storage",
    message: `The call could not be logged: ${error instanceof Error ? error.message : String(error)}`,
    remedy: error instanceof Failure ? error.data.remedy : "Look at the data directory and its disk, then try again.",
  };
}
