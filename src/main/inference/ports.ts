import type { Finding, Verdict } from "../../shared/contract/guardrails.ts";
import type { InferenceId, RolloutId, VersionId } from "../../shared/contract/ids.ts";
import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { Arm } from "../../shared/contract/rollout-plan.ts";
import type { InferenceBegin, InferenceEnd } from "../db/queries/logs.ts";
import type { ShownSoFar } from "../db/queries/shown-so-far.ts";
import type { StreamGate } from "../guardrails/checking/gate.ts";
import type { Resolved } from "../registry/assignments.ts";

/** Knows the versions, and which of them a use case has. */
export interface VersionDirectory {
  /** The version a use case has, with its fallbacks; undefined for a use case that does not exist. */
  resolve(useCase: string): Promise<Resolved | undefined>;
  /** Throws `Failure` (NOT_FOUND) where there is no such version. */
  version(id: VersionId): Promise<ModelVersion>;
}

/** Knows the addresses of the model servers. */
export interface EndpointDirectory {
  /** Where a version's calls may go, at least one address; `embedded` for the built-in engine. */
  addressesOf(version: ModelVersion): readonly string[];
  /** How many calls at once an address takes. */
  maxConcurrent(endpoint: string): number;
}

/** Compares what a server has with the digest that a version was pinned to. */
export interface DigestVerifier {
  /** `unknown` where there is nothing to compare, or nobody to ask. Throws nothing but the signal's reason. */
  verify(version: ModelVersion, endpoint: string, signal: AbortSignal): Promise<"same" | "changed" | "unknown">;
}

/** The log of calls. Both resolve when the row is committed, and throw `Failure` (STORAGE) where it cannot be. */
export interface CallLog {
  begin(begin: InferenceBegin): Promise<void>;
  finish(outcome: InferenceOutcome): Promise<void>;
  /** Keeps what a running call has shown so far, should it never end. Never throws. */
  saveShown?(shown: ShownSoFar): void;
}

/** The guardrails, as a call needs them. */
export interface Guard {
  /** A gate for one stream. */
  createGate(): StreamGate;
  /** Checks a whole text, such as a tool call's arguments. */
  checkText(text: string): Verdict;
  /** The same for a text of any length: everything else has its turn in between. */
  checkTextInSlices(text: string): Promise<Verdict>;
  /** What the reader is shown in place of what was blocked. */
  fallbackFor(finding: Finding): string;
  /** Why it was blocked, in one sentence for the reader. */
  describeBlocked(finding: Finding): string;
}

/** Sends calls to the candidates of rollouts. */
export interface RolloutRouter {
  /**
   * The arm that an active rollout gives a call; null where none replaces `stable` on the use case. Calls with the same key
   * get the same arm. Synchronous, since every call waits for it.
   */
  armOf(useCase: string, stable: ModelVersion, key: string): RoutedArm | null;
  /** A call of the stable arm was answered and may be copied to the candidate. */
  answeredByStable(copy: ShadowCall): void;
}

/** Where a rollout sends a call. */
export interface RoutedArm {
  readonly rolloutId: RolloutId;
  readonly arm: Arm;
  /** The candidate's share of the calls when this one was routed, 0 to 100. */
  readonly armPercent: number;
  readonly candidate: ModelVersion;
  /** Aborts when the candidate must not be called any more. */
  readonly withdrawal: AbortSignal;
}

/** The copy of an answered call that may be sent to the candidate; nobody reads its answer. */
export interface ShadowCall {
  readonly rolloutId: RolloutId;
  readonly of: InferenceId;
  readonly candidate: ModelVersion;
  /** Sends it; resolves when it has ended and is logged. */
  readonly send: (signal: AbortSignal) => Promise<void>;
}

/** How a call ended, with what was found in its text and what was shown in its place. */
export type InferenceOutcome = Omit<InferenceEnd, "violations" | "checked" | "severity"> & {
  /** The text the findings' offsets refer to; kept for reviewers only. */
  readonly original: string;
  /** The fallback shown from the finding that closed the gate on; null when nothing was blocked. */
  readonly shown: string | null;
  /** Of a thinking model's thoughts, with the text their offsets refer to. */
  readonly thoughtFindings: { readonly findings: readonly Finding[]; readonly original: string };
};
