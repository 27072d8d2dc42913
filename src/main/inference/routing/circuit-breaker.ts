import type { ProviderError } from "../provider.ts";
import { ExchangeError } from "../providers/http/exchange.ts";
import { type Backoff, backoffMs } from "../../base/backoff.ts";

/** A call that was sent to an endpoint. How it ended is reported once: `succeeded`, `failed` or `ignored`. */
export interface StartedCall {
  readonly endpoint: string;
  /** Calls are numbered in the order in which they start. */
  readonly order: number;
}

interface EndpointState {
  failures: number;
  /** The last call that had started when a failure was counted: what breaks all running calls at once is one failure. */
  countedUpTo: number;
  /** The breaker is open until then, and half-open from then on; null while it is closed. */
  openUntilMs: number | null;
  /** While half-open: the one call that finds out whether the endpoint works. */
  probe: StartedCall | null;
  lastError: string | null;
  /** It answered that it has too many calls: only time helps. */
  wasOverloaded: boolean;
  /** The last failure was that nobody listened, or the connection was lost: over once the server answers anything. */
  wasUnreachable: boolean;
}

/** Failures in a row that open the breaker. */
const failuresToOpen = 3;
const openFor: Backoff = { firstMs: 5_000, maxMs: 300_000 };

/**
 * The circuit breakers of all endpoints. Closed, calls go through. Three failures in a row open it for 5 s, and each further
 * failure for twice as long as before, at most 5 minutes. Then it is half-open: one call at a time probes the endpoint, and
 * the first that succeeds closes it. Calls that ran at the same time and fail together count as one failure.
 *
 * @example
 * const call = breaker.started(endpoint);
 * try {
 *   await send(endpoint);
 *   breaker.succeeded(call);
 * } catch (error) {
 *   breaker.failed(call, error); // after three in a row `mayCall(endpoint)` is false
 * }
 */
export class CircuitBreaker {
  readonly #nowMs: () => number;
  readonly #endpoints = new Map<string, EndpointState>();
  #started = 0;

  /** `nowMs` is a clock that never goes back. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether a call may go there now: the breaker is closed, or half-open with no probe running. */
  mayCall(endpoint: string): boolean {
    const state = this.#endpoints.get(endpoint);
    return !state || state.openUntilMs === null || (this.#nowMs() >= state.openUntilMs && state.probe === null);
  }

  /** A call goes there. */
  started(endpoint: string): StartedCall {
    const call = { endpoint, order: ++this.#started };
    const state = this.#endpoints.get(endpoint);
    if (state && state.openUntilMs !== null) state.probe ??= call;
    return call;
  }

  /** Closes the breaker. */
  succeeded({ endpoint }: StartedCall): void {
    this.#endpoints.delete(endpoint);
  }

  /** The call says nothing about the endpoint: it was stopped, or it failed for a reason of its own. */
  ignored(call: StartedCall): void {
    const state = this.#endpoints.get(call.endpoint);
    if (state?.probe === call) state.probe = null;
  }

  /** Counts unless the call had started before the last failure that was counted. */
  failed(call: StartedCall, error: ProviderError): void {
    this.ignored(call);
    const state = this.#endpoints.get(call.endpoint) ?? closed();
    if (call.order <= state.countedUpTo) return;
    state.countedUpTo = this.#started;
    state.failures += 1;
    state.lastError = error.message;
    state.wasOverloaded ||= error.errorClass === "overloaded";
    state.wasUnreachable = isUnreachable(error);
    if (state.failures >= failuresToOpen)
      state.openUntilMs = this.#nowMs() + backoffMs(openFor, state.failures - failuresToOpen);
    this.#endpoints.set(call.endpoint, state);
  }

  /**
   * A server answered, outside a call: closes the breakers of those of its addresses that were unreachable. It says nothing
   * about one that answered badly: that cannot load a model, refuses the key, or has too many calls.
   */
  answered(isOfServer: (endpoint: string) => boolean): void {
    for (const [endpoint, { wasUnreachable, wasOverloaded }] of this.#endpoints)
      if (wasUnreachable && !wasOverloaded && isOfServer(endpoint)) this.#endpoints.delete(endpoint);
  }

  /** How much longer the breaker is open, in milliseconds: 0 while half-open, null while closed. */
  remainingMs(endpoint: string): number | null {
    const untilMs = this.#endpoints.get(endpoint)?.openUntilMs ?? null;
    return untilMs === null ? null : Math.max(0, untilMs - this.#nowMs());
  }

  lastError(endpoint: string): string | null {
    return this.#endpoints.get(endpoint)?.lastError ?? null;
  }
}

function closed(): EndpointState {
  return {
    failures: 0,
    countedUpTo: 0,
    openUntilMs: null,
    probe: null,
    lastError: null,
    wasOverloaded: false,
    wasUnreachable: false,
  };
}

/** Nobody listened, the connection was not accepted, or it was lost in the middle of the answer. */
function isUnreachable({ errorClass, cause }: ProviderError): boolean {
  if (errorClass === "refused" || errorClass === "broken_stream") return true;
  return errorClass === "timeout" && cause instanceof ExchangeError && cause.phase === "connecting";
}
