import type { Agent, Dispatcher } from "undici";
import { Failure } from "../../../failure.ts";
import {
  defaultDeadlines,
  type ModelAddress,
  type Provider,
  ProviderError,
  type ProviderEvent,
  type ProviderRequest,
  type StepDeadlines,
} from "../../provider.ts";
import { createAgent } from "../http/agent.ts";
import { Exchange, readText } from "../http/exchange.ts";
import { WireTap } from "../http/wire-tap.ts";
import { readAnswerLine } from "./answer-line.ts";
import { bearer } from "./ask.ts";
import { listRunning } from "./discover.ts";
import { embedTexts } from "./embed.ts";
import { sameModel, targetOf } from "./endpoint.ts";
import { asProviderError, missingDoneFault, noTextFault, unreadableFault } from "./faults.ts";
import { NdjsonParser } from "./ndjson.ts";
import { requestFor, serverModelOf, windowTokensOf } from "./request-body.ts";
import { statusFault, streamedFault } from "./status-faults.ts";
import { wasCut } from "./truncation.ts";

/** What Ollama gives a model at least when nobody asks for more. */
const ollamaContextTokens = 4_096;
const errorBodyBytesLimit = 64 * 1024;

export interface OllamaProviderOptions {
  /** A base URL, for versions without an endpoint of their own. */
  readonly defaultEndpoint: string;
  readonly deadlines?: Partial<StepDeadlines>;
  /** The key of a server behind a proxy that asks for one; null where there is none. */
  readonly keyOf?: (endpoint: string) => Promise<string | null>;
}

/** Models served by Ollama, over its native API. `close` ends every connection; calls still running then fail. */
export function createOllamaProvider(options: OllamaProviderOptions): Provider & { close(): Promise<void> } {
  const defaults: StepDeadlines = { ...defaultDeadlines, ...options.deadlines };
  const agents = new Map<number, Agent>();
  /** Connections know one time limit for connecting, which is given when their agent is made. */
  const agentFor = (connectMs: number): Agent => {
    const agent = agents.get(connectMs) ?? createAgent(connectMs);
    agents.set(connectMs, agent);
    return agent;
  };
  const serverOf = async ({ configuration }: Pick<ModelAddress, "configuration">, connectMs = defaults.connectMs) => {
    const endpoint = configuration.endpoint ?? options.defaultEndpoint;
    const key = options.keyOf === undefined ? null : await options.keyOf(endpoint).catch(asKeyFault);
    return { dispatcher: agentFor(connectMs), endpoint, key };
  };
  return {
    async *stream(request, signal) {
      const deadlines = { ...defaults, ...request.deadlines };
      const target = targetOf(request.configuration.endpoint, options.defaultEndpoint);
      const { url, body } = requestFor(request, target);
      const { dispatcher, key } = await serverOf(request, deadlines.connectMs);
      const headers = bearer(key);
      yield* streamAnswer(dispatcher, { url, body, headers }, request, deadlines, signal);
    },
    async embed(request, texts, signal) {
      const deadlineMs = request.configuration.deadlines?.firstTokenMs ?? defaults.firstTokenMs;
      return embedTexts(await serverOf(request), request, texts, deadlineMs, signal);
    },
    countTokens: () => Promise.resolve(null),
    async isLoaded(request) {
      const model = serverModelOf(request);
      try {
        const running = await listRunning(await serverOf(request));
        return running.some(({ name }) => sameModel(name, model));
      } catch (error) {
        if (error instanceof ProviderError) return null;
        throw error;
      }
    },
    contextTokens: ({ configuration }) =>
      Promise.resolve(windowTokensOf({ configuration, options: {} }) ?? ollamaContextTokens),
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

async function* streamAnswer(
  dispatcher: Dispatcher,
  sent: { readonly url: URL; readonly body: string; readonly headers: Record<string, string> },
  request: ProviderRequest,
  deadlines: StepDeadlines,
  signal: AbortSignal,
): AsyncGenerator<ProviderEvent, void> {
  const asked = { url: sent.url, model: serverModelOf(request), arrivedCharacters: 0 };
  const tap = request.observe && new WireTap(request.observe);
  const exchange = new Exchange(dispatcher, { ...sent, method: "POST" }, deadlines, signal);
  tap?.sent("POST", sent.url, sent.body);
  let called = false;
  try {
    const head = await exchange.head();
    tap?.answered(head.statusCode);
    if (head.statusCode !== 200) {
      const text = await readText(exchange, errorBodyBytesLimit);
      tap?.received(Buffer.from(text));
      throw statusFault(head, text, asked);
    }
    for await (const line of readLines(exchange, tap)) {
      signal.throwIfAborted();
      const answer = readAnswerLine(line);
      if (answer.type === "unreadable") throw unreadableFault(asked);
      if (answer.type === "error") throw streamedFault(answer.message, asked);
      if (answer.thought !== "") yield { type: "thought", text: answer.thought };
      if (answer.text !== "") {
        asked.arrivedCharacters += answer.text.length;
        yield { type: "text", text: answer.text };
      }
      for (const call of answer.calls) {
        called = true;
        yield { type: "tool_call", call };
      }
      if (answer.type === "piece") continue;
      const { reason, result } = answer;
      const askedForNothing = request.messages.length === 0;
      if ((reason === "load" || reason === "unload") && !askedForNothing) throw noTextFault(reason, asked);
      signal.throwIfAborted();
      exchange.letFinish();
      const finishReason = reason === "length" ? "length" : called ? "tool_calls" : "stop";
      yield { type: "result", result: { ...result, finishReason, promptTruncated: promptWasCut(request, result) } };
      return;
    }
    throw missingDoneFault(asked);
  } catch (error) {
    throw asProviderError(error, asked);
  } finally {
    exchange.close();
    tap?.ended();
  }
}

async function* readLines(exchange: Exchange, tap: WireTap | undefined) {
  const parser = new NdjsonParser();
  for (let chunk = await exchange.next(); chunk !== null; chunk = await exchange.next()) {
    tap?.received(chunk);
    yield* parser.push(chunk);
  }
  yield* parser.end();
}

function promptWasCut(request: ProviderRequest, { promptTokens }: { readonly promptTokens: number | null }): boolean {
  const texts = request.messages.map(({ content }) => content);
  return wasCut(texts, promptTokens, windowTokensOf(request));
}

function asKeyFault(error: unknown): never {
  if (error instanceof Failure)
    throw new ProviderError("not_allowed", error.message, error.data.remedy, { cause: error });
  throw error;
}
