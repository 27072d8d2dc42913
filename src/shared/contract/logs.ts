import { z } from "zod";
import { route } from "./errors.ts";
import { verdict } from "./guardrails.ts";
import { inferenceId, rolloutId, versionId } from "./ids.ts";
import {
  attempt,
  errorClass,
  finishReason,
  generationOptions,
  leftOut,
  message,
  timings,
  toolCall,
} from "./inference.ts";

/** `running` before the call; `interrupted` when the app ended before the call did. */
export const outcome = z.enum(["running", "completed", "stopped", "held", "failed", "interrupted"]);
export type Outcome = z.infer<typeof outcome>;

export const inferenceSummary = z.object({
  id: inferenceId,
  startedAtMs: z.number().int(),
  useCase: z.string(),
  model: z.string(),
  version: z.string(),
  outcome,
  severity: verdict.shape.severity,
  /** The start of the prompt, for a list row. */
  promptExcerpt: z.string(),
  responseExcerpt: z.string(),
  promptTokens: z.number().int().nullable(),
  completionTokens: z.number().int().nullable(),
  firstTokenMs: z.number().nullable(),
  totalMs: z.number().nullable(),
  errorClass: errorClass.nullable(),
  /** The version of the use case failed, and `model` and `version` name the fallback that answered. */
  byFallback: z.boolean(),
});
export type InferenceSummary = z.infer<typeof inferenceSummary>;

export const inferenceRecord = inferenceSummary
  .omit({ promptExcerpt: true, responseExcerpt: true, byFallback: true })
  .extend({
    versionId: versionId.nullable(),
    provider: z.string(),
    digest: z.string().nullable(),
    messages: z.array(message),
    options: generationOptions,
    promptTemplate: z.string().nullable(),
    /** What the reader was shown. */
    response: z.string(),
    /** What the model wrote, as far as it passed the checks: `response` with all that `leftOut` names. */
    raw: z.string(),
    /** In the order of `raw`; empty where the reader was shown all of it. */
    leftOut: z.array(leftOut),
    finishReason: finishReason.nullable(),
    timings: timings.nullable(),
    verdict,
    errorMessage: z.string().nullable(),
    errorRemedy: z.string().nullable(),
    /** The whole chain, in order; the last one is how it ended. */
    attempts: z.array(attempt),
    /** The caller, such as `stories`, `terminal`, `playground`, `gateway: SillyTavern`. */
    caller: z.string(),
    /** One reader's or tester's session, where the caller named it. */
    sessionKey: z.string().nullable(),
    /** The rollout it was routed by, or copied for as a shadow, which has no arm. */
    rolloutId: rolloutId.nullable(),
    arm: z.enum(["stable", "candidate"]).nullable(),
    /** The candidate's share of the calls when it was routed, 0 to 100. */
    armPercent: z.number().nullable(),
    /** The server cut the prompt to its context window. */
    promptTruncated: z.boolean(),
    /** A thinking model's thoughts, as far as they passed the checks. */
    thoughts: z.string(),
    toolCalls: z.array(toolCall),
    registryStale: z.boolean(),
    finishedAtMs: z.number().int().nullable(),
  });
export type InferenceRecord = z.infer<typeof inferenceRecord>;

/** What a person thought of an answer: 1 is the worst, 5 the best. */
const stars = z.number().int().min(1).max(5);
export const rating = z.object({ stars, atMs: z.number().int() });
export type Rating = z.infer<typeof rating>;

export const logsContract = {
  /** Newest first, keyset paged. */
  list: route
    .input(
      z.object({
        useCase: z.string().max(64).optional(),
        model: z.string().max(200).optional(),
        outcome: outcome.optional(),
        /** Those alone that a fallback answered. */
        byFallback: z.literal(true).optional(),
        cursor: z.string().max(200).optional(),
        limit: z.number().int().min(1).max(200).default(100),
      }),
    )
    .output(z.object({ items: z.array(inferenceSummary), nextCursor: z.string().nullable() })),
  get: route.input(z.object({ inferenceId })).output(inferenceRecord),
  /** Of one answer; null while nobody rated it. */
  rating: route.input(z.object({ inferenceId })).output(rating.nullable()),
  /** Rates an answer that was completed or stopped; a second rating replaces the first. Counts for its version. */
  rate: route.input(z.object({ inferenceId, stars })).output(rating),
  removeRating: route.input(z.object({ inferenceId })).output(z.object({})),
};
