import type { Dispatcher } from "undici";
import { Failure } from "../../../base/failure.ts";
import {
  defaultDeadlines,
  type ModelAddress,
  type Provider,
  ProviderError,
  type ProviderEvent,
  type ProviderRequest,
  type ServerKeys,
  type StepDeadlines,
} from "../../provider.ts";
import type { Clock } from "../../../base/clock.ts";
import { Agents } from "../http/agent.ts";
import { Exchange, readText } from "../http/exchange.ts";
import { bearer, withoutKey } from "../http/key.ts";
import { WireTap } from "../http/wire-tap.ts";
import { readAnswer } from "./answer.ts";
import { listRunning, type OllamaServer } from "./discover.ts";
import { embedTexts, loadEmbedder } from "./embed.ts";
import { sameModel, targetOf } from "./endpoint.ts";
import { asProviderError } from "./error-mapping.ts";
import { ParameterCounts } from "./parameter-counts.ts";
import { requestFor, serverModelOf, windowTokensOf } from "./request-body.ts";
import { statusError } from "./status-mapping.ts";
import { Windows } from "./windows.ts";

/** What Ollama gives a model at least when nobody asks for more. */
const ollamaContextTokens = 4_096;
const errorBodyBytesLimit = 64 * 1024;

export interface OllamaProviderOptions {
  /** A base URL, for versions without an endpoint of their own. */
  readonly defaultEndpoint: string;
  readonly deadlines?: Partial<StepDeadlines>;
  /** Of servers behind a proxy that asks for a key. */
  readonly keys?: ServerKeys;
  /** What the deadlines are measured by. */
  readonly clock?: Clock;
}

export interface OllamaProvider extends Provider {
  /** Loads the weights, with the window and for as long as the configuration says; generates nothing. Throws like `stream`. */
  load(request: ModelAddress, signal: AbortSignal): Promise<void>;
  /** Ends every connection; calls still running then fail. */
  close(): Promise<void>;
}

/** Models served by Ollama, over its native API. */
export function createOllamaProvider(options: OllamaProviderOptions): OllamaProvider {
  const windows = new Windows();
  const defaults: StepDeadlines = { ...defaultDeadlines, ...options.deadlines };
  const agents = new Agents();
  const parameterCounts = new ParameterCounts();
  const serverOf = async (
    { configuration }: Pick<ModelAddress, "configuration">,
    connectMs = configuration.deadlines?.connectMs ?? defaults.connectMs,
  ) => {
    const endpoint = configuration.endpoint ?? options.defaultEndpoint;
    const key = options.keys === undefined ? null : await options.keys.keyOf(endpoint).catch(asKeyError);
    return { dispatcher: agents.of(connectMs), endpoint, key };
  };
  const stream: Provider["stream"] = async function* (request, signal) {
    const deadlines = { ...defaults, ...request.deadlines };
    const target = targetOf(request.configuration.endpoint, options.defaultEndpoint);
    const { url, body } = requestFor(request, target);
    const { dispatcher, key } = await serverOf(request, deadlines.connectMs);
    const exchange = { dispatcher, url, body, key, deadlines, clock: options.clock };
    yield* streamAnswer(exchange, request, signal);
  };
  return {
    stream,
    async load(request, signal) {
      const connectMs = request.configuration.deadlines?.connectMs ?? defaults.connectMs;
      // A call without messages only loads.
      const call: ProviderRequest = { ...request, messages: [], options: {}, deadlines: { connectMs } };
      try {
        for await (const _ of stream(call, signal));
      } catch (error) {
        if (!(error instanceof ProviderError) || !/does not support (chat|generate)/.test(error.message)) throw error;
        await loadEmbedder(await serverOf(request), request, defaults.firstTokenMs, signal);
      }
    },
    async embed(request, texts, signal) {
      const deadlineMs = request.configuration.deadlines?.firstTokenMs ?? defaults.firstTokenMs;
      return embedTexts(await serverOf(request), request, texts, deadlineMs, signal);
    },
    countTokens: () => Promise.resolve(null),
    isLoaded: async (request) => isRunning(await serverOf(request), serverModelOf(request)),
    parameterCount: async (request) => parameterCounts.of(await serverOf(request), serverModelOf(request)),
    contextTokens: ({ configuration }) =>
      Promise.resolve(windowTokensOf({ configuration, options: {} }) ?? ollamaContextTokens),
    async window(request) {
      const named = windowTokensOf({ configuration: request.configuration, options: {} });
      if (named !== undefined) return { tokens: named };
      return windows.of(await serverOf(request), serverModelOf(request));
    },
    async close() {
      await agents.destroy();
    },
  };
}

/** Whether a model is in the server's memory; null where it does not say. */
async function isRunning(server: OllamaServer, model: string): Promise<boolean | null> {
  try {
    return (await listRunning(server)).some(({ name }) => sameModel(name, model));
  } catch (error) {
    if (error instanceof ProviderError) return null;
    throw error;
  }
}

async function* streamAnswer(
  sent: {
    readonly dispatcher: Dispatcher;
    readonly url: URL;
    readonly body: string;
    readonly key: string | null;
    readonly deadlines: StepDeadlines;
    readonly clock: Clock | undefined;
  },
  request: ProviderRequest,
  signal: AbortSignal,
): AsyncGenerator<ProviderEvent, void> {
  const { url, body, key } = sent;
  const asked = { url, model: serverModelOf(request), arrivedCharacters: 0 };
  const tap = request.observe && new WireTap(request.observe, key);
  const target = { url, method: "POST", body, headers: bearer(key, url) } as const;
  const exchange = new Exchange(sent.dispatcher, target, sent.deadlines, signal, sent.clock);
  tap?.sent("POST", url, body);
  try {
    const head = await exchange.head();
    tap?.answered(head.statusCode);
    if (head.statusCode !== 200) {
      const text = await readText(exchange, errorBodyBytesLimit);
      tap?.received(Buffer.from(text));
      throw statusError(head, text, asked);
    }
    for await (const event of readAnswer(exchange, request, asked, (chunk) => tap?.received(chunk))) {
      signal.throwIfAborted();
      if (event.type === "result") exchange.letFinish();
      yield event;
    }
  } catch (error) {
    throw withoutKey(asProviderError(error, asked), key);
  } finally {
    exchange.close();
    tap?.ended();
  }
}

function asKeyError(error: unknown): never {
  if (error instanceof Failure)
    throw new ProviderError("not_allowed", error.message, error.data.remedy, { cause: error });
  throw error;
}
