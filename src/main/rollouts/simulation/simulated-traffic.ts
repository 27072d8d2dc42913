import type { Arm } from "../../../shared/contract/rollout-plan.ts";
import type {
  PastCall,
  SimulatedArm,
  SimulatedEffect,
  SimulatedTraffic,
} from "../../../shared/contract/rollout-simulation.ts";
import type { StableRecord } from "../../../shared/contract/rollout-status.ts";
import { assertNever } from "../../base/failure.ts";
import { Lognormal, type Random } from "./random.ts";

/** One answer, written over by the next. A latency is not a number where the call failed. */
export interface SimulatedCall {
  msPerToken: number;
  totalMs: number;
  firstTokenMs: number;
  errors: number;
  /** Whoever fails does so before saying anything, so that a fallback is turned to where there is one. */
  fallbacks: number;
  violations: number;
  held: boolean;
}

/** What a session's calls have in common. */
export interface SimulatedSession {
  /** Calls still to come. */
  left: number;
  msPerTokenTimes: number;
  firstTokenTimes: number;
  /** Of the past: the place of its next call. */
  position: number;
}

/** Calls as they come and as each version answers them, in one scenario. */
export interface Traffic {
  /** Calls an hour for each hour of the day (UTC). */
  readonly hourly: Float64Array;
  /** Whether sessions have more than one call. */
  readonly hasSessions: boolean;
  /** What the stable version had before the rollout. */
  readonly stableRecord: StableRecord;
  /** Begins a session at that time. */
  open(session: SimulatedSession, arm: Arm, random: Random, atMs: number): void;
  answer(session: SimulatedSession, arm: Arm, random: Random, into: SimulatedCall): void;
}

const none: Omit<SimulatedEffect, "name"> = {
  msPerTokenTimes: 1,
  firstTokenTimes: 1,
  slowShare: 0,
  slowTimes: 1,
  errorShare: 0,
  violationsTimes: 1,
};

/** Prepares traffic for scenarios of it: null for a candidate as the traffic describes it. */
export function openTraffic(traffic: SimulatedTraffic): (effect: SimulatedEffect | null) => Traffic {
  switch (traffic.type) {
    case "load":
      return (effect) => new LoadTraffic(traffic, effect);
    case "history": {
      const past = pastOf(traffic.calls);
      return (effect) => new PastTraffic(past, effect ?? none);
    }
    default:
      return assertNever(traffic);
  }
}

class LoadTraffic implements Traffic {
  readonly hourly: Float64Array;
  readonly hasSessions: boolean;
  readonly stableRecord: StableRecord;
  readonly #sessionEnds: number;
  readonly #stable: LoadArm;
  readonly #candidate: LoadArm;

  constructor(load: Extract<SimulatedTraffic, { type: "load" }>, effect: SimulatedEffect | null) {
    const mean = (load.dayShape?.reduce((sum, busy) => sum + busy, 0) ?? 24) / 24;
    this.hourly = Float64Array.from({ length: 24 }, (_, hour) =>
      mean === 0 ? load.callsPerHour : (load.callsPerHour * (load.dayShape?.[hour] ?? 1)) / mean,
    );
    this.hasSessions = load.callsPerSession > 1;
    const { errorShare, violationShare, blockedShare } = load.stable;
    this.stableRecord = recordOf(1_000, { errorShare, violationShare, blockedShare });
    this.#sessionEnds = 1 / load.callsPerSession;
    this.#stable = new LoadArm(load, load.stable, none);
    this.#candidate = new LoadArm(load, effect ? load.stable : (load.candidate ?? load.stable), effect ?? none);
  }

  open(session: SimulatedSession, arm: Arm, random: Random): void {
    session.left = 1;
    // Geometric: after each call the session ends with the same chance.
    if (this.hasSessions) while (random.next() >= this.#sessionEnds) session.left += 1;
    (arm === "candidate" ? this.#candidate : this.#stable).open(session, random);
  }

  answer(session: SimulatedSession, arm: Arm, random: Random, into: SimulatedCall): void {
    session.left -= 1;
    (arm === "candidate" ? this.#candidate : this.#stable).answer(session, random, into);
  }
}

class LoadArm {
  readonly #between: { readonly msPerToken: Lognormal; readonly firstToken: Lognormal } | null;
  readonly #msPerToken: Lognormal;
  readonly #firstTokenMs: Lognormal;
  readonly #answerTokens: Lognormal;
  readonly #effect: Omit<SimulatedEffect, "name">;
  readonly #errorShare: number;
  readonly #violationShare: number;
  readonly #blockedShare: number;

  constructor(
    { betweenSessions, promptTokens, answerTokens }: Extract<SimulatedTraffic, { type: "load" }>,
    { msPerToken, firstTokenMs, errorShare, violationShare, blockedShare }: SimulatedArm,
    effect: Omit<SimulatedEffect, "name">,
  ) {
    const between = Math.sqrt(betweenSessions);
    const within = Math.sqrt(1 - betweenSessions);
    this.#between =
      between === 0
        ? null
        : {
            msPerToken: new Lognormal(1, msPerToken.sigma * between),
            firstToken: new Lognormal(1, firstTokenMs.sigma * between),
          };
    this.#msPerToken = new Lognormal(msPerToken.median * effect.msPerTokenTimes, msPerToken.sigma * within);
    // In proportion to a lognormal prompt: the product is lognormal too.
    this.#firstTokenMs = new Lognormal(
      firstTokenMs.median * effect.firstTokenTimes,
      Math.hypot(firstTokenMs.sigma * within, promptTokens.sigma),
    );
    this.#answerTokens = new Lognormal(answerTokens.median, answerTokens.sigma);
    this.#effect = effect;
    this.#errorShare = Math.max(errorShare, effect.errorShare);
    this.#violationShare = Math.min(1, violationShare * effect.violationsTimes);
    this.#blockedShare = blockedShare;
  }

  open(session: SimulatedSession, random: Random): void {
    if (!this.#between) return;
    const [msPerTokenTimes, firstTokenTimes] = this.#between.msPerToken.drawWith(this.#between.firstToken, random);
    session.msPerTokenTimes = msPerTokenTimes;
    session.firstTokenTimes = firstTokenTimes;
  }

  answer(session: SimulatedSession, random: Random, into: SimulatedCall): void {
    if (random.next() < this.#errorShare) return fail(into);
    const { slowShare, slowTimes } = this.#effect;
    const times = slowShare > 0 && random.next() < slowShare ? slowTimes : 1;
    const tokens = Math.max(1, this.#answerTokens.draw(random));
    into.errors = 0;
    into.fallbacks = 0;
    into.msPerToken = this.#msPerToken.draw(random) * session.msPerTokenTimes * times;
    into.firstTokenMs = this.#firstTokenMs.draw(random) * session.firstTokenTimes * times;
    into.totalMs = into.firstTokenMs + into.msPerToken * tokens;
    into.violations = random.next() < this.#violationShare ? 1 : 0;
    into.held = into.violations > 0 && random.next() < this.#blockedShare;
  }
}

interface Past {
  readonly hourly: Float64Array;
  /** Calls in the order of their sessions, and where each session begins; the last entry is the end. */
  readonly calls: readonly PastCall[];
  readonly begins: readonly number[];
  /** For each hour of the day the sessions that one which begins then is drawn from. */
  readonly byHour: readonly (readonly number[])[];
  readonly errorShare: number;
  readonly violationShare: number;
  readonly blockedShare: number;
}

class PastTraffic implements Traffic {
  readonly hourly: Float64Array;
  readonly hasSessions: boolean;
  readonly stableRecord: StableRecord;
  readonly #past: Past;
  readonly #effect: Omit<SimulatedEffect, "name">;
  /** How often a call of the past that went well fails, or breaks a rule, in the scenario. */
  readonly #moreErrors: number;
  readonly #moreViolations: number;

  constructor(past: Past, effect: Omit<SimulatedEffect, "name">) {
    this.hourly = past.hourly;
    this.hasSessions = past.begins.length - 1 < past.calls.length;
    this.stableRecord = recordOf(past.calls.length, past);
    this.#past = past;
    this.#effect = effect;
    this.#moreErrors = Math.max(0, (effect.errorShare - past.errorShare) / Math.max(1e-9, 1 - past.errorShare));
    const { violationShare } = past;
    this.#moreViolations = Math.min(
      1,
      (violationShare * (effect.violationsTimes - 1)) / Math.max(1e-9, 1 - violationShare),
    );
  }

  open(session: SimulatedSession, _arm: Arm, random: Random, atMs: number): void {
    const { begins, byHour } = this.#past;
    const drawn = byHour[Math.floor(atMs / hourMs) % 24] ?? [];
    const chosen = drawn[random.below(drawn.length)] ?? 0;
    session.position = begins[chosen] ?? 0;
    session.left = (begins[chosen + 1] ?? 0) - session.position;
  }

  answer(session: SimulatedSession, arm: Arm, random: Random, into: SimulatedCall): void {
    const call = this.#past.calls[session.position];
    session.position += 1;
    session.left -= 1;
    if (!call || call.error) return fail(into);
    const effect = arm === "candidate" ? this.#effect : none;
    if (arm === "candidate" && this.#moreErrors > 0 && random.next() < this.#moreErrors) return fail(into);
    const times = effect.slowShare > 0 && random.next() < effect.slowShare ? effect.slowTimes : 1;
    into.errors = 0;
    into.fallbacks = 0;
    into.msPerToken = (call.msPerToken ?? Number.NaN) * effect.msPerTokenTimes * times;
    into.firstTokenMs = (call.firstTokenMs ?? Number.NaN) * effect.firstTokenTimes * times;
    into.totalMs =
      (call.firstTokenMs === undefined ? 0 : into.firstTokenMs) + into.msPerToken * Math.max(1, call.tokens ?? 1);
    into.violations = call.violation ? 1 : 0;
    into.held = call.held;
    if (call.violation || arm === "stable" || this.#moreViolations === 0 || random.next() >= this.#moreViolations)
      return;
    into.violations = 1;
    into.held = random.next() < this.#past.blockedShare;
  }
}

/** Nothing is known of critical findings apart from those that are held back. */
function recordOf(
  calls: number,
  shares: Pick<SimulatedArm, "errorShare" | "violationShare" | "blockedShare">,
): StableRecord {
  return {
    calls,
    errors: Math.round(calls * shares.errorShare),
    held: Math.round(calls * shares.violationShare * shares.blockedShare),
    critical: 0,
  };
}

function fail(into: SimulatedCall): void {
  into.errors = 1;
  into.fallbacks = 1;
  into.violations = 0;
  into.held = false;
  into.msPerToken = Number.NaN;
  into.firstTokenMs = Number.NaN;
  into.totalMs = Number.NaN;
}

const hourMs = 3_600_000;

function pastOf(given: readonly PastCall[]): Past {
  const sorted = given.toSorted((a, b) => a.atMs - b.atMs);
  const sessions = new Map<string | symbol, PastCall[]>();
  for (const call of sorted) {
    const key = call.session ?? Symbol("a call of its own");
    const calls = sessions.get(key);
    if (calls) calls.push(call);
    else sessions.set(key, [call]);
  }
  const begins = [0];
  for (const calls of sessions.values()) begins.push((begins.at(-1) ?? 0) + calls.length);
  const sessionsBeginAtMs = [...sessions.values()].map(([first]) => first?.atMs ?? 0);
  const violations = sorted.filter(({ violation }) => violation);
  return {
    hourly: hourlyOf(sorted),
    calls: [...sessions.values()].flat(),
    begins,
    byHour: sessionsByHour(sessionsBeginAtMs, daysOf(sorted)),
    errorShare: sorted.filter(({ error }) => error).length / sorted.length,
    violationShare: violations.length / sorted.length,
    blockedShare: violations.length === 0 ? 0 : violations.filter(({ held }) => held).length / violations.length,
  };
}

function daysOf(sorted: readonly PastCall[]): number {
  return Math.max(60_000, (sorted.at(-1)?.atMs ?? 0) - (sorted[0]?.atMs ?? 0)) / (24 * hourMs);
}

/** Fewer sessions than this say little of how those of an hour vary. */
const fewestAnHour = 20;

/**
 * A machine that is busy by day is slow by day, and so are both arms at once: sessions are like those of the same hour. Where the past
 * has few of an hour, the hours next to it count too; where it has no whole day, all hours are alike.
 */
function sessionsByHour(beginAtMs: readonly number[], days: number): number[][] {
  const all = beginAtMs.map((_, session) => session);
  const hours = Array.from({ length: 24 }, (): number[] => []);
  for (const [session, atMs] of beginAtMs.entries()) hours[Math.floor(atMs / hourMs) % 24]?.push(session);
  return hours.map((_, hour) => {
    if (days < 1) return all;
    for (let around = 0; around < 12; around += 1) {
      const near = Array.from({ length: 2 * around + 1 }, (_unused, offset) => (hour + offset - around + 24) % 24);
      const sessions = near.flatMap((each) => hours[each] ?? []);
      if (sessions.length >= fewestAnHour) return sessions;
    }
    return all;
  });
}

/** The shape of the day where there is a day or more of history, else its mean pace. */
function hourlyOf(sorted: readonly PastCall[]): Float64Array {
  const days = daysOf(sorted);
  if (days < 1) return new Float64Array(24).fill(sorted.length / (24 * days));
  const hourly = new Float64Array(24);
  for (const { atMs } of sorted) {
    const hour = Math.floor(atMs / hourMs) % 24;
    hourly[hour] = (hourly[hour] ?? 0) + 1 / days;
  }
  return hourly;
}
