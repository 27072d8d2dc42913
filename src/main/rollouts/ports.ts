import type { SuiteId, VersionId } from "../../shared/contract/ids.ts";
import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { RolloutEvent } from "../../shared/contract/rollout-status.ts";
import type { StoredRollout } from "../db/queries/rollouts.ts";

/** The versions that can be rolled out. */
export interface CandidateVersions {
  /** Throws `Failure` NOT_FOUND. */
  version(id: VersionId): Promise<ModelVersion>;
}

/** Knows whether a candidate could answer. */
export interface ReachabilityCheck {
  /** Why a version's server would not answer now; null where it does, or nobody can say. */
  unreachable(version: ModelVersion): Promise<string | null>;
}

/** Loads versions ahead of their calls. */
export interface WeightLoader {
  /** Loads a version's weights without generating. Throws where that does not work. */
  load(version: ModelVersion, signal: AbortSignal): Promise<void>;
}

/** Asks versions ahead of their calls. */
export interface WarmUpCalls {
  /**
   * Sends a version so many requests, one after another, the first with a prompt and an answer of typical length, and resolves to
   * how many it answered within some seconds. They are in the log as `warm-up`. Throws nothing but the signal's reason.
   */
  ask(version: ModelVersion, times: number, signal: AbortSignal): Promise<number>;
}

/** The test suites that gates of a rollout run. */
export interface GateSuites {
  /** How many of a suite's cases a version passes. Throws where they could not all be run. */
  runSuite(
    of: { suiteId: SuiteId; versionId: VersionId },
    signal: AbortSignal,
  ): Promise<{ passed: number; cases: number }>;
  /** How many cases a suite has. Throws `Failure` NOT_FOUND. */
  countCases(suiteId: SuiteId): Promise<number>;
}

/** Measures how busy a version's servers are. */
export interface VersionTraffic {
  /** The calls where a version's go: those that run, and those that wait. */
  loadOf(version: ModelVersion): { running: number; queued: number };
}

/** Hands a use case over to the candidate once it is assigned. */
export interface AssignmentHandover {
  /** An assignment was written: resolves to whether calls on the use case are routed to this version by it. */
  assignmentChanged(useCase: string, versionId: VersionId): Promise<boolean>;
}

/** Follows the rollouts. */
export interface RolloutListener {
  /** Called after what happened was committed; without events after a call was counted. */
  happened(rollout: StoredRollout, events: readonly Pick<RolloutEvent, "type" | "message" | "by">[]): void;
}
