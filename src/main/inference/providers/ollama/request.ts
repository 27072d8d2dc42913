import type { Dispatcher } from "undici";
import { z } from "zod";
import { requestJson } from "../http/request.ts";
import { bearer, withoutSecret } from "../http/key.ts";
import type { ExchangeError, ResponseHead } from "../http/exchange.ts";
import { connectionError, slowError } from "../http/stream-error-mapping.ts";
import { ollamaDialect } from "./dialect.ts";
import { notOllamaError } from "./error-mapping.ts";
import { statusError } from "./status-mapping.ts";

/** One question to a server's own API; `model` is named in failures. */
interface Question<T extends z.ZodType> {
  readonly url: URL;
  /** POST with a body and GET without, unless `method` says otherwise. */
  readonly method?: "POST" | "DELETE";
  readonly body?: object;
  readonly key: string | null;
  readonly model: string | null;
  readonly answer: T;
}

/** Asks once and waits `deadlineMs` at most in total. Throws ProviderError, or the signal's reason. */
export async function ask<T extends z.ZodType>(
  dispatcher: Dispatcher,
  { url, method, body, key, model, answer }: Question<T>,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<z.infer<T>> {
  const asked = { url, model, arrivedCharacters: 0 };
  const target = {
    url,
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: bearer(key, url),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const errors = {
    slow: (waitedMs: number) => slowError(url, waitedMs, ollamaDialect),
    connection: (error: ExchangeError) => connectionError(error, asked, ollamaDialect),
    status: (head: ResponseHead, text: string) => statusError(head, withoutSecret(text, key), asked),
    unreadable: () => notOllamaError(url),
  };
  return (await requestJson(dispatcher, { target, answer, errors }, deadlineMs, signal)).value;
}

/** The answer of a question that is answered by its status alone. */
export const noAnswer = z.unknown();
