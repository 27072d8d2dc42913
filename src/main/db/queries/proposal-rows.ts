import type { Database } from "better-sqlite3";
import type { InferenceId, PassageId, ProposalId } from "../../../shared/contract/ids.ts";
import type { Proposal, ProposalState } from "../../../shared/contract/story.ts";
import { Failure } from "../../base/failure.ts";
import { all, one } from "../statements.ts";
import { rawAnswerOf } from "./raw-answers.ts";

interface ProposalRow {
  id: ProposalId;
  passage_id: PassageId;
  inference_id: InferenceId | null;
  prompt: string;
  text: string;
  state: ProposalState;
  model: string | null;
  version: string | null;
  seed: number;
  created_at_ms: number;
  sent: string | null;
  note: string | null;
  /** Of a held one: what stands in place of what was held. */
  shown: string | null;
  /** Of one whose findings were all overridden: what the model said. */
  original: string | null;
}

/** The findings that kept text from the reader; thoughts are replaced by nothing. */
const blocking = (proposal: string) =>
  `FROM violations v WHERE v.inference_id = ${proposal}.inference_id AND v.shown IS NOT NULL AND v.shown <> ''`;

/** SQL: whether a person has overridden everything that a proposal was held for. */
export const isOverridden = (proposal: string) =>
  `(EXISTS (SELECT 1 ${blocking(proposal)}) AND NOT EXISTS (SELECT 1 ${blocking(proposal)} AND v.decision <> 'overridden'))`;

const select = `
  SELECT p.*,
    CASE WHEN p.state = 'held' THEN (SELECT v.shown ${blocking("p")} LIMIT 1) END AS shown,
    CASE WHEN p.state = 'held' AND ${isOverridden("p")} THEN (
      SELECT coalesce(
        (SELECT c.text FROM checked_texts c WHERE c.inference_id = v.inference_id AND c.part = v.part), v.original
      ) ${blocking("p")} LIMIT 1) END AS original
  FROM proposals p`;

/** The open proposals of a passage, oldest first. */
export function openProposals(db: Database, passageId: PassageId): Proposal[] {
  return all<ProposalRow>(
    db,
    `${select} WHERE p.passage_id = $passageId AND p.state NOT IN ('accepted', 'discarded') ORDER BY p.created_at_ms, p.id`,
    { passageId },
  ).map((row) => toProposal(db, row));
}

/** The proposal with an id. Throws NOT_FOUND. */
export function requireProposal(db: Database, proposalId: ProposalId): Proposal {
  const row = one<ProposalRow>(db, `${select} WHERE p.id = $proposalId`, { proposalId });
  if (row) return toProposal(db, row);
  throw new Failure("NOT_FOUND", "There is no such proposal.", {
    field: "proposalId",
    value: proposalId,
    remedy: "Write a prompt to get a new one.",
  });
}

/** As the contract has it; `inferenceId`, `model` and `version` are null until its call has begun. */
function toProposal(db: Database, row: ProposalRow): Proposal {
  const answer = rawAnswerOf(db, row.id, row.text);
  const isRestored = row.original !== null;
  return {
    id: row.id,
    passageId: row.passage_id,
    inferenceId: row.inference_id,
    prompt: row.prompt,
    text: row.original ?? (answer.isUsed ? answer.raw : row.text),
    raw: row.original ?? answer.raw,
    leftOut: isRestored ? [] : answer.leftOut,
    usesRaw: answer.isUsed,
    state: isRestored ? "overridden" : row.state,
    model: row.model,
    version: row.version,
    seed: row.seed,
    createdAtMs: row.created_at_ms,
    replacement: isRestored ? null : row.shown,
    sent: row.sent === null ? null : JSON.parse(row.sent),
    note: row.note === null ? null : JSON.parse(row.note),
  };
}
