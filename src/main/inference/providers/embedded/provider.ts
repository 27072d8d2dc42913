import { availableParallelism } from "node:os";
import type { VersionConfiguration } from "../../../../shared/contract/registry.ts";
import { assertNever } from "../../../failure.ts";
import {
  type Provider,
  ProviderError,
  type ProviderEvent,
  type ProviderRequest,
  type ProviderResult,
} from "../../provider.ts";
import { type CallReply, EngineConnection, type UnnumberedRequest } from "./connection.ts";
import type { EngineProcess } from "./engine-process.ts";
import type { EngineFault, ModelSource } from "./protocol.ts";

export interface EmbeddedOptions {
  /** Starts the engine; called on the first use, and again after it ended. */
  readonly fork: () => EngineProcess;
  /** The path of the model's file; throws `ProviderError` where the configuration names none that is allowed. */
  readonly resolveFile: (configuration: VersionConfiguration) => string;
  /** The context window where the configuration names none. */
  readonly defaultContextTokens?: number;
  /** Threads where the options name none. */
  readonly defaultThreads?: number;
}

export interface EmbeddedProvider extends Provider {
  /** Loads the weights ahead of the first call; resolves to the context window in tokens. */
  load(request: Pick<ProviderRequest, "model" | "configuration">, signal?: AbortSignal): Promise<number>;
  /** Gives back the engine's memory; the next call loads again. */
  unload(): Promise<void>;
  /** Ends the engine; running calls fail as `engine_crashed`. */
  close(): void;
}

/**
 * Runs GGUF files in Taleward's own engine, a process beside this one. All calls share one engine and take turns. A crash of
 * the engine fails the running calls with `engine_crashed` and leaves the next call a fresh process.
 */
export function createEmbeddedProvider(options: EmbeddedOptions): EmbeddedProvider {
  const connection = new EngineConnection(options.fork);
  const windows = new Map<string, number>();

  function sourceOf(configuration: VersionConfiguration, threads?: number): ModelSource {
    return {
      path: options.resolveFile(configuration),
      contextTokens: configuration.contextTokens ?? options.defaultContextTokens ?? 2_048,
      threads: threads ?? configuration.options?.threads ?? options.defaultThreads ?? defaultThreads(),
    };
  }

  /** One answer to one request; no text. */
  function ask(request: UnnumberedRequest, signal?: AbortSignal): Promise<CallReply> {
    signal?.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<CallReply>();
    const id = connection.call(request, resolve);
    const cancel = (): void => connection.cancel(id);
    signal?.addEventListener("abort", cancel, { once: true });
    return promise.finally(() => signal?.removeEventListener("abort", cancel));
  }

  async function load(source: ModelSource, signal?: AbortSignal): Promise<number> {
    const reply = await ask({ type: "load", source }, signal);
    if (reply.type !== "loaded") throw unexpected(reply, signal);
    windows.set(source.path, reply.contextTokens);
    return reply.contextTokens;
  }

  return {
    stream: (request, signal) =>
      generate(
        connection,
        {
          type: "generate",
          source: sourceOf(request.configuration, request.options.threads),
          messages: request.messages,
          options: request.options,
        },
        signal,
      ),
    async countTokens({ configuration }, text) {
      const reply = await ask({ type: "count", source: sourceOf(configuration), text });
      if (reply.type !== "counted") throw unexpected(reply);
      return reply.tokens;
    },
    isLoaded: ({ configuration }) => Promise.resolve(connection.resident.includes(sourceOf(configuration).path)),
    async contextTokens({ configuration }) {
      const source = sourceOf(configuration);
      const known = windows.get(source.path);
      return known !== undefined ? Math.min(known, source.contextTokens) : await load(source);
    },
    load: ({ configuration }, signal) => load(sourceOf(configuration), signal),
    async unload() {
      const reply = await ask({ type: "unload" });
      if (reply.type !== "unloaded") throw unexpected(reply);
    },
    close: () => connection.close(),
  };
}

async function* generate(
  connection: EngineConnection,
  request: Extract<UnnumberedRequest, { type: "generate" }>,
  signal: AbortSignal,
): AsyncGenerator<ProviderEvent> {
  signal.throwIfAborted();
  const replies: CallReply[] = [];
  let wake: (() => void) | null = null;
  const id = connection.call(request, (reply) => {
    replies.push(reply);
    wake?.();
  });
  const cancel = (): void => connection.cancel(id);
  signal.addEventListener("abort", cancel, { once: true });
  let ended = false;
  async function next(): Promise<CallReply> {
    for (;;) {
      const reply = replies.shift();
      if (reply !== undefined) {
        ended = reply.type !== "text";
        return reply;
      }
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  try {
    for (;;) {
      const reply = await next();
      if (reply.type === "text") {
        if (!signal.aborted) yield { type: "text", text: reply.text };
      } else if (reply.type === "generated" && !signal.aborted) {
        const result: ProviderResult = reply.result;
        yield { type: "result", result };
        return;
      } else throw unexpected(reply, signal);
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    // A reader that walked away: the model has stopped before its iterator is done.
    if (!ended) cancel();
    while (!ended) await next();
  }
}

/** What a reply means that is not the one hoped for: an abort of ours, or a failure. */
function unexpected(reply: CallReply, signal?: AbortSignal): unknown {
  if (signal?.aborted === true) return signal.reason;
  switch (reply.type) {
    case "exited":
      return new ProviderError(
        "engine_crashed",
        `The built-in engine ended${reply.code === null ? "" : ` with code ${reply.code}`} while it worked.`,
        "Try again: it starts afresh. If it ends each time, this machine may lack memory for the model; pick a smaller one.",
      );
    case "fault":
      return providerError(reply.fault, reply.message);
    default:
      return new ProviderError("internal", `The built-in engine answered ${reply.type} out of turn.`, "Try again.");
  }
}

function providerError(fault: EngineFault, message: string): ProviderError {
  switch (fault) {
    case "file_missing":
      return new ProviderError(
        "model_not_found",
        `${message}.`,
        "Install the starter model, or put the GGUF file into the models folder.",
      );
    case "load_failed":
      return new ProviderError(
        "server_error",
        `${message}.`,
        "Check that the file is a complete GGUF model and that this machine has memory for it.",
      );
    case "prompt_too_large":
      return new ProviderError(
        "prompt_too_large",
        `${message}.`,
        "Shorten the prompt, or register a version with a larger context window.",
      );
    case "failed":
      return new ProviderError("server_error", `The built-in engine failed: ${message}.`, "Try again.");
    default:
      return assertNever(fault);
  }
}

/** One core is left to the app: on a busy machine, threads that wait for each other are slower than fewer. */
function defaultThreads(): number {
  return Math.max(1, availableParallelism() - 1);
}
