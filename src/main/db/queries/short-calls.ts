import type { Database } from "better-sqlite3";
import { run } from "../statements.ts";
import { afterEnd, beginColumns, endColumns, type InferenceBegin, type InferenceEnd } from "./logs.ts";

export const shortCallWrites = {
  /**
   * Inserts the row of a call that ended before its beginning was written, in one statement: half the work of inserting it as
   * `running` and ending it. For calls of no rollout, whose rows are numbered in the order of their beginnings and ends.
   */
  insertEndedInference(db: Database, { begin, end }: { begin: InferenceBegin; end: InferenceEnd }): void {
    run(
      db,
      `INSERT INTO inferences (id, started_at_ms, use_case, version_id, model, version, provider, digest, outcome, severity,
         registry_stale, prompt_template, prompt_excerpt, options, messages, caller, session_key,
         finished_at_ms, finish_reason, prompt_tokens, completion_tokens, queue_ms, load_ms, prefill_ms, decode_ms,
         first_token_ms, total_ms, error_class, error_message, error_remedy, attempts, prompt_truncated, response_excerpt,
         findings, response, thoughts, tool_calls)
       VALUES ($id, $startedAtMs, $useCase, $versionId, $model, $version, $provider, $digest, $outcome, $severity,
         $registryStale, $promptTemplate, $promptExcerpt, $options, $messages, $caller, $sessionKey,
         $finishedAtMs, $finishReason, $promptTokens, $completionTokens, $queueMs, $loadMs, $prefillMs, $decodeMs,
         $firstTokenMs, $totalMs, $errorClass, $errorMessage, $errorRemedy, $attempts, $promptTruncated, $responseExcerpt,
         $findings, $response, $thoughts, $toolCalls)`,
      { ...beginColumns(begin), ...endColumns(end) },
    );
    afterEnd(db, end);
  },
};
