import { listedVerdict } from "../../../shared/verdict.ts";
import type { InferenceId } from "../../../shared/contract/ids.ts";
import type { ModelVersion } from "../../../shared/contract/registry.ts";
import type { InferenceOutcome } from "../ports.ts";
import type { Ending } from "./ending.ts";

/** What a row says of the version that is tried first. */
export function versionColumnsFrom({ id: versionId, model, version, provider, digest }: ModelVersion) {
  return { versionId, model, version, provider, digest };
}

export interface EndTimes {
  /** On the clock's `monotonicMs`, as the ending's times are. */
  readonly startedAt: number;
  readonly totalMs: number;
  readonly finishedAtMs: number;
}

/** Everything the log keeps of a call's end. */
export function outcomeFrom(
  id: InferenceId,
  { answer, result, ...ending }: Ending,
  { totalMs, finishedAtMs, startedAt }: EndTimes,
): Omit<InferenceOutcome, "rerouted" | "sent" | "rollout"> {
  const queueMs = ending.waitedMs === null ? (result?.queueMs ?? null) : ending.waitedMs + (result?.queueMs ?? 0);
  return {
    id,
    finishedAtMs,
    outcome: ending.outcome,
    finishReason: ending.finishReason,
    promptTokens: result?.promptTokens ?? null,
    completionTokens: result?.completionTokens ?? null,
    timings: {
      queueMs,
      loadMs: result?.loadMs ?? null,
      prefillMs: result?.prefillMs ?? null,
      decodeMs: result?.decodeMs ?? null,
      firstTokenMs: ending.firstTokenAt === null ? null : ending.firstTokenAt - startedAt,
      totalMs,
    },
    verdict: listedVerdict(answer.verdict),
    errorClass: ending.error?.errorClass ?? null,
    errorMessage: ending.error?.message ?? null,
    errorRemedy: ending.error?.remedy ?? null,
    attempts: ending.attempts,
    promptTruncated: result !== null && (result.promptTruncated || ending.droppedMessages > 0),
    response: answer.shown,
    raw: answer.raw,
    leftOut: answer.leftOut,
    original: answer.original,
    shown: answer.fallback,
    thoughts: answer.thoughts,
    thoughtFindings: answer.thoughtFindings,
    toolCalls: answer.toolCalls,
  };
}
