import type { EndedCall } from "../../src/main/rollouts/statistics/call-metrics.ts";
import { RolloutCounts } from "../../src/main/rollouts/rollout-counts.ts";
import { inferenceId, rolloutId } from "../../src/shared/contract/ids.ts";
import { type Arm, rolloutPlan } from "../../src/shared/contract/rollout-plan.ts";
import type { Chance } from "./rollout-world.ts";

const plan = rolloutPlan.parse({
  strategy: "canary",
  steps: [{ type: "weight", percent: 50 }],
  analysis: { metrics: { msPerToken: 1 } },
});
const idOf = (position: number) => `00000000-0000-7000-8000-${position.toString(16).padStart(12, "0")}`;
const maxCalls = 5_000;
const ids = Array.from({ length: maxCalls }, (_, position) => inferenceId.parse(idOf(position)));
const answered = {
  rolloutId: rolloutId.parse(idOf(0)),
  armPercent: 50,
  outcome: "completed",
  severity: "none",
  byItsArm: true,
  textBytes: null,
  loadMs: null,
  firstTokenMs: null,
} as const;

interface Reader {
  session: string;
  arm: Arm;
  left: number;
}

/**
 * Whether a candidate is rolled back within so many calls, where all that differs is that its answers are four times as long.
 * Every caller asks again when it is answered, so at first the candidate's are all still in progress. At most 5,000 with the callers.
 */
export function longerAnswers(
  chance: Chance,
  { callers, calls, callsPerSession }: { callers: number; calls: number; callsPerSession: number },
): boolean {
  const counts = new RolloutCounts(plan);
  const inProgress: { call: EndedCall; reader: Reader }[] = [];
  let routed = 0;
  const ask = (reader: Reader, startedAtMs: number) => {
    const id = ids[routed];
    if (id === undefined) throw new Error(`there are no more than ${maxCalls} calls`);
    routed += 1;
    if (reader.left <= 0) {
      reader.session = `session ${routed}`;
      reader.arm = chance.next() < 0.5 ? "candidate" : "stable";
      reader.left = callsPerSession;
    }
    reader.left -= 1;
    const { arm } = reader;
    const session = callsPerSession === 1 ? null : reader.session;
    const completionTokens = Math.max(1, Math.round(chance.around(arm === "candidate" ? 600 : 150)));
    const decodeMs = completionTokens * chance.around(30, 0.2);
    const tokens = { completionTokens, decodeMs, totalMs: decodeMs };
    const call: EndedCall = {
      ...answered,
      ...tokens,
      id,
      arm,
      session,
      startedAtMs,
      finishedAtMs: startedAtMs + decodeMs,
    };
    counts.begun(call);
    inProgress.push({ call, reader });
  };
  for (let caller = 0; caller < callers; caller += 1) ask({ session: "", arm: "stable", left: 0 }, 0);
  for (let ended = 0; ended < calls; ended += 1) {
    inProgress.sort((one, other) => other.call.finishedAtMs - one.call.finishedAtMs);
    const next = inProgress.pop();
    if (!next) break;
    counts.ended(next.call);
    counts.passed(next.call.finishedAtMs);
    if (counts.facts.evidence >= counts.facts.threshold) return true;
    ask(next.reader, next.call.finishedAtMs);
  }
  return false;
}
