import { type RolloutMetric, rolloutMetric, type RolloutPlan, type RolloutStep } from "./contract/rollout-plan.ts";
import type { RolloutEvent } from "./contract/rollout-status.ts";

/** What a rollout measures of its own calls. Ratings only come with units that are analysed from a file. */
export const measuredMetrics: readonly RolloutMetric[] = rolloutMetric.options.filter((metric) => metric !== "rating");

/** The numbers that are shown of a rollout. */
export type ShownNumber =
  | RolloutMetric
  | "candidatePercent"
  | "units"
  | "calls"
  | "sessions"
  | "evidence"
  | "threshold"
  | "share"
  | "pass"
  | "sampleRatio"
  | "shadowPairs"
  | "p50"
  | "p95"
  | "held"
  | "alpha"
  | "detectability"
  | "medianUnits"
  | "medianHours"
  | "candidateAnswers"
  | "difference"
  | "calibration";

/** What each of them means, in a sentence or three. */
export const definitions: Readonly<Record<ShownNumber, string>> = {
  candidatePercent:
    "The share of new sessions that the candidate answers. A session keeps its version; a greater share only moves sessions from the stable version to the candidate.",
  units:
    "What is compared: sessions, each with one summary of its calls, or single calls where they belong to no session. Each counts once, and waits for those before it: in the order of their ends, longer answers would look worse.",
  calls: "Calls that this version was asked to answer and that have ended, however they did.",
  sessions:
    "Sessions of one reader or tester. One counts after ten minutes, by the calls of that time: at most the first ten of them.",
  evidence:
    "How strongly the units speak against the candidate: the wealth of a gambler who started with 1 and bets, at fair odds, that worse outcomes fall on the candidate. It stays about 1 or falls where nothing changed, and may be looked at as often as one likes.",
  threshold:
    "The evidence at which the candidate is rolled back: 1 divided by alpha. A version that is as good reaches it in at most the share alpha of all rollouts.",
  share:
    "How much of the combined evidence this metric is. The combined evidence is the mean of the metrics’ by their shares.",
  pass: "Evidence that the candidate is not slower by more than a quarter. At 10 that is taken as shown.",
  sampleRatio:
    "Evidence that something other than the coin decides which units are counted, such as a version whose failures are not logged. At 1,000 the rollout is held, since its arms cannot be compared.",
  shadowPairs:
    "Calls whose prompt was also given to the candidate, unseen by anybody. The same prompt on both is compared, so few pairs show much.",
  p50: "Half of the calls took at most this long.",
  p95: "Nineteen in twenty calls took at most this long.",
  msPerToken:
    "Milliseconds for each token of the answer after the first. Shown is the median of the calls; a session’s is the geometric mean of its calls.",
  totalMs:
    "Milliseconds from the request to the end of the answer: half of the calls took at most the first figure, nineteen in twenty at most the second.",
  firstTokenMs: "Milliseconds from the request to the first token. Half of the calls took at most this long.",
  tail: "Units slower than nine in ten, or than 97 in a hundred, of all units before them. It notices a candidate of which only some answers are slow.",
  errors:
    "Calls that failed and were not answered by this version. A session counts as failed when any of its calls did.",
  violations:
    "Answers with a guardrail finding of medium severity or worse. A session counts when any of its calls has one. Beneath stand the answers by their worst finding; those of low severity are not counted above.",
  held: "Answers with a finding of high or critical severity, which were held back.",
  fallbacks:
    "Calls that another version of the fallback chain had to answer. A session counts when any of its calls did.",
  rating: "The mean rating by readers, 1 to 5.",
  alpha: "The tolerated chance that a version that is as good is rolled back, over the whole rollout.",
  detectability: "The share of simulated rollouts with this fault that were rolled back in this step or before it.",
  medianUnits: "Half of the simulated rollouts that were rolled back were so by this many units.",
  medianHours: "Half of the simulated rollouts that were rolled back were so within this time, at the traffic given.",
  candidateAnswers:
    "Answers that the candidate gave before it was rolled back, on average: how many readers would see it.",
  difference: "The canary’s figure beside the stable version’s. It is a plain comparison; the evidence decides.",
  calibration:
    "The simulation of the plan before it started, in the scenario that is closest to what was measured. An end that fewer than one in twenty of its rollouts had counts as not foretold.",
};

/** What an event is called. */
export const eventTitles: Readonly<Record<RolloutEvent["type"], string>> = {
  started: "Started",
  warmed: "Warmed up",
  step: "Next step",
  weight: "Traffic moved",
  paused: "Paused",
  resumed: "Went on",
  gate: "Gate decided",
  inconclusive: "Inconclusive",
  limit: "Limit exceeded",
  evidence: "Found to be worse",
  objective: "Objective missed",
  deadline: "No progress",
  stuck: "Cannot go on",
  promoting: "Promoting",
  switched: "Switched over",
  holdback: "Old version kept for comparison",
  aborting: "Rolling back",
  degraded: "Rolled back",
  healthy: "Done",
  superseded: "Superseded by another version",
  retried: "Tried again",
};

/** The steps a strategy takes before it promotes or switches. */
export function stepsOf(plan: RolloutPlan): readonly RolloutStep[] {
  switch (plan.strategy) {
    case "canary":
      return plan.steps;
    case "blue_green":
      return plan.previewSteps;
    case "all_at_once":
      return [];
  }
}
