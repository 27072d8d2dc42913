import { withoutUndefined } from "../../base/without-undefined.ts";
import type { AnalysisUnit, RolloutMeasure } from "../../../shared/contract/rollout-status.ts";

/** What is known of a call or a session: metrics as they are given, and a token's or a byte's time by each clock that measured it. */
export type Measured = AnalysisUnit["metrics"] & {
  /** By the server's own clock, over all tokens of the answer. */
  serverMsPerToken?: number;
  /** By ours, from the first token to the end: over the tokens after the first. */
  ownMsPerToken?: number;
  /** By ours, over the bytes of the text: for servers that count nothing. */
  msPerByte?: number;
  /** Loading the model, where it had to be; of a session, all of its loads together. */
  loadMs?: number;
};

/** A unit as evidence takes it. */
export interface MeasuredUnit extends Omit<AnalysisUnit, "metrics" | "session"> {
  readonly metrics: Measured;
  /** False where an arm was settling after a load when its coin was thrown: no evidence of latencies. True where it is left out. */
  readonly settled?: boolean;
}

/**
 * The time an answer takes by its length, as sets of measures: the first set that a unit has anything of is compared, all of its
 * measures side by side. No series holds two clocks, so a difference between clocks is none between the arms.
 */
export const lengthMeasures: readonly (readonly RolloutMeasure[])[] = [
  ["serverMsPerToken", "ownMsPerToken", "msPerByte"],
  ["msPerToken"],
];

/** Ratings get worse as they fall: 6 less the rating is bet on like a latency. */
const worstOfRatings = 6;

/** What a measure is of a unit, as a positive number that grows as it gets worse; undefined where it has none. */
export function measureOf(metrics: Measured, measure: RolloutMeasure): number | undefined {
  const given = metrics[measure];
  if (given === undefined) return undefined;
  const value = measure === "rating" ? worstOfRatings - given : given;
  return value > 0 && value < Number.POSITIVE_INFINITY ? value : undefined;
}

/** What is no latency. */
export function eventsOf({ errors, violations, fallbacks }: Measured): Measured {
  return withoutUndefined({ errors, violations, fallbacks });
}
