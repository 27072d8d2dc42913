import type {
  Calibration,
  FinishedRollout,
  RolloutEnd,
  RolloutPrediction,
  SimulatedEffect,
} from "../../../shared/contract/rollout-simulation.ts";
import { assertNever } from "../../base/failure.ts";
import { spanText, threeDigits, whole } from "../../../shared/format.ts";

type Scenario = RolloutPrediction["scenarios"][number];

/** An end that fewer runs than this had was not predicted. */
const rare = 0.05;
const hourMs = 3_600_000;

/** Lays what a simulation predicted beside what a finished rollout did, by the scenario that came closest to what was measured. */
export function calibrate(predicted: RolloutPrediction, finished: FinishedRollout): Calibration {
  const scenario = closest(predicted.scenarios, finished);
  if (!scenario)
    return {
      scenario: null,
      predictedShare: null,
      agrees: false,
      sentences: ["Nothing was simulated for this plan."],
    };
  const predictedShare = shareOf(scenario, finished.end);
  const agrees = predictedShare >= rare;
  return {
    scenario: scenario.name,
    predictedShare,
    agrees,
    sentences: [
      `What was measured came closest to “${scenario.name}”: ${measured(finished)}.`,
      `In that scenario ${hundredths(predictedShare)} of the simulated rollouts ${endWords(finished.end)}, as this one ${endedWords(finished.end)}.`,
      ...pace(scenario, finished),
      agrees
        ? "This is in line with what was predicted."
        : "This was not predicted: look at whether the traffic that came was like the traffic that was simulated.",
    ],
  };
}

function closest(scenarios: readonly Scenario[], finished: FinishedRollout): Scenario | undefined {
  const distances = scenarios
    .filter(({ effect }) => effect !== null)
    .map((scenario) => ({
      scenario,
      distance: scenario.effect ? distanceOf(scenario.effect, finished) : Number.POSITIVE_INFINITY,
    }));
  return distances.toSorted((a, b) => a.distance - b.distance)[0]?.scenario ?? scenarios[0];
}

/** In steps that are about as hard to tell apart: 20 % of latency, 4 points of errors, three times the violations. */
function distanceOf(effect: SimulatedEffect, finished: FinishedRollout): number {
  const { msPerTokenTimes, candidateErrorShare, stableErrorShare, violationsTimes } = finished;
  // A tail of slow answers raises the typical one by its part of them.
  const slower = Math.log(effect.msPerTokenTimes) + effect.slowShare * Math.log(effect.slowTimes);
  const latency = msPerTokenTimes === null ? 0 : (Math.log(msPerTokenTimes) - slower) / Math.log(1.2);
  const expectedErrors = Math.max(stableErrorShare ?? 0, effect.errorShare);
  const errors = candidateErrorShare === null ? 0 : (candidateErrorShare - expectedErrors) / 0.04;
  const violations =
    violationsTimes === null ? 0 : (Math.log(violationsTimes) - Math.log(effect.violationsTimes)) / Math.log(3);
  return Math.hypot(latency, errors, violations);
}

function measured({ msPerTokenTimes, candidateErrorShare, violationsTimes }: FinishedRollout): string {
  const reply = [
    ...(msPerTokenTimes === null ? [] : [`a token took ${threeDigits(msPerTokenTimes)} times as long as before`]),
    ...(candidateErrorShare === null ? [] : [`${hundredths(candidateErrorShare)} of the candidate's calls failed`]),
    ...(violationsTimes === null ? [] : [`violations were ${threeDigits(violationsTimes)} times as frequent`]),
  ];
  return reply.length === 0 ? "nothing could be measured" : reply.join(", ");
}

function pace(
  { medianUnits, medianHours, candidateAnswersUntilRollback }: Scenario,
  finished: FinishedRollout,
): string[] {
  if (finished.end !== "rolled_back" || medianUnits === null || medianHours === null) return [];
  const answers = candidateAnswersUntilRollback ?? 0;
  return [
    `It took ${whole(finished.units)} units and ${spanText(finished.hours * hourMs)} until then (predicted: half of the runs by ${whole(medianUnits)} units and ${spanText(medianHours * hourMs)}).`,
    `The candidate gave ${whole(finished.candidateAnswers)} answers by then (predicted: ${threeDigits(answers)} on average).`,
  ];
}

function shareOf(scenario: Scenario, end: RolloutEnd): number {
  switch (end) {
    case "rolled_back":
      return scenario.rolledBack;
    case "promoted":
      return scenario.promoted;
    case "inconclusive":
      return scenario.inconclusive;
    default:
      return assertNever(end);
  }
}

function endWords(end: RolloutEnd): string {
  return end === "rolled_back" ? "were rolled back" : end === "promoted" ? "were promoted" : "were inconclusive";
}

function endedWords(end: RolloutEnd): string {
  return endWords(end).replace("were", "was");
}

function hundredths(value: number): string {
  return `${(value * 100).toLocaleString("en", { maximumFractionDigits: 1 })} %`;
}
