import type { Arm } from "../../../shared/contract/rollout-plan.ts";
import type { AnalysisUnit } from "../../../shared/contract/rollout-status.ts";
import type { Measured } from "./measures.ts";
import { SessionSummary } from "./session-summary.ts";

/** A call of a rollout as it was routed. */
export interface RoutedCall {
  readonly atMs: number;
  /** Null for a call that belongs to no session: it is a unit of its own. */
  readonly session: string | null;
  readonly arm: Arm;
  /** The candidate's share, 0 to 1, when the coin was thrown; 0 and 1 where there was none, and nothing to compare. */
  readonly weight: number;
}

/** A unit of analysis with when it was complete. */
export interface ClosedUnit extends Omit<AnalysisUnit, "metrics"> {
  readonly metrics: Measured;
  readonly endedAtMs: number;
  readonly calls: number;
}

export interface UnitRules {
  /** A session is judged by the calls that are routed within so long of its first. */
  readonly withinMs: number;
  /** And by no more of them. */
  readonly maxCalls: number;
  /** A call that takes longer counts as having taken so long: nothing waits longer for it. */
  readonly maxDurationMs: number;
}

/** A first token is awaited for ten minutes, where nobody says otherwise: its failure still counts as one. */
export const unitRules: UnitRules = { withinMs: 600_000, maxCalls: 10, maxDurationMs: 660_000 };

interface Outcome {
  readonly startedAtMs: number;
  /** Null where it is not known how it ended; undefined while it runs. */
  metrics: Measured | null | undefined;
}

interface OpenUnit {
  readonly session: string | null;
  readonly arm: Arm;
  readonly weight: number;
  readonly sinceMs: number;
  readonly summary: SessionSummary;
  /** Of the calls after those that are in the summary, as they were routed. */
  readonly outcomes: Outcome[];
  routed: number;
  doneAtMs: number;
}

/**
 * Makes units of analysis of calls, and gives them back in an order that no arm can change: calls as they were routed, and each
 * session where its time is over. In the order of their ends an arm whose answers are longer would come late. A session is one
 * unit, since its calls went to one arm by one throw of the coin and are like each other; it counts once, however often it comes
 * back, as it would always come back to the same arm. A unit whose calls have ended waits for those that come before it.
 *
 * Units, and their order, are a function of the calls in the order in which they were routed and of their times. Whenever it is
 * asked in between, and whether ends are added as they come or from a log, the same calls give the same units.
 */
export class RoutedUnits {
  readonly #rules: UnitRules;
  /** Each in the order in which they were begun. */
  readonly #calls = new Set<OpenUnit>();
  readonly #sessions = new Set<OpenUnit>();
  readonly #running = new Map<string, { readonly unit: OpenUnit; readonly outcome: Outcome }>();
  /** Null for one that has been counted. */
  readonly #known = new Map<string, OpenUnit | null>();
  #begunAtMs = Number.NEGATIVE_INFINITY;
  #nowMs = Number.NEGATIVE_INFINITY;
  #closedAtMs = Number.NEGATIVE_INFINITY;

  constructor(rules: UnitRules = unitRules) {
    this.#rules = rules;
  }

  /** A call was routed. To be called once for each, in this order. */
  begun(id: string, call: RoutedCall): void {
    const unit = this.#unitOf(call);
    if (unit === null) return;
    const outcome: Outcome = { startedAtMs: call.atMs, metrics: undefined };
    unit.outcomes.push(outcome);
    this.#running.set(id, { unit, outcome });
  }

  /** It has ended. */
  ended(id: string, atMs: number, metrics: Measured): void {
    const startedAtMs = this.#running.get(id)?.outcome.startedAtMs ?? atMs;
    const { maxDurationMs } = this.#rules;
    if (atMs - startedAtMs < maxDurationMs) this.#settle(id, atMs, metrics);
    else this.#settle(id, startedAtMs + maxDurationMs, this.#cut);
  }

  /** How it ended will not be known. */
  lost(id: string): void {
    this.#settle(id, Number.NEGATIVE_INFINITY, null);
  }

  /** A call that ends as it is routed, of which nothing is kept that the caller may write over. */
  instant(call: RoutedCall, metrics: Measured): void {
    const unit = this.#unitOf(call);
    if (unit === null) return;
    unit.doneAtMs = Math.max(unit.doneAtMs, call.atMs);
    unit.summary.add(metrics);
  }

  /** The units that are complete by now and wait for none before them, in order. */
  passed(nowMs: number): ClosedUnit[] {
    if (nowMs > this.#nowMs) this.#nowMs = nowMs; // a clock that went back does not reopen anything
    const closed: ClosedUnit[] = [];
    for (let unit = this.#first; unit && this.#completeAtMs(unit) <= this.#nowMs; unit = this.#first) {
      const whole = this.#close(unit);
      if (whole) closed.push(whole);
    }
    return closed;
  }

  /** When time alone will next complete one that the others wait for; null where there is none. */
  get nextAtMs(): number | null {
    const first = this.#first;
    return first ? this.#completeAtMs(first) : null;
  }

  /** Units that were begun and are not given back yet. */
  get inProgress(): number {
    return this.#calls.size + this.#sessions.size;
  }

  /** What all others wait for. */
  get #first(): OpenUnit | undefined {
    const [call] = this.#calls;
    const [session] = this.#sessions;
    return call && session
      ? session.sinceMs + this.#rules.withinMs < call.sinceMs
        ? session
        : call
      : (call ?? session);
  }

  /** The unit a call is of; null for one that no unit is judged by. */
  #unitOf({ atMs, session, arm, weight }: RoutedCall): OpenUnit | null {
    // Where clocks go back, a call is still routed after the one before it.
    this.#begunAtMs = Math.max(this.#begunAtMs, atMs);
    if (!(weight > 0 && weight < 1)) return null;
    const known = session === null ? undefined : this.#known.get(session);
    if (known === undefined) {
      const unit: OpenUnit = {
        session,
        arm,
        weight,
        sinceMs: this.#begunAtMs,
        summary: new SessionSummary(),
        outcomes: [],
        routed: 1,
        doneAtMs: this.#begunAtMs,
      };
      (session === null ? this.#calls : this.#sessions).add(unit);
      if (session !== null) this.#known.set(session, unit);
      return unit;
    }
    // Taken back or promoted in the middle: what it is answered on the other arm is not this one's doing.
    if (known === null || known.arm !== arm || known.routed >= this.#rules.maxCalls) return null;
    if (this.#begunAtMs >= known.sinceMs + this.#rules.withinMs) return null;
    known.routed += 1;
    return known;
  }

  /** Of a call that no unit is judged by there is nothing to note. */
  #settle(id: string, atMs: number, metrics: Measured | null): void {
    const running = this.#running.get(id);
    if (!running) return;
    this.#running.delete(id);
    running.outcome.metrics = metrics;
    running.unit.doneAtMs = Math.max(running.unit.doneAtMs, atMs);
  }

  /** When it will be complete, if its calls do not end before. */
  #completeAtMs({ session, sinceMs, outcomes }: OpenUnit): number {
    const { withinMs, maxDurationMs } = this.#rules;
    let atMs = session === null ? Number.NEGATIVE_INFINITY : sinceMs + withinMs;
    for (const { startedAtMs, metrics } of outcomes)
      if (metrics === undefined) atMs = Math.max(atMs, startedAtMs + maxDurationMs);
    return atMs;
  }

  /** Null where it is of no call how it ended. */
  #close(unit: OpenUnit): ClosedUnit | null {
    const { session, arm, weight, summary, outcomes, sinceMs } = unit;
    this.#calls.delete(unit);
    this.#sessions.delete(unit);
    if (session !== null) this.#known.set(session, null);
    let only: Measured | null = null;
    for (const { startedAtMs, metrics } of outcomes) {
      if (metrics === null) continue;
      only = metrics ?? this.#cut;
      if (metrics === undefined) unit.doneAtMs = Math.max(unit.doneAtMs, startedAtMs + this.#rules.maxDurationMs);
      summary.add(only);
    }
    if (summary.calls === 0) return null;
    if (session !== null) unit.doneAtMs = Math.max(unit.doneAtMs, sinceMs + this.#rules.withinMs);
    this.#closedAtMs = Math.max(this.#closedAtMs, unit.doneAtMs);
    const whole = { arm, weight, endedAtMs: this.#closedAtMs, calls: summary.calls };
    // One call's own figures are not rounded by a logarithm and back.
    return session === null
      ? { ...whole, metrics: only ?? summary.metrics() }
      : { ...whole, session, metrics: summary.metrics() };
  }

  /** Of a call that took longer than is waited for: how long it is, and so its pace, is not known. */
  get #cut(): Measured {
    return { totalMs: this.#rules.maxDurationMs };
  }
}
