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

export interface Circumstance {
  readonly percent: number;
  /** The share of calls that time out, on both arms: the stable version has no fallback then, the candidate has the stable one. */
  readonly timeouts?: number;
  /** What loading the candidate takes, which is asked too seldom to be kept in memory. */
  readonly loadMs?: number;
}

/** Whether a candidate that is the same version is rolled back within 2,000 calls, by what befalls it because it is the candidate. */
export function byCircumstance(chance: Chance, { percent, timeouts = 0, loadMs = 0 }: Circumstance): boolean {
  const counts = new RolloutCounts(plan);
  for (const [position, id] of ids.entries()) {
    const arm: Arm = chance.next() < percent / 100 ? "candidate" : "stable";
    const startedAtMs = position * everyMs;
    const call = { ...common, id, arm, armPercent: percent, startedAtMs };
    counts.begun(call);
    const ended = { ...call, ...endOf(chance, arm, timeouts, loadMs) };
    counts.ended({ ...ended, finishedAtMs: startedAtMs + (ended.totalMs ?? 0) });
    counts.passed(startedAtMs + everyMs - 1);
    if (counts.facts.evidence >= counts.facts.threshold) return true;
  }
  return false;
}

type End = Pick<
  EndedCall,
  "outcome" | "byItsArm" | "completionTokens" | "loadMs" | "decodeMs" | "firstTokenMs" | "totalMs"
>;

function endOf(chance: Chance, arm: Arm, timeouts: number, loadMs: number): End {
  const isLate = chance.next() < timeouts;
  if (arm === "stable") return isLate ? failed : answered(chance, 0, 0);
  return isLate ? { ...answered(chance, 0, timeoutMs), byItsArm: false } : answered(chance, loadMs, loadMs);
}

const failed: End = {
  outcome: "failed",
  byItsArm: true,
  completionTokens: null,
  loadMs: null,
  decodeMs: null,
  firstTokenMs: null,
  totalMs: timeoutMs,
};

function answered(chance: Chance, loadMs: number, laterByMs: number): End {
  const { msPerToken = 30, firstTokenMs = 400 } = answer(chance, { errorShare: 0 });
  const completionTokens = Math.max(1, Math.round(chance.around(150)));
  const decodeMs = msPerToken * completionTokens;
  const totalMs = laterByMs + firstTokenMs + decodeMs;
  const times = { completionTokens, loadMs, decodeMs, firstTokenMs: laterByMs + firstTokenMs, totalMs };
  return { outcome: "completed", byItsArm: true, ...times };
}
