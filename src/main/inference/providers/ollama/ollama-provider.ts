import type { Dispatcher } from "undici";
import type { Provider, ProviderEvent, ProviderRequest } from "../../provider.ts";
import { ProviderError } from "../../provider.ts";
import { readAnswerLine } from "./answer-line.ts";
import { createAgent } from "./ask.ts";
import { askLoaded } from "./discover.ts";
import { type OllamaTarget, sameModel, targetOf } from "./endpoint.ts";
import { defaultDeadlines, Exchange, ExchangeError, type OllamaDeadlines, readText } from "./exchange.ts";
import {
  type Asked,
  connectionFault,
  lineFault,
  missingDoneFault,
  noTextFault,
  statusFault,
  streamedFault,
  unreadableFault,
} from "./faults.ts";
import { NdjsonError, NdjsonParser } from "./ndjson.ts";
import { requestBody, serverModelOf } from "./request-body.ts";

/** What Ollama gives a model when nobody asks for more. */
const ollamaContextTokens = 4_096;
const errorBodyBytesLimit = 64 * 1024;
const questionMs = 2_000;

/**
 * Models served by Ollama, over its native API. A version without an endpoint of its own is asked at `defaultEndpoint`, a
 * base URL. `close` ends every connection; calls still running then fail.
 */
export function createOllamaProvider(options: {
  readonly defaultEndpoint: string;
  readonly deadlines?: Partial<OllamaDeadlines>;
}): Provider & { close(): Promise<void> } {
  const deadlines: OllamaDeadlines = { ...defaultDeadlines, ...options.deadlines };
  const agent = createAgent(deadlines.connectMs);
  return {
    stream: (request, signal) =>
      streamAnswer(
        agent,
        targetOf(request.configuration.endpoint, options.defaultEndpoint),
        request,
        deadlines,
        signal,
      ),
    countTokens: () => Promise.resolve(null),
    isLoaded: async (request) => {
      const endpoint = request.configuration.endpoint ?? options.defaultEndpoint;
      const model = serverModelOf(request);
      try {
        const loaded = await askLoaded(agent, endpoint, questionMs, new AbortController().signal);
        return loaded.some((name) => sameModel(name, model));
      } catch (error) {
        if (error instanceof ProviderError) return null;
        throw error;
      }
    },
    contextTokens: (request) => Promise.resolve(request.configuration.contextTokens ?? ollamaContextTokens),
    close: () => agent.destroy(),
  };
}

async function* streamAnswer(
  dispatcher: Dispatcher,
  target: OllamaTarget,
  request: ProviderRequest,
  deadlines: OllamaDeadlines,
  signal: AbortSignal,
): AsyncGenerator<ProviderEvent, void> {
  const body = requestBody(request, target.shape);
  const asked = { url: target.url, model: serverModelOf(request), arrivedCharacters: 0 };
  const exchange = new Exchange(dispatcher, { url: target.url, method: "POST", body }, deadlines, signal);
  try {
    const head = await exchange.head();
    if (head.statusCode !== 200) throw statusFault(head, await readText(exchange, errorBodyBytesLimit), asked);
    for await (const line of readLines(exchange)) {
      signal.throwIfAborted();
      const answer = readAnswerLine(line);
      if (answer.type === "unreadable") throw unreadableFault(asked);
      if (answer.type === "error") throw streamedFault(answer.message, asked);
      if (answer.text !== "") {
        asked.arrivedCharacters += answer.text.length;
        yield { type: "text", text: answer.text };
      }
      if (answer.type === "text") continue;
      const askedForNothing = request.messages.length === 0;
      if ((answer.reason === "load" || answer.reason === "unload") && !askedForNothing) {
        throw noTextFault(answer.reason, asked);
      }
      signal.throwIfAborted();
      exchange.letFinish();
      yield { type: "result", result: answer.result };
      return;
    }
    throw missingDoneFault(asked);
  } catch (error) {
    throw asProviderError(error, asked);
  } finally {
    exchange.close();
  }
}

async function* readLines(exchange: Exchange) {
  const parser = new NdjsonParser();
  for (let chunk = await exchange.next(); chunk !== null; chunk = await exchange.next()) yield* parser.push(chunk);
  yield* parser.end();
}

function asProviderError(error: unknown, asked: Asked): unknown {
  if (error instanceof ExchangeError) return connectionFault(error, asked);
  if (error instanceof NdjsonError) return lineFault(error, asked);
  return error;
}
