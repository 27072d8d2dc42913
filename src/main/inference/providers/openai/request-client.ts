import type { Dispatcher } from "undici";
import type { z } from "zod";
import { ProviderError } from "../../provider.ts";
import { askJson } from "../http/request.ts";
import type { ResponseHead } from "../http/exchange.ts";
import { bearer, withoutSecret } from "../http/key.ts";
import { addressesOf, type OpenAIAddresses } from "./endpoint.ts";
import { connectionFault, notOpenAIFault, slowFault } from "./error-mapping.ts";
import { errorOf, statusFault } from "./status-mapping.ts";

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
    const faults = {
      slow: (waitedMs: number): ProviderError => slowFault(asked, waitedMs),
      connection: (error: Parameters<typeof connectionFault>[0]) => connectionFault(error, asked),
      status: (head: ResponseHead, text: string) =>
        statusFault(head, errorOf(head, withoutSecret(text, this.#key)), asked),
      unreadable: () => notOpenAIFault(asked),
    };
    return askJson(this.#dispatcher, { target, answer, faults }, this.#deadlineMs, this.#signal);
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
