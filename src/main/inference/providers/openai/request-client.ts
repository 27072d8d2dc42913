import type { Dispatcher } from "undici";
import type { z } from "zod";
import { ProviderError } from "../../provider.ts";
import { requestJson } from "../http/request.ts";
import type { ExchangeError, ResponseHead } from "../http/exchange.ts";
import { connectionError, slowError } from "../http/stream-error-mapping.ts";
import { bearer, withoutSecret } from "../http/key.ts";
import { addressesOf, type OpenAIAddresses } from "./endpoint.ts";
import { openAIDialect } from "./dialect.ts";
import { notOpenAIError } from "./error-mapping.ts";
import { errorInBody, statusError } from "./status-mapping.ts";

/** Asks one server, with its key, within a deadline each time. Every answer is checked for its shape. */
export class RequestClient {
  readonly addresses: OpenAIAddresses;
  readonly #dispatcher: Dispatcher;
  readonly #key: string | null;
  readonly #deadlineMs: number;
  readonly #signal: AbortSignal;

  constructor(dispatcher: Dispatcher, endpoint: string, key: string | null, deadlineMs: number, signal: AbortSignal) {
    this.addresses = addressesOf(endpoint);
    this.#dispatcher = dispatcher;
    this.#key = key;
    this.#deadlineMs = deadlineMs;
    this.#signal = signal;
  }

  /** Throws ProviderError; its words never hold the key. */
  async ask<T extends z.ZodType>(url: URL, answer: T, body?: object, model: string | null = null) {
    const asked = { url, model, hadKey: this.#key !== null, arrivedCharacters: 0 };
    const target = {
      url,
      method: body === undefined ? ("GET" as const) : ("POST" as const),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: bearer(this.#key, url),
    };
    const errors = {
      slow: (waitedMs: number) => slowError(url, waitedMs, openAIDialect),
      connection: (error: ExchangeError) => connectionError(error, asked, openAIDialect),
      status: (head: ResponseHead, text: string) =>
        statusError(head, errorInBody(head, withoutSecret(text, this.#key)), asked),
      unreadable: () => notOpenAIError(url),
    };
    return requestJson(this.#dispatcher, { target, answer, errors }, this.#deadlineMs, this.#signal);
  }

  /** The answer, or null where there is none of that shape; only an aborted signal throws. */
  async try<T extends z.ZodType>(url: URL, answer: T, body?: object): Promise<z.infer<T> | null> {
    try {
      return (await this.ask(url, answer, body)).value;
    } catch (error) {
      if (error instanceof ProviderError) return null;
      throw error;
    }
  }
}
