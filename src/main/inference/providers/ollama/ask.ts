import { Agent, type Dispatcher } from "undici";
import { z } from "zod";
import { defaultDeadlines, Exchange, ExchangeError, type OllamaDeadlines, readText } from "./exchange.ts";
import { connectionFault, notOllamaFault, slowFault, statusFault } from "./faults.ts";

const answerBytesLimit = 64 * 1024 * 1024;
const errorBytesLimit = 64 * 1024;

/** One question to a server's own API; `model` is named in failures. */
interface Question<T extends z.ZodType> {
  readonly url: URL;
  readonly body?: object;
  readonly model: string | null;
  readonly answer: T;
}

/** Connections to Ollama servers: kept alive for the next call, without undici's five-minute limits. `destroy` ends them. */
export function createAgent(connectMs: number): Agent {
  return new Agent({ headersTimeout: 0, bodyTimeout: 0, allowH2: false, connect: { timeout: connectMs } });
}

/** Asks once and waits `deadlineMs` at most, all told. Throws ProviderError, or the signal's reason. */
export async function ask<T extends z.ZodType>(
  dispatcher: Dispatcher,
  question: Question<T>,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<z.infer<T>> {
  signal.throwIfAborted();
  const { url, body, model } = question;
  const asked = { url, model, arrivedCharacters: 0 };
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(slowFault(url, deadlineMs)), deadlineMs);
  const giveUp = (): void => limit.abort(signal.reason);
  signal.addEventListener("abort", giveUp, { once: true });
  const target =
    body === undefined ? { url, method: "GET" as const } : { url, method: "POST" as const, body: JSON.stringify(body) };
  const exchange = new Exchange(dispatcher, target, patient, limit.signal);
  try {
    const head = await exchange.head();
    const text = await readText(exchange, head.statusCode === 200 ? answerBytesLimit : errorBytesLimit);
    if (head.statusCode !== 200) throw statusFault(head, text, asked);
    return parseAnswer(question, text);
  } catch (error) {
    throw error instanceof ExchangeError ? connectionFault(error, asked) : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
    exchange.close();
  }
}

/** The one deadline that counts here is the question's own. */
const patient: OllamaDeadlines = { ...defaultDeadlines, connectMs: defaultDeadlines.firstByteMs };

function parseAnswer<T extends z.ZodType>(question: Question<T>, text: string): z.infer<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notOllamaFault(question.url);
  }
  const parsed = question.answer.safeParse(value);
  if (!parsed.success) throw notOllamaFault(question.url);
  return parsed.data;
}
