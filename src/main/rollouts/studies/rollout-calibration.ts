import type { RolloutId } from "../../../shared/contract/ids.ts";
import type { Calibration, FinishedRollout, RolloutEnd } from "../../../shared/contract/rollout-simulation.ts";
import type { Rollout, RolloutAnalysis, RolloutEvent } from "../../../shared/contract/rollout-status.ts";
import type { DatabasePool } from "../../db/pool.ts";
import { calibrate } from "./calibrate.ts";
import type { DeploymentManager } from "../deployment-manager.ts";

const hourMs = 3_600_000;

/** What was predicted of a rollout beside what happened; null while it is in progress. Throws `Failure` NOT_FOUND. */
export async function calibrationOf(
  { deployments, database }: { readonly deployments: DeploymentManager; readonly database: DatabasePool },
  input: { readonly rolloutId: RolloutId },
): Promise<Calibration | null> {
  const { rollout, analysis } = await deployments.get(input);
  if (rollout.finishedAtMs === null) return null;
  const prediction = await database.read("rolloutPrediction", input);
  if (!prediction) return unpredicted("Nothing was simulated for this plan before it started.");
  const events = sinceItsStart(await deployments.events(input));
  const end = endOf(rollout.status, events);
  if (!end) return unpredicted("A person ended it before its plan did, so there is nothing to compare.");
  return calibrate(prediction, finishedOf(rollout.finishedAtMs, end, events, analysis));
}

function unpredicted(sentence: string): Calibration {
  return { scenario: null, predictedShare: null, agrees: false, sentences: [sentence] };
}

/** Counts begin anew with a retry, and so does what is compared. */
function sinceItsStart(events: readonly RolloutEvent[]): readonly RolloutEvent[] {
  return events.slice(
    Math.max(
      0,
      events.findLastIndex(({ type }) => type === "retried"),
    ),
  );
}

/** Null where it was a person who ended it, or somebody who assigned another version. */
export function endOf({ state }: Pick<Rollout["status"], "state">, events: readonly RolloutEvent[]): RolloutEnd | null {
  if (state === "healthy") return "promoted";
  const at = events.findLastIndex(({ type }) => type === "aborting");
  const [cause, abort] = [events[at - 1], events[at]];
  // The event of what was found comes first; the reason of the rollback repeats it.
  if (cause && cause.message === abort?.message) return "rolled_back";
  return events.some(({ type }) => type === "inconclusive") ? "inconclusive" : null;
}

/** How a rollout went, in what a simulation speaks of. */
export function finishedOf(
  finishedAtMs: number,
  end: RolloutEnd,
  events: readonly RolloutEvent[],
  { units, arms: { stable, candidate } }: RolloutAnalysis,
): FinishedRollout {
  return {
    end,
    units: units.stable + units.candidate,
    hours: Math.max(0, finishedAtMs - (events[0]?.atMs ?? finishedAtMs)) / hourMs,
    candidateAnswers: candidate.calls,
    msPerTokenTimes: times(candidate.msPerTokenP50, stable.msPerTokenP50),
    candidateErrorShare: shareOf(candidate.errors, candidate.calls),
    stableErrorShare: shareOf(stable.errors, stable.calls),
    violationsTimes: oftener(candidate, stable),
  };
}

function times(candidate: number | null, stable: number | null): number | null {
  return candidate === null || stable === null || candidate === 0 || stable === 0 ? null : candidate / stable;
}

function shareOf(count: number, calls: number): number | null {
  return calls === 0 ? null : Math.min(1, count / calls);
}

/** Of a stable version without any, half a violation is assumed; of two without any nothing is known. */
function oftener(candidate: RolloutAnalysis["arms"]["candidate"], stable: RolloutAnalysis["arms"]["stable"]) {
  if (candidate.calls === 0 || stable.calls === 0 || candidate.violations === 0) return null;
  return candidate.violations / candidate.calls / (Math.max(0.5, stable.violations) / stable.calls);
}
