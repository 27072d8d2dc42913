import type { Dispatcher } from "undici";
import { Slices } from "../../../base/slices.ts";
import { assertNever } from "../../../base/failure.ts";
import { WakeUp } from "../../../base/wake-up.ts";
import type { StepDeadlines } from "../../provider.ts";
import { type Clock, systemClock } from "../../../base/clock.ts";

/** `receiving` from the first token on. */
type Phase = "connecting" | "waiting" | "receiving";

/** Why an exchange failed (`late`: a deadline of ours passed), and how far it had come. */
export class ExchangeError extends Error {
  override readonly name = "ExchangeError";
  readonly kind: "late" | "broken";
  readonly phase: Phase;
  /** The deadline that passed; 0 where none did. */
  readonly waitedMs: number;

  constructor(kind: "late" | "broken", phase: Phase, waitedMs: number, options?: ErrorOptions) {
    super(`${kind} while ${phase}`, options);
    this.kind = kind;
    this.phase = phase;
    this.waitedMs = waitedMs;
  }
}

export interface ResponseHead {
  readonly statusCode: number;
  readonly contentType: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface ExchangeTarget {
  readonly url: URL;
  readonly method: Dispatcher.HttpMethod;
  readonly body?: Dispatcher.DispatchOptions["body"];
  /** By lower-case name; these win over what an exchange sends by itself. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Which bytes count as tokens for the deadlines: all of them, or only those after which `progress` is called. */
  readonly tokens?: "all" | "reported";
}

const queuedChunksLimit = 64;
const lastBytesMs = 1_000;
/** Read between two turns of the event loop; a piece costs something however small it is. */
const bytesASlice = 256 * 1024;
const chunkCost = 2_048;

/**
 * One HTTP request and its answer, on undici's dispatch: chunks arrive one to one, deadlines are ours, and aborting reaches
 * the socket. `head` and `next` throw ExchangeError, or the signal's reason once it is aborted. Owns its timer, its abort
 * listener and its part of the connection until `close` or `letFinish`, one of which must be called.
 *
 * @example
 * const exchange = new Exchange(dispatcher, { url, method: "POST", body }, deadlines, signal);
 * try {
 *   const { statusCode } = await exchange.head();
 *   for (let chunk = await exchange.next(); chunk !== null; chunk = await exchange.next()) parse(chunk);
 * } finally {
 *   exchange.close();
 * }
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #deadlines: StepDeadlines;
  readonly #allBytesAreTokens: boolean;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  readonly #onAbort = (): void => this.#fail(this.#signal.reason);
  #controller: Dispatcher.DispatchController | null = null;
  #phase: Phase = "connecting";
  #receivedBytes = false;
  /** Spent waiting for the next step since the last one; a slow reader does not add to it. */
  #waitedMs = 0;
  #waitingSince = 0;
  #endWithinMs: number | null = null;
  #head: ResponseHead | null = null;
  #chunks: Buffer[] = [];
  #ended = false;
  #released = false;
  #failure: { readonly error: unknown } | null = null;
  readonly #woken = new WakeUp();
  readonly #slices = new Slices(bytesASlice);
  #timer: Disposable | null = null;

  constructor(
    dispatcher: Dispatcher,
    target: ExchangeTarget,
    deadlines: StepDeadlines,
    signal: AbortSignal,
    clock: Clock = systemClock,
  ) {
    this.#deadlines = deadlines;
    this.#allBytesAreTokens = target.tokens !== "reported";
    this.#signal = signal;
    this.#clock = clock;
    signal.throwIfAborted();
    signal.addEventListener("abort", this.#onAbort, { once: true });
    dispatcher.dispatch(
      {
        origin: target.url.origin,
        path: target.url.pathname + target.url.search,
        method: target.method,
        headers: { ...headersFor(target.url), ...target.headers },
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
        // A server that sends thousands of pieces at once would be read without a turn for anybody else.
        const pause = this.#slices.spend(chunk.length + chunkCost);
        if (pause) await pause;
        return chunk;
      }
      if (this.#failure !== null) throw this.#failure.error;
      if (this.#ended) return null;
      await this.#change();
    }
  }

  /** All that counts has arrived: `next` waits `withinMs` milliseconds in total for what is left. */
  expectEnd(withinMs: number): void {
    this.#endWithinMs = withinMs;
    this.progress();
  }

  /** More came than the end: the deadline between tokens counts again, from now on. */
  expectMore(): void {
    this.#endWithinMs = null;
    this.progress();
  }

  /** A token was among the bytes that `next` returned: the deadline between tokens starts again. */
  progress(): void {
    this.#phase = "receiving";
    this.#waitedMs = 0;
  }

  /** Ends the connection unless the answer is complete. Safe to call again. */
  close(): void {
    if (this.#released) return;
    this.#release();
    if (!this.#ended) this.#controller?.abort(new Error("the answer is not wanted any more"));
  }

  /** The answer is complete but for its last bytes: lets them arrive within a second, so that the next call can reuse the connection. */
  letFinish(): void {
    if (this.#released) return;
    this.#release();
    if (this.#ended) return;
    if (this.#controller?.paused === true) this.#controller.resume();
    const giveUp = (): void => this.#controller?.abort(new Error("the answer did not end"));
    this.#timer = this.#clock.after(lastBytesMs, giveUp, { background: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure !== null || this.#released) {
      controller.abort(new Error("the answer is not wanted any more"));
      return;
    }
    this.#phase = "waiting";
    this.#waitedMs = 0;
    if (this.#woken.isAwaited) this.#arm();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (statusCode < 200) return;
    this.#head = { statusCode, contentType: String(headers["content-type"] ?? ""), headers };
    // The first token has one deadline, status line included: what was waited for it so far counts on.
    this.#notify();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#released) return;
    this.#receivedBytes = true;
    this.#chunks.push(chunk);
    if (this.#chunks.length >= queuedChunksLimit) controller.pause();
    this.#notify();
    if (this.#allBytesAreTokens && this.#endWithinMs === null) this.progress();
  }

  onResponseEnd(): void {
    this.#ended = true;
    this.#timer?.[Symbol.dispose]();
    this.#notify();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#timer?.[Symbol.dispose]();
    this.#ended = true;
    this.#failure ??= {
      error: new ExchangeError("broken", this.#receivedBytes ? "receiving" : this.#phase, 0, { cause: error }),
    };
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
    const woken = this.#woken.wait();
    this.#arm();
    return woken;
  }

  #arm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#waitingSince = this.#clock.monotonicMs();
    const phase = this.#phase;
    const allowedMs = this.#allowanceMs(phase);
    const lateAfterMs = Math.max(0, allowedMs - this.#waitedMs);
    const fail = (): void => this.#fail(new ExchangeError("late", phase, allowedMs));
    this.#timer = this.#clock.after(lateAfterMs, fail);
  }

  #allowanceMs(phase: Phase): number {
    switch (phase) {
      case "connecting":
        return this.#deadlines.connectMs;
      case "waiting":
        return this.#deadlines.firstTokenMs;
      case "receiving":
        return this.#endWithinMs ?? this.#deadlines.betweenTokensMs;
      default:
        return assertNever(phase);
    }
  }

  #notify(): void {
    if (!this.#woken.isAwaited) return;
    this.#timer?.[Symbol.dispose]();
    this.#waitedMs += this.#clock.monotonicMs() - this.#waitingSince;
    this.#woken.wake();
  }

  #release(): void {
    this.#released = true;
    this.#chunks = [];
    this.#timer?.[Symbol.dispose]();
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
  const headers: Record<string, string> = {
    "content-type": "application/json",
    accept: "application/x-ndjson, text/event-stream, */*",
  };
  if (url.username !== "" || url.password !== "") {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers["authorization"] = `Basic ${Buffer.from(credentials).toString("base64")}`;
  }
  return headers;
}
