import type { Dispatcher } from "undici";
import { assertNever } from "../../../failure.ts";

/** How long to wait, in milliseconds, for each step of an answer. */
export interface OllamaDeadlines {
  readonly connectMs: number;
  /** For the status line, and again for the first line after it: a model may have to be loaded from disk. */
  readonly firstByteMs: number;
  readonly betweenTokensMs: number;
}

export const defaultDeadlines: OllamaDeadlines = { connectMs: 2_000, firstByteMs: 600_000, betweenTokensMs: 60_000 };

type Phase = "connecting" | "waiting" | "receiving";

/** The connection failed us: how, and how far the exchange had come. */
export class ExchangeError extends Error {
  override readonly name = "ExchangeError";
  readonly fault: "late" | "broken";
  readonly phase: Phase;
  readonly waitedMs: number;

  constructor(fault: "late" | "broken", phase: Phase, waitedMs: number, options?: ErrorOptions) {
    super(`${fault} while ${phase}`, options);
    this.fault = fault;
    this.phase = phase;
    this.waitedMs = waitedMs;
  }
}

export interface ResponseHead {
  readonly statusCode: number;
  readonly contentType: string;
}

const queuedChunksLimit = 64;
const lastBytesMs = 1_000;

/**
 * One HTTP request and its answer, on undici's dispatch: chunks arrive one to one, deadlines are ours, and aborting reaches
 * the socket. `head` and `next` throw ExchangeError, or the signal's reason once it is aborted. Owns its timer, its abort
 * listener and its part of the connection until `close` or `letFinish`, one of which must be called.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #deadlines: OllamaDeadlines;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.#fail(this.#signal.reason);
  #controller: Dispatcher.DispatchController | null = null;
  #phase: Phase = "connecting";
  #head: ResponseHead | null = null;
  #chunks: Buffer[] = [];
  #ended = false;
  #released = false;
  #failure: { readonly error: unknown } | null = null;
  #wake: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    dispatcher: Dispatcher,
    target: { readonly url: URL; readonly method: "GET" | "POST"; readonly body?: string },
    deadlines: OllamaDeadlines,
    signal: AbortSignal,
  ) {
    this.#deadlines = deadlines;
    this.#signal = signal;
    signal.throwIfAborted();
    signal.addEventListener("abort", this.#onAbort, { once: true });
    dispatcher.dispatch(
      {
        origin: target.url.origin,
        path: target.url.pathname + target.url.search,
        method: target.method,
        headers: headersFor(target.url),
        body: target.body ?? null,
      },
      this,
    );
  }

  /** The status of the answer. */
  async head(): Promise<ResponseHead> {
    while (this.#head === null) {
      if (this.#failure !== null) throw this.#failure.error;
      await this.#change();
    }
    return this.#head;
  }

  /** The next bytes of the body, null at its end. */
  async next(): Promise<Buffer | null> {
    for (;;) {
      if (this.#signal.aborted) throw this.#signal.reason;
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        if (this.#chunks.length === 0 && this.#controller?.paused === true) this.#controller.resume();
        return chunk;
      }
      if (this.#failure !== null) throw this.#failure.error;
      if (this.#ended) return null;
      await this.#change();
    }
  }

  /** Nothing more is wanted: ends the connection unless the answer is complete. Safe to call again. */
  close(): void {
    if (this.#released) return;
    this.#release();
    if (!this.#ended) this.#controller?.abort(new Error("the answer is not wanted any more"));
  }

  /** The answer said all it had to say: its last bytes may still come, so that the connection can serve the next call. */
  letFinish(): void {
    if (this.#released) return;
    this.#release();
    if (this.#ended) return;
    if (this.#controller?.paused === true) this.#controller.resume();
    this.#timer = setTimeout(() => this.#controller?.abort(new Error("the answer did not end")), lastBytesMs);
    this.#timer.unref();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure !== null || this.#released) {
      controller.abort(new Error("the answer is not wanted any more"));
      return;
    }
    this.#phase = "waiting";
    if (this.#wake !== null) this.#arm();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (statusCode < 200) return;
    this.#head = { statusCode, contentType: String(headers["content-type"] ?? "") };
    this.#notify();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#released) return;
    this.#phase = "receiving";
    this.#chunks.push(chunk);
    if (this.#chunks.length >= queuedChunksLimit) controller.pause();
    this.#notify();
  }

  onResponseEnd(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#notify();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    clearTimeout(this.#timer);
    this.#ended = true;
    this.#failure ??= { error: new ExchangeError("broken", this.#phase, 0, { cause: error }) };
    this.#notify();
  }

  #fail(error: unknown): void {
    if (this.#ended || this.#failure !== null) return;
    this.#failure = { error };
    this.#controller?.abort(error instanceof Error ? error : new Error("aborted", { cause: error }));
    this.#notify();
  }

  /** Resolves at the next event, or fails the exchange when the phase's deadline passes first. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#arm();
    });
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const waitedMs = this.#allowanceMs();
    this.#timer = setTimeout(() => this.#fail(new ExchangeError("late", this.#phase, waitedMs)), waitedMs);
  }

  #allowanceMs(): number {
    switch (this.#phase) {
      case "connecting":
        return this.#deadlines.connectMs;
      case "waiting":
        return this.#deadlines.firstByteMs;
      case "receiving":
        return this.#deadlines.betweenTokensMs;
      default:
        return assertNever(this.#phase);
    }
  }

  #notify(): void {
    if (this.#wake === null) return;
    clearTimeout(this.#timer);
    const wake = this.#wake;
    this.#wake = null;
    wake();
  }

  #release(): void {
    this.#released = true;
    this.#chunks = [];
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}

/** Reads a body to its end as text, at most `maxBytes` of it. */
export async function readText(exchange: Exchange, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for (let part = await exchange.next(); part !== null && size < maxBytes; part = await exchange.next()) {
    parts.push(part);
    size += part.length;
  }
  return Buffer.concat(parts).subarray(0, maxBytes).toString("utf8");
}

/** Credentials written into an endpoint's address go where HTTP wants them. */
function headersFor(url: URL): Record<string, string> {
  const headers: Record<string, string> = { "content-type": "application/json", accept: "application/x-ndjson, */*" };
  if (url.username !== "" || url.password !== "") {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers["authorization"] = `Basic ${Buffer.from(credentials).toString("base64")}`;
  }
  return headers;
}
