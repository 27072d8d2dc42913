import type { Database } from "better-sqlite3";
import type { InferenceId, ProposalId } from "../../../shared/contract/ids.ts";
import type { LeftOut } from "../../../shared/contract/inference.ts";
import { one, run } from "../statements.ts";

/** What a model wrote, and what of it its reader was not shown. */
export interface RawAnswer {
  readonly raw: string;
  readonly leftOut: readonly LeftOut[];
}

interface RawAnswerRow {
  raw: string;
  left_out: string;
  is_used: number;
}

/** Keeps an answer where something was left out of it; without, what its reader was shown is all there is. Repeatable. */
export function keepRaw(db: Database, id: InferenceId | ProposalId, { raw, leftOut }: RawAnswer): void {
  if (leftOut.length === 0) return;
  run(
    db,
    `INSERT INTO raw_answers (id, raw, left_out) VALUES ($id, $raw, $leftOut)
     ON CONFLICT (id) DO UPDATE SET raw = excluded.raw, left_out = excluded.left_out`,
    { id, raw, leftOut: JSON.stringify(leftOut) },
  );
}

/** Keeps what a proposal's answer is so far, also where nothing of it is left out any more. */
export function keepRawSoFar(db: Database, proposalId: ProposalId, answer: RawAnswer): void {
  if (answer.leftOut.length === 0) run(db, "DELETE FROM raw_answers WHERE id = $proposalId", { proposalId });
  else keepRaw(db, proposalId, answer);
}

/** The answer as the model wrote it; `shown` is all of it where nothing was left out. */
export function rawAnswerOf(
  db: Database,
  id: InferenceId | ProposalId,
  shown: string,
): { raw: string; leftOut: LeftOut[]; isUsed: boolean } {
  const row = one<RawAnswerRow>(db, "SELECT raw, left_out, is_used FROM raw_answers WHERE id = $id", { id });
  if (!row) return { raw: shown, leftOut: [], isUsed: false };
  return { raw: row.raw, leftOut: JSON.parse(row.left_out), isUsed: row.is_used === 1 };
}

/** Whether a proposal's writer takes the whole answer. Changes nothing where nothing was left out. */
export function useRawOf(db: Database, proposalId: ProposalId, isUsed: boolean): void {
  run(db, "UPDATE raw_answers SET is_used = $isUsed WHERE id = $proposalId", { proposalId, isUsed: isUsed ? 1 : 0 });
}

/** Gives the proposals that were still being written the answers that their calls have committed. */
export function keepRawOfStreaming(db: Database): void {
  run(
    db,
    `INSERT OR REPLACE INTO raw_answers (id, raw, left_out)
     SELECT p.id, r.raw, r.left_out FROM proposals p
     JOIN inferences i ON i.id = p.inference_id AND i.outcome IN ('completed', 'held', 'stopped')
     JOIN raw_answers r ON r.id = i.id WHERE p.state = 'streaming'`,
  );
}
