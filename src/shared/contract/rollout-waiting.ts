import { z } from "zod";
import { suiteId } from "./ids.ts";
import { arm, rolloutMetric } from "./rollout-plan.ts";

const count = z.number().int().min(0);
/** Absolute. */
const moment = z.number().int();

/** The metric that speaks against the candidate most, with both arms' figures. */
export const leadingMetric = z.object({
  metric: rolloutMetric,
  /** Milliseconds, or a share of the calls from 0 to 1 for errors, violations and fallbacks; null where an arm has none. */
  stable: z.number().nullable(),
  candidate: z.number().nullable(),
});
export type LeadingMetric = z.infer<typeof leadingMetric>;

/** What of a candidate was shown to be worse than the stable version's, and both counts. */
export const safeguardBreach = z.object({
  what: z.enum(["errors", "held", "critical"]),
  events: count,
  calls: count,
  /** The stable version's before the rollout and in it. */
  stableEvents: count,
  stableCalls: count,
});
export type SafeguardBreach = z.infer<typeof safeguardBreach>;

/** What was measured where a rollout paused or ended for it. Evidence is an e-value, thresholds are of the same scale. */
export const rolloutCause = z.discriminatedUnion("kind", [
  /** Against the candidate, by the calls of both arms. */
  z.object({
    kind: z.literal("evidence"),
    evidence: z.number(),
    threshold: z.number(),
    /** Missing in rollouts from before it was kept. */
    leading: leadingMetric.optional(),
  }),
  /** Against the candidate, by its own calls beside what the stable version had. */
  z.object({ kind: z.literal("safeguard"), breach: safeguardBreach }),
  /** Against the candidate, by its shadow responses. */
  z.object({ kind: z.literal("shadow_evidence"), evidence: z.number(), threshold: z.number() }),
  /** An analysis whose time was up with fewer units than it asks for. */
  z.object({ kind: z.literal("too_few_units"), units: count, wanted: count }),
  /** An analysis whose time was up without proof that the candidate is no slower. */
  z.object({ kind: z.literal("not_proven"), pass: z.number(), threshold: z.number() }),
]);
export type RolloutCause = z.infer<typeof rolloutCause>;

/** `message` says all; `cause` has its numbers, where it is about any. */
const why = { message: z.string(), cause: rolloutCause.optional() };

/** One part of what a rollout waits for, or of how it ended; `waitingSentence` writes the sentence. */
export const waitingPart = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("start"), atMs: moment }),
  z.object({ kind: z.literal("warm_up") }),
  z.object({ kind: z.literal("next_step") }),
  /** So many more on both arms together; `inProgress` have begun. */
  z.object({ kind: z.literal("units"), left: count, unit: z.enum(["session", "call"]), inProgress: count }),
  z.object({ kind: z.literal("first_unit"), arm, unit: z.enum(["session", "call"]) }),
  z.object({ kind: z.literal("proof"), pass: z.number(), threshold: z.number() }),
  z.object({ kind: z.literal("evidence"), evidence: z.number(), threshold: z.number() }),
  z.object({ kind: z.literal("step_ends"), atMs: moment }),
  /** Null where the plan gives no time. */
  z.object({ kind: z.literal("plan_pause"), untilMs: moment.nullable() }),
  z.object({ kind: z.literal("person"), toDecide: z.enum(["resume", "resume_or_abort"]), ...why }),
  /** Null where a person is asked. */
  z.object({ kind: z.literal("gate"), question: z.string(), suiteId: suiteId.nullable() }),
  /** `holdbackPercent` of the calls stay on the old version meanwhile. */
  z.object({ kind: z.literal("watch"), untilMs: moment, holdbackPercent: z.number() }),
  z.object({ kind: z.literal("assignment") }),
  z.object({ kind: z.literal("finishing") }),
  z.object({ kind: z.literal("rolling_back") }),
  z.object({ kind: z.literal("rolled_back"), ...why }),
  z.object({ kind: z.literal("promoted") }),
  /** What is waited for failed, and is tried again. */
  z.object({ kind: z.literal("failing"), error: z.string() }),
]);
export type WaitingPart = z.infer<typeof waitingPart>;

/** In the order in which they are read: what is waited for first. */
export const waitingFor = z.array(waitingPart).min(1).max(8);
export type WaitingFor = z.infer<typeof waitingFor>;
