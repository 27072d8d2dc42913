import type { InferenceId } from "../../../shared/contract/ids.ts";
import type { ModelVersion } from "../../../shared/contract/registry.ts";
import type { InferenceOutcome } from "../../logs/recorder.ts";
import type { Ending } from "./call.ts";

/** What a row says of the version that is asked first. */
export function rowOf(
  id: InferenceId,
  { id: versionId, model, version, provider, digest }: ModelVersion,
  registryStale: boolean,
  startedAtMs: number,
) {
  return { id, startedAtMs, versionId, model, version, provider, digest, registryStale };
}

/** Everything the log keeps of a call's end; `startedAt` is on `performance.now()`'s clock. */
export function endOf(
  id: InferenceId,
  { answer, result, ...ending }: Ending,
  startedAt: number,
  finishedAtMs: number,
): Omit<InferenceOutcome, "rerouted" | "rollout"> {
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
      totalMs: performance.now() - startedAt,
    },
    verdict: answer.verdict,
    errorClass: ending.error?.errorClass ?? null,
    errorMessage: ending.error?.message ?? null,
    errorRemedy: ending.error?.remedy ?? null,
    attempts: ending.attempts,
    promptTruncated: result?.promptTruncated ?? false,
    response: answer.shown,
    original: answer.original,
    shown: answer.fallback,
    thoughts: answer.thoughts,
    thoughtFindings: answer.thoughtFindings,
    toolCalls: answer.toolCalls,
  };
}
