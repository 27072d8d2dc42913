import { setImmediate as nextTurn } from "node:timers/promises";
import type { DatabasePool } from "../db/pool.ts";
import type { ShadowedPair } from "../db/queries/rollout-calls.ts";
import type { StoredRollout } from "../db/queries/rollouts.ts";
import { RolloutCounts, type ShadowPair } from "./rollout-counts.ts";

const pageSize = 2_000;

/** The counts of a rollout from the log, as they were when it ended, or are now. */
export async function countsFromLog(
  database: DatabasePool,
  rollout: StoredRollout,
  nowMs: number,
): Promise<{ readonly counts: RolloutCounts; readonly lastPair: number }> {
  const counts = new RolloutCounts(rollout.plan, rollout.status.stableBefore);
  // No call of the candidate's comes before it, where the plan asks for it.
  if (rollout.status.settled === true) counts.warmedUp();
  const { id: rolloutId, finishedAtMs: untilMs } = rollout;
  let lastOffset = 0;
  for (;;) {
    const calls = await database.read("rolloutCalls", { rolloutId, after: lastOffset, untilMs, limit: pageSize });
    for (const { call, ended } of calls) {
      counts.passed(call.startedAtMs);
      counts.begun(call);
      if (ended) counts.ended(ended);
    }
    lastOffset = calls.at(-1)?.position ?? lastOffset;
    if (calls.length < pageSize) break;
    await nextTurn(); // calls are answered meanwhile
  }
  counts.passed(untilMs ?? nowMs);
  return { counts, lastPair: await pairsFromLog(database, rollout, counts, 0) };
}

/** Adds the pairs whose copies ended after a place; resolves to the last place there is. */
export async function pairsFromLog(
  database: DatabasePool,
  { id: rolloutId }: StoredRollout,
  counts: RolloutCounts,
  after: number,
): Promise<number> {
  const page = { rolloutId, limit: pageSize };
  for (let last = after; ;) {
    const pairs = await database.read("rolloutShadows", { ...page, after: last });
    for (const pair of pairs) {
      const comparable = comparablePair(pair);
      if (comparable) counts.pair(comparable);
    }
    last = pairs.at(-1)?.position ?? last;
    if (pairs.length < pageSize) return last;
  }
}

function comparablePair({ stable, candidate }: ShadowedPair): ShadowPair | null {
  if (isPositive(stable.msPerToken) && isPositive(candidate.msPerToken))
    return { stable: stable.msPerToken, candidate: candidate.msPerToken };
  if (isPositive(stable.totalMs) && isPositive(candidate.totalMs))
    return { stable: stable.totalMs, candidate: candidate.totalMs };
  return null;
}

function isPositive(value: number | null): value is number {
  return value !== null && value > 0;
}
