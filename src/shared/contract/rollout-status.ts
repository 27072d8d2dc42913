import { z } from "zod";
import { actor } from "./actor.ts";
import { rolloutId, versionId } from "./ids.ts";
import { useCaseName } from "./inference.ts";
import { arm, rolloutMetric, rolloutPlan } from "./rollout-plan.ts";
import { rolloutCause, waitingFor } from "./rollout-waiting.ts";

export const rolloutState = z.enum([
  "scheduled",
  "progressing",
  "paused",
  "promoting",
  "healthy",
  "aborting",
  "degraded",
]);
export type RolloutState = z.infer<typeof rolloutState>;
export const pauseReason = z.enum(["timed", "person", "inconclusive", "gate"]);
export type PauseReason = z.infer<typeof pauseReason>;

const perArm = <T extends z.ZodType>(value: T) => z.object({ stable: value, candidate: value });

/** What a latency is measured by: milliseconds, by the server's clock or by ours. */
export const rolloutMeasure = z.enum([
  "serverMsPerToken",
  "ownMsPerToken",
  "msPerByte",
  "msPerToken", // as it was given
  "totalMs",
  "firstTokenMs",
  "tail",
  "rating",
]);
export type RolloutMeasure = z.infer<typeof rolloutMeasure>;

const unitsWithout = z.object({ missing: z.number().int(), units: z.number().int() });

/** One metric on both arms, with the evidence that the candidate is worse. */
export const metricEvidence = z.object({
  metric: rolloutMetric,
  /** E: above 1 it speaks against the candidate. */
  value: z.number(),
  share: z.number(),
  /** What it is measured by, with the units that have no such value; empty for events, and before the first unit that has one. */
  measures: z.array(
    perArm(unitsWithout).extend({
      measure: rolloutMeasure,
      /** Having it was shown to depend on the arm: it is no evidence any more, nor is what it said before. */
      isSetAside: z.boolean(),
    }),
  ),
});
export type MetricEvidence = z.infer<typeof metricEvidence>;

/** What is known of a rollout's units so far. Milliseconds; null before the first unit that has one. */
export const rolloutAnalysis = z.object({
  units: perArm(z.number().int()),
  sessions: perArm(z.number().int()),
  /** Of the units, those whose latencies are no evidence, since an arm was settling after a load. */
  settling: perArm(z.number().int()),
  /** The combined E against the candidate, and the value at which it is rolled back. */
  evidence: z.number(),
  threshold: z.number(),
  metrics: z.array(metricEvidence),
  /** The E that it is not slower by more than a quarter, and the value at which that is taken as shown. */
  pass: z.number(),
  passThreshold: z.number(),
  /** The E that something other than the coin decides who is counted; at 1,000 the rollout pauses. */
  sampleRatio: z.number(),
  /** Of calls that the candidate got a copy of, whose shadow responses nobody sees. */
  shadowPairs: z.object({
    pairs: z.number().int(),
    /** Pairs in which the candidate took longer. */
    slower: z.number().int(),
    /** How many times as long it takes: the geometric mean over the pairs; null before the first. */
    timesAsLong: z.number().nullable(),
    evidence: z.number(),
  }),
  arms: perArm(
    z.object({
      /** Calls that ended, which the counts below are of. */
      calls: z.number().int(),
      msPerTokenP50: z.number().nullable(),
      msPerTokenP95: z.number().nullable(),
      /** Whose clock a token's time is by, the same on both arms: the server's where both servers have one, else ours. */
      clock: z.enum(["server", "own"]),
      /** Calls that had to wait for their model to be loaded, and for how long in all: part of none of the latencies here. */
      loads: z.number().int(),
      loadMs: z.number(),
      totalP50Ms: z.number().nullable(),
      totalP95Ms: z.number().nullable(),
      firstTokenP50Ms: z.number().nullable(),
      errors: z.number().int(),
      violations: z.number().int(),
      /** Calls by the worst finding in what this version said. */
      severities: z.object({
        low: z.number().int(),
        medium: z.number().int(),
        high: z.number().int(),
        critical: z.number().int(),
      }),
      held: z.number().int(),
      fallbacks: z.number().int(),
    }),
  ),
});
export type RolloutAnalysis = z.infer<typeof rolloutAnalysis>;

export const rolloutEvent = z.object({
  sequence: z.number().int(),
  atMs: z.number().int(),
  type: z.enum([
    "started",
    "warmed",
    "step",
    "weight",
    "paused",
    "resumed",
    "gate",
    "inconclusive",
    "limit",
    "evidence",
    "objective",
    "deadline",
    "stuck",
    "promoting",
    "switched",
    "holdback",
    "aborting",
    "degraded",
    "healthy",
    "superseded",
    "retried",
  ]),
  /** In plain words. */
  message: z.string(),
  by: actor,
  candidatePercent: z.number(),
});
export type RolloutEvent = z.infer<typeof rolloutEvent>;

/** A version's calls of one use case, at most the last 1,000: how many failed, were held back, had a critical finding. */
export const stableRecord = z.object({
  calls: z.number().int(),
  errors: z.number().int(),
  held: z.number().int(),
  critical: z.number().int(),
});
export type StableRecord = z.infer<typeof stableRecord>;

/** What is persisted of where a rollout stands; `decide` computes the next one from it. */
export const rolloutStatus = z.object({
  state: rolloutState,
  pause: z
    .object({
      reason: pauseReason,
      untilMs: z.number().int().nullable(),
      message: z.string(),
      /** The numbers of `message`, where it is about any. */
      cause: rolloutCause.optional(),
    })
    .nullable(),
  /** Index into the strategy's steps; their number when all are done. */
  step: z.number().int().min(0),
  stepSinceMs: z.number().int(),
  /** When the current step's own time is up, absolute; null where it has none. */
  stepUntilMs: z.number().int().nullable(),
  /** Units on both arms when the current step began. */
  stepUnits: z.number().int().min(0),
  /** Since when it is paused; null while it is not. */
  pausedAtMs: z.number().int().nullable(),
  candidatePercent: z.number().min(0).max(100),
  /** Blue-green: the switch was made. */
  switched: z.boolean(),
  warmed: z.boolean(),
  /** While it was warmed up the candidate answered as often as its plan lets it settle; missing in rollouts from before it was kept. */
  settled: z.boolean().optional(),
  /** Of the last change that counts as progress. */
  progressAtMs: z.number().int(),
  deadlineReported: z.boolean(),
  /** That what the step waits for keeps failing was reported, once a step. */
  stuckReported: z.boolean(),
  /** Until when holdback, standby or watch lasts; null where there is none. */
  watchUntilMs: z.number().int().nullable(),
  /** The doubts that a person accepted by resuming: not raised again in the same step, shadows in none. */
  accepted: z.array(z.enum(["inconclusive", "sample_ratio", "shadow"])),
  /** What the stable version had before the rollout; missing in rollouts from before it was kept. */
  stableBefore: stableRecord.optional(),
  /** Why it is degraded or aborting, in plain words. */
  reason: z.string().nullable(),
  /** The numbers of `reason`, where it is about any. */
  cause: rolloutCause.optional(),
});
export type RolloutStatus = z.infer<typeof rolloutStatus>;

export const rollout = z.object({
  id: rolloutId,
  useCase: useCaseName,
  stable: z.object({ versionId, model: z.string(), version: z.string() }),
  candidate: z.object({ versionId, model: z.string(), version: z.string() }),
  plan: rolloutPlan,
  status: rolloutStatus,
  startedAtMs: z.number().int(),
  finishedAtMs: z.number().int().nullable(),
  /** What it waits for, as data. */
  waitingFor,
});
export type Rollout = z.infer<typeof rollout>;

export const rolloutCommand = z.enum(["step", "pause", "resume", "promote", "promote_fully", "abort", "retry"]);
export type RolloutCommand = z.infer<typeof rolloutCommand>;

/** One unit for `analyse`: a call, or a session's summary. */
export const analysisUnit = z.object({
  arm,
  /** The candidate's share when the coin was thrown, 0 to 1. */
  weight: z.number().gt(0).lt(1),
  metrics: z.partialRecord(rolloutMetric, z.number()),
  session: z.string().max(300).optional(),
});
export type AnalysisUnit = z.infer<typeof analysisUnit>;
