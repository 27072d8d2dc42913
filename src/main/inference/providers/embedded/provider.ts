import { availableParallelism } from "node:os";
import type { VersionConfiguration } from "../../../../shared/contract/registry.ts";
import {
  defaultDeadlines,
  type ModelAddress,
  type Provider,
  ProviderError,
  type ProviderEvent,
} from "../../provider.ts";
import { type Clock, systemClock } from "../clock.ts";
import { EngineConnection, isProgress, type UnnumberedRequest } from "./connection.ts";
import { type CallDeadlines, EngineCall } from "./engine-call.ts";
import type { EngineProcess } from "./engine-process.ts";
import { KeepAlive } from "./keep-alive.ts";
import { ObservedWire } from "./observed.ts";
import type { EngineAnswer, ModelDescription, ModelSource } from "./protocol.ts";
import { refuseUnsupported } from "./unsupported.ts";
import { Sequencer } from "../../../base/sequencer.ts";

export interface EmbeddedOptions {
  /** Starts the engine; called on the first use, and again after it ended. */
  readonly fork: () => EngineProcess;
  /** The path of the model's file; throws `ProviderError` where the configuration names none that is allowed. */
  readonly resolveFile: (configuration: VersionConfiguration) => string;
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
 */
export function createEmbeddedProvider(options: EmbeddedOptions): EmbeddedProvider {
  const connection = new EngineConnection(options.fork);
  const deadlines: CallDeadlines = { ...defaultDeadlines, stopMs: 60_000, ...options.deadlines };
  // Between two texts to embed nothing can be told.
  const patient: CallDeadlines = { ...deadlines, betweenTokensMs: deadlines.firstTokenMs };
  const { clock = systemClock } = options;
  const keepAlive = new KeepAlive((path) => void unload(path).catch(() => {}), clock); // an engine that ended holds nothing
  /** What a load of each source found, so that asking again waits behind nobody's answer. */
  const windows = new Map<string, number>();
  const describing = new Sequencer();

  function sourceOf({ configuration }: ModelAddress): ModelSource {
    return { path: options.resolveFile(configuration), contextTokens: contextTokensFrom(configuration.contextTokens) };
  }

  function contextTokensFrom(contextTokens: number | undefined): number {
    return contextTokens ?? options.defaultContextTokens ?? 2_048;
  }

  function threadsOf({ configuration }: ModelAddress, asked?: number): number {
    return asked ?? configuration.options?.threads ?? options.defaultThreads ?? defaultThreads();
  }

  async function ask<Type extends EngineAnswer["type"]>(
    request: UnnumberedRequest,
    answer: Type,
    signal?: AbortSignal,
    { engine = connection, deadlines: within = patient }: { engine?: EngineConnection; deadlines?: CallDeadlines } = {},
  ): Promise<Extract<EngineAnswer, { type: Type }>> {
    const call = new EngineCall(engine, request, within, signal, clock);
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

  async function unload(path: string | null): Promise<void> {
    if (connection.isRunning) await ask({ type: "unload", path }, "unloaded");
  }

  async function load(request: ModelAddress, signal?: AbortSignal): Promise<number> {
    const source = sourceOf(request);
    const { contextTokens } = await ask({ type: "load", source }, "loaded", signal);
    windows.set(JSON.stringify(source), contextTokens);
    return contextTokens;
  }

  async function describe(source: ModelSource): Promise<ModelDescription> {
    const probe = new EngineConnection(options.fork);
    try {
      return (await ask({ type: "describe", source }, "described", undefined, { engine: probe })).description;
    } finally {
      probe.close();
    }
  }

  return {
    async *stream(request, signal): AsyncGenerator<ProviderEvent> {
      signal.throwIfAborted();
      refuseUnsupported(request);
      const source = sourceOf(request);
      const asked: UnnumberedRequest = {
        type: "generate",
        source,
        threads: threadsOf(request, request.options.threads),
        messages: request.messages,
        options: request.options,
      };
      const wire = request.observe && new ObservedWire(request.observe, source.path, asked);
      const call = new EngineCall(connection, asked, { ...deadlines, ...request.deadlines }, signal, clock);
      keepAlive.begin(source.path);
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
        keepAlive.end(source.path, request.options.keepAlive);
        wire?.end();
      }
    },
    async embed(request, texts, signal) {
      const source = sourceOf(request);
      keepAlive.begin(source.path);
      try {
        const { truncate = false } = request;
        const { vectors, promptTokens, promptTruncated } = await ask(
          { type: "embed", source, threads: threadsOf(request), texts, truncate },
          "embedded",
          signal,
        );
        return { vectors: vectors.map((vector) => [...vector]), promptTokens, loadMs: null, promptTruncated };
      } finally {
        keepAlive.end(source.path, request.configuration.options?.keepAlive);
      }
    },
    async countTokens(request, text, signal) {
      const firstTokenMs = request.configuration.deadlines?.firstTokenMs ?? deadlines.firstTokenMs;
      const asked = { type: "count", source: sourceOf(request), text } as const;
      return (await ask(asked, "counted", signal, { deadlines: { ...deadlines, firstTokenMs } })).tokens;
    },
    isLoaded: (request) => Promise.resolve(connection.resident.includes(sourceOf(request).path)),
    contextTokens: async (request) => windows.get(JSON.stringify(sourceOf(request))) ?? (await load(request)),
    load,
    describe(path, contextTokens) {
      // One at a time: each is a process with the library in its memory.
      return describing.queue(() => describe({ path, contextTokens: contextTokensFrom(contextTokens) }));
    },
    unload: () => unload(null),
    close: () => {
      keepAlive.close();
      connection.close();
    },
  };
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
