import type { Dispatcher } from "undici";
import { z } from "zod";
import { askJson } from "../http/request.ts";
import { bearer, withoutSecret } from "../http/key.ts";
import { connectionFault, notOllamaFault, slowFault } from "./error-mapping.ts";
import { statusFault } from "./status-mapping.ts";

/** One question to a server's own API; `model` is named in failures. */
interface Question<T extends z.ZodType> {
  readonly url: URL;
  /** POST with a body and GET without, unless told otherwise. */
  readonly method?: "POST" | "DELETE";
  readonly body?: object;
  readonly key: string | null;
  readonly model: string | null;
  readonly answer: T;
}

/** Asks once and waits `deadlineMs` at most, all told. Throws ProviderError, or the signal's reason. */
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
  const faults = {
    slow: (waitedMs: number) => slowFault(url, waitedMs),
    connection: (error: Parameters<typeof connectionFault>[0]) => connectionFault(error, asked),
    status: (head: Parameters<typeof statusFault>[0], text: string) =>
      statusFault(head, withoutSecret(text, key), asked),
    unreadable: () => notOllamaFault(url),
  };
  return (await askJson(dispatcher, { target, answer, faults }, deadlineMs, signal)).value;
}

/** The answer of a question that is answered by its status alone. */
export const noAnswer = z.unknown();
