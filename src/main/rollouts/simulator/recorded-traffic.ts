import type { PastCall, RecordedTraffic, SimulatedTraffic } from "../../../shared/contract/rollout-simulation.ts";
import type { DatabasePool } from "../../db/pool.ts";
import type { RecordedCall } from "../../db/queries/past-calls.ts";
import { Failure } from "../../base/failure.ts";
import { failureFlagsOf, metricsOf } from "../statistics/call-metrics.ts";

const dayMs = 86_400_000;
/** Two weeks at a hundred calls an hour; older ones say little of what comes. */
const maxCalls = 30_000;
/** Fewer say nothing of how calls vary. */
const fewestCalls = 20;

/** The calls of the log as traffic to simulate with. Throws `Failure` BAD_REQUEST where there are too few. */
export async function trafficOf(
  database: DatabasePool,
  { useCase, days }: RecordedTraffic,
  nowMs: number,
): Promise<SimulatedTraffic> {
  const calls = await database.read("recordedCalls", { useCase, sinceMs: nowMs - days * dayMs, limit: maxCalls });
  if (calls.length >= fewestCalls) return { type: "history", calls: calls.map(pastCallOf) };
  const had = calls.length === 0 ? "no call" : calls.length === 1 ? "one call" : `${calls.length} calls`;
  throw new Failure(
    "BAD_REQUEST",
    `The version that answers ${useCase} had ${had} in the last ${days === 1 ? "day" : `${days} days`}, and ${fewestCalls} are needed to draw from.`,
    { field: "traffic.days", value: String(days), remedy: "Take more days, or describe the load." },
  );
}

/** Counted as a rollout counts it. */
export function pastCallOf(call: RecordedCall): PastCall {
  const { msPerToken, firstTokenMs } = metricsOf(call);
  const { error, violation, held } = failureFlagsOf(call);
  return {
    atMs: call.startedAtMs,
    session: call.session,
    ...(msPerToken !== undefined && { msPerToken }),
    ...(!error && call.completionTokens !== null && { tokens: call.completionTokens }),
    ...(firstTokenMs !== undefined && { firstTokenMs }),
    error,
    violation,
    held,
  };
}
