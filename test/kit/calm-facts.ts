import type { RolloutFacts } from "../../src/main/rollouts/decision/rollout-facts.ts";

/** What is known of a rollout in progress in which nothing has happened. */
export const calm: RolloutFacts = {
  units: { stable: 0, candidate: 0 },
  unitsInProgress: 0,
  evidence: 1,
  threshold: 20,
  leading: null,
  breach: null,
  pass: 1,
  passThreshold: 10,
  sampleRatio: 1,
  sampleRatioThreshold: 1_000,
  shadowEvidence: 1,
  shadowThreshold: 20,
  errors: 0,
  held: 0,
  missedObjectives: [],
  warmed: true,
  gate: null,
  failing: null,
  assigned: false,
  withinRollbackWindow: false,
};
