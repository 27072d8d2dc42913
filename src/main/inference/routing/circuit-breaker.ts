import type { ProviderError } from "../provider.ts";
import { ExchangeError } from "../providers/http/exchange.ts";
import { type Backoff, backoffMs } from "../../base/backoff.ts";
import { scopeOf } from "./retry-policy.ts";

/** A call that was sent to an endpoint. How it ended is reported once: `succeeded`, `failed` or `ignored`. */
export interface StartedCall {
  readonly endpoint: string;
  /** As its server knows it; null for a call that is about none. */
  readonly model: string | null;
  /** Calls are numbered in the order in which they start. */
  readonly order: number;
}

/** The breaker of one model at an endpoint. */
export interface ModelBreaker {
  readonly model: string;
  /** As `remainingMs` says it. */
  readonly remainingMs: number | null;
  readonly lastError: string | null;
}

interface BreakerState {
  readonly endpoint: string;
  /** Null for the breaker of the endpoint itself. */
  readonly model: string | null;
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
 * The circuit breakers of all endpoints, and of each model at them: a failure that speaks of a model counts for that model there
 * and for no other. Closed, calls go through. Three failures in a row open a breaker for 5 s, and each further failure for twice
 * as long as before, at most 5 minutes. Then it is half-open: one call at a time probes, and the first that succeeds closes it.
 * Calls that ran at the same time and fail together count as one failure.
 *
 * @example
 * const call = breaker.started(endpoint, model);
 * try {
 *   await send(endpoint, model);
 *   breaker.succeeded(call);
 * } catch (error) {
 *   breaker.failed(call, error); // after three in a row `mayCall(endpoint, model)` is false
 * }
 */
export class CircuitBreaker {
  readonly #nowMs: () => number;
  readonly #states = new Map<string, BreakerState>();
  #started = 0;

  /** `nowMs` is a clock that never goes back. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether a call may go there now: the breakers of the endpoint and of the model are closed, or half-open with no probe running. */
  mayCall(endpoint: string, model: string | null = null): boolean {
    return this.#statesOf(endpoint, model).every(
      ({ openUntilMs, probe }) => openUntilMs === null || (this.#nowMs() >= openUntilMs && probe === null),
    );
  }

  /** A call goes there. */
  started(endpoint: string, model: string | null = null): StartedCall {
    const call = { endpoint, model, order: ++this.#started };
    for (const state of this.#statesOf(endpoint, model)) if (state.openUntilMs !== null) state.probe ??= call;
    return call;
  }

  /** Closes the breakers of the endpoint and of the model. */
  succeeded({ endpoint, model }: StartedCall): void {
    for (const key of keysOf(endpoint, model)) this.#states.delete(key);
  }

  /** The call says nothing about the endpoint or the model: it was stopped, or it failed for a reason of its own. */
  ignored(call: StartedCall): void {
    for (const state of this.#statesOf(call.endpoint, call.model)) if (state.probe === call) state.probe = null;
  }

  /**
   * Counts for the model or for the endpoint, whichever the error speaks of, unless the call had started before the last failure
   * that was counted there. Where it speaks of a model the endpoint has answered: one that was unreachable before is called again.
   */
  failed(call: StartedCall, error: ProviderError): void {
    this.ignored(call);
    const { endpoint } = call;
    const model = scopeOf(error) === "model" ? call.model : null;
    if (model !== null && error.errorClass !== "timeout") this.answered((address) => address === endpoint, false);
    const key = keyOf(endpoint, model);
    const state = this.#states.get(key) ?? closed(endpoint, model);
    if (call.order <= state.countedUpTo) return;
    state.countedUpTo = this.#started;
    state.failures += 1;
    state.lastError = error.message;
    state.wasOverloaded ||= error.errorClass === "overloaded";
    state.wasUnreachable = isUnreachable(error);
    if (state.failures >= failuresToOpen)
      state.openUntilMs = this.#nowMs() + backoffMs(openFor, state.failures - failuresToOpen);
    this.#states.set(key, state);
  }

  /**
   * A server answered, outside a call: closes the breakers of those of its addresses, and of the models there, that were
   * unreachable. It says nothing about one that answered badly: that cannot load a model, refuses the key, or has too many calls.
   */
  answered(isOfServer: (endpoint: string) => boolean, withModels = true): void {
    for (const [key, { endpoint, model, wasUnreachable, wasOverloaded }] of this.#states)
      if (wasUnreachable && !wasOverloaded && (withModels || model === null) && isOfServer(endpoint))
        this.#states.delete(key);
  }

  /** How much longer calls are kept away, in milliseconds: 0 while half-open, null while closed. */
  remainingMs(endpoint: string, model: string | null = null): number | null {
    const untilMs = this.#statesOf(endpoint, model).flatMap(({ openUntilMs }) => openUntilMs ?? []);
    return untilMs.length === 0 ? null : Math.max(0, ...untilMs.map((until) => until - this.#nowMs()));
  }

  /** What keeps calls away where something does, else the last failure that was counted, of the model before the endpoint's. */
  lastError(endpoint: string, model: string | null = null): string | null {
    const states = this.#statesOf(endpoint, model).toReversed();
    return (states.find(({ openUntilMs }) => openUntilMs !== null) ?? states[0])?.lastError ?? null;
  }

  /** Of every model at an endpoint that failed since it last answered. */
  modelsAt(endpoint: string): ModelBreaker[] {
    return [...this.#states.values()].flatMap(({ endpoint: at, model, lastError }) =>
      at === endpoint && model !== null ? [{ model, remainingMs: this.#remainingOf(endpoint, model), lastError }] : [],
    );
  }

  #remainingOf(endpoint: string, model: string): number | null {
    const untilMs = this.#states.get(keyOf(endpoint, model))?.openUntilMs ?? null;
    return untilMs === null ? null : Math.max(0, untilMs - this.#nowMs());
  }

  /** That of the endpoint first. */
  #statesOf(endpoint: string, model: string | null): BreakerState[] {
    return keysOf(endpoint, model).flatMap((key) => this.#states.get(key) ?? []);
  }
}

function keysOf(endpoint: string, model: string | null): string[] {
  return model === null ? [keyOf(endpoint, null)] : [keyOf(endpoint, null), keyOf(endpoint, model)];
}

/** No address has a space in it. */
function keyOf(endpoint: string, model: string | null): string {
  return model === null ? endpoint : `${endpoint} ${model}`;
}

function closed(endpoint: string, model: string | null): BreakerState {
  return {
    endpoint,
    model,
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
function isUnreachable({ errorClass, cause, concerns }: ProviderError): boolean {
  if (concerns === "model") return false;
  if (errorClass === "refused" || errorClass === "broken_stream") return true;
  return errorClass === "timeout" && cause instanceof ExchangeError && cause.phase === "connecting";
}
