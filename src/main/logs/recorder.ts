import { v7 as uuid } from "uuid";
import type { Finding } from "../../shared/contract/guardrails.ts";
import { violationId } from "../../shared/contract/ids.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { InferenceBegin, InferenceEnd, ViolationFact } from "../db/queries/logs.ts";
import { worseOf } from "../../shared/severity.ts";

export type { InferenceBegin, InferenceEnd };

/** How a call ended, with the findings in its text and the fallback that was shown instead. */
export type InferenceOutcome = Omit<InferenceEnd, "violations" | "severity"> & {
  /** The text the findings' offsets refer to; kept for reviewers only. */
  readonly original: string;
  /** The fallback shown from the finding that closed the gate on; null when nothing was blocked. */
  readonly shown: string | null;
  /** Of a thinking model's thoughts, with the text their offsets refer to. */
  readonly thoughtFindings: { readonly findings: readonly Finding[]; readonly original: string };
};

export interface RecorderEvents {
  readonly changed: (violations: boolean) => void;
  /** Of each call before it is written, in the order in which they are. */
  readonly begun: (begin: InferenceBegin) => void;
  /** Of each end once it is committed. */
  readonly ended: (end: InferenceEnd) => void;
  /** Of each end that could not be written. */
  readonly lost: (end: InferenceEnd) => void;
}

/** Logs every inference: the row as `running` before the call is sent, its end before the result is emitted. */
export class Recorder {
  readonly #database: DatabasePool;
  readonly #events: RecorderEvents;

  constructor(database: DatabasePool, events: RecorderEvents) {
    this.#database = database;
    this.#events = events;
  }

  async begin(begin: InferenceBegin): Promise<void> {
    this.#events.begun(begin);
    await this.#database.writeSoon("beginInference", begin);
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
      await this.#database.write("finishInference", whole);
    } catch (error) {
      this.#events.lost(whole);
      throw error;
    }
    this.#events.ended(whole);
    this.#events.changed(violations.length > 0);
  }
}

/** `shown` is the fallback shown instead of a blocked finding; a milder finding was shown as it was. */
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
