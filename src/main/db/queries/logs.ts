import type { Database } from "better-sqlite3";
import type { Finding, Verdict } from "../../../shared/contract/guardrails.ts";
import type { InferenceId, RolloutId, VersionId, ViolationId } from "../../../shared/contract/ids.ts";
import type {
  Attempt,
  ErrorClass,
  FinishReason,
  Message,
  GenerationOptions,
  Timings,
  ToolCall,
} from "../../../shared/contract/inference.ts";
import type { InferenceRecord, InferenceSummary, Outcome } from "../../../shared/contract/logs.ts";
import type { Arm } from "../../../shared/contract/rollout-plan.ts";
import { Failure } from "../../base/failure.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { all, one, run } from "../statements.ts";
import { count, listFrom, measure, objectFrom, timingsFrom } from "../stored.ts";
import { type CheckedText, keepChecked, verdictFrom } from "./checked-texts.ts";
import { keepRaw, keepRawOfStreaming, type RawAnswer, rawAnswerOf } from "./raw-answers.ts";

/** What is known before the call. */
export interface InferenceBegin {
  readonly id: InferenceId;
  readonly startedAtMs: number;
  readonly useCase: string;
  readonly versionId: VersionId | null;
  readonly model: string;
  readonly version: string;
  readonly provider: string;
  readonly digest: string | null;
  readonly registryStale: boolean;
  readonly promptTemplate: string | null;
  /** The request as the person wrote it, without the prompt template around it. */
  readonly ask: string;
  readonly messages: readonly Message[];
  readonly options: GenerationOptions;
  readonly caller: string;
  readonly sessionKey: string | null;
  readonly rollout: RolloutMark | null;
}

/** What a rollout did to a call: its arm, and the candidate's share when it was routed; a shadow has neither. */
export interface RolloutMark {
  readonly rolloutId: RolloutId;
  readonly arm: Arm | null;
  readonly armPercent: number | null;
}

/** What is known when it has ended, however it ended. */
export interface InferenceEnd extends RawAnswer {
  readonly id: InferenceId;
  readonly finishedAtMs: number;
  readonly outcome: Exclude<Outcome, "running" | "interrupted">;
  readonly finishReason: FinishReason | null;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly timings: Timings;
  readonly verdict: Verdict;
  readonly errorClass: ErrorClass | null;
  readonly errorMessage: string | null;
  readonly errorRemedy: string | null;
  readonly attempts: readonly Attempt[];
  readonly promptTruncated: boolean;
  /** What the reader was shown. */
  readonly response: string;
  readonly thoughts: string;
  readonly toolCalls: readonly ToolCall[];
  /** The version the call ended with, where that is another than it began with. */
  readonly rerouted: Rerouted | null;
  /** What was sent to that version, where it is another than what the call began with. */
  readonly sent?: Pick<InferenceBegin, "messages" | "options" | "promptTemplate"> | null;
  /** As it began. */
  readonly rollout: (RolloutMark & Pick<InferenceBegin, "startedAtMs" | "sessionKey">) | null;
  /** Of text, thoughts and tool calls: the worst. */
  readonly severity: Verdict["severity"];
  readonly violations: readonly ViolationFact[];
  /** What the violations were found in. */
  readonly checked: readonly CheckedText[];
}

export interface Rerouted {
  readonly id: VersionId;
  readonly model: string;
  readonly version: string;
  readonly provider: string;
  readonly digest: string | null;
}

export interface ViolationFact extends Finding {
  readonly id: ViolationId;
  readonly excerpt: string;
  /** The text of the call that it was found in. */
  readonly part: CheckedText["part"];
  readonly shown: string | null;
}

export interface SummaryRow {
  id: InferenceId;
  started_at_ms: number;
  use_case: string;
  model: string;
  version: string;
  outcome: Outcome;
  severity: Verdict["severity"];
  prompt_excerpt: string;
  response_excerpt: string;
  prompt_tokens: number | null;
  completion_tokens: number | null;
  first_token_ms: number | null;
  total_ms: number | null;
  error_class: ErrorClass | null;
  by_fallback: number;
}

interface RecordRow extends SummaryRow {
  version_id: VersionId | null;
  provider: string;
  digest: string | null;
  messages: string;
  options: string;
  prompt_template: string | null;
  response: string;
  finish_reason: FinishReason | null;
  queue_ms: number | null;
  load_ms: number | null;
  prefill_ms: number | null;
  decode_ms: number | null;
  findings: string;
  error_message: string | null;
  error_remedy: string | null;
  attempts: string;
  caller: string;
  session_key: string | null;
  rollout_id: RolloutId | null;
  arm: Arm | null;
  arm_percent: number | null;
  prompt_truncated: number;
  thoughts: string;
  tool_calls: string;
  registry_stale: number;
  finished_at_ms: number | null;
  found: number | null;
}

// By the partial index, which holds these calls alone.
const wentOn = `instr(attempts, '"next":"fallback"') > 0`;
export const summaryColumns = `id, started_at_ms, use_case, model, version, outcome, severity, prompt_excerpt, response_excerpt,
  prompt_tokens, completion_tokens, first_token_ms, total_ms, error_class, outcome IN ('completed', 'stopped', 'held') AND
  EXISTS (SELECT 1 FROM inferences r INDEXED BY inferences_rescued WHERE r.id = inferences.id AND ${wentOn}) AS by_fallback`;

/** The redundant term lets SQLite use the partial index over all but the completed calls. */
const outcomeIs = "outcome = $outcome AND outcome <> 'completed'";

export const logReads = {
  /**
   * A page of the call log, newest first, those that still run included. `nextCursor` is null on the last page. Throws
   * BAD_REQUEST for a cursor that no page returned.
   */
  listInferences(
    db: Database,
    filter: {
      useCase?: string | undefined;
      model?: string | undefined;
      outcome?: Outcome | undefined;
      byFallback?: true | undefined;
      cursor?: string | undefined;
      limit: number;
    },
  ): { items: InferenceSummary[]; nextCursor: string | null } {
    const after = decodeCursor(filter.cursor);
    const where = [
      filter.useCase === undefined ? null : "use_case = $useCase",
      filter.model === undefined ? null : "model = $model",
      filter.outcome === undefined ? null : filter.outcome === "completed" ? "outcome = 'completed'" : outcomeIs,
      filter.byFallback === undefined ? null : `${wentOn} AND outcome IN ('completed', 'stopped', 'held')`,
      after === null ? null : "id < $id",
    ].filter((clause) => clause !== null);
    const rows = all<SummaryRow>(
      db,
      `SELECT ${summaryColumns} FROM inferences ${where.length > 0 ? `WHERE ${where.join(" AND ")}` : ""}
       ORDER BY id DESC LIMIT $limit`,
      { useCase: filter.useCase, model: filter.model, outcome: filter.outcome, limit: filter.limit, ...after },
    );
    const last = rows.length === filter.limit ? rows.at(-1) : undefined;
    return { items: rows.map(toSummary), nextCursor: last ? encodeCursor(last.started_at_ms, last.id) : null };
  },

  /**
   * The whole record of one call. `timings` is null until it has ended, and for one that was interrupted. Throws
   * NOT_FOUND.
   */
  getInference(db: Database, { inferenceId }: { inferenceId: InferenceId }): InferenceRecord {
    const row = one<RecordRow>(
      db,
      `SELECT *, (SELECT found FROM checked_texts c WHERE c.inference_id = i.id AND part = 'answer') AS found
       FROM inferences i WHERE id = $inferenceId`,
      { inferenceId },
    );
    if (!row)
      throw new Failure("NOT_FOUND", "There is no such inference in the log.", {
        field: "inferenceId",
        value: inferenceId,
        remedy: "Open it from the list of logs.",
      });
    return toRecord(db, row);
  },
};

export const logWrites = {
  /**
   * Inserts the row of a call as `running`. A call on an arm of a rollout gets the next number in the order in which
   * the calls of that rollout began; a shadow call gets none.
   */
  beginInference(db: Database, begin: InferenceBegin): void {
    run(
      db,
      `INSERT INTO inferences (id, started_at_ms, use_case, version_id, model, version, provider, digest, outcome, severity,
         registry_stale, prompt_template, prompt_excerpt, response_excerpt, options, findings, messages, response, caller,
         session_key, rollout_id, arm, arm_percent, rollout_begin)
       VALUES ($id, $startedAtMs, $useCase, $versionId, $model, $version, $provider, $digest, 'running', 'none',
         $registryStale, $promptTemplate, $promptExcerpt, '', $options, '[]', $messages, '', $caller,
         $sessionKey, $rolloutId, $arm, $armPercent,
         CASE WHEN $arm IS NOT NULL THEN (SELECT coalesce(max(rollout_begin), 0) + 1 FROM inferences
           WHERE rollout_id = $rolloutId AND rollout_begin IS NOT NULL) END)`,
      beginColumns(begin),
    );
  },

  /**
   * Ends a running call and inserts its violations, in one transaction. A shadow call gets the next number in the order
   * in which the shadows of its rollout ended. Throws an `Error` where the call is not running.
   */
  finishInference(db: Database, end: InferenceEnd): void {
    const changed = run(
      db,
      `UPDATE inferences SET finished_at_ms = $finishedAtMs, outcome = $outcome, severity = $severity, finish_reason = $finishReason,
         prompt_tokens = $promptTokens, completion_tokens = $completionTokens, queue_ms = $queueMs, load_ms = $loadMs,
         prefill_ms = $prefillMs, decode_ms = $decodeMs, first_token_ms = $firstTokenMs, total_ms = $totalMs,
         error_class = $errorClass, error_message = $errorMessage, error_remedy = $errorRemedy, attempts = $attempts,
         prompt_truncated = $promptTruncated, response_excerpt = $responseExcerpt, findings = $findings, response = $response,
         thoughts = $thoughts, tool_calls = $toolCalls
       WHERE id = $id AND outcome = 'running'`,
      endColumns(end),
    );
    if (changed === 0) throw new Error(`inference ${end.id} is not running`);
    afterEnd(db, end);
  },

  /**
   * At a start: calls that are still `running` belong to a process that ended, and become `interrupted`; streaming
   * proposals get what their call committed, or keep the text saved so far. Returns how many calls there were.
   */
  markInterrupted(db: Database): number {
    const changed = run(
      db,
      // The redundant term lets SQLite use the partial index: a start does not read the whole log.
      "UPDATE inferences SET outcome = 'interrupted' WHERE outcome = 'running' AND outcome <> 'completed'",
    );
    keepRawOfStreaming(db);
    // A proposal whose call had finished gets the committed answer; of the others what had been saved is kept.
    run(
      db,
      `UPDATE proposals SET
         text = coalesce((SELECT response FROM inferences i WHERE i.id = inference_id AND i.outcome IN ('completed', 'held', 'stopped')), text),
         state = coalesce((SELECT CASE outcome WHEN 'completed' THEN 'ready' WHEN 'held' THEN 'held' WHEN 'stopped' THEN 'stopped'
           WHEN 'failed' THEN 'failed' END FROM inferences i WHERE i.id = inference_id), 'interrupted')
       WHERE state = 'streaming'`,
    );
    return changed;
  },
};

/** The start of a text, for a row of a list. */
export function excerpt(text: string): string {
  const line = text.slice(0, 400).replaceAll(/\s+/g, " ").trim();
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}

/** A call's beginning as parameters of SQL. */
export function beginColumns(begin: InferenceBegin) {
  return {
    ...begin,
    ...(begin.rollout ?? { rolloutId: null, arm: null, armPercent: null }),
    registryStale: begin.registryStale ? 1 : 0,
    promptExcerpt: excerpt(begin.ask),
    options: JSON.stringify(begin.options),
    messages: JSON.stringify(begin.messages),
  };
}

/** A call's end as parameters of SQL. */
export function endColumns(end: InferenceEnd) {
  return {
    ...end,
    ...end.timings,
    responseExcerpt: excerpt(end.response),
    findings: JSON.stringify(end.verdict.findings),
    attempts: JSON.stringify(end.attempts),
    promptTruncated: end.promptTruncated ? 1 : 0,
    toolCalls: JSON.stringify(end.toolCalls),
  };
}

/** What an ended call has besides its row's columns: another version than it began with, a shadow's number, violations. */
export function afterEnd(db: Database, end: InferenceEnd): void {
  keepRaw(db, end.id, end);
  if (end.rerouted)
    run(
      db,
      `UPDATE inferences SET version_id = $versionId, model = $model, version = $version, provider = $provider, digest = $digest
       WHERE id = $id`,
      { ...end.rerouted, versionId: end.rerouted.id, id: end.id },
    );
  if (end.rerouted && end.sent)
    run(
      db,
      "UPDATE inferences SET messages = $messages, options = $options, prompt_template = $promptTemplate WHERE id = $id",
      {
        id: end.id,
        messages: JSON.stringify(end.sent.messages),
        options: JSON.stringify(end.sent.options),
        promptTemplate: end.sent.promptTemplate,
      },
    );
  if (end.rollout && end.rollout.arm === null)
    run(
      db,
      `UPDATE inferences SET rollout_end = (SELECT coalesce(max(rollout_end), 0) + 1 FROM inferences
         WHERE rollout_id = $rolloutId AND rollout_end IS NOT NULL) WHERE id = $id`,
      { rolloutId: end.rollout.rolloutId, id: end.id },
    );
  keepChecked(db, end.id, end.checked);
  for (const violation of end.violations)
    run(
      db,
      `INSERT INTO violations (id, inference_id, at_ms, category, severity, rule_id, message, score, decision, span_start, span_end,
         excerpt, shown, original, part)
       VALUES ($id, $inferenceId, $atMs, $category, $severity, $ruleId, $message, $score, 'open', $start, $end, $excerpt, $shown, '', $part)`,
      { ...violation, inferenceId: end.id, atMs: end.finishedAtMs },
    );
}

/** The row of a list of calls as the contract has it; milliseconds and tokens are null where they were not measured. */
export function toSummary(row: SummaryRow): InferenceSummary {
  return {
    id: row.id,
    startedAtMs: row.started_at_ms,
    useCase: row.use_case,
    model: row.model,
    version: row.version,
    outcome: row.outcome,
    severity: row.severity,
    promptExcerpt: row.prompt_excerpt,
    responseExcerpt: row.response_excerpt,
    promptTokens: count(row.prompt_tokens),
    completionTokens: count(row.completion_tokens),
    firstTokenMs: measure(row.first_token_ms),
    totalMs: measure(row.total_ms),
    errorClass: row.error_class,
    byFallback: row.by_fallback === 1,
  };
}

function toRecord(db: Database, row: RecordRow): InferenceRecord {
  const { raw, leftOut } = rawAnswerOf(db, row.id, row.response);
  const { promptExcerpt: _prompt, responseExcerpt: _response, byFallback: _fallback, ...summary } = toSummary(row);
  return {
    ...summary,
    versionId: row.version_id,
    provider: row.provider,
    digest: row.digest,
    messages: listFrom<Message>(row.messages),
    options: objectFrom(row.options),
    promptTemplate: row.prompt_template,
    response: row.response,
    raw,
    leftOut,
    finishReason: row.finish_reason,
    timings: timingsFrom(row),
    verdict: verdictFrom(row),
    errorMessage: row.error_message,
    errorRemedy: row.error_remedy,
    attempts: listFrom<Attempt>(row.attempts),
    caller: row.caller,
    sessionKey: row.session_key,
    rolloutId: row.rollout_id,
    arm: row.arm,
    armPercent: row.arm_percent,
    promptTruncated: row.prompt_truncated === 1,
    thoughts: row.thoughts,
    toolCalls: listFrom<ToolCall>(row.tool_calls),
    registryStale: row.registry_stale === 1,
    finishedAtMs: row.finished_at_ms,
  };
}
