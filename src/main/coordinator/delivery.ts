import type { ModelUpdate } from "../../shared/contract/coordination.ts";
import type { SubscriberId } from "../../shared/contract/ids.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { SubscriberState } from "../db/queries/coordination.ts";
import { maxRetryAfterMs, waitMs } from "./backoff.ts";
import { log } from "../base/logger.ts";

/** A subscriber could not be told, in its reader's words. */
export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  /** What it asked to be left alone for. */
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

export interface DeliveryPorts {
  readonly database: DatabasePool;
  readonly subscriber: Pick<SubscriberState, "id" | "tries" | "nextTryAtMs">;
  /** How many updates are told at once, at most. */
  readonly atOnce: number;
  /** Resolves when they were acknowledged. */
  readonly send: (updates: readonly ModelUpdate[], signal: AbortSignal) => Promise<void>;
  readonly nowMs: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** Told after every acknowledgement and every failure. */
  readonly changed: () => void;
  /** Told after each try that failed, with how many have in a row. */
  readonly failed: (tries: number, error: string) => void;
}

/**
 * Tells one subscriber what it has not acknowledged: in order, one try under way at a time, until it is acknowledged. What
 * was acknowledged is in the database, so a restart goes on there; at worst the last update is told twice, by the same key.
 */
export class Delivery {
  readonly #needs: DeliveryPorts;
  readonly #closing = new AbortController();
  #tries: number;
  #nextTryAtMs: number | null;
  #working: Promise<number> | null = null;
  #again = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(needs: DeliveryPorts) {
    this.#needs = needs;
    this.#tries = needs.subscriber.tries;
    this.#nextTryAtMs = needs.subscriber.nextTryAtMs;
  }

  get id(): SubscriberId {
    return this.#needs.subscriber.id;
  }

  /** Tells what waits, after the wait for the next try where one is due. Resolves to how many were acknowledged; never rejects. */
  run(): Promise<number> {
    this.#again = true;
    this.#working ??= this.#work();
    return this.#working;
  }

  /** The same, without waiting. */
  runNow(): Promise<number> {
    this.#nextTryAtMs = null;
    return this.run();
  }

  /** Lets what is under way go on for so long, then ends it. Nothing is told after that. */
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
    let told = 0;
    try {
      // What was asked for during the last look may have come after it.
      while (this.#again && !this.#closing.signal.aborted) {
        this.#again = false;
        told += await this.#deliverWaiting();
      }
      return told;
    } finally {
      this.#working = null; // in the turn of the last look: whoever asks from now on begins anew
    }
  }

  async #deliverWaiting(): Promise<number> {
    const { database, subscriber, atOnce, send } = this.#needs;
    let told = 0;
    try {
      while (!this.#closing.signal.aborted && !this.#isWaiting()) {
        const updates = await database.read("waitingUpdates", { subscriberId: subscriber.id, limit: atOnce });
        const last = updates?.at(-1);
        if (!updates || !last) return told;
        await send(updates, this.#closing.signal);
        await database.write("acknowledgeUpdates", { subscriberId: subscriber.id, sequence: last.sequence });
        told += updates.length;
        this.#tries = 0;
        this.#nextTryAtMs = null;
        this.#needs.changed();
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) await this.#failed(error);
    }
    return told;
  }

  #isWaiting(): boolean {
    if (this.#nextTryAtMs === null) return false;
    const remainingMs = this.#nextTryAtMs - this.#needs.nowMs();
    // A clock that was set back must not make anyone wait for longer than was ever asked.
    if (remainingMs <= 0 || remainingMs > maxRetryAfterMs) return false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.run(), remainingMs).unref();
    return true;
  }

  async #failed(error: unknown): Promise<void> {
    const { database, subscriber, nowMs, random, changed, failed } = this.#needs;
    const message = error instanceof Error ? error.message : String(error);
    this.#tries += 1;
    const asked = error instanceof DeliveryError ? error.retryAfterMs : null;
    this.#nextTryAtMs = nowMs() + waitMs(this.#tries - 1, random(), asked);
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
