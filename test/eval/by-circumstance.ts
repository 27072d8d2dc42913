import type { EndedCall } from "../../src/main/rollouts/statistics/call-metrics.ts";
import { RolloutCounts } from "../../src/main/rollouts/rollout-counts.ts";
import { inferenceId, rolloutId } from "../../src/shared/contract/ids.ts";
import { type Arm, rolloutPlan } from "../../src/shared/contract/rollout-plan.ts";
import { answer, type Chance } from "./rollout-world.ts";

const idOf = (position: number) => `00000000-0000-7000-8000-${position.toString(16).padStart(12, "0")}`;
const maxCalls = 2_000;
const ids = Array.from({ length: maxCalls }, (_, position) => inferenceId.parse(idOf(position)));
const plan = rolloutPlan.parse({ strategy: "canary", steps: [{ type: "weight", percent: 50 }] });
const common = { rolloutId: rolloutId.parse(idOf(0)), session: null, severity: "none" } as const;

const timeoutMs = 30_000;
const everyMs = 72_000;
const bytesPerToken = 4;

type PerArm = Readonly<Record<Arm, number>>;

export interface Circumstance {
  readonly percent: number;
  /** How many times as long the candidate takes. */
  readonly times?: number;
  /** The share of calls that time out, on both arms: the stable version has no fallback then, the candidate has the stable one. */
  readonly timeouts?: number;
  /** What loading the candidate takes, which is asked too seldom to be kept in memory. */
  readonly loadMs?: number;
  /** The share of calls of which the server counts no tokens, and says nothing of its own clock. */
  readonly uncounted?: PerArm;
  /** The share of answers that readers stop, anywhere in them. */
  readonly stopped?: PerArm;
  /** The server says how long it decoded. */
  readonly hasClock?: Readonly<Record<Arm, boolean>>;
  /** The candidate's first answers take so many times as long; it is loaded for the first of them. */
  readonly cold?: { readonly calls: number; readonly times: number };
  /** The machine keeps one model: where the arm changes it is loaded, and its prompts are read anew. */
  readonly swap?: { readonly loadMs: number; readonly prefillMs: number };
}

/** Whether a candidate is rolled back within 2,000 calls, in such a circumstance. */
export function byCircumstance(chance: Chance, circumstance: Circumstance): boolean {
  const { percent } = circumstance;
  const counts = new RolloutCounts(plan);
  const world = { answered: { stable: 0, candidate: 0 }, before: "stable" as Arm };
  for (const [position, id] of ids.entries()) {
    const arm: Arm = chance.next() < percent / 100 ? "candidate" : "stable";
    const startedAtMs = position * everyMs;
    const call = { ...common, id, arm, armPercent: percent, startedAtMs };
    counts.begun(call);
    const ended = { ...call, ...endOf(chance, arm, world, circumstance) };
    world.answered[arm] += 1;
    world.before = arm;
    counts.ended({ ...ended, finishedAtMs: startedAtMs + (ended.totalMs ?? 0) });
    counts.passed(startedAtMs + everyMs - 1);
    const { evidence, threshold, breach } = counts.facts;
    if (evidence >= threshold || breach !== null) return true;
  }
  return false;
}

type End = Pick<
  EndedCall,
  "outcome" | "byItsArm" | "completionTokens" | "textBytes" | "loadMs" | "decodeMs" | "firstTokenMs" | "totalMs"
>;

interface World {
  /** Calls that each arm has answered. */
  readonly answered: PerArm;
  /** Who answered the last one. */
  readonly before: Arm;
}

function endOf(chance: Chance, arm: Arm, world: World, circumstance: Circumstance): End {
  const { timeouts = 0 } = circumstance;
  const isLate = timeouts > 0 && chance.next() < timeouts;
  if (arm === "stable" && isLate) return failed;
  const end = answered(chance, arm, world, circumstance);
  if (!isLate) return end;
  const later = { firstTokenMs: timeoutMs + (end.firstTokenMs ?? 0), totalMs: timeoutMs + (end.totalMs ?? 0) };
  return { ...end, ...later, byItsArm: false };
}

const failed: End = {
  outcome: "failed",
  byItsArm: true,
  completionTokens: null,
  textBytes: null,
  loadMs: null,
  decodeMs: null,
  firstTokenMs: null,
  totalMs: timeoutMs,
};

function answered(chance: Chance, arm: Arm, world: World, circumstance: Circumstance): End {
  const { times = 1, cold, swap, uncounted, stopped, hasClock } = circumstance;
  const isCold = cold !== undefined && arm === "candidate" && world.answered.candidate < cold.calls;
  const { msPerToken = 30, firstTokenMs: readMs = 400 } = answer(chance, {
    errorShare: 0,
    times: (arm === "candidate" ? times : 1) * (isCold ? cold.times : 1),
  });
  const isSwapped = swap !== undefined && arm !== world.before;
  const isFirstCold = isCold && world.answered.candidate === 0;
  const loadMs = isSwapped ? swap.loadMs : isFirstCold ? 2_000 : arm === "candidate" ? (circumstance.loadMs ?? 0) : 0;
  const isStopped = stopped !== undefined && chance.next() < stopped[arm];
  const whole = Math.max(1, Math.round(chance.around(150)));
  const tokens = isStopped ? Math.max(1, Math.round(whole * chance.next())) : whole;
  const isCounted = uncounted === undefined || chance.next() >= uncounted[arm];
  const firstTokenMs = loadMs + readMs + (isSwapped ? swap.prefillMs : 0);
  return {
    outcome: isStopped ? "stopped" : "completed",
    byItsArm: true,
    // Who is stopped never comes to say how much that was.
    completionTokens: isCounted && !isStopped ? tokens : null,
    textBytes: bytesPerToken * tokens,
    loadMs,
    decodeMs: isCounted && !isStopped && (hasClock?.[arm] ?? true) ? msPerToken * tokens : null,
    firstTokenMs,
    totalMs: firstTokenMs + msPerToken * (tokens - 1),
  };
}
