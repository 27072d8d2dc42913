import { eventIterator } from "@orpc/contract";
import { z } from "zod";
import { route } from "./errors.ts";
import { inferenceId, rolloutId, versionId } from "./ids.ts";
import { useCaseName } from "./inference.ts";
import { arm, rolloutPlan } from "./rollout-plan.ts";
import { calibration, rolloutPrediction, simulationRequest, simulationResult } from "./rollout-simulation.ts";
import { rollout, rolloutAnalysis, rolloutCommand, rolloutEvent } from "./rollout-status.ts";

/** One call of a rollout, for looking at both arms side by side. */
export const rolloutSample = z.object({
  inferenceId,
  arm,
  /** The call of the stable version whose prompt this shadow response copies; null for a call that a reader made. */
  shadowOf: inferenceId.nullable(),
  atMs: z.number().int(),
  sessionKey: z.string().nullable(),
  promptExcerpt: z.string(),
  responseExcerpt: z.string(),
  outcome: z.string(),
  totalMs: z.number().nullable(),
});
export type RolloutSample = z.infer<typeof rolloutSample>;

/** The evidence after so many units, for the line against its threshold. */
export const evidencePoint = z.object({
  atMs: z.number().int(),
  units: z.number().int(),
  candidatePercent: z.number(),
  evidence: z.number(),
  pass: z.number(),
});
export type EvidencePoint = z.infer<typeof evidencePoint>;

export const rolloutView = z.object({ rollout, analysis: rolloutAnalysis });
export type RolloutView = z.infer<typeof rolloutView>;

/** Where a promoted rollout can be gone back from, and what that would do. */
export const wayBack = z.object({
  useCase: useCaseName,
  /** What was stable before it. */
  version: z.object({ versionId, model: z.string(), version: z.string() }),
  /** The plan of the rollout, without a time to start at. */
  plan: rolloutPlan,
  /** It was stable with so few other versions since that steps and comparison are skipped. */
  withinRollbackWindow: z.boolean(),
});
export type WayBack = z.infer<typeof wayBack>;

const reason = z.string().trim().max(500).optional();

export const rolloutsContract = {
  /** Newest first. */
  list: route
    .input(
      z
        .object({
          useCase: useCaseName.optional(),
          active: z.boolean().optional(),
          limit: z.number().int().min(1).max(200).default(100),
        })
        .prefault({}),
    )
    .output(z.array(rollout)),
  get: route.input(z.object({ rolloutId })).output(rolloutView),
  /**
   * `coordinateModelDeployment`: checks the candidate, then warms up, shifts, watches, broadcasts, and completes or rolls back.
   * One a use case: a second is refused, unless it `supersedes` the first, whose candidate then gets nothing any more.
   */
  start: route
    .input(
      z.object({
        useCase: useCaseName,
        candidateVersionId: versionId,
        plan: rolloutPlan,
        supersede: z.boolean().default(false),
        /** What a simulation of this plan said: it is kept, and laid beside what happened when the rollout is over. */
        prediction: rolloutPrediction.optional(),
        reason,
      }),
    )
    .output(rollout),
  /** An abort is in effect for the next call when this returns. */
  command: route.input(z.object({ rolloutId, command: rolloutCommand, reason })).output(rollout),
  events: route.input(z.object({ rolloutId })).output(z.array(rolloutEvent)),
  /** At most 500 points, the newest among them. */
  evidence: route.input(z.object({ rolloutId })).output(z.array(evidencePoint)),
  /** What was predicted beside what happened; null while it is in progress. */
  calibration: route.input(z.object({ rolloutId })).output(calibration.nullable()),
  /** The way back to the version before; null while the candidate is not what is assigned. */
  wayBack: route.input(z.object({ rolloutId })).output(wayBack.nullable()),
  /** The latest calls of each arm, and the latest shadow responses with the calls they copy; newest first. */
  samples: route
    .input(z.object({ rolloutId, limit: z.number().int().min(1).max(100).default(20) }))
    .output(z.array(rolloutSample)),
  /**
   * Before any traffic: progress at most ten times a second, then the result. Cancelled by its signal. BAD_REQUEST where too few
   * calls are recorded to draw from.
   */
  simulate: route
    .input(simulationRequest)
    .output(
      eventIterator(
        z.discriminatedUnion("type", [
          z.object({ type: z.literal("progress"), made: z.number().int(), toMake: z.number().int() }),
          z.object({ type: z.literal("result"), result: simulationResult }),
        ]),
      ),
    ),
  /** The plan as a cluster's manifest; its comments name what it has no fields for. */
  manifest: route
    .input(
      z.object({
        plan: rolloutPlan,
        useCase: useCaseName,
        candidateVersionId: versionId,
        kind: z.enum(["argo", "kserve"]),
      }),
    )
    .output(z.object({ yaml: z.string() })),
  /** Where it stands, again whenever that changes, at most four times a second, until it is over. */
  watch: route.input(z.object({ rolloutId })).output(eventIterator(rolloutView)),
};
