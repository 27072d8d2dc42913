import type { Database } from "better-sqlite3";
import type { InferenceId, PassageId, ProposalId } from "../../../shared/contract/ids.ts";
import type { Passage, Proposal, ProposalState, SentStory } from "../../../shared/contract/story.ts";
import { Failure } from "../../base/failure.ts";
import { run } from "../statements.ts";
import { withoutReplacement } from "../../../shared/proposal-end.ts";
import { keepRawSoFar, type RawAnswer, useRawOf } from "./raw-answers.ts";
import { writeText } from "./passage-changes.ts";
import { requireProposal } from "./proposal-rows.ts";
import { requirePassage, requireRevision } from "./story-rows.ts";

export const proposalReads = {
  /** One proposal, whatever became of it. Throws NOT_FOUND. */
  getProposal(db: Database, { proposalId }: { proposalId: ProposalId }): Proposal {
    return requireProposal(db, proposalId);
  },
};

export const proposalWrites = {
  /** Adds a streaming, still empty proposal to a passage. Throws NOT_FOUND. */
  addProposal(
    db: Database,
    fact: { proposalId: ProposalId; passageId: PassageId; prompt: string; seed: number; atMs: number },
  ): Proposal {
    requirePassage(db, fact.passageId);
    run(
      db,
      `INSERT INTO proposals (id, passage_id, state, seed, created_at_ms, prompt, text)
       VALUES ($proposalId, $passageId, 'streaming', $seed, $atMs, $prompt, '')`,
      fact,
    );
    return requireProposal(db, fact.proposalId);
  },

  /** Saves what has arrived of a streaming proposal. Changes nothing where it has ended or was deleted. */
  updateProposal(
    db: Database,
    fact: {
      proposalId: ProposalId;
      inferenceId: InferenceId;
      model: string;
      version: string;
      text: string;
      sent: SentStory | null;
    } & RawAnswer,
  ): void {
    run(
      db,
      `UPDATE proposals SET inference_id = $inferenceId, model = $model, version = $version, text = $text, sent = $sent
       WHERE id = $proposalId AND state = 'streaming'`,
      { ...fact, sent: fact.sent === null ? null : JSON.stringify(fact.sent) },
    );
    keepRawSoFar(db, fact.proposalId, fact);
  },

  /**
   * Ends a streaming proposal with its final text; `note` is null where there is nothing to explain. Changes nothing
   * where it has ended or was deleted.
   */
  endProposal(
    db: Database,
    fact: { proposalId: ProposalId; state: ProposalState; text: string; note: Proposal["note"] } & RawAnswer,
  ): void {
    run(
      db,
      "UPDATE proposals SET state = $state, text = $text, note = $note WHERE id = $proposalId AND state = 'streaming'",
      {
        ...fact,
        note: fact.note === null ? null : JSON.stringify(fact.note),
      },
    );
    keepRawSoFar(db, fact.proposalId, fact);
  },

  /**
   * Takes back what was left out of an open proposal, or leaves it out again. Throws NOT_FOUND, and CONFLICT where it is still
   * streaming, or was accepted or discarded before.
   */
  useRawProposal(db: Database, fact: { proposalId: ProposalId; usesRaw: boolean }): Passage {
    const proposal = requireOpenProposal(db, fact.proposalId);
    useRawOf(db, proposal.id, fact.usesRaw);
    return requirePassage(db, proposal.passageId);
  },

  /**
   * Appends a proposal to its passage as a paragraph and saves that as the next revision, in one transaction; what stands in
   * place of what was held is left out. Throws NOT_FOUND, and CONFLICT where the proposal is still streaming, was accepted or
   * discarded before, holds nothing but such a replacement, or the passage is not at `baseRevision` any more.
   */
  acceptProposal(db: Database, fact: { proposalId: ProposalId; baseRevision: number; atMs: number }): Passage {
    const proposal = requireOpenProposal(db, fact.proposalId);
    const passage = requirePassage(db, proposal.passageId);
    requireRevision(passage, fact.baseRevision);
    const text = joinProse(passage.text, acceptableText(proposal));
    writeText(db, passage, { text, caret: text.length, atMs: fact.atMs, kind: "accepted" });
    closeProposal(db, proposal, "accepted");
    return requirePassage(db, passage.id);
  },

  /** Closes an open proposal as accepted, where its text is in the passage already. Throws NOT_FOUND and CONFLICT. */
  closeAsAccepted(db: Database, fact: { proposalId: ProposalId }): Passage {
    const proposal = requireOpenProposal(db, fact.proposalId);
    closeProposal(db, proposal, "accepted");
    return requirePassage(db, proposal.passageId);
  },

  /**
   * Moves a proposal to the bin; its passage stays as it is. Throws NOT_FOUND, and CONFLICT where it is still streaming, or
   * was accepted or discarded before.
   */
  discardProposal(db: Database, fact: { proposalId: ProposalId; atMs: number }): Passage {
    const proposal = requireOpenProposal(db, fact.proposalId);
    closeProposal(db, proposal, "discarded");
    run(db, "INSERT INTO bin (id, kind, deleted_at_ms) VALUES ($proposalId, 'proposal', $atMs)", fact);
    return requirePassage(db, proposal.passageId);
  },

  /**
   * Opens an accepted or discarded proposal again, in the state it had. Throws NOT_FOUND, also where its passage is in the
   * bin, and CONFLICT where it is open.
   */
  restoreProposal(db: Database, fact: { proposalId: ProposalId }): Passage {
    const proposal = requireProposal(db, fact.proposalId);
    requirePassage(db, proposal.passageId);
    const changed = run(
      db,
      `UPDATE proposals SET state = coalesce((SELECT state_before FROM closed_proposals WHERE proposal_id = $proposalId), 'ready')
       WHERE id = $proposalId AND state IN ('accepted', 'discarded')`,
      fact,
    );
    if (changed === 0)
      throw new Failure("CONFLICT", "This proposal is open already.", {
        field: "proposalId",
        value: fact.proposalId,
        remedy: "Open its passage to see it.",
      });
    run(db, "DELETE FROM closed_proposals WHERE proposal_id = $proposalId", fact);
    run(db, "DELETE FROM bin WHERE id = $proposalId", fact);
    return requirePassage(db, proposal.passageId);
  },
};

/** A replacement of what was held is no writer's text, and no model's. */
function acceptableText(proposal: Proposal): string {
  const text = withoutReplacement(proposal);
  if (proposal.replacement === null || text !== "") return text;
  throw new Failure("CONFLICT", "Nothing of this proposal passed the checks: only the replacement stands there.", {
    field: "proposalId",
    value: proposal.id,
    remedy: "Ask for it again, change the prompt, or override what was held, with a reason, on the Violations screen.",
  });
}

function closeProposal(db: Database, { id, state }: Proposal, closed: "accepted" | "discarded"): void {
  // An override is a decision about what is held, and may be taken back.
  const before = state === "overridden" ? "held" : state;
  run(db, "INSERT OR REPLACE INTO closed_proposals (proposal_id, state_before) VALUES ($id, $before)", { id, before });
  run(db, "UPDATE proposals SET state = $closed WHERE id = $id", { id, closed });
}

/** Accepted prose starts a paragraph of its own. */
function joinProse(before: string, addition: string): string {
  const head = before.trimEnd();
  return head === "" ? addition.trim() : `${head}\n\n${addition.trim()}`;
}

function requireOpenProposal(db: Database, proposalId: ProposalId): Proposal {
  const proposal = requireProposal(db, proposalId);
  const refuse = (message: string, remedy: string) =>
    new Failure("CONFLICT", message, { field: "proposalId", value: proposalId, remedy });
  if (proposal.state === "accepted" || proposal.state === "discarded")
    throw refuse(`This proposal was ${proposal.state} already.`, "Open the passage again to see where it stands.");
  if (proposal.state === "streaming") throw refuse("This proposal is still being written.", "Stop it first, or wait.");
  return proposal;
}
