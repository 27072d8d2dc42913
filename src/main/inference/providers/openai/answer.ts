import type { ProviderEvent, ProviderRequest } from "../../provider.ts";
import { layered } from "../../options.ts";
import type { Exchange } from "../http/exchange.ts";
import { missingEndError } from "../http/stream-error-mapping.ts";
import { promptCounted } from "../ollama/truncation.ts";
import { AnswerReader, type Counts } from "./answer-chunk.ts";
import { valuesOf } from "./answer-values.ts";
import { openAIDialect } from "./dialect.ts";
import { type OpenAIRequestFacts, refusedError, unreadableError } from "./error-mapping.ts";
import { contentFilterError, endedBadlyError, unreadableToolCallError } from "../answers/error-mapping.ts";
import type { FinishMeaning } from "../answers/finish-reasons.ts";
import { streamedError } from "./status-mapping.ts";

/** What is read of an exchange whose status was 200. */
type AnswerExchange = Pick<Exchange, "next" | "expectEnd" | "expectMore">;

/** After its finish reason a server only counts: so long is waited for that, in milliseconds. */
const countsWithinMs = 2_000;

/** The events of an answer with status 200, streamed or whole. Throws ProviderError, or ExchangeError where the connection fails. */
export async function* readAnswer(
  exchange: AnswerExchange,
  request: ProviderRequest,
  asked: OpenAIRequestFacts,
  received: (bytes: Buffer) => void,
): AsyncGenerator<ProviderEvent, void> {
  const { tools = [], format } = layered(request.configuration.options, request.options);
  const reader = new AnswerReader(tools.map(({ name }) => name));
  const usage = new UsageCounts();
  const end = new AnswerEnd(exchange);
  let refusal = "";
  for await (const value of valuesOf({ exchange, asked, received, isFinished: () => end.isKnown })) {
    const chunk = reader.read(value);
    if (chunk.type === "error") throw streamedError(chunk.error, asked);
    if (chunk.type === "unreadable") throw unreadableError(asked);
    if (chunk.thought !== "") yield { type: "thought", text: chunk.thought };
    refusal += chunk.refusal;
    // Where JSON was asked for, words that decline it are an error and no answer.
    const text = format === undefined ? chunk.text + chunk.refusal : chunk.text;
    if (text !== "") {
      asked.arrivedCharacters += text.length;
      yield { type: "text", text };
    }
    usage.add(chunk.counts);
    end.read(chunk);
  }
  if (!end.isKnown) throw missingEndError(asked, openAIDialect);
  if (end.meaning === "filtered") throw contentFilterError(asked);
  if (end.meaning === "failed" || end.meaning === "unknown")
    throw endedBadlyError(end.word, end.meaning, asked, openAIDialect);
  if (refusal !== "" && format !== undefined) throw refusedError(refusal, asked);
  let calls = 0;
  for (const gathered of reader.calls()) {
    if (gathered.call === null) {
      // Cut at the token limit, which the result says.
      if (end.meaning === "length") continue;
      throw unreadableToolCallError(gathered.name, gathered.text, asked);
    }
    calls++;
    yield { type: "tool_call", call: gathered.call };
  }
  const { completionTokens, prefillMs, decodeMs } = usage;
  const hasContent = asked.arrivedCharacters > 0 || calls > 0;
  const texts = request.messages.map(({ content }) => content);
  yield {
    type: "result",
    result: {
      finishReason: end.meaning === "length" ? "length" : calls > 0 ? "tool_calls" : "stop",
      ...promptCounted(texts, usage, undefined),
      // A server that counts none for words that came does not count.
      completionTokens: completionTokens === 0 && hasContent ? null : completionTokens,
      prefillMs,
      decodeMs,
      // No server of this API says how long a call waited or a model took to load.
      queueMs: null,
      loadMs: null,
    },
  };
}

/** Where the answer ends: at the last finish reason, unless the model went on after it. */
class AnswerEnd {
  readonly #exchange: AnswerExchange;
  #meaning: FinishMeaning = "none";
  #word = "";

  constructor(exchange: AnswerExchange) {
    this.#exchange = exchange;
  }

  get isKnown(): boolean {
    return this.#meaning !== "none";
  }

  get meaning(): FinishMeaning {
    return this.#meaning;
  }

  get word(): string {
    return this.#word;
  }

  read({ isProgress, finish }: { isProgress: boolean; finish: { meaning: FinishMeaning; word: string } }): void {
    if (isProgress) {
      this.#meaning = "none";
      this.#exchange.expectMore();
    }
    if (finish.meaning === "none" || this.isKnown) return;
    this.#meaning = finish.meaning;
    this.#word = finish.word;
    this.#exchange.expectEnd(countsWithinMs);
  }
}

/** What a server counted, however often it did: a later nothing takes no count away. */
class UsageCounts implements Counts {
  promptTokens: number | null = null;
  completionTokens: number | null = null;
  cachedTokens: number | null = null;
  prefillMs: number | null = null;
  decodeMs: number | null = null;

  add(counts: Counts): void {
    this.promptTokens = larger(this.promptTokens, counts.promptTokens);
    this.completionTokens = larger(this.completionTokens, counts.completionTokens);
    this.cachedTokens = larger(this.cachedTokens, counts.cachedTokens);
    this.prefillMs = larger(this.prefillMs, counts.prefillMs);
    this.decodeMs = larger(this.decodeMs, counts.decodeMs);
  }
}

function larger(before: number | null, now: number | null): number | null {
  return before === null || now === null ? (now ?? before) : Math.max(before, now);
}
