import type { ProviderError } from "../provider.ts";
import { ExchangeError } from "../providers/http/exchange.ts";
import { type Backoff, backoffMs } from "../../base/backoff.ts";

/** A call that goes to an endpoint; how it ended is told once, by one of the three below. */
export interface Begun {
  readonly endpoint: string;
  /** Calls are numbered in the order in which they begin. */
  readonly order: number;
}

interface Endpoint {
  failures: number;
  /** The last call that had begun when a failure was counted: what breaks all calls under way is one failure. */
  countedUpTo: number;
  untilMs: number | null;
  /** The one call that finds out how it is by now. */
  probe: Begun | null;
  lastError: string | null;
  /** It asked for fewer calls, which only time answers. */
  hadEnough: boolean;
  /** The last failure was that nobody was there, or left: over once somebody answers. */
  away: boolean;
}

/** Failures in a row after which an endpoint is left alone. */
const failuresToCool = 3;
const openFor: Backoff = { firstMs: 5_000, maxMs: 300_000 };

/**
 * Which endpoints are skipped: one that failed three times in a row cools down for 5 s, twice as long after each further
 * failure, at most 5 minutes. When its time is up, one call at a time probes it; the first that succeeds ends it. Calls that
 * were under way together and fail together have failed once.
 */
export class CircuitBreaker {
  readonly #nowMs: () => number;
  readonly #endpoints = new Map<string, Endpoint>();
  #begun = 0;

  /** `nowMs` is a clock that never goes back. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether a call may go there now. */
  isOpen(endpoint: string): boolean {
    const known = this.#endpoints.get(endpoint);
    return !known || known.untilMs === null || (this.#nowMs() >= known.untilMs && known.probe === null);
  }

  /** A call goes there. */
  began(endpoint: string): Begun {
    const begun = { endpoint, order: ++this.#begun };
    const known = this.#endpoints.get(endpoint);
    if (known && known.untilMs !== null) known.probe ??= begun;
    return begun;
  }

  succeeded({ endpoint }: Begun): void {
    this.#endpoints.delete(endpoint);
  }

  /** The call says nothing of the endpoint: it was stopped, or it failed for a reason of its own. */
  abstained(begun: Begun): void {
    const known = this.#endpoints.get(begun.endpoint);
    if (known?.probe === begun) known.probe = null;
  }

  /** Counts unless the call had begun before the last failure that was counted. */
  failed(begun: Begun, error: ProviderError): void {
    this.abstained(begun);
    const known = this.#endpoints.get(begun.endpoint) ?? newEndpoint();
    if (begun.order <= known.countedUpTo) return;
    known.countedUpTo = this.#begun;
    known.failures += 1;
    known.lastError = error.message;
    known.hadEnough ||= error.errorClass === "overloaded";
    known.away = isAway(error);
    if (known.failures >= failuresToCool)
      known.untilMs = this.#nowMs() + backoffMs(openFor, known.failures - failuresToCool);
    this.#endpoints.set(begun.endpoint, known);
  }

  /**
   * A server was seen to answer, outside a call: that ends the cooling of its addresses where nobody had answered. It says
   * nothing of one that answered, and badly: that cannot load a model, refuses the key, or has too much to do.
   */
  answered(isThere: (endpoint: string) => boolean): void {
    for (const [endpoint, { away, hadEnough }] of this.#endpoints)
      if (away && !hadEnough && isThere(endpoint)) this.#endpoints.delete(endpoint);
  }

  /** How much longer it is skipped, in milliseconds; null when calls go there. */
  remainingMs(endpoint: string): number | null {
    const until = this.#endpoints.get(endpoint)?.untilMs ?? null;
    return until === null ? null : Math.max(0, until - this.#nowMs());
  }

  lastError(endpoint: string): string | null {
    return this.#endpoints.get(endpoint)?.lastError ?? null;
  }
}

function newEndpoint(): Endpoint {
  return {
    failures: 0,
    countedUpTo: 0,
    untilMs: null,
    probe: null,
    lastError: null,
    hadEnough: false,
    away: false,
  };
}

/** Nobody listened, nobody took the connection, or whoever answered went away in the middle of it. */
function isAway({ errorClass, cause }: ProviderError): boolean {
  if (errorClass === "refused" || errorClass === "broken_stream") return true;
  return errorClass === "timeout" && cause instanceof ExchangeError && cause.phase === "connecting";
}
