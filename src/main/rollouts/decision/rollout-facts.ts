import type { Actor } from "../../../shared/contract/actor.ts";
import type { LeadingMetric, SafeguardBreach } from "../../../shared/contract/rollout-waiting.ts";
import type { RolloutCommand } from "../../../shared/contract/rollout-status.ts";

/**
 * What is known of a rollout from outside it. Counts and evidence are since its start, its last retry, or the full promotion
 * that took back its abort: they are reset before either is asked for, or what ended it would end it again at once.
 */
export interface RolloutFacts {
  /** Finished units an arm. */
  readonly units: { readonly stable: number; readonly candidate: number };
  /** Begun, and not finished yet or waiting for one that was begun before. */
  readonly unitsInProgress: number;
  /** The combined E against the candidate, and where it is rolled back. */
  readonly evidence: number;
  readonly threshold: number;
  /** What of the evidence speaks against it most; null before the first unit. */
  readonly leading: LeadingMetric | null;
  /** What of its calls was shown to be worse than the stable version's; null while nothing was, or the plan has no safeguard. */
  readonly breach: SafeguardBreach | null;
  /** The E that it is not slower by more than a quarter, and where that is taken as shown. */
  readonly pass: number;
  readonly passThreshold: number;
  /** The E that labels do not fall as the coin says, and where the rollout pauses for it. */
  readonly sampleRatio: number;
  readonly sampleRatioThreshold: number;
  /** The E that its shadow responses to the stable version's prompts take longer, and where a person is asked about it. */
  readonly shadowEvidence: number;
  readonly shadowThreshold: number;
  /** Tolerated counts, on the candidate. */
  readonly errors: number;
  readonly held: number;
  /** Objectives that were shown to be missed, in a sentence each. */
  readonly missedObjectives: readonly string[];
  /** The candidate's weights are in memory, or nobody can say. */
  readonly warmed: boolean;
  /** And it has answered as often as a version has to before its latencies are evidence. */
  readonly settled?: boolean;
  /** The last verdict on a gate, with the step it was given for: it opens no other. Null while there is none. */
  readonly gate: {
    readonly step: number;
    readonly passed: boolean;
    readonly message: string;
  } | null;
  /** What it waits for beside its calls and could not be done by the last try; null while nothing failed. */
  readonly failing: FailingWork | null;
  /** The assignment names the candidate. */
  readonly assigned: boolean;
  /** The candidate was stable recently enough for steps and analysis to be skipped. */
  readonly withinRollbackWindow: boolean;
}

/** Work that is tried again until it is done. */
export interface FailingWork {
  readonly what: "warm_up" | "suite";
  /** The step that waits for it. */
  readonly step: number;
  /** That failed in a row. */
  readonly tries: number;
  /** Why the last of them did, and what mends it, in sentences. */
  readonly error: string;
}

export interface CommandRequest {
  readonly command: RolloutCommand;
  readonly by: Actor;
  readonly reason: string | null;
}
