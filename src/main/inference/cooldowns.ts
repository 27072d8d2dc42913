interface Endpoint {
  failures: number;
  untilMs: number | null;
  probing: boolean;
  lastError: string | null;
  /** The last failure was that nobody answered there. */
  unreachable: boolean;
}

const unknown: Endpoint = { failures: 0, untilMs: null, probing: false, lastError: null, unreachable: false };

/** Failures in a row after which an endpoint is left alone. */
const failuresToCool = 3;
const shortestMs = 5_000;
const longestMs = 300_000;

/**
 * Which endpoints are skipped: one that failed three times in a row cools down for 5 s, twice as long after each further
 * failure, at most 5 minutes. When its time is up, one call at a time probes it; the first that succeeds ends it.
 */
export class Cooldowns {
  readonly #nowMs: () => number;
  readonly #endpoints = new Map<string, Endpoint>();

  /** `nowMs` is a clock that never goes back. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether a call may go there now. */
  isOpen(endpoint: string): boolean {
    const known = this.#endpoints.get(endpoint);
    return !known || known.untilMs === null || (this.#nowMs() >= known.untilMs && !known.probing);
  }

  /** A call goes there; its end is told by one of the three below. */
  began(endpoint: string): void {
    const known = this.#endpoints.get(endpoint);
    if (known && known.untilMs !== null) known.probing = true;
  }

  succeeded(endpoint: string): void {
    this.#endpoints.delete(endpoint);
  }

  /** The call says nothing of the endpoint: it was stopped, or it failed for a reason of its own. */
  abstained(endpoint: string): void {
    const known = this.#endpoints.get(endpoint);
    if (known) known.probing = false;
  }

  /** It was seen to answer, outside a call: that ends the cooling of one that could not be reached. */
  answered(endpoint: string): void {
    if (this.#endpoints.get(endpoint)?.unreachable) this.#endpoints.delete(endpoint);
  }

  failed(endpoint: string, message: string, unreachable: boolean): void {
    const known = this.#endpoints.get(endpoint) ?? { ...unknown };
    known.unreachable = unreachable;
    known.failures += 1;
    known.probing = false;
    known.lastError = message;
    if (known.failures >= failuresToCool)
      known.untilMs = this.#nowMs() + Math.min(longestMs, shortestMs * 2 ** (known.failures - failuresToCool));
    this.#endpoints.set(endpoint, known);
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
