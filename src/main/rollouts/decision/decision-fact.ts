import { system } from "../../../shared/contract/actor.ts";
import { v7 as uuid } from "uuid";
import { assignmentId } from "../../../shared/contract/ids.ts";
import type { RolloutStatus } from "../../../shared/contract/rollout-status.ts";
import type { NewUpdate } from "../../db/queries/coordination.ts";
import type { RolloutDecisionFact, StoredRollout } from "../../db/queries/rollouts.ts";
import type { Decision } from "./decide.ts";
import type { CommandRequest } from "./rollout-facts.ts";

/** What is written of a decision, as one fact. `asked` is who promoted, where a person did. */
export function decisionFact(
  rollout: StoredRollout,
  { status, events }: Decision,
  nowMs: number,
  asked: CommandRequest | null,
): RolloutDecisionFact {
  const { id, useCase, candidate } = rollout;
  const isOver = status.state === "healthy" || status.state === "degraded";
  const name = `${candidate.model} ${candidate.version}`;
  return {
    rolloutId: id,
    status,
    events,
    finishedAtMs: isOver ? nowMs : null,
    countsAnew: rollout.status.state === "degraded",
    updates: updatesOf(rollout, status, nowMs),
    assignment:
      status.state === "healthy"
        ? {
            assignmentId: assignmentId.parse(uuid()),
            useCase,
            versionId: candidate.versionId,
            atMs: nowMs,
            by: asked?.by ?? system,
            reason: `Rollout ${id.slice(-8)} of ${name}`,
            update: { type: "rollout_completed", message: `${name} answers all calls of ${useCase} now` },
          }
        : null,
  };
}

/** All calls go to the candidate and nothing is watched any more: what is left is to make it the stable version. */
export function awaitsAssignment({ state, candidatePercent, watchUntilMs }: RolloutStatus, nowMs: number): boolean {
  return state === "promoting" && candidatePercent === 100 && (watchUntilMs === null || watchUntilMs <= nowMs);
}

/** The updates for subscribers; a completed rollout's is inserted with its assignment. */
function updatesOf(
  { useCase, stable, candidate, status }: StoredRollout,
  next: RolloutStatus,
  nowMs: number,
): NewUpdate[] {
  const common = { atMs: nowMs, useCase };
  const name = `${candidate.model} ${candidate.version}`;
  if (next.state === "degraded" && status.state !== "degraded")
    return [
      {
        ...common,
        type: "rollout_rolled_back",
        versionId: stable.versionId,
        percent: 100,
        message: `${name} was rolled back on ${useCase}: ${next.reason ?? "aborted"}`,
      },
    ];
  if (next.state === "healthy" || next.candidatePercent === status.candidatePercent) return [];
  return [
    {
      ...common,
      type: "weight_changed",
      versionId: candidate.versionId,
      percent: next.candidatePercent,
      message: `${name} gets ${next.candidatePercent} % of the calls of ${useCase}`,
    },
  ];
}
