import { v7 as uuid } from "uuid";
import type { Finding } from "../../shared/contract/guardrails.ts";
import { type InferenceId, violationId } from "../../shared/contract/ids.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { CheckedText } from "../db/queries/checked-texts.ts";
import type { ShownSoFar } from "../db/queries/shown-so-far.ts";
import type { InferenceBegin, InferenceEnd, ViolationFact } from "../db/queries/logs.ts";
import type { CallLog, InferenceOutcome } from "../inference/ports.ts";
import { worseOf } from "../../shared/severity.ts";
import { listedVerdict, verdictOf } from "../../shared/verdict.ts";

/** Follows the calls as they are logged. No method may throw. */
export interface CallObserver {
  /** Of each call before it is written, in the order in which they are. */
  begun?(begin: InferenceBegin): void;
  /** Of each end once it is committed. */
  ended(end: InferenceEnd): void;
  /** Of each end that could not be written. */
  lost?(end: InferenceEnd): void;
}

/** Logs every call: its row as `running` before anything of it is emitted, its end before `done` is. */
export class Recorder implements CallLog {
  readonly #database: DatabasePool;
  readonly #changes: ChangeFeed;
  readonly #observers: CallObserver[] = [];
  /** The beginnings that may not have been written yet. */
  readonly #beginnings = new Map<InferenceId, InferenceBegin>();

  constructor(database: DatabasePool, changes: ChangeFeed) {
    this.#database = database;
    this.#changes = changes;
  }

  /** Observers are called in the order in which they were added. */
  observe(observer: CallObserver): void {
    this.#observers.push(observer);
  }

  async begin(begin: InferenceBegin): Promise<void> {
    for (const observer of this.#observers) observer.begun?.(begin);
    if (begin.rollout === null) this.#beginnings.set(begin.id, begin);
    try {
      await this.#database.writeSoon("beginInference", begin);
    } finally {
      this.#beginnings.delete(begin.id);
    }
    this.#announce(false);
  }

  saveShown(shown: ShownSoFar): void {
    // What cannot be written now is written, or reported, with the call's end.
    this.#database.writeSoon("saveShown", shown).catch(() => {});
  }

  async finish({ original, shown, thoughtFindings, ...end }: InferenceOutcome): Promise<void> {
    const { verdict } = end;
    const thoughts = listedVerdict(verdictOf(thoughtFindings.findings));
    const inAnswer: CheckedText = { part: "answer", text: original, found: verdict.found ?? verdict.findings.length };
    const inThoughts: CheckedText = {
      part: "thoughts",
      text: thoughtFindings.original,
      found: thoughtFindings.findings.length,
    };
    const violations = [
      ...verdict.findings.map((finding) => violationOf(finding, inAnswer, shown)),
      ...thoughts.findings.map((finding) => violationOf(finding, inThoughts, "")),
    ];
    const checked = [inAnswer, inThoughts].filter(({ found }) => found > 0);
    const severity = worseOf(verdict.severity, thoughts.findings);
    const whole = { ...end, severity, violations, checked };
    try {
      await (this.#writeShort(whole) ?? this.#database.write("finishInference", whole));
    } catch (error) {
      for (const observer of this.#observers) observer.lost?.(whole);
      throw error;
    }
    for (const observer of this.#observers) observer.ended(whole);
    this.#announce(violations.length > 0);
  }

  #announce(withViolations: boolean): void {
    this.#changes.announce("logs");
    this.#changes.announce("inference");
    if (withViolations) this.#changes.announce("violations");
  }

  /** Writes beginning and end of a call as one, where the beginning is still queued; null where it is not. */
  #writeShort(end: InferenceEnd): Promise<void> | null {
    const begin = this.#beginnings.get(end.id);
    return begin ? this.#database.replaceQueued(begin, "insertEndedInference", { begin, end }) : null;
  }
}

/** `shown` replaces what was blocked; milder findings were shown as they are. */
function violationOf(finding: Finding, { part, text }: CheckedText, shown: string | null): ViolationFact {
  return {
    ...finding,
    id: violationId.parse(uuid()),
    excerpt: excerptAround(text, finding),
    part,
    shown: finding.severity === "high" || finding.severity === "critical" ? shown : null,
  };
}

function excerptAround(text: string, { start, end }: Finding): string {
  const from = Math.max(0, start - 40);
  const to = Math.min(text.length, Math.max(end, start + 1) + 40);
  const words = text.slice(from, to).toWellFormed().replaceAll(/\s+/g, " ").trim();
  return `${from > 0 ? "…" : ""}${words}${to < text.length ? "…" : ""}`;
}
