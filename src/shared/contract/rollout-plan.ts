import { z } from "zod";
import { suiteId } from "./ids.ts";

export const arm = z.enum(["stable", "candidate"]);
export type Arm = z.infer<typeof arm>;

/** What is compared between the arms. Latencies are per session where routing is sticky, else per call. */
export const rolloutMetric = z.enum([
  "msPerToken", // decoding, per token of the answer
  "totalMs",
  "firstTokenMs",
  "tail", // units whose time by length is beyond nine in ten, or 97 in a hundred, of all before
  "errors",
  "violations", // medium or worse
  "fallbacks",
  "rating", // 1 to 5, lower is worse
]);
export type RolloutMetric = z.infer<typeof rolloutMetric>;

/** Milliseconds from a second to 30 days. */
export const spanMs = z.number().int().min(1_000).max(2_592_000_000);
const percent = z.number().min(0).max(100);

/** Waits so long, or for a person where no time is given. */
const pauseStep = z.object({ type: z.literal("pause"), forMs: spanMs.optional() });
/** A test suite on the candidate, with at least this share of its cases passed; or a person's word. */
const suiteGate = z.object({ type: z.literal("suite_gate"), suiteId, atLeastPercent: percent.default(100) });
const personGate = z.object({ type: z.literal("person_gate"), question: z.string().trim().min(1).max(500) });

export const rolloutStep = z.discriminatedUnion("type", [
  /** Gives the candidate this share of the traffic. */
  z.object({ type: z.literal("weight"), percent }),
  pauseStep,
  /** Goes on when enough units came on both arms and nothing speaks against the candidate; inconclusive when its time is up. */
  z.object({
    type: z.literal("analysis"),
    units: z.number().int().min(1).max(1_000_000),
    withinMs: spanMs.optional(),
    /** Goes on only when the candidate was shown not to be slower by more than a quarter. */
    proof: z.boolean().default(false),
  }),
  suiteGate,
  personGate,
]);
export type RolloutStep = z.infer<typeof rolloutStep>;
/** What can be done before any traffic: there is no traffic to shift and nothing to compare yet. */
const previewStep = z.discriminatedUnion("type", [pauseStep, suiteGate, personGate]);

/** Tolerated counts on the candidate: a limit is breached when its counter exceeds it. */
export const rolloutLimits = z.object({
  errors: z.number().int().min(0).optional(),
  /** Calls with a finding of high or critical severity. */
  held: z.number().int().min(0).optional(),
});

/** What the candidate has to keep where there is no control beside it: the mean of a metric's logarithm, or a rate. */
export const rolloutObjective = z.object({
  metric: z.enum(["msPerToken", "totalMs", "firstTokenMs", "errors", "violations"]),
  /** Milliseconds (of a typical call: the geometric mean), or a share from 0 to 1. */
  atMost: z.number().positive(),
});
export type RolloutObjective = z.infer<typeof rolloutObjective>;

const common = {
  /** Not before then. */
  startAtMs: z.number().int().min(0).optional(),
  /** Loads the candidate before it gets any traffic. */
  warmUp: z.boolean().default(true),
  /** Copies so many of the stable arm's calls to the candidate, whose answers nobody sees, until it gets calls of its own. */
  shadowPercent: percent.default(0),
  /** Goes on copying beside the calls of its own. */
  shadowThroughout: z.boolean().default(false),
  analysis: z
    .object({
      /** Shares of the evidence, which sum to 1 after scaling. */
      metrics: z.partialRecord(rolloutMetric, z.number().min(0).max(1)).default({
        msPerToken: 0.38,
        tail: 0.28,
        firstTokenMs: 0.08,
        errors: 0.11,
        violations: 0.11,
        fallbacks: 0.04,
      }),
      /** The chance of rolling back a version that is as good, over the whole rollout. */
      alpha: z.number().min(0.0001).max(0.5).default(0.05),
      /** So many calls of an arm after its model was loaded are no evidence of latencies. */
      settleCalls: z.number().int().min(0).max(100).default(5),
    })
    .prefault({}),
  /**
   * Takes the candidate back when its calls that fail, its answers that are held back, or those with a critical finding are shown
   * to be more than the stable version's.
   */
  safeguard: z.boolean().default(true),
  limits: rolloutLimits.default({}),
  objectives: z.array(rolloutObjective).max(8).default([]),
  /** Of no progress, pauses not counted: an event reports it, and it aborts where `abortOnDeadline` is set. */
  progressDeadlineMs: spanMs.default(86_400_000),
  abortOnDeadline: z.boolean().default(false),
  /** Going back to a version that was stable with fewer than so many versions between skips steps and analysis. */
  rollbackWindow: z.number().int().min(0).max(20).default(1),
};

export const rolloutPlan = z.discriminatedUnion("strategy", [
  z.object({
    strategy: z.literal("canary"),
    steps: z.array(rolloutStep).min(1).max(50),
    /** After the last step so much of the traffic stays on the old version for comparison. */
    holdbackPercent: z.number().min(0).max(50).default(0),
    holdbackMs: spanMs.default(3_600_000),
    ...common,
  }),
  z.object({
    strategy: z.literal("blue_green"),
    /** While the candidate is only reached by name; gates and pauses, no weights. */
    previewSteps: z.array(previewStep).max(20).default([]),
    /** After the switch the old version is kept loaded so long, and watched for reasons to switch back. */
    standbyMs: spanMs.default(600_000),
    ...common,
  }),
  z.object({
    strategy: z.literal("all_at_once"),
    /** After the switch the objectives are watched so long. */
    watchMs: spanMs.default(600_000),
    ...common,
  }),
]);
export type RolloutPlan = z.infer<typeof rolloutPlan>;
