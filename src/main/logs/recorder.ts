import { v7 as uuid } from "uuid";
import type { Finding } from "../../shared/contract/guardrails.ts";
import { type InferenceId, violationId } from "../../shared/contract/ids.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { InferenceBegin, InferenceEnd, ViolationFact } from "../db/queries/logs.ts";
import type { CallLog, InferenceOutcome } from "../inference/ports.ts";
import { worseOf } from "../../shared/severity.ts";

export interface RecorderEvents {
  readonly changed: (violations: boolean) => void;
  /** Of each call before it is written, in the order in which they are. */
  readonly begun: (begin: InferenceBegin) => void;
  /** Of each end once it is committed. */
  readonly ended: (end: InferenceEnd) => void;
  /** Of each end that could not be written. */
  readonly lost: (end: InferenceEnd) => void;
}

/** Logs every call: its row as `running` before anything of it is emitted, its end before `done` is. */
export class Recorder implements CallLog {
  readonly #database: DatabasePool;
  readonly #events: RecorderEvents;
  /** The beginnings that may not have been written yet. */
  readonly #beginnings = new Map<InferenceId, InferenceBegin>();

  constructor(database: DatabasePool, events: RecorderEvents) {
    this.#database = database;
    this.#events = events;
  }

  async begin(begin: InferenceBegin): Promise<void> {
    this.#events.begun(begin);
    if (begin.rollout === null) this.#beginnings.set(begin.id, begin);
    try {
      await this.#database.writeSoon("beginInference", begin);
    } finally {
      this.#beginnings.delete(begin.id);
    }
    this.#events.changed(false);
  }

  async finish({ original, shown, thoughtFindings, ...end }: InferenceOutcome): Promise<void> {
    const violations = [
      ...end.verdict.findings.map((finding) => violationOf(finding, original, shown)),
      ...thoughtFindings.findings.map((finding) => violationOf(finding, thoughtFindings.original, "")),
    ];
    const severity = worseOf(end.verdict.severity, thoughtFindings.findings);
    const whole = { ...end, severity, violations };
    try {
      await (this.#writeShort(whole) ?? this.#database.write("finishInference", whole));
    } catch (error) {
      this.#events.lost(whole);
      throw error;
    }
    this.#events.ended(whole);
    this.#events.changed(violations.length > 0);
  }

  /** Writes beginning and end of a call as one, where the beginning is still queued; null where it is not. */
  #writeShort(end: InferenceEnd): Promise<void> | null {
    const begin = this.#beginnings.get(end.id);
    return begin ? this.#database.replaceQueued(begin, "insertEndedInference", { begin, end }) : null;
  }
}

/** `shown` replaces what was blocked; milder findings were shown as they are. */
function violationOf(finding: Finding, original: string, shown: string | null): ViolationFact {
  return {
    ...finding,
    id: violationId.parse(uuid()),
    excerpt: excerptAround(original, finding),
    original,
    shown: finding.severity === "high" || finding.severity === "critical" ? shown : null,
  };
}

function excerptAround(text: string, { start, end }: Finding): string {
  const from = Math.max(0, start - 40);
  const to = Math.min(text.length, Math.max(end, start + 1) + 40);
  const words = text.slice(from, to).toWellFormed().replaceAll(/\s+/g, " ").trim();
  return `${from > 0 ? "…" : ""}${words}${to < text.length ? "…" : ""}`;
}
