import { type Exchange, ExchangeError } from "../http/exchange.ts";
import { LineError, quoteText } from "../http/line-error.ts";
import { lineError } from "../http/stream-error-mapping.ts";
import { openAIDialect } from "./dialect.ts";
import { type OpenAIRequestFacts, oversizedError } from "./error-mapping.ts";
import { certainError } from "../answers/reported-error.ts";
import { type SseEvent, SseParser } from "./sse.ts";

const wholeAnswerBytesLimit = 64 * 1024 * 1024;
/** Events by which servers and proxies keep a connection open. */
const heartbeats = new Set(["ping", "heartbeat", "keepalive", "keep-alive", "keep_alive"]);

export interface AnswerBytes {
  readonly exchange: Pick<Exchange, "next">;
  readonly asked: OpenAIRequestFacts;
  readonly received: (bytes: Buffer) => void;
  /** A finish reason has come, so that whatever breaks from then on takes nothing away. */
  readonly isFinished: () => boolean;
}

/**
 * The JSON values of an answer: of each event, or the one of a server that does not stream. Which it is, its first character
 * says and not its content type, which proxies get wrong. Throws ProviderError, or ExchangeError where the connection fails.
 */
export async function* valuesOf(answer: AnswerBytes): AsyncGenerator<unknown, void> {
  const { asked, isFinished } = answer;
  try {
    const start = await readStart(answer);
    yield* firstCharacter(start) === "{" || firstCharacter(start) === "["
      ? wholeValues(answer, start)
      : eventValues(answer, start, new SseParser());
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    if (!isFinished()) throw lineError(error, asked, openAIDialect);
  }
}

/** The bytes up to the first that is no white space: a server under load sends empty lines until it answers (DeepSeek). */
async function readStart({ exchange, received }: AnswerBytes): Promise<Buffer> {
  const byteOrderMark = Buffer.from("\uFEFF");
  for (let start = Buffer.alloc(0); ;) {
    const chunk = await exchange.next();
    if (chunk === null) return start;
    received(chunk);
    // Of white space no more is kept than may be a mark of the byte order.
    start = Buffer.concat([start, chunk]);
    if (byteOrderMark.subarray(0, start.length).equals(start)) continue;
    if (firstCharacter(start) !== "") return start;
    start = Buffer.alloc(0);
  }
}

function firstCharacter(start: Buffer): string {
  return start.subarray(0, 64).toString("utf8").trimStart().charAt(0) || start.toString("utf8").trimStart().charAt(0);
}

async function* wholeValues(answer: AnswerBytes, start: Buffer): AsyncGenerator<unknown, void> {
  const { exchange, asked, received } = answer;
  const parts = [start];
  let size = start.length;
  for (let chunk = await exchange.next(); chunk !== null; chunk = await exchange.next()) {
    received(chunk);
    parts.push(chunk);
    size += chunk.length;
    if (size > wholeAnswerBytesLimit) throw oversizedError(asked);
  }
  const bytes = Buffer.concat(parts);
  const whole = parseJson(bytes.toString("utf8").replace(/^\uFEFF/, ""));
  if (whole !== undefined) {
    yield whole;
    return;
  }
  // Events without `data:`, or what is left of an answer that broke off.
  const parser = new SseParser();
  for (const events of [parser.push(bytes), parser.end()]) {
    for (const event of events) {
      const value = valueOf(event);
      if (value === ended) return;
      if (value !== skipped) yield value;
    }
  }
}

async function* eventValues(answer: AnswerBytes, start: Buffer, parser: SseParser): AsyncGenerator<unknown, void> {
  for (let chunk: Buffer | null = start; ;) {
    for (const event of chunk === null ? parser.end() : parser.push(chunk)) {
      const value = valueOf(event);
      if (value === ended) return;
      if (value !== skipped) yield value;
    }
    if (chunk === null) return;
    chunk = await nextChunk(answer);
    if (chunk !== null) answer.received(chunk);
  }
}

/** The text was whole with its finish reason: a connection that fails after it takes nothing away. */
async function nextChunk({ exchange, isFinished }: AnswerBytes): Promise<Buffer | null> {
  try {
    return await exchange.next();
  } catch (error) {
    if (isFinished() && error instanceof ExchangeError) return null;
    throw error;
  }
}

const ended = Symbol("the server says that its answer is over");
const skipped = Symbol("an event that says nothing");

function valueOf({ name, data, unfinished }: SseEvent): unknown {
  const text = data.trim();
  if (name === "error") return asError(parseJson(text) ?? text);
  if (text === "[DONE]" || text === '"[DONE]"') return ended;
  // An empty event keeps a connection open, too.
  if (text === "" || heartbeats.has(name.toLowerCase())) return skipped;
  const value = parseJson(text);
  if (value === undefined) throw new LineError(unfinished ? "unfinished" : "garbage", quoteText(text));
  return value;
}

/** llama.cpp and others name an event `error` and write the error alone. */
function asError(value: unknown): unknown {
  const { message, status, code, parameter } = certainError(value);
  return { error: { message, code: status ?? code, type: code, param: parameter } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
