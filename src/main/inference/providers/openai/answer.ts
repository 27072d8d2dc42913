import type { ProviderEvent, ProviderRequest } from "../../provider.ts";
import { Exchange, ExchangeError, readText, type ResponseHead } from "../http/exchange.ts";
import { LineError, quoteText } from "../http/line-error.ts";
import { lineError, missingEndError } from "../http/stream-error-mapping.ts";
import { wasCut } from "../ollama/truncation.ts";
import { AnswerReader, type Counts } from "./answer-chunk.ts";
import { openAIDialect } from "./dialect.ts";
import {
  contentFilterError,
  type OpenAIRequestFacts,
  unreadableError,
  unreadableToolCallError,
} from "./error-mapping.ts";
import { SseParser } from "./sse.ts";
import { streamedError } from "./status-mapping.ts";

/** After its finish reason a server only counts: so long is waited for that, in milliseconds. */
const countsWithinMs = 2_000;
const wholeAnswerBytesLimit = 64 * 1024 * 1024;

/** The events of an answer with status 200, streamed or whole. Throws ProviderError, or ExchangeError where the connection fails. */
export async function* readAnswer(
  exchange: Exchange,
  head: ResponseHead,
  request: ProviderRequest,
  asked: OpenAIRequestFacts,
  received: (bytes: Buffer) => void,
): AsyncGenerator<ProviderEvent, void> {
  const reader = new AnswerReader();
  const counts: { -readonly [Name in keyof Counts]: Counts[Name] } = {
    promptTokens: null,
    completionTokens: null,
    prefillMs: null,
    decodeMs: null,
  };
  let finish: string | null = null;
  for await (const value of valuesOf(exchange, head, asked, received, () => finish !== null)) {
    const chunk = reader.read(value);
    if (chunk.type === "error") throw streamedError(chunk.error, asked);
    if (chunk.type === "unreadable") throw unreadableError(asked);
    if (chunk.thought !== "") yield { type: "thought", text: chunk.thought };
    if (chunk.text !== "") {
      asked.arrivedCharacters += chunk.text.length;
      yield { type: "text", text: chunk.text };
    }
    counts.promptTokens = chunk.counts.promptTokens ?? counts.promptTokens;
    counts.completionTokens = chunk.counts.completionTokens ?? counts.completionTokens;
    counts.prefillMs = chunk.counts.prefillMs ?? counts.prefillMs;
    counts.decodeMs = chunk.counts.decodeMs ?? counts.decodeMs;
    if (chunk.isProgress) exchange.progress();
    if (chunk.finish === null || finish !== null) continue;
    finish = chunk.finish;
    exchange.expectEnd(countsWithinMs);
  }
  if (finish === null) throw missingEndError(asked, openAIDialect);
  if (finish === "content_filter") throw contentFilterError(asked);
  let calls = 0;
  for (const gathered of reader.calls()) {
    if (gathered.call === null) {
      // Cut at the token limit, which the result says.
      if (finish === "length") continue;
      throw unreadableToolCallError(gathered.name, gathered.text, asked);
    }
    calls++;
    yield { type: "tool_call", call: gathered.call };
  }
  const texts = request.messages.map(({ content }) => content);
  yield {
    type: "result",
    result: {
      finishReason: finish === "length" ? "length" : calls > 0 ? "tool_calls" : "stop",
      ...counts,
      // No server of this API says how long a call waited or a model took to load.
      queueMs: null,
      loadMs: null,
      promptTruncated: wasCut(texts, counts.promptTokens, undefined),
    },
  };
}

/** The JSON values of an answer: of each event, or the one of a server that does not stream. */
async function* valuesOf(
  exchange: Exchange,
  head: ResponseHead,
  asked: OpenAIRequestFacts,
  received: (bytes: Buffer) => void,
  isFinished: () => boolean,
): AsyncGenerator<unknown, void> {
  if (/^application\/json\b/i.test(head.contentType)) {
    const text = await readText(exchange, wholeAnswerBytesLimit);
    received(Buffer.from(text));
    yield parse(text, false);
    return;
  }
  const parser = new SseParser();
  try {
    for (;;) {
      const chunk = await nextChunk(exchange, isFinished());
      if (chunk !== null) received(chunk);
      for (const event of chunk === null ? parser.end() : parser.push(chunk)) {
        if (event.data.trim() === "[DONE]") return;
        const value = parse(event.data, event.unfinished);
        yield event.name === "error" ? asError(value) : value;
      }
      if (chunk === null) return;
    }
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    if (!isFinished()) throw lineError(error, asked, openAIDialect);
  }
}

/** The text was whole with its finish reason: a connection that fails after it takes nothing away. */
async function nextChunk(exchange: Exchange, isFinished: boolean): Promise<Buffer | null> {
  try {
    return await exchange.next();
  } catch (error) {
    if (isFinished && error instanceof ExchangeError) return null;
    throw error;
  }
}

function parse(text: string, isUnfinished: boolean): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new LineError(isUnfinished ? "unfinished" : "garbage", quoteText(text));
  }
}

/** llama.cpp and others name an event `error` and write the error alone. */
function asError(value: unknown): unknown {
  return typeof value === "object" && value !== null && "error" in value ? value : { error: value };
}
