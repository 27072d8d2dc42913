import type { Database } from "better-sqlite3";
import type { InferenceId, PassageId, ProposalId, StoryId } from "../../../shared/contract/ids.ts";
import type { Passage, PassageSummary, Proposal, ProposalState, Story } from "../../../shared/contract/story.ts";
import { Failure } from "../../base/failure.ts";
import { countWords } from "../../../shared/labels.ts";
import { all, one, run } from "../statements.ts";

interface StoryRow {
  id: StoryId;
  title: string;
  created_at_ms: number;
  updated_at_ms: number;
  passage_count: number;
  words: number;
}

interface PassageRow {
  id: PassageId;
  story_id: StoryId;
  title: string;
  text: string;
  revision: number;
  caret: number;
  saved_at_ms: number;
}

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
  note: string | null;
}

const selectStories = `
  SELECT s.id, s.title, s.created_at_ms, s.updated_at_ms, count(p.id) AS passage_count, coalesce(sum(p.words), 0) AS words
  FROM stories s LEFT JOIN passages p ON p.story_id = s.id`;

export const storyReads = {
  listStories(db: Database): Story[] {
    return all<StoryRow>(db, `${selectStories} GROUP BY s.id ORDER BY s.updated_at_ms DESC, s.id DESC`).map(toStory);
  },

  storyOutline(db: Database, { storyId }: { storyId: StoryId }): { story: Story; passages: PassageSummary[] } {
    return {
      story: requireStory(db, storyId),
      passages: all<PassageSummary>(
        db,
        `SELECT p.id, p.title, p.position, p.words,
           (SELECT count(*) FROM proposals q WHERE q.passage_id = p.id AND q.state NOT IN ('accepted', 'discarded')) AS openProposals,
           (SELECT count(*) FROM proposals q WHERE q.passage_id = p.id AND q.state = 'held') AS heldProposals
         FROM passages p WHERE p.story_id = $storyId ORDER BY p.position`,
        { storyId },
      ),
    };
  },

  getPassage(db: Database, { passageId }: { passageId: PassageId }): Passage {
    return requirePassage(db, passageId);
  },
};

export const storyWrites = {
  createStory(db: Database, fact: { storyId: StoryId; title: string; atMs: number }): Story {
    run(
      db,
      "INSERT INTO stories (id, title, created_at_ms, updated_at_ms) VALUES ($storyId, $title, $atMs, $atMs)",
      fact,
    );
    return requireStory(db, fact.storyId);
  },

  renameStory(db: Database, fact: { storyId: StoryId; title: string; atMs: number }): Story {
    requireStory(db, fact.storyId);
    run(db, "UPDATE stories SET title = $title, updated_at_ms = $atMs WHERE id = $storyId", fact);
    return requireStory(db, fact.storyId);
  },

  removeStory(db: Database, { storyId }: { storyId: StoryId }): void {
    requireStory(db, storyId);
    run(db, "DELETE FROM proposals WHERE passage_id IN (SELECT id FROM passages WHERE story_id = $storyId)", {
      storyId,
    });
    run(db, "DELETE FROM passages WHERE story_id = $storyId", { storyId });
    run(db, "DELETE FROM stories WHERE id = $storyId", { storyId });
  },

  addPassage(db: Database, fact: { storyId: StoryId; passageId: PassageId; title: string; atMs: number }): Passage {
    requireStory(db, fact.storyId);
    run(
      db,
      `INSERT INTO passages (id, story_id, position, title, words, revision, caret, saved_at_ms, text)
       VALUES ($passageId, $storyId, (SELECT coalesce(max(position), 0) + 1 FROM passages WHERE story_id = $storyId), $title, 0, 0, 0, $atMs, '')`,
      fact,
    );
    touchStory(db, fact.passageId, fact.atMs);
    return requirePassage(db, fact.passageId);
  },

  renamePassage(db: Database, fact: { passageId: PassageId; title: string; atMs: number }): Passage {
    requirePassage(db, fact.passageId);
    run(db, "UPDATE passages SET title = $title WHERE id = $passageId", fact);
    touchStory(db, fact.passageId, fact.atMs);
    return requirePassage(db, fact.passageId);
  },

  savePassage(
    db: Database,
    fact: { passageId: PassageId; text: string; caret: number; baseRevision: number; atMs: number },
  ): { revision: number; savedAtMs: number } {
    requireRevision(db, fact.passageId, fact.baseRevision);
    run(
      db,
      `UPDATE passages SET text = $text, words = $words, caret = $caret, revision = revision + 1, saved_at_ms = $atMs WHERE id = $passageId`,
      { ...fact, caret: Math.min(fact.caret, fact.text.length), words: countWords(fact.text) },
    );
    touchStory(db, fact.passageId, fact.atMs);
    return { revision: fact.baseRevision + 1, savedAtMs: fact.atMs };
  },

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

  /** What is known of a streaming proposal so far; leaves one that has ended, or was deleted, as it is. */
  updateProposal(
    db: Database,
    fact: { proposalId: ProposalId; inferenceId: InferenceId; model: string; version: string; text: string },
  ): void {
    run(
      db,
      `UPDATE proposals SET inference_id = $inferenceId, model = $model, version = $version, text = $text
       WHERE id = $proposalId AND state = 'streaming'`,
      fact,
    );
  },

  endProposal(
    db: Database,
    fact: { proposalId: ProposalId; state: ProposalState; text: string; note: Proposal["note"] },
  ): void {
    run(
      db,
      "UPDATE proposals SET state = $state, text = $text, note = $note WHERE id = $proposalId AND state = 'streaming'",
      {
        ...fact,
        note: fact.note === null ? null : JSON.stringify(fact.note),
      },
    );
  },

  acceptProposal(db: Database, fact: { proposalId: ProposalId; baseRevision: number; atMs: number }): Passage {
    const proposal = requireOpenProposal(db, fact.proposalId);
    const passage = requireRevision(db, proposal.passageId, fact.baseRevision);
    const text = joinProse(passage.text, proposal.text);
    storyWrites.savePassage(db, { ...fact, passageId: passage.id, text, caret: text.length });
    run(db, "UPDATE proposals SET state = 'accepted' WHERE id = $proposalId", fact);
    return requirePassage(db, passage.id);
  },

  discardProposal(db: Database, fact: { proposalId: ProposalId }): Passage {
    const proposal = requireOpenProposal(db, fact.proposalId);
    run(db, "UPDATE proposals SET state = 'discarded' WHERE id = $proposalId", fact);
    return requirePassage(db, proposal.passageId);
  },
};

/** Accepted prose starts a paragraph of its own. */
function joinProse(before: string, addition: string): string {
  const head = before.trimEnd();
  return head === "" ? addition.trim() : `${head}\n\n${addition.trim()}`;
}

function touchStory(db: Database, passageId: PassageId, atMs: number): void {
  run(db, "UPDATE stories SET updated_at_ms = $atMs WHERE id = (SELECT story_id FROM passages WHERE id = $passageId)", {
    passageId,
    atMs,
  });
}

function requireStory(db: Database, storyId: StoryId): Story {
  const row = one<StoryRow>(db, `${selectStories} WHERE s.id = $storyId GROUP BY s.id`, { storyId });
  if (row) return toStory(row);
  throw new Failure("NOT_FOUND", "There is no such story.", {
    field: "storyId",
    value: storyId,
    remedy: "It may have been deleted: open another from the list of stories.",
  });
}

function requirePassage(db: Database, passageId: PassageId): Passage {
  const row = one<PassageRow>(
    db,
    "SELECT id, story_id, title, text, revision, caret, saved_at_ms FROM passages WHERE id = $passageId",
    { passageId },
  );
  if (!row)
    throw new Failure("NOT_FOUND", "There is no such passage.", {
      field: "passageId",
      value: passageId,
      remedy: "It may have been deleted: open another from the outline.",
    });
  return {
    id: row.id,
    storyId: row.story_id,
    title: row.title,
    text: row.text,
    revision: row.revision,
    caret: row.caret,
    savedAtMs: row.saved_at_ms,
    proposals: all<ProposalRow>(
      db,
      "SELECT * FROM proposals WHERE passage_id = $passageId AND state NOT IN ('accepted', 'discarded') ORDER BY created_at_ms, id",
      { passageId },
    ).map(toProposal),
  };
}

function requireRevision(db: Database, passageId: PassageId, baseRevision: number): Passage {
  const passage = requirePassage(db, passageId);
  if (passage.revision === baseRevision) return passage;
  throw new Failure("CONFLICT", "This passage was changed elsewhere since it was opened here.", {
    field: "baseRevision",
    value: String(baseRevision),
    remedy: `Load revision ${passage.revision}, or keep both by saving this text into another passage.`,
  });
}

function requireProposal(db: Database, proposalId: ProposalId): Proposal {
  const row = one<ProposalRow>(db, "SELECT * FROM proposals WHERE id = $proposalId", { proposalId });
  if (row) return toProposal(row);
  throw new Failure("NOT_FOUND", "There is no such proposal.", {
    field: "proposalId",
    value: proposalId,
    remedy: "Write a prompt to get a new one.",
  });
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

function toStory(row: StoryRow): Story {
  return {
    id: row.id,
    title: row.title,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    passageCount: row.passage_count,
    words: row.words,
  };
}

function toProposal(row: ProposalRow): Proposal {
  return {
    id: row.id,
    passageId: row.passage_id,
    inferenceId: row.inference_id,
    prompt: row.prompt,
    text: row.text,
    state: row.state,
    model: row.model,
    version: row.version,
    seed: row.seed,
    createdAtMs: row.created_at_ms,
    note: row.note === null ? null : JSON.parse(row.note),
  };
}
