import { Agent, request } from "undici";
import { retryAfterMs } from "../base/retry-after.ts";
import { DeliveryError } from "./delivery.ts";
import type { WebhookSigning } from "./signing.ts";
import { webhookBody, type WebhookMessage } from "./webhook-message.ts";

const connectMs = 5_000;
const answerMs = 15_000;
/** The body of an answer is discarded up to this size; a larger one closes the connection. */
const maxAnswerBytes = 65_536;

/** POSTs JSON to webhooks, signed and in the shape that their address wants. Any 2xx is an acknowledgement; redirects are not followed. */
export class Webhooks {
  readonly #agent = new Agent({
    allowH2: false,
    connect: { timeout: connectMs },
    headersTimeout: answerMs,
    bodyTimeout: connectMs,
  });
  readonly #nowMs: () => number;
  readonly #userAgent: string;
  readonly #signing: WebhookSigning;

  constructor(ports: { readonly nowMs: () => number; readonly version: string; readonly signing: WebhookSigning }) {
    this.#nowMs = ports.nowMs;
    this.#signing = ports.signing;
    this.#userAgent = `Taleward/${ports.version}`;
  }

  /** Throws `DeliveryError` where it was not acknowledged within 15 s, or the signal's reason once it is aborted. */
  async post(message: WebhookMessage, signal: AbortSignal): Promise<void> {
    const body = JSON.stringify(webhookBody(message));
    const signed = await this.#signing.headers(message.id, body, this.#nowMs()).catch((error: unknown) => {
      throw new DeliveryError("It could not be signed: the key for that cannot be read.", null, { cause: error });
    });
    const answer = await request(message.url, {
      method: "POST",
      dispatcher: this.#agent,
      headers: {
        "content-type": "application/json",
        "user-agent": this.#userAgent,
        "idempotency-key": message.id,
        ...signed,
        ...message.headers,
      },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    }).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : new DeliveryError(describe(error), null, { cause: error });
    });
    // Only the status counts; the body is read so that the connection can be used again.
    answer.body.dump({ limit: maxAnswerBytes }).catch(() => {});
    const { statusCode, headers } = answer;
    if (statusCode >= 200 && statusCode < 300) return;
    const retryAfter = headers["retry-after"];
    throw new DeliveryError(
      statusCode >= 300 && statusCode < 400
        ? `It answered ${statusCode}, a redirect, and redirects are not followed.`
        : `It answered ${statusCode}.`,
      retryAfterMs(typeof retryAfter === "string" ? retryAfter : null, this.#nowMs()),
    );
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : error.name;
  switch (code) {
    case "ECONNREFUSED":
      return "Nothing listens at its address.";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "The name in its address is not known.";
    case "UND_ERR_CONNECT_TIMEOUT":
      return `It could not be reached within ${connectMs / 1_000} s.`;
    case "UND_ERR_HEADERS_TIMEOUT":
    case "TimeoutError":
    case "23": // a DOMException's own code of a timeout
      return `It did not answer within ${answerMs / 1_000} s.`;
    case "ECONNRESET":
    case "UND_ERR_SOCKET":
      return "It closed the connection before it answered.";
    default:
      return `It could not be reached: ${error.message}`;
  }
}
