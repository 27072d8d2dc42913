import type { Database } from "better-sqlite3";
import type { PassageId, StoryId } from "../../../shared/contract/ids.ts";
import type { Passage, Story } from "../../../shared/contract/story.ts";
import { Failure } from "../../base/failure.ts";
import { one, run } from "../statements.ts";
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
  FROM stories s LEFT JOIN passages p ON p.story_id = s.id AND NOT EXISTS (SELECT 1 FROM bin WHERE bin.id = p.id)`;

/** The story with an id. Throws NOT_FOUND, also where it is in the bin. */
export function requireStory(db: Database, storyId: StoryId): Story {
  const story = requireStoredStory(db, storyId);
  if (isInBin(db, storyId)) throw inBin("storyId", storyId, "This story is in the bin.");
  return story;
}

/** The story with an id, in the bin or not. Throws NOT_FOUND. */
export function requireStoredStory(db: Database, storyId: StoryId): Story {
  const row = one<StoryRow>(db, `${selectStories} WHERE s.id = $storyId GROUP BY s.id`, { storyId });
  if (row) return toStory(row);
  throw new Failure("NOT_FOUND", "There is no such story.", {
    field: "storyId",
    value: storyId,
    remedy: "It may have been deleted for good: open another from the list of stories.",
  });
}

/** The passage with an id, with its open proposals, oldest first. Throws NOT_FOUND, also where it is in the bin. */
export function requirePassage(db: Database, passageId: PassageId): Passage {
  const passage = requireStoredPassage(db, passageId);
  if (isInBin(db, passageId)) throw inBin("passageId", passageId, "This passage is in the bin.");
  if (isInBin(db, passage.storyId)) throw inBin("passageId", passageId, "The story of this passage is in the bin.");
  return passage;
}

/** Whether a story, passage or proposal itself is in the bin; what belongs to one that is has no entry of its own. */
export function isInBin(db: Database, id: string): boolean {
  return one(db, "SELECT 1 FROM bin WHERE id = $id", { id }) !== undefined;
}

function inBin(field: string, value: string, message: string): Failure {
  return new Failure("NOT_FOUND", message, { field, value, remedy: "Restore it from the bin, or open another." });
}

/** The passage with an id, in the bin or not, with its open proposals, oldest first. Throws NOT_FOUND. */
export function requireStoredPassage(db: Database, passageId: PassageId): Passage {
  const row = one<PassageRow>(
    db,
    "SELECT id, story_id, title, text, revision, caret, saved_at_ms FROM passages WHERE id = $passageId",
    { passageId },
  );
  if (!row)
    throw new Failure("NOT_FOUND", "There is no such passage.", {
      field: "passageId",
      value: passageId,
      remedy: "It may have been deleted for good: open another from the outline.",
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

/** Refuses a change that started from another revision than the passage's. Throws CONFLICT. */
export function requireRevision({ revision }: Passage, baseRevision: number): void {
  if (revision === baseRevision) return;
  throw new Failure("CONFLICT", "This passage was changed elsewhere since it was opened here.", {
    field: "baseRevision",
    value: String(baseRevision),
    remedy: `Load revision ${revision}, or keep both by saving this text into another passage.`,
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

/** Marks a story as changed at a time. */
export function touchStory(db: Database, storyId: StoryId, atMs: number): void {
  run(db, "UPDATE stories SET updated_at_ms = $atMs WHERE id = $storyId", { storyId, atMs });
}
