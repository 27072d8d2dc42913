import { ProviderError } from "../../provider.ts";
import type { Clock } from "../../../base/clock.ts";
import { seconds } from "../http/dialect.ts";
import { type CallReply, type EngineConnection, isProgress, type UnnumberedRequest } from "./connection.ts";
import type { EngineAnswer, EngineProgress } from "./protocol.ts";
import { providerErrorFor } from "./error-mapping.ts";
import { WakeUp } from "../../../base/wake-up.ts";

export interface CallDeadlines {
  /** From the call's turn to its first reply, loading included. */
  readonly firstTokenMs: number;
  readonly betweenTokensMs: number;
  /** From the cancel request to having stopped: one token, 32 of a prompt, or one text to embed, which may be slow. */
  readonly stopMs: number;
}

/**
 * One call to the engine. Its deadlines run from its turn on, so that time spent on the calls before it does not count; an
 * engine that misses one is ended, since it does not answer any more. Every call must be `end`ed.
 *
 * @example
 * const call = new EngineCall(connection, { type: "count", source, text }, deadlines, signal, systemClock);
 * try {
 *   const reply = await call.next();
 * } finally {
 *   await call.end();
 * }
 */
export class EngineCall {
  readonly #connection: EngineConnection;
  readonly #deadlines: CallDeadlines;
  readonly #signal: AbortSignal | undefined;
  readonly #clock: Clock;
  readonly #replies: (EngineProgress | EngineAnswer | { readonly type: "exited"; readonly code: number | null })[] = [];
  readonly #id: number;
  readonly #woken = new WakeUp();
  #timer: Disposable | null = null;
  #hasTurn = false;
  #ended = false;
  #overdue: ProviderError | null = null;
  readonly #abort = (): void => this.#cancel();

  /** Throws the signal's reason where it is aborted already; nothing is asked of the engine then. */
  constructor(
    connection: EngineConnection,
    request: UnnumberedRequest,
    deadlines: CallDeadlines,
    signal: AbortSignal | undefined,
    clock: Clock,
  ) {
    signal?.throwIfAborted();
    this.#clock = clock;
    this.#connection = connection;
    this.#deadlines = deadlines;
    this.#signal = signal;
    this.#id = connection.call(request, (reply) => this.#receive(reply));
    signal?.addEventListener("abort", this.#abort, { once: true });
  }

  /** The next reply. Throws `ProviderError` for every failure, and the signal's reason once the model has stopped. */
  async next(): Promise<EngineProgress | EngineAnswer> {
    for (;;) {
      const reply = this.#replies.shift();
      if (reply === undefined) {
        await this.#woken.wait();
        continue;
      }
      if (this.#signal?.aborted === true) {
        if (isProgress(reply)) continue;
        throw this.#signal.reason;
      }
      if (this.#overdue !== null) throw this.#overdue;
      if (reply.type === "exited") throw engineCrashed(reply.code);
      if (reply.type === "fault") throw providerErrorFor(reply.fault, reply.message);
      return reply;
    }
  }

  /** Stops the model where it still works, and resolves once it has. */
  async end(): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#abort);
    if (!this.#ended) this.#cancel();
    while (!this.#ended) await this.#woken.wait();
    this.#timer?.[Symbol.dispose]();
  }

  #receive(reply: CallReply): void {
    if (this.#ended) return;
    if (reply.type === "turn") {
      this.#hasTurn = true;
      this.#expectWithin(this.#deadlines.firstTokenMs, "did not begin to answer");
      return;
    }
    if (isProgress(reply)) this.#expectWithin(this.#deadlines.betweenTokensMs, "stopped in the middle of an answer");
    else this.#finish();
    this.#replies.push(reply);
    this.#woken.wake();
  }

  #cancel(): void {
    if (this.#ended) return;
    this.#connection.cancel(this.#id);
    if (this.#hasTurn) {
      this.#expectWithin(this.#deadlines.stopMs, "did not stop");
      return;
    }
    // It waits behind others and has not begun: nothing is left to stop.
    this.#finish();
    this.#replies.push({ type: "cancelled", id: this.#id });
    this.#woken.wake();
  }

  #finish(): void {
    this.#ended = true;
    this.#timer?.[Symbol.dispose]();
  }

  #expectWithin(waitMs: number, otherwise: string): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#clock.after(waitMs, () => {
      this.#overdue = new ProviderError(
        "timeout",
        `The built-in engine ${otherwise} within ${seconds(waitMs)} and was ended.`,
        "Try again: it starts afresh. If it happens each time, allow it more time, a shorter prompt, or pick a smaller model.",
      );
      this.#connection.close();
    });
  }
}

function engineCrashed(code: number | null): ProviderError {
  return new ProviderError(
    "engine_crashed",
    `The built-in engine ended${code === null ? "" : ` with code ${code}`} while it worked.`,
    "Try again: it starts afresh. If it ends each time, this machine may lack memory for the model; pick a smaller one.",
  );
}
