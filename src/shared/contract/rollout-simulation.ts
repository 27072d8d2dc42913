import { z } from "zod";
import { actorOrText, person } from "./actor.ts";
import { useCaseName } from "./inference.ts";
import { rolloutPlan, spanMs } from "./rollout-plan.ts";
import { rolloutCommand, rolloutEvent } from "./rollout-status.ts";

const share = z.number().min(0).max(1);
/** Lognormal: half of all lie below the median; `sigma` is the standard deviation of the natural logarithm. */
const spread = z.object({ median: z.number().positive(), sigma: z.number().min(0).max(3).default(0.6) });

/** How a version answers, for a simulation. */
export const simulatedArm = z.object({
  msPerToken: spread,
  /** For a prompt of median length; it grows with the prompt. */
  firstTokenMs: spread,
  errorShare: share.default(0.01),
  /** Of medium severity or worse. */
  violationShare: share.default(0.002),
  /** Of the violations, those of high or critical severity, whose answers are blocked. */
  blockedShare: share.default(0.2),
});
export type SimulatedArm = z.infer<typeof simulatedArm>;

/** One call of the past. Latencies are left out where it failed. */
export const pastCall = z.object({
  atMs: z.number().int().min(0),
  session: z.string().max(300).nullable().default(null),
  msPerToken: z.number().positive().optional(),
  tokens: z.number().int().min(0).optional(),
  firstTokenMs: z.number().positive().optional(),
  error: z.boolean().default(false),
  violation: z.boolean().default(false),
  held: z.boolean().default(false),
});
export type PastCall = z.infer<typeof pastCall>;

const loadTraffic = z.object({
  type: z.literal("load"),
  callsPerHour: z.number().positive().max(1_000_000),
  /** How busy each hour of the day (UTC) is beside the others; all alike where it is left out. */
  dayShape: z.array(z.number().min(0)).length(24).optional(),
  /** The mean; 1 for calls that have nothing to do with each other. */
  callsPerSession: z.number().min(1).max(1_000).default(1),
  /** How much of the variance of a latency's logarithm is between sessions (the intra-class correlation). */
  betweenSessions: z.number().min(0).max(0.95).default(0),
  promptTokens: spread.prefault({ median: 500 }),
  answerTokens: spread.prefault({ median: 150 }),
  stable: simulatedArm,
  /** Where it is given, "the candidate as described" is one of the scenarios. */
  candidate: simulatedArm.optional(),
});
const historyTraffic = z.object({
  type: z.literal("history"),
  /** Whole sessions are drawn from it, at the pace of the hours in which they came. */
  calls: z.array(pastCall).min(20).max(500_000),
});
export const simulatedTraffic = z.discriminatedUnion("type", [loadTraffic, historyTraffic]);
export type SimulatedTraffic = z.infer<typeof simulatedTraffic>;

/** How the candidate differs from the stable version in one scenario. */
export const simulatedEffect = z.object({
  name: z.string().trim().min(1).max(120),
  msPerTokenTimes: z.number().positive().max(100).default(1),
  firstTokenTimes: z.number().positive().max(100).default(1),
  /** So many of its answers take `slowTimes` as long. */
  slowShare: share.default(0),
  slowTimes: z.number().positive().max(100).default(5),
  /** At least so many of its calls fail. */
  errorShare: share.default(0),
  violationsTimes: z.number().min(1).max(1_000).default(1),
});
export type SimulatedEffect = z.infer<typeof simulatedEffect>;

export const simulationInput = z.object({
  plan: rolloutPlan,
  traffic: simulatedTraffic,
  scenarios: z.array(simulatedEffect).max(12).default([]),
  /** Adds no change, x1.2, x1.5, x2, errors in 5 %, five times the violations. */
  standard: z.boolean().default(true),
  /** Each session keeps its arm and is one unit; else each call. */
  sticky: z.boolean().default(true),
  sessionWithinMs: spanMs.default(600_000),
  maxCallsPerSession: z.number().int().min(1).max(1_000).default(10),
  /** Rollouts a scenario. */
  runs: z.number().int().min(1).max(20_000).default(300),
  seed: z.number().int().min(0).max(4_294_967_295).default(1),
  /** Sessions are like those of their hour; 0 stands for now where recorded traffic is drawn from. */
  startAtMs: z.number().int().min(0).default(0),
  /** A rollout that is not at its end by then counts as inconclusive. */
  maxCallsPerRun: z.number().int().min(100).max(1_000_000).default(20_000),
});
export type SimulationInput = z.infer<typeof simulationInput>;

/** The calls in the log that the version a use case has now gave an answer to, or could not. */
const recordedTraffic = z.object({
  type: z.literal("recorded"),
  useCase: useCaseName,
  /** Counted back from now. */
  days: z.number().int().min(1).max(366).default(7),
});
export type RecordedTraffic = z.infer<typeof recordedTraffic>;

/** What a backend can be asked to simulate: it has the log. */
export const simulationRequest = simulationInput.extend({
  traffic: z.discriminatedUnion("type", [loadTraffic, historyTraffic, recordedTraffic]),
});
export type SimulationRequest = z.infer<typeof simulationRequest>;

export const simulatedScenario = z.object({
  name: z.string(),
  /** Null for the candidate as the traffic describes it. */
  effect: simulatedEffect.nullable(),
  runs: z.number().int(),
  /** Shares of the runs, which sum to 1. */
  rolledBack: z.number(),
  promoted: z.number(),
  inconclusive: z.number(),
  /** Over the runs that were rolled back: until then. Null where none was. */
  medianUnits: z.number().nullable(),
  medianHours: z.number().nullable(),
  /** Answers the candidate gave until the end, on average; over all runs, and over those rolled back. */
  candidateAnswers: z.number(),
  candidateAnswersUntilRollback: z.number().nullable(),
  /** One for each step of the plan, and one for what comes after the last. */
  steps: z.array(
    z.object({
      step: z.number().int(),
      /** Runs that came to this step. */
      reached: z.number().int(),
      /** Of the runs that came to it, the share that was rolled back in it. */
      caught: z.number(),
      /** Of all runs, the share that was rolled back in it or before. */
      caughtSoFar: z.number(),
    }),
  ),
  /** What happened in the first run. */
  example: z.array(rolloutEvent),
});
export type SimulatedScenario = z.infer<typeof simulatedScenario>;

export const simulationResult = z.object({
  scenarios: z.array(simulatedScenario),
  /** Calls that were simulated in all. */
  calls: z.number().int(),
  /** It was stopped before all runs were made; the shares are of those that were. */
  stopped: z.boolean(),
  /** What the plan does that a simulation cannot know, in a sentence each. */
  assumptions: z.array(z.string()),
});
export type SimulationResult = z.infer<typeof simulationResult>;

/** What was predicted of a plan, as it is kept with the rollout that follows it. */
export const rolloutPrediction = simulationResult.extend({
  scenarios: z.array(simulatedScenario.omit({ example: true })).max(24),
});
export type RolloutPrediction = z.infer<typeof rolloutPrediction>;

export const rolloutEnd = z.enum(["rolled_back", "promoted", "inconclusive"]);
export type RolloutEnd = z.infer<typeof rolloutEnd>;

/** How a rollout went, beside what was predicted of it. Ratios are the candidate's over the stable version's; null for unknown. */
export const finishedRollout = z.object({
  end: rolloutEnd,
  units: z.number().int().min(0),
  hours: z.number().min(0),
  candidateAnswers: z.number().int().min(0),
  msPerTokenTimes: z.number().positive().nullable(),
  candidateErrorShare: share.nullable(),
  stableErrorShare: share.nullable(),
  violationsTimes: z.number().positive().nullable(),
});
export type FinishedRollout = z.infer<typeof finishedRollout>;

export const calibration = z.object({
  /** The scenario that came closest to what was measured; null where none was simulated. */
  scenario: z.string().nullable(),
  /** How often the simulation of that scenario ended as the rollout did. */
  predictedShare: z.number().nullable(),
  /** It ended so in at least one run in twenty of that scenario. */
  agrees: z.boolean(),
  /** In plain words, to be shown one below the other. */
  sentences: z.array(z.string()),
});
export type Calibration = z.infer<typeof calibration>;

/** Facts as a scenario gives them: each stands until it is given again. */
export const replayFacts = z
  .strictObject({
    units: z.strictObject({ stable: z.number().int().min(0), candidate: z.number().int().min(0) }),
    evidence: z.number().min(0),
    threshold: z.number().positive(),
    pass: z.number().min(0),
    passThreshold: z.number().positive(),
    sampleRatio: z.number().min(0),
    sampleRatioThreshold: z.number().positive(),
    shadowEvidence: z.number().min(0),
    shadowThreshold: z.number().positive(),
    errors: z.number().int().min(0),
    held: z.number().int().min(0),
    missedObjectives: z.array(z.string()),
    warmed: z.boolean(),
    gate: z.strictObject({ step: z.number().int().min(0), passed: z.boolean(), message: z.string() }).nullable(),
    failing: z
      .strictObject({
        what: z.enum(["warm_up", "suite"]),
        step: z.number().int().min(0),
        tries: z.number().int().min(1),
        error: z.string(),
      })
      .nullable(),
    assigned: z.boolean(),
    withinRollbackWindow: z.boolean(),
  })
  .partial();

/** A rollout to be decided again from what was known and asked, and when. Times are milliseconds, in ascending order. */
export const replayScenario = z.strictObject({
  plan: rolloutPlan,
  startedAtMs: z.number().int().min(0),
  timeline: z
    .array(
      z.strictObject({
        atMs: z.number().int().min(0),
        facts: replayFacts.optional(),
        command: rolloutCommand.optional(),
        by: actorOrText.default(person),
        reason: z.string().max(2_000).nullable().default(null),
      }),
    )
    .max(100_000),
  /** Timers run out until then; until the last entry of the timeline where it is left out. */
  untilMs: z.number().int().min(0).optional(),
});
export type ReplayScenario = z.infer<typeof replayScenario>;
