import type { Database } from "better-sqlite3";
import type { Finding, Verdict } from "../../../shared/contract/guardrails.ts";
import type { InferenceId } from "../../../shared/contract/ids.ts";
import { run } from "../statements.ts";
import { listFrom } from "../stored.ts";

/** A text that something was found in: of the answer, or of what was thought and never shown. `found` is how much. */
export interface CheckedText {
  readonly part: "answer" | "thoughts";
  readonly text: string;
  readonly found: number;
}

/** Keeps what a call's violations were found in, once each. */
export function keepChecked(db: Database, inferenceId: InferenceId, texts: readonly CheckedText[]): void {
  for (const checked of texts)
    run(db, "INSERT INTO checked_texts (inference_id, part, text, found) VALUES ($inferenceId, $part, $text, $found)", {
      ...checked,
      inferenceId,
    });
}

/** The verdict in a row of the log; `found` is null where nothing was kept for it. */
export function verdictFrom({ severity, findings, found }: VerdictColumns): Verdict {
  const listed = listFrom<Finding>(findings);
  return { severity, findings: listed, ...(found !== null && found > listed.length && { found }) };
}

interface VerdictColumns {
  severity: Verdict["severity"];
  findings: string;
  found: number | null;
}
