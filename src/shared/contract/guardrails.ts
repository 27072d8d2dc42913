import { z } from "zod";
import { route } from "./errors.ts";
import { inferenceId, violationId } from "./ids.ts";

export const severity = z.enum(["low", "medium", "high", "critical"]);
export type Severity = z.infer<typeof severity>;

/** MLCommons hazards (S) and engagement patterns (A); `opaque` is text no rule can read, such as a long encoded run. */
export const hazardCategories = [
  "S1",
  "S2",
  "S3",
  "S4",
  "S5",
  "S6",
  "S7",
  "S8",
  "S9",
  "S10",
  "S11",
  "S12",
  "S13",
  "S14",
  "A1",
  "A2",
  "A3",
  "A4",
  "A5",
  "A6",
  "A7",
  "A8",
  "A9",
  "opaque",
] as const;
export const hazardCategory = z.enum(hazardCategories);
export type HazardCategory = z.infer<typeof hazardCategory>;

/** One guardrail hit. `start` and `end` are UTF-16 offsets into the original text that was checked, end exclusive. */
export const finding = z.object({
  ruleId: z.string(),
  category: hazardCategory,
  severity,
  score: z.number().min(0).max(1),
  start: z.number().int().min(0),
  end: z.number().int().min(0),
  message: z.string(),
});
export type Finding = z.infer<typeof finding>;

/** How many findings of one text are listed and kept as violations; the worst of all is one of them. */
export const maxListedFindings = 200;

/** The outcome of a whole text: the worst severity found, `none` when clean. */
export const verdict = z.object({
  severity: z.enum(["none", ...severity.options]),
  findings: z.array(finding),
  /** How many there were, where that is more than are listed. */
  found: z.number().int().optional(),
});
export type Verdict = z.infer<typeof verdict>;

export const reviewDecision = z.enum(["open", "confirmed", "false_alarm", "overridden"]);
export type ReviewDecision = z.infer<typeof reviewDecision>;

export const violationSummary = z.object({
  id: violationId,
  inferenceId,
  atMs: z.number().int(),
  category: hazardCategory,
  severity,
  ruleId: z.string(),
  message: z.string(),
  /** The matched text with a little context, for a list row. */
  excerpt: z.string(),
  useCase: z.string(),
  model: z.string(),
  version: z.string(),
  decision: reviewDecision,
});
export type ViolationSummary = z.infer<typeof violationSummary>;

export const violation = violationSummary.extend({
  score: z.number(),
  /** The whole original passage; kept for reviewers only. */
  original: z.string(),
  start: z.number().int(),
  end: z.number().int(),
  /** What the reader was shown instead; null when the text was shown as it was. */
  shown: z.string().nullable(),
  prompt: z.string(),
  reviews: z.array(
    z.object({ atMs: z.number().int(), decision: reviewDecision.nullable(), reason: z.string().nullable() }),
  ),
});
export type Violation = z.infer<typeof violation>;

export const guardrailsContract = {
  /** Newest first, keyset paged. `counts` are over all violations, by severity, of those still open. */
  violations: route
    .input(
      z.object({
        severity: severity.optional(),
        decision: reviewDecision.optional(),
        cursor: z.string().max(200).optional(),
        limit: z.number().int().min(1).max(200).default(100),
      }),
    )
    .output(
      z.object({
        items: z.array(violationSummary),
        nextCursor: z.string().nullable(),
        openCounts: z.record(severity, z.number().int()),
      }),
    ),
  violation: route.input(z.object({ violationId })).output(violation),
  /** Records a review decision or, without one, a note. An override needs its reason. */
  review: route
    .input(
      z
        .object({
          violationId,
          decision: reviewDecision.optional(),
          reason: z.string().trim().min(1).max(2_000).optional(),
        })
        .refine((review) => review.decision !== "overridden" || review.reason !== undefined, {
          path: ["reason"],
          message: "an override needs a written reason",
        })
        .refine((review) => review.decision !== undefined || review.reason !== undefined, {
          path: ["decision"],
          message: "give a decision, or a reason as a note",
        }),
    )
    .output(violation),
  /** Checks a text as a generated passage would be checked; stores nothing. */
  check: route.input(z.object({ text: z.string().max(2_000_000) })).output(verdict),
};
