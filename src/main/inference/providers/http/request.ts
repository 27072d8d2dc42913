import type { Dispatcher } from "undici";
import { z } from "zod";
import { defaultDeadlines, type ProviderError, type StepDeadlines } from "../../provider.ts";
import { Exchange, ExchangeError, type ExchangeTarget, readText, type ResponseHead } from "./exchange.ts";

const answerBytesLimit = 64 * 1024 * 1024;
const errorBytesLimit = 64 * 1024;

/** The errors of a request whose answer is missing or is not what was asked for. */
export interface ErrorMapping {
  readonly slow: (waitedMs: number) => ProviderError;
  readonly connection: (error: ExchangeError) => ProviderError;
  readonly status: (head: ResponseHead, body: string) => ProviderError;
  readonly unreadable: () => ProviderError;
}

/**
 * Asks a server's own API once, for JSON of one shape, and waits `deadlineMs` at most in total. Returns the answer and
 * its head. Throws the error that `errors` maps a failure to, or the signal's reason.
 */
export async function requestJson<T extends z.ZodType>(
  dispatcher: Dispatcher,
  question: { readonly target: ExchangeTarget; readonly answer: T; readonly errors: ErrorMapping },
  deadlineMs: number,
  signal: AbortSignal,
): Promise<{ readonly head: ResponseHead; readonly value: z.infer<T> }> {
  signal.throwIfAborted();
  const { target, answer, errors } = question;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(errors.slow(deadlineMs)), deadlineMs);
  const giveUp = (): void => limit.abort(signal.reason);
  signal.addEventListener("abort", giveUp, { once: true });
  const exchange = new Exchange(dispatcher, target, patient, limit.signal);
  try {
    const head = await exchange.head();
    const text = await readText(exchange, head.statusCode === 200 ? answerBytesLimit : errorBytesLimit);
    if (head.statusCode !== 200) throw errors.status(head, text);
    const value = parseJson(text);
    const parsed = answer.safeParse(value);
    if (!parsed.success) throw errors.unreadable();
    return { head, value: parsed.data };
  } catch (error) {
    throw error instanceof ExchangeError ? errors.connection(error) : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
    exchange.close();
  }
}

/** The one deadline that counts here is the question's own. */
const patient: StepDeadlines = { ...defaultDeadlines, connectMs: defaultDeadlines.firstTokenMs };

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
