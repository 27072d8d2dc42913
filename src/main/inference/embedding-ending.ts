import type { Attempt } from "../../shared/contract/inference.ts";
import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { Ending } from "./call.ts";

/** How a call for vectors ended, which has no text. */
export function endingOfEmbedding(
  version: ModelVersion,
  endpoint: string,
  startedAt: number,
  { outcome, error }: Pick<Ending, "outcome" | "error">,
): Ending {
  const answered = outcome === "completed";
  const attempt: Attempt = {
    versionId: version.id,
    model: version.model,
    version: version.version,
    endpoint: version.provider === "embedded" ? null : endpoint,
    atMs: 0,
    durationMs: performance.now() - startedAt,
    outcome: answered ? "answered" : "failed",
    errorClass: error?.errorClass ?? null,
    message: error?.message ?? null,
    next: "end",
  };
  return {
    version,
    outcome,
    error,
    finishReason: answered ? "stop" : null,
    result: null,
    answer: noText,
    attempts: [attempt],
    waitedMs: null,
    firstTokenAt: null,
  };
}

const noText: Ending["answer"] = {
  verdict: { severity: "none", findings: [] },
  shown: "",
  original: "",
  fallback: null,
  thoughts: "",
  thoughtFindings: { findings: [], original: "" },
  toolCalls: [],
};
