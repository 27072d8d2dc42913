import { type RolloutMetric, rolloutMetric, type RolloutPlan, type RolloutStep } from "./contract/rollout-plan.ts";
import type { RolloutEvent } from "./contract/rollout-status.ts";

/** What a rollout measures of its own calls. Ratings only come with units that are analysed from a file. */
export const measuredMetrics: readonly RolloutMetric[] = rolloutMetric.options.filter((metric) => metric !== "rating");

/** The numbers that are shown of rollouts, and of the updates and alerts that come of them. */
export type ShownNumber =
  | RolloutMetric
  | "candidatePercent"
  | "units"
  | "calls"
  | "sessions"
  | "evidence"
  | "threshold"
  | "share"
  | "settling"
  | "measuredBy"
  | "loads"
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
  | "calibration"
  | "promoted"
  | "rolledBack"
  | "inconclusive"
  | "simulatedCalls"
  | "planStep"
  | "waitingFor"
  | "planTime"
  | "holdback"
  | "shadowPercent"
  | "shadowEvidence"
  | "samples"
  | "updateNumber"
  | "hasUpdate"
  | "waitingUpdates"
  | "updatePercent"
  | "openAlerts";

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
  settling:
    "The first answers after a model was loaded are slower for reasons that are not the version’s. Until so many calls of an arm came after a load, no latency of either arm is evidence; errors and violations are.",
  measuredBy:
    "A latency counts only where both arms can have it. Where having it was shown to depend on the arm, it is set aside: it is no evidence any more, nor is what it said before, and what else measures the same counts alone.",
  loads:
    "Calls that waited for their model to be loaded, and how long that took in all. It is in none of the latencies here. A machine that keeps one model in memory pays it whenever the arms take turns.",
  pass: "Evidence that the candidate is not slower by more than a quarter. At 10 that is taken as shown.",
  sampleRatio:
    "Evidence that something other than the coin decides which units are counted, such as a version whose failures are not logged. At 1,000 the rollout pauses, since its arms cannot be compared.",
  shadowPairs:
    "Calls whose prompt the candidate answered too; nobody sees its shadow responses. The same prompt on both is compared, so few pairs show much.",
  p50: "Half of the calls took at most this long.",
  p95: "Nineteen in twenty calls took at most this long.",
  msPerToken:
    "Milliseconds for each token of the answer, by one clock on both arms: the servers’ where both have one, else ours, over the tokens after the first. Shown is the median of the calls; a session’s is the geometric mean of its calls.",
  totalMs:
    "Milliseconds from the request to the end of the answer, of calls that found the model loaded: half of the calls took at most the first figure, nineteen in twenty at most the second.",
  firstTokenMs:
    "Milliseconds from the request to the first token, of calls that found the model loaded. Half of the calls took at most this long.",
  tail: "Units slower for their length than nine in ten, or than 97 in a hundred, of all units before them. It notices a candidate of which only some answers are slow.",
  errors:
    "Calls that failed and were not answered by this version. A session counts as failed when any of its calls did.",
  violations:
    "Answers with a guardrail finding of medium severity or worse. A session counts when any of its calls has one. Beneath stand the answers by their worst finding; those of low severity are not counted above, and those of high or critical severity were held.",
  held: "Answers with a finding of high or critical severity, which were held back.",
  fallbacks:
    "Calls that another version of the fallback chain had to answer. As evidence counts each that failed before it said anything, whether or not there is a fallback. A session counts when any of its calls did.",
  rating: "The mean rating by readers, 1 to 5.",
  alpha: "The tolerated chance that a version that is as good is rolled back, over the whole rollout.",
  detectability: "The share of simulated rollouts with this fault that were rolled back in this step or before it.",
  medianUnits: "Half of the simulated rollouts that were rolled back were so by this many units.",
  medianHours: "Half of the simulated rollouts that were rolled back were so within this time, at the traffic given.",
  candidateAnswers:
    "Answers that the candidate gave before it was rolled back, on average: how many readers would see it.",
  difference: "The canary’s figure beside the stable version’s. It is a plain comparison; the evidence decides.",
  calibration:
    "The simulation of the plan before it started, in the scenario that is closest to what was measured. An end that fewer than one in twenty of its rollouts had counts as not predicted.",
  promoted: "The share of simulated rollouts in which the candidate became the stable version.",
  rolledBack: "The share of simulated rollouts in which the candidate was rolled back, in whichever step.",
  inconclusive:
    "The share of simulated rollouts that came to their end neither promoted nor rolled back: too few units in the time of a step, or arms that cannot be compared. A live one waits for a person there.",
  simulatedCalls: "Calls of all simulated rollouts together. None of them reached a model.",
  planStep:
    "The candidate’s share of new sessions in this step, and how many units it compares on both arms together, or how long it waits.",
  waitingFor:
    "What has to happen before the next step: units still to come on both arms together, the evidence that would roll it back, or time that is left.",
  planTime: "How long the plan waits here. A person can skip it.",
  holdback:
    "The share of new sessions that the old version keeps after the last step, so that both can be compared for longer.",
  shadowPercent:
    "The share of the stable version’s calls whose prompt the candidate answers too; nobody sees these shadow responses.",
  shadowEvidence:
    "How strongly the shadow responses say that the candidate takes longer on the same prompt: the wealth of a gambler who started with 1. At 1 divided by alpha a person is asked before it gets any call.",
  samples:
    "Each answer leads to its row in the log. Beneath it stand when it was asked, how it ended, and the time from the request to its end.",
  updateNumber: "Every change of what answers a use case has the next number. Subscribers get them in this order.",
  hasUpdate: "The number of the last model update that it acknowledged; it has all before it, too.",
  waitingUpdates: "Model updates that it has not acknowledged yet. They are sent again until it does.",
  updatePercent: "The share of the use case’s calls that goes to the version of this update from then on.",
  openAlerts: "Alerts that nobody has acknowledged yet.",
};

/** What an event is called. */
export const eventTitles: Readonly<Record<RolloutEvent["type"], string>> = {
  started: "Started",
  warmed: "Warmed up",
  step: "Next step",
  weight: "Weight changed",
  paused: "Paused",
  resumed: "Resumed",
  gate: "Gate decided",
  inconclusive: "Inconclusive",
  limit: "Limit exceeded",
  evidence: "Regression detected",
  objective: "Objective missed",
  deadline: "No progress",
  stuck: "Stuck",
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
