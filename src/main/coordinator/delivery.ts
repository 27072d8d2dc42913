import type { ModelUpdate } from "../../shared/contract/coordination.ts";
import type { SubscriberId } from "../../shared/contract/ids.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { SubscriberState } from "../db/queries/coordination.ts";
import { maxRetryAfterMs, waitMs } from "./backoff.ts";
import { log } from "../base/logger.ts";

/** A delivery failed. The message is a sentence for a person. */
export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  /** How long the subscriber asked us to wait, in milliseconds; null where it did not. */
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

export interface DeliveryPorts {
  readonly database: DatabasePool;
  readonly subscriber: Pick<SubscriberState, "id" | "tries" | "nextTryAtMs">;
  /** The most updates in one delivery. */
  readonly atOnce: number;
  /** Resolves when the subscriber has acknowledged them. */
  readonly send: (updates: readonly ModelUpdate[], signal: AbortSignal) => Promise<void>;
  readonly nowMs: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** Called after every acknowledgement and every failure. */
  readonly changed: () => void;
  /** Called after each failed attempt, with the number of failures in a row. */
  readonly failed: (tries: number, error: string) => void;
}

/**
 * Sends one subscriber the updates it has not acknowledged: in order, one attempt at a time, until they are acknowledged.
 * Acknowledgements are in the database, so a restart resumes there; at worst the last update is sent twice, with the same key.
 */
export class Delivery {
  readonly #ports: DeliveryPorts;
  readonly #closing = new AbortController();
  #tries: number;
  #nextTryAtMs: number | null;
  #working: Promise<number> | null = null;
  #again = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(ports: DeliveryPorts) {
    this.#ports = ports;
    this.#tries = ports.subscriber.tries;
    this.#nextTryAtMs = ports.subscriber.nextTryAtMs;
  }

  get id(): SubscriberId {
    return this.#ports.subscriber.id;
  }

  /** Sends the waiting updates, after the wait for the next attempt where one is set. Resolves to how many were acknowledged; never rejects. */
  run(): Promise<number> {
    this.#again = true;
    this.#working ??= this.#work();
    return this.#working;
  }

  /** The same, without that wait. */
  runNow(): Promise<number> {
    this.#nextTryAtMs = null;
    return this.run();
  }

  /** Gives an attempt in progress so many milliseconds to end, then aborts it. Nothing is sent after that. */
  async close(graceMs: number): Promise<void> {
    clearTimeout(this.#timer);
    const stop = () => this.#closing.abort(new DOMException("Taleward is closing", "AbortError"));
    const grace = setTimeout(stop, graceMs);
    await this.#working;
    clearTimeout(grace);
    stop();
    clearTimeout(this.#timer);
  }

  async #work(): Promise<number> {
    let delivered = 0;
    try {
      // An update that came during the last read may not be in it.
      while (this.#again && !this.#closing.signal.aborted) {
        this.#again = false;
        delivered += await this.#deliverWaiting();
      }
      return delivered;
    } finally {
      this.#working = null; // in the turn of the last read: a call from now on starts another run
    }
  }

  async #deliverWaiting(): Promise<number> {
    const { database, subscriber, atOnce, send } = this.#ports;
    let delivered = 0;
    try {
      while (!this.#closing.signal.aborted && !this.#isWaiting()) {
        const updates = await database.read("waitingUpdates", { subscriberId: subscriber.id, limit: atOnce });
        const last = updates?.at(-1);
        if (!updates || !last) return delivered;
        await send(updates, this.#closing.signal);
        await database.write("acknowledgeUpdates", { subscriberId: subscriber.id, sequence: last.sequence });
        delivered += updates.length;
        this.#tries = 0;
        this.#nextTryAtMs = null;
        this.#ports.changed();
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) await this.#failed(error);
    }
    return delivered;
  }

  #isWaiting(): boolean {
    if (this.#nextTryAtMs === null) return false;
    const remainingMs = this.#nextTryAtMs - this.#ports.nowMs();
    // A clock that was set back must not lengthen the wait beyond the longest one there is.
    if (remainingMs <= 0 || remainingMs > maxRetryAfterMs) return false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.run(), remainingMs).unref();
    return true;
  }

  async #failed(error: unknown): Promise<void> {
    const { database, subscriber, nowMs, random, changed, failed } = this.#ports;
    const message = error instanceof Error ? error.message : String(error);
    this.#tries += 1;
    const requestedMs = error instanceof DeliveryError ? error.retryAfterMs : null;
    this.#nextTryAtMs = nowMs() + waitMs(this.#tries - 1, random(), requestedMs);
    const { id: subscriberId } = subscriber;
    const fact = { subscriberId, tries: this.#tries, error: message, nextTryAtMs: this.#nextTryAtMs };
    await database.write("deliveryFailed", fact).catch((cause: unknown) => {
      if (!this.#closing.signal.aborted) log.error("a failed delivery was not written down", cause); // the wait holds all the same
    });
    failed(this.#tries, message);
    changed();
    this.#isWaiting();
  }
}
