import { Failure } from "../../../base/failure.ts";
import { raceAbort } from "../../../base/race-abort.ts";
import {
  defaultDeadlines,
  type Embeddings,
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
import { Exchange, ExchangeError, readText } from "../http/exchange.ts";
import { bearer, withoutKey, withoutSecret } from "../http/key.ts";
import { connectionError } from "../http/stream-error-mapping.ts";
import { WireTap } from "../http/wire-tap.ts";
import { promptCounted } from "../ollama/truncation.ts";
import { readAnswer } from "./answer.ts";
import { RequestClient } from "./request-client.ts";
import { addressesOf, openAIBase } from "./endpoint.ts";
import { openAIDialect } from "./dialect.ts";
import { embeddingsAnswer, promptTokensOf, vectorsFrom } from "./embeddings.ts";
import { noEndpointError, notOpenAIError, type OpenAIRequestFacts } from "./error-mapping.ts";
import { dependsOnKind, requestBody, serverModelOf } from "./request-body.ts";
import {
  type Body,
  fallbacksAfter,
  type ParameterFallbacks,
  maxParameterFallbacks,
  RefusalMemory,
} from "./refusals.ts";
import { Servers } from "./servers.ts";
import type { ReportedError } from "../answers/reported-error.ts";
import { errorInBody, statusError } from "./status-mapping.ts";

const errorBodyBytesLimit = 64 * 1024;
/** The status says enough; its words are waited for so long, in milliseconds. */
const errorBodyMs = 2_000;

/**
 * Models behind OpenAI's API: llama.cpp, LM Studio, vLLM, LiteLLM, Ollama's own `/v1` and whatever speaks alike. What such a
 * server cannot do is learned from its refusals. `close` ends every connection; calls still running then fail.
 */
export function createOpenAIProvider(options: {
  readonly keys: ServerKeys;
  readonly deadlines?: Partial<StepDeadlines>;
  /** What the deadlines are measured by. */
  readonly clock?: Clock;
}): Provider & { close(): Promise<void> } {
  return new OpenAIProvider(options.keys, { ...defaultDeadlines, ...options.deadlines }, options.clock);
}

class OpenAIProvider implements Provider {
  readonly #deadlines: StepDeadlines;
  readonly #keys: ServerKeys;
  readonly #clock: Clock | undefined;
  readonly #agents = new Agents();
  readonly #servers: Servers;
  readonly #refusals = new RefusalMemory();

  constructor(keys: ServerKeys, deadlines: StepDeadlines, clock: Clock | undefined) {
    this.#clock = clock;
    this.#keys = keys;
    this.#deadlines = deadlines;
    // Who answers can be asked without the key too; what needs it is then unknown.
    this.#servers = new Servers({
      dispatcher: this.#agents.of(deadlines.connectMs),
      keys: { keyOf: (endpoint) => keys.keyOf(endpoint).catch(() => null) },
    });
  }

  async *stream(request: ProviderRequest, signal: AbortSignal): AsyncGenerator<ProviderEvent, void> {
    signal.throwIfAborted();
    const endpoint = endpointOf(request);
    const key = await this.#key(endpoint);
    const kind = dependsOnKind(request) ? await raceAbort(this.#servers.kindOf(endpoint), signal) : null;
    signal.throwIfAborted();
    const { raw, suffix } = { ...request.configuration.options, ...request.options };
    const { chat, completions } = addressesOf(endpoint);
    const url = raw === true || suffix !== undefined ? completions : chat;
    const server = openAIBase(endpoint);
    const model = serverModelOf(request);
    for (let asks = 0; ; asks++) {
      const parameterFallbacks = this.#refusals.of(server, model);
      const body = requestBody(request, kind, parameterFallbacks);
      const learned = yield* this.#ask(
        request,
        { url, key, body, parameterFallbacks, mayFallBack: asks < maxParameterFallbacks },
        signal,
      );
      if (learned === null) return;
      this.#refusals.learn(server, model, learned);
    }
  }

  /** One request. Returns null when it was answered, or the fallbacks to make it again with. */
  async *#ask(
    request: ProviderRequest,
    sent: {
      readonly url: URL;
      readonly key: string | null;
      readonly body: Body;
      readonly parameterFallbacks: ParameterFallbacks;
      readonly mayFallBack: boolean;
    },
    signal: AbortSignal,
  ): AsyncGenerator<ProviderEvent, ParameterFallbacks | null> {
    const { url, key, body, parameterFallbacks, mayFallBack } = sent;
    const asked: OpenAIRequestFacts = {
      url,
      model: serverModelOf(request),
      hadKey: key !== null,
      arrivedCharacters: 0,
    };
    const wire = request.observe && new WireTap(request.observe, key);
    const deadlines = { ...this.#deadlines, ...request.deadlines };
    const text = JSON.stringify(body);
    const target = { url, method: "POST" as const, body: text, headers: bearer(key, url), tokens: "reported" as const };
    const exchange = new Exchange(this.#agents.of(deadlines.connectMs), target, deadlines, signal, this.#clock);
    wire?.sent("POST", url, text);
    try {
      const head = await exchange.head();
      wire?.answered(head.statusCode);
      if (head.statusCode !== 200) {
        const answer = withoutSecret(await readErrorBody(exchange), key);
        wire?.received(Buffer.from(answer));
        const error = errorInBody(head, answer);
        const learned =
          mayFallBack && isRefusal(head.statusCode, error)
            ? fallbacksAfter(refusalOf(error), body, parameterFallbacks)
            : null;
        if (learned === null) throw statusError(head, error, asked);
        return learned;
      }
      for await (const event of readAnswer(exchange, request, asked, (chunk) => wire?.received(chunk))) {
        signal.throwIfAborted();
        if (event.type === "result") exchange.letFinish();
        yield event;
      }
      return null;
    } catch (error) {
      throw withoutKey(error instanceof ExchangeError ? connectionError(error, asked, openAIDialect) : error, key);
    } finally {
      exchange.close();
      wire?.ended();
    }
  }

  async embed(request: ModelAddress, texts: readonly string[], signal: AbortSignal): Promise<Embeddings> {
    const endpoint = endpointOf(request);
    const { connectMs, firstTokenMs } = this.#deadlines;
    const { deadlines } = request.configuration;
    const agent = this.#agents.of(deadlines?.connectMs ?? connectMs);
    const key = await this.#key(endpoint);
    const client = new RequestClient(agent, endpoint, key, deadlines?.firstTokenMs ?? firstTokenMs, signal);
    const model = serverModelOf(request);
    const { embeddings: url } = client.addresses;
    const { value } = await client.ask(url, embeddingsAnswer, { model, input: texts }, model);
    const vectors = vectorsFrom(value, texts.length);
    if (vectors === null) throw notOpenAIError(url);
    return { vectors, loadMs: null, ...promptCounted(texts, { promptTokens: promptTokensOf(value) }, undefined) };
  }

  async countTokens(request: ModelAddress, text: string, signal?: AbortSignal): Promise<number | null> {
    const { endpoint } = request.configuration;
    return endpoint === undefined ? null : this.#servers.countTokens(endpoint, serverModelOf(request), text, signal);
  }

  async isLoaded(request: ModelAddress): Promise<boolean | null> {
    const { endpoint } = request.configuration;
    return endpoint === undefined ? null : this.#servers.isLoaded(endpoint, serverModelOf(request));
  }

  async parameterCount(request: ModelAddress): Promise<number | null> {
    const { endpoint } = request.configuration;
    return endpoint === undefined ? null : this.#servers.parameterCount(endpoint, serverModelOf(request));
  }

  /** The smaller of what the version names and what the server has, since no call of this API can widen it. */
  async contextTokens(request: ModelAddress): Promise<number | null> {
    const { endpoint, contextTokens } = request.configuration;
    const had = endpoint === undefined ? null : await this.#servers.contextTokens(endpoint, serverModelOf(request));
    return had === null || contextTokens === undefined ? (had ?? contextTokens ?? null) : Math.min(had, contextTokens);
  }

  async window(request: ModelAddress): Promise<{ tokens: number } | null> {
    const tokens = await this.contextTokens(request);
    return tokens === null ? null : { tokens };
  }

  close(): Promise<void> {
    return this.#agents.destroy();
  }

  async #key(endpoint: string): Promise<string | null> {
    try {
      return await this.#keys.keyOf(endpoint);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      throw new ProviderError("not_allowed", error.message, error.data.remedy, { cause: error });
    }
  }
}

async function readErrorBody(exchange: Exchange): Promise<string> {
  exchange.expectEnd(errorBodyMs);
  try {
    return await readText(exchange, errorBodyBytesLimit);
  } catch (error) {
    if (error instanceof ExchangeError) return "";
    throw error;
  }
}

function endpointOf({ configuration, model }: ModelAddress): string {
  if (configuration.endpoint === undefined) throw noEndpointError(model);
  return configuration.endpoint;
}

/** 422 is FastAPI's word for a body it cannot take; llama-cpp-python says the same with 500, and a proxy before it, too. */
function isRefusal(status: number, { message }: ReportedError): boolean {
  return status === 400 || status === 422 || (status === 500 && /\bvalidation error/i.test(message));
}

function refusalOf({ message, parameter }: ReportedError) {
  return { message, parameter };
}
