import { availableParallelism } from "node:os";
import type { VersionConfiguration } from "../../../../shared/contract/registry.ts";
import {
  defaultDeadlines,
  type Embeddings,
  type EmbedRequest,
  type ModelAddress,
  type Provider,
  ProviderError,
  type ProviderEvent,
  type ProviderRequest,
} from "../../provider.ts";
import { countParameters } from "../../local-models/gguf-header.ts";
import { type Clock, systemClock } from "../../../base/clock.ts";
import { EngineConnection, isProgress, type UnnumberedRequest } from "./connection.ts";
import { type CallDeadlines, EngineCall } from "./engine-call.ts";
import type { EngineProcess } from "./engine-process.ts";
import { KeepAlive } from "./keep-alive.ts";
import { ObservedWire } from "./observed.ts";
import type { EngineAnswer, ModelDescription, ModelSource } from "./protocol.ts";
import { refuseUnsupported } from "./unsupported.ts";
import { Sequencer } from "../../../base/sequencer.ts";

/** Knows where model files are. */
export interface EngineFileLocator {
  /** The path of the model's file; throws `ProviderError` where the configuration names none that is allowed. */
  resolve(configuration: VersionConfiguration): string;
}

export interface EmbeddedOptions {
  /** Starts the engine; called on the first use, and again after it ended. */
  readonly fork: () => EngineProcess;
  readonly files: EngineFileLocator;
  /** The context window where the configuration names none. */
  readonly defaultContextTokens?: number;
  /** Threads where the options name none. */
  readonly defaultThreads?: number;
  /** Where a request names none. */
  readonly deadlines?: Partial<CallDeadlines>;
  /** What deadlines and keep-alive are measured by. */
  readonly clock?: Clock;
}

export interface EmbeddedProvider extends Provider {
  /** Loads the weights ahead of the first call; resolves to the context window in tokens. */
  load(request: ModelAddress, signal?: AbortSignal): Promise<number>;
  /**
   * Reads a GGUF file and reckons what it needs, loading nothing: in a process of its own, so that no file can hurt running
   * calls. Throws `ProviderError` like a call.
   */
  describe(path: string, contextTokens?: number): Promise<ModelDescription>;
  /** Gives back the engine's memory once running calls are through; the next call loads again. */
  unload(): Promise<void>;
  /** Ends the engine; running calls fail as `engine_crashed`. */
  close(): void;
}

/**
 * Runs GGUF files in Taleward's own engine, a process beside this one. All calls share one engine and take turns; versions of
 * one file share its weights. A crash of the engine, or its end for missing a deadline, fails the running calls and leaves the
 * next one a fresh process.
 *
 * Options that node-llama-cpp has no counterpart of change nothing: `typicalP`, `serverOptions`, and the grades of `think`, of
 * which only `false` does something. Penalties look back on the answer alone, not on the prompt. `format` is enforced by a
 * grammar where its schema can be put as one; otherwise, and for what a grammar cannot say (patterns, ranges of numbers), the
 * answer is as good as the model. Images and tools are refused as `rejected`. A prompt is never cut: one that does not fit is
 * `prompt_too_large`.
 *
 * @example
 * const provider = createEmbeddedProvider({ fork: () => forkNodeEngine(engineUrl), files });
 * for await (const event of provider.stream(request, signal)) if (event.type === "text") write(event.text);
 * provider.close();
 */
export function createEmbeddedProvider(options: EmbeddedOptions): EmbeddedProvider {
  return new EngineProvider(options);
}

class EngineProvider implements EmbeddedProvider {
  readonly #options: EmbeddedOptions;
  readonly #clock: Clock;
  readonly #deadlines: CallDeadlines;
  readonly #connection: EngineConnection;
  readonly #keepAlive: KeepAlive;
  /** The context window that loading each source resulted in, so that asking again waits behind no call. */
  readonly #windows = new Map<string, number>();
  readonly #parameterCounts = new Map<string, number>();
  /** Descriptions run one at a time: each is a process with the library in its memory. */
  readonly #describing = new Sequencer();

  constructor(options: EmbeddedOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#deadlines = { ...defaultDeadlines, stopMs: 60_000, ...options.deadlines };
    this.#connection = new EngineConnection(options.fork);
    // An engine that ended holds nothing: its failure to unload is no failure.
    this.#keepAlive = new KeepAlive((path) => void this.#unload(path).catch(() => {}), this.#clock);
  }

  async *stream(request: ProviderRequest, signal: AbortSignal): AsyncGenerator<ProviderEvent> {
    signal.throwIfAborted();
    refuseUnsupported(request);
    const source = this.#sourceFrom(request);
    const asked: UnnumberedRequest = {
      type: "generate",
      source,
      threads: this.#threadsFor(request, request.options.threads),
      messages: request.messages,
      options: request.options,
    };
    const wire = request.observe && new ObservedWire(request.observe, source.path, asked);
    const deadlines = { ...this.#deadlines, ...request.deadlines };
    const call = new EngineCall(this.#connection, asked, deadlines, signal, this.#clock);
    this.#keepAlive.begin(source.path);
    try {
      for (;;) {
        const reply = await call.next();
        wire?.add(reply);
        if (reply.type === "generated") {
          yield { type: "result", result: { ...reply.result, promptTruncated: false } };
          return;
        }
        if (reply.type === "text" || reply.type === "thought") yield { type: reply.type, text: reply.text };
        else if (reply.type !== "alive") throw outOfTurn(reply);
      }
    } finally {
      // A reader that walked away: the model has stopped before its iterator is done.
      await call.end();
      this.#keepAlive.end(source.path, request.options.keepAlive);
      wire?.end();
    }
  }

  async embed(request: EmbedRequest, texts: readonly string[], signal: AbortSignal): Promise<Embeddings> {
    const source = this.#sourceFrom(request);
    this.#keepAlive.begin(source.path);
    try {
      const { truncate = false } = request;
      const { vectors, promptTokens, promptTruncated } = await this.#ask(
        { type: "embed", source, threads: this.#threadsFor(request), texts, truncate },
        "embedded",
        signal,
      );
      return { vectors: vectors.map((vector) => [...vector]), promptTokens, loadMs: null, promptTruncated };
    } finally {
      this.#keepAlive.end(source.path, request.configuration.options?.keepAlive);
    }
  }

  async countTokens(request: ModelAddress, text: string, signal?: AbortSignal): Promise<number> {
    const firstTokenMs = request.configuration.deadlines?.firstTokenMs ?? this.#deadlines.firstTokenMs;
    const asked = { type: "count", source: this.#sourceFrom(request), text } as const;
    const deadlines = { ...this.#deadlines, firstTokenMs };
    return (await this.#ask(asked, "counted", signal, { deadlines })).tokens;
  }

  isLoaded(request: ModelAddress): Promise<boolean> {
    return Promise.resolve(this.#connection.resident.includes(this.#sourceFrom(request).path));
  }

  async parameterCount(request: ModelAddress): Promise<number | null> {
    const { path } = this.#sourceFrom(request);
    const known = this.#parameterCounts.get(path);
    if (known !== undefined) return known;
    // What is wrong with the file the call itself finds out.
    const count = await countParameters(path).catch(() => null);
    if (count !== null) this.#parameterCounts.set(path, count);
    return count;
  }

  async contextTokens(request: ModelAddress): Promise<number> {
    return this.#windows.get(JSON.stringify(this.#sourceFrom(request))) ?? (await this.load(request));
  }

  window(request: ModelAddress): Promise<{ tokens: number }> {
    const source = this.#sourceFrom(request);
    return Promise.resolve({ tokens: this.#windows.get(JSON.stringify(source)) ?? source.contextTokens });
  }

  async load(request: ModelAddress, signal?: AbortSignal): Promise<number> {
    const source = this.#sourceFrom(request);
    const { contextTokens } = await this.#ask({ type: "load", source }, "loaded", signal);
    this.#windows.set(JSON.stringify(source), contextTokens);
    return contextTokens;
  }

  describe(path: string, contextTokens?: number): Promise<ModelDescription> {
    const source = { path, contextTokens: this.#contextTokensFrom(contextTokens) };
    return this.#describing.queue(() => this.#describe(source));
  }

  unload(): Promise<void> {
    return this.#unload(null);
  }

  close(): void {
    this.#keepAlive.close();
    this.#connection.close();
  }

  #sourceFrom({ configuration }: ModelAddress): ModelSource {
    const contextTokens = this.#contextTokensFrom(configuration.contextTokens);
    return { path: this.#options.files.resolve(configuration), contextTokens };
  }

  #contextTokensFrom(contextTokens: number | undefined): number {
    return contextTokens ?? this.#options.defaultContextTokens ?? 2_048;
  }

  #threadsFor({ configuration }: ModelAddress, asked?: number): number {
    return asked ?? configuration.options?.threads ?? this.#options.defaultThreads ?? defaultThreads();
  }

  async #unload(path: string | null): Promise<void> {
    if (this.#connection.isRunning) await this.#ask({ type: "unload", path }, "unloaded");
  }

  async #describe(source: ModelSource): Promise<ModelDescription> {
    const probe = new EngineConnection(this.#options.fork);
    try {
      return (await this.#ask({ type: "describe", source }, "described", undefined, { engine: probe })).description;
    } finally {
      probe.close();
    }
  }

  async #ask<Type extends EngineAnswer["type"]>(
    request: UnnumberedRequest,
    answer: Type,
    signal?: AbortSignal,
    over: { readonly engine?: EngineConnection; readonly deadlines?: CallDeadlines } = {},
  ): Promise<Extract<EngineAnswer, { type: Type }>> {
    // Between two texts to embed the engine reports nothing.
    const patient = { ...this.#deadlines, betweenTokensMs: this.#deadlines.firstTokenMs };
    const { engine = this.#connection, deadlines = patient } = over;
    const call = new EngineCall(engine, request, deadlines, signal, this.#clock);
    try {
      for (;;) {
        const reply = await call.next();
        if (isAnswer(reply, answer)) return reply;
        if (!isProgress(reply)) throw outOfTurn(reply);
      }
    } finally {
      await call.end();
    }
  }
}

function isAnswer<Type extends EngineAnswer["type"]>(
  reply: { readonly type: string },
  type: Type,
): reply is Extract<EngineAnswer, { type: Type }> {
  return reply.type === type;
}

function outOfTurn({ type }: { readonly type: string }): ProviderError {
  return new ProviderError("internal", `The built-in engine answered ${type} out of turn.`, "Try again.");
}

/** One core is left to the app: on a busy machine, threads that wait for each other are slower than fewer. */
function defaultThreads(): number {
  return Math.max(1, availableParallelism() - 1);
}
