import type { Attempt, ErrorClass, FinishReason, Message } from "../../../shared/contract/inference.ts";
import type { ModelVersion } from "../../../shared/contract/registry.ts";
import type { ProviderError, ProviderResult } from "../provider.ts";
import type { Composed } from "./call-types.ts";
import type { GuardedAnswer } from "./guarded-stream.ts";

/** How a call ended. */
export interface Ending {
  /** The version of the last attempt. */
  readonly version: ModelVersion;
  readonly outcome: "completed" | "stopped" | "held" | "failed";
  readonly finishReason: FinishReason | null;
  readonly result: ProviderResult | null;
  readonly answer: GuardedAnswer;
  /** What the last attempt sent; null where it came to sending nothing. */
  readonly composed: Composed | null;
  readonly error: { errorClass: ErrorClass; message: string; remedy: string } | null;
  readonly attempts: Attempt[];
  /** In endpoints' queues, all attempts together; null when there was no wait. */
  readonly waitedMs: number | null;
  /** On the clock's `monotonicMs`. */
  readonly firstTokenAt: number | null;
  /** How many of the prompt's oldest messages the last attempt left out. */
  readonly droppedMessages: number;
}

/** The answer does not fit its format. */
export interface Misfit {
  readonly type: "misfit";
  readonly problem: string;
  /** The messages that ask the model to repair it, after those of the prompt. */
  readonly repairs: readonly Message[];
  readonly result: ProviderResult | null;
}

/** How reading one answer ended, where nothing was thrown. */
export type ReadEnd =
  | { readonly type: "completed"; readonly finishReason: FinishReason; readonly result: ProviderResult | null }
  | { readonly type: "held"; readonly result: ProviderResult | null }
  | Misfit;

/** An end of an attempt that is the end of its call. */
export type FinalEnd =
  | Exclude<ReadEnd, Misfit>
  | { readonly type: "stopped"; readonly result: ProviderResult | null }
  | { readonly type: "failed"; readonly error: ProviderError };

/** How one attempt ended. `withdrawn`: its rollout was taken back before the model answered anything. */
export type AttemptEnd = FinalEnd | Misfit | { readonly type: "withdrawn" };
