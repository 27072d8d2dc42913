import { v7 as uuid } from "uuid";
import type { Finding } from "../../shared/contract/guardrails.ts";
import { violationId } from "../../shared/contract/ids.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { InferenceBegin, InferenceEnd, ViolationFact } from "../db/queries/logs.ts";
import type { CallLog, InferenceOutcome } from "../inference/ports.ts";
import { worseOf } from "../../shared/severity.ts";

/** Follows the calls as they are logged. No method may throw. */
export interface CallObserver {
  /** Of each call before it is written, in the order in which they are. */
  begun?(begin: InferenceBegin): void;
  /** Of each end once it is committed. */
  ended(end: InferenceEnd): void;
  /** Of each end that could not be written. */
  lost?(end: InferenceEnd): void;
}

/** Logs every inference: the row as `running` before the call is sent, its end before the result is emitted. */
export class Recorder implements CallLog {
  readonly #database: DatabasePool;
  readonly #changes: ChangeFeed;
  readonly #observers: CallObserver[] = [];

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
    await this.#database.writeSoon("beginInference", begin);
    this.#announce(false);
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
