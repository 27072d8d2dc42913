import { evidenceFacts, RolloutEvidence } from "../../src/main/rollouts/statistics/rollout-evidence.ts";
import { decide } from "../../src/main/rollouts/decision/decide.ts";
import { initialStatus, isActive } from "../../src/main/rollouts/decision/rollout-status.ts";
import { armOf, saltOf } from "../../src/main/rollouts/decision/arm-assignment.ts";
import { Safeguard } from "../../src/main/rollouts/statistics/safeguard.ts";
import { RoutedUnits, type UnitRules } from "../../src/main/rollouts/statistics/routed-units.ts";
import type { RolloutPlan } from "../../src/shared/contract/rollout-plan.ts";

/** A seeded source of randomness of its own (mulberry32, Box-Muller), so that the simulator is not checked by itself. */
export class Chance {
  #state: number;
  #spare: number | null = null;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1) >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    const angle = 2 * Math.PI * this.next();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Lognormal around a median. */
  around(median: number, sigma = 0.6): number {
    return median * Math.exp(sigma * this.normal());
  }
}

/** Busy at one time of the day, and the slower for it on both arms: so many times between its quietest hour and its busiest. */
export function busyAt(atMs: number, swing: number): number {
  return swing ** (0.5 * Math.sin((2 * Math.PI * atMs) / 86_400_000));
}

/** How the candidate of a world differs. */
export interface WorldEffect {
  readonly times?: number;
  readonly errorShare?: number;
  readonly violationShare?: number;
}

export const baseErrorShare = 0.01;
export const baseViolationShare = 0.002;

/** One call's figures: 30 ms a token, 150 tokens, 400 ms to the first, each lognormal with sigma 0.6 (its sessions' part given). */
export function answer(
  chance: Chance,
  { times = 1, errorShare, violationShare }: WorldEffect,
  session = { z: 0, icc: 0 },
) {
  if (chance.next() < (errorShare ?? baseErrorShare)) return { errors: 1, violations: 0, fallbacks: 1 };
  const log = () => 0.6 * (Math.sqrt(session.icc) * session.z + Math.sqrt(1 - session.icc) * chance.normal());
  const msPerToken = 30 * times * Math.exp(log());
  const firstTokenMs = 400 * times * Math.exp(log() + 0.6 * chance.normal());
  const tokens = chance.around(150);
  return {
    msPerToken,
    firstTokenMs,
    totalMs: firstTokenMs + msPerToken * Math.max(1, tokens),
    errors: 0,
    fallbacks: 0,
    violations: chance.next() < (violationShare ?? baseViolationShare) ? 1 : 0,
  };
}

export interface LiveRunResult {
  readonly rolledBack: boolean;
  readonly units: number;
  readonly candidateAnswers: number;
}

/** A live rollout without the models: routed by the router, folded, analysed and decided call by call, an hour holding fifty. */
export function live(
  plan: RolloutPlan,
  effect: WorldEffect,
  seed: number,
  sessions: {
    readonly rules: UnitRules;
    readonly calls: number;
    readonly icc: number;
  } | null = null,
  swing = 1,
): LiveRunResult {
  const chance = new Chance(seed);
  const salt = saltOf(`rollout ${seed}`);
  const evidence = new RolloutEvidence(plan.analysis.metrics, plan.analysis.alpha);
  const safeguard = plan.safeguard ? new Safeguard(recordBefore) : null;
  const units = new RoutedUnits(sessions?.rules);
  const readers = [0, 1].map(() => ({ name: "", left: 0, weight: 0, z: 0 }));
  let nowMs = 0;
  let begun = 0;
  let candidateAnswers = 0;
  const look = () => {
    const facts = { ...evidenceFacts(evidence), ...quiet, breach: safeguard?.breach ?? null };
    status = decide(plan, status, facts, nowMs).status;
  };
  const take = () => {
    for (const unit of units.passed(nowMs)) {
      evidence.unit(unit);
      look();
    }
  };
  let status = initialStatus(plan, nowMs);
  look();
  for (let calls = 0; isActive(status.state) && calls < 50_000; calls += 1) {
    // Thinned from the pace of the busiest hour.
    do nowMs += (-Math.log(1 - chance.next()) * 72_000) / Math.sqrt(swing);
    while (swing > 1 && chance.next() >= busyAt(nowMs, swing) / Math.sqrt(swing));
    take();
    const reader = readers[Math.floor(chance.next() * readers.length)] ?? {
      name: "",
      left: 0,
      weight: 0,
      z: 0,
    };
    if (reader.left <= 0) {
      reader.name = `session ${(begun += 1)}`;
      reader.weight = status.candidatePercent / 100;
      reader.z = chance.normal();
      reader.left = 1;
      if (sessions) while (chance.next() >= 1 / sessions.calls) reader.left += 1;
    }
    reader.left -= 1;
    const arm = armOf({ salt, candidatePercent: reader.weight * 100 }, reader.name);
    if (arm === "candidate") candidateAnswers += 1;
    const own = arm === "candidate" ? effect : {};
    const metrics = answer(
      chance,
      { ...own, times: (own.times ?? 1) * busyAt(nowMs, swing) },
      {
        z: reader.z,
        icc: sessions?.icc ?? 0,
      },
    );
    // What fails counts at its end, in no unit.
    safeguard?.[arm]({ error: metrics.errors > 0, held: false, critical: false });
    if (metrics.errors > 0) look();
    units.instant({ atMs: nowMs, session: sessions ? reader.name : null, arm, weight: reader.weight }, metrics);
    take();
  }
  return {
    rolledBack: status.state === "degraded",
    units: evidence.units.stable + evidence.units.candidate,
    candidateAnswers,
  };
}

/** What the log has of the stable version before. */
const recordBefore = { calls: 1_000, errors: 1_000 * baseErrorShare, held: 0, critical: 0 };

const quiet = {
  unitsInProgress: 0,
  shadowEvidence: 1,
  shadowThreshold: Number.POSITIVE_INFINITY,
  errors: 0,
  held: 0,
  leading: null,
  breach: null,
  missedObjectives: [],
  warmed: true,
  gate: null,
  failing: null,
  assigned: true,
  withinRollbackWindow: false,
};
