import type { ProviderEvent, ProviderRequest, ProviderResult } from "../../provider.ts";
import { contentFilterError, endedBadlyError, unreadableToolCallError } from "../answers/error-mapping.ts";
import { type Exchange, ExchangeError } from "../http/exchange.ts";
import { LineError } from "../http/line-error.ts";
import type { RequestFacts } from "../http/request-facts.ts";
import { missingEndError } from "../http/stream-error-mapping.ts";
import { type AnswerLine, readAnswerLine } from "./answer-line.ts";
import { ollamaDialect } from "./dialect.ts";
import { noTextError, unreadableError } from "./error-mapping.ts";
import { NdjsonParser } from "./ndjson.ts";
import { windowTokensOf } from "./request-body.ts";
import { streamedError } from "./status-mapping.ts";
import { promptCounted } from "./truncation.ts";

/** What is read of an exchange whose status was 200. */
type AnswerExchange = Pick<Exchange, "next" | "expectEnd" | "expectMore">;
type DoneLine = Extract<AnswerLine, { type: "done" }>;

/** After a last line with text: so long is waited for the end of the body, in milliseconds. */
const endWithinMs = 1_000;

/**
 * The events of an answer with status 200. Throws ProviderError, LineError for a line that cannot be read, and ExchangeError
 * where the connection fails.
 */
export async function* readAnswer(
  exchange: AnswerExchange,
  request: ProviderRequest,
  asked: RequestFacts,
  received: (bytes: Buffer) => void,
): AsyncGenerator<ProviderEvent, void> {
  let called = false;
  let last: DoneLine | null = null;
  let isSilent = false;
  const state = () => (last === null ? "open" : isSilent ? "over" : "done");
  for await (const answer of readLines(exchange, received, state)) {
    if (answer.type === "unreadable") throw unreadableError(asked);
    if (answer.type === "error") throw streamedError(answer.message, asked);
    if (answer.type === "bad_call") throw unreadableToolCallError(answer.name, answer.text, asked);
    if (answer.thought !== "") yield { type: "thought", text: answer.thought };
    if (answer.text !== "") {
      asked.arrivedCharacters += answer.text.length;
      yield { type: "text", text: answer.text };
    }
    for (const call of answer.calls) {
      called = true;
      yield { type: "tool_call", call };
    }
    isSilent = answer.text === "" && answer.thought === "" && answer.calls.length === 0;
    if (answer.type === "done") {
      last = answer;
      exchange.expectEnd(endWithinMs);
    } else if (!isSilent) {
      last = null;
      exchange.expectMore();
    }
  }
  if (last === null) throw missingEndError(asked, ollamaDialect);
  yield { type: "result", result: resultOf(last, request, asked, called) };
}

/**
 * `open` until the line that ends the answer, `over` after Ollama's own, which has no text: nothing is waited for then. One with
 * text may be all there is, or one of many that each say they are the last: `done`, if nothing follows.
 */
type AnswerState = "open" | "done" | "over";

async function* readLines(
  exchange: AnswerExchange,
  received: (bytes: Buffer) => void,
  state: () => AnswerState,
): AsyncGenerator<AnswerLine, void> {
  const parser = new NdjsonParser();
  try {
    while (state() !== "over") {
      const chunk = await exchange.next();
      if (chunk === null) break;
      received(chunk);
      for (const line of parser.push(chunk)) yield readAnswerLine(line);
    }
    if (state() !== "over") for (const line of parser.end()) yield readAnswerLine(line);
  } catch (error) {
    // The answer was whole: a connection that fails, or what is no line of an answer, takes nothing away. A line that begins may.
    const isHarmless =
      error instanceof ExchangeError || (error instanceof LineError && !error.line.trimStart().startsWith("{"));
    if (state() === "open" || !isHarmless) throw error;
  }
}

/** The result of an answer, by its last line. Throws where that line names no end of it. */
function resultOf(
  { reason, word, result }: DoneLine,
  request: ProviderRequest,
  asked: RequestFacts,
  called: boolean,
): ProviderResult {
  const wasEmptyRequest = request.messages.length === 0;
  if ((reason === "load" || reason === "unload") && !wasEmptyRequest) throw noTextError(reason, asked);
  if (reason === "filtered") throw contentFilterError(asked);
  if (reason === "failed" || reason === "unknown") throw endedBadlyError(word, reason, asked, ollamaDialect);
  const { completionTokens } = result;
  return {
    ...result,
    finishReason: reason === "length" ? "length" : called ? "tool_calls" : "stop",
    // A server that counts none for words that came does not count.
    completionTokens: completionTokens === 0 && asked.arrivedCharacters > 0 ? null : completionTokens,
    ...promptCounted(
      request.messages.map(({ content }) => content),
      result,
      windowTokensOf(request),
    ),
  };
}
