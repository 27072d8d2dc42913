import type { Database } from "better-sqlite3";
import type { PassageId, StoryId } from "../../../shared/contract/ids.ts";
import type { Passage, Story } from "../../../shared/contract/story.ts";
import { Failure } from "../../base/failure.ts";
import { one } from "../statements.ts";
import { openProposals } from "./proposal-rows.ts";

export interface StoryRow {
  id: StoryId;
  title: string;
  created_at_ms: number;
  updated_at_ms: number;
  passage_count: number;
  words: number;
  style: string;
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

export const selectStories = `
  SELECT s.id, s.title, s.created_at_ms, s.updated_at_ms, s.style, count(p.id) AS passage_count, coalesce(sum(p.words), 0) AS words
  FROM stories s LEFT JOIN passages p ON p.story_id = s.id`;

/** The story with an id. Throws NOT_FOUND. */
export function requireStory(db: Database, storyId: StoryId): Story {
  const row = one<StoryRow>(db, `${selectStories} WHERE s.id = $storyId GROUP BY s.id`, { storyId });
  if (row) return toStory(row);
  throw new Failure("NOT_FOUND", "There is no such story.", {
    field: "storyId",
    value: storyId,
    remedy: "It may have been deleted: open another from the list of stories.",
  });
}

/** The passage with an id, with its open proposals, oldest first. Throws NOT_FOUND. */
export function requirePassage(db: Database, passageId: PassageId): Passage {
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
    proposals: openProposals(db, passageId),
  };
}

/**
 * The passage, where it is at the revision the caller has seen. Throws NOT_FOUND, and CONFLICT where it was changed
 * since.
 */
export function requireRevision(db: Database, passageId: PassageId, baseRevision: number): Passage {
  const passage = requirePassage(db, passageId);
  if (passage.revision === baseRevision) return passage;
  throw new Failure("CONFLICT", "This passage was changed elsewhere since it was opened here.", {
    field: "baseRevision",
    value: String(baseRevision),
    remedy: `Load revision ${passage.revision}, or keep both by saving this text into another passage.`,
  });
}

/** A story as the contract has it. */
export function toStory(row: StoryRow): Story {
  return {
    id: row.id,
    title: row.title,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    passageCount: row.passage_count,
    words: row.words,
    style: JSON.parse(row.style),
  };
}
