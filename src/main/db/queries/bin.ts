import type { Database } from "better-sqlite3";
import type { PassageId, StoryId } from "../../../shared/contract/ids.ts";
import type { Passage, Story } from "../../../shared/contract/story.ts";
import type { Bin, DiscardedProposal } from "../../../shared/contract/stories/bin.ts";
import { Failure } from "../../base/failure.ts";
import { all, run } from "../statements.ts";
import {
  isInBin,
  requirePassage,
  requireStoredPassage,
  requireStoredStory,
  requireStory,
  selectStories,
  type StoryRow,
  toStory,
  touchStory,
} from "./story-rows.ts";

const listed = 200;

type BinKind = "story" | "passage" | "proposal";

export const binReads = {
  /** What is in the bin, newest first; a passage or proposal whose story or passage is there too belongs to that. */
  listBin(db: Database): Bin {
    return {
      stories: all<StoryRow & { deleted_at_ms: number }>(
        db,
        `${selectStories.replace("SELECT ", "SELECT b.deleted_at_ms, ")} JOIN bin b ON b.id = s.id AND b.kind = 'story'
         GROUP BY s.id ORDER BY b.deleted_at_ms DESC, b.id DESC LIMIT ${listed}`,
      ).map((row) => ({ ...toStory(row), deletedAtMs: row.deleted_at_ms })),
      passages: all<Bin["passages"][number]>(
        db,
        `SELECT p.id, p.story_id AS storyId, s.title AS storyTitle, p.title, p.words, b.deleted_at_ms AS deletedAtMs
         FROM bin b JOIN passages p ON p.id = b.id JOIN stories s ON s.id = p.story_id
         WHERE b.kind = 'passage' ORDER BY b.deleted_at_ms DESC, b.id DESC LIMIT ${listed}`,
      ),
      proposals: all<DiscardedProposal>(
        db,
        `SELECT q.id, q.passage_id AS passageId, p.title AS passageTitle, s.title AS storyTitle,
           substr(q.prompt, 1, 200) AS promptExcerpt, substr(q.text, 1, 300) AS textExcerpt,
           coalesce(c.state_before, 'ready') AS stateBefore, b.deleted_at_ms AS deletedAtMs
         FROM bin b JOIN proposals q ON q.id = b.id JOIN passages p ON p.id = q.passage_id
           JOIN stories s ON s.id = p.story_id LEFT JOIN closed_proposals c ON c.proposal_id = q.id
         WHERE b.kind = 'proposal' ORDER BY b.deleted_at_ms DESC, b.id DESC LIMIT ${listed}`,
      ),
      counts: countBin(db, Number.MAX_SAFE_INTEGER),
    };
  },
};

export const binWrites = {
  /** Moves a story to the bin, with all that belongs to it. Throws NOT_FOUND. */
  removeStory(db: Database, fact: { storyId: StoryId; atMs: number }): void {
    requireStory(db, fact.storyId);
    putIn(db, "story", fact.storyId, fact.atMs);
  },

  /** Takes a story out of the bin. Throws NOT_FOUND, and CONFLICT where it is not there. */
  restoreStory(db: Database, { storyId }: { storyId: StoryId }): Story {
    requireStoredStory(db, storyId);
    takeOut(db, "storyId", storyId);
    return requireStory(db, storyId);
  },

  /** Moves a passage to the bin, with its proposals and its history. Throws NOT_FOUND. */
  removePassage(db: Database, fact: { passageId: PassageId; atMs: number }): void {
    const { storyId } = requirePassage(db, fact.passageId);
    putIn(db, "passage", fact.passageId, fact.atMs);
    touchStory(db, storyId, fact.atMs);
  },

  /** Takes a passage out of the bin. Throws NOT_FOUND, and CONFLICT where it is not there, or its story is there itself. */
  restorePassage(db: Database, fact: { passageId: PassageId; atMs: number }): Passage {
    const { storyId } = requireStoredPassage(db, fact.passageId);
    if (isInBin(db, storyId))
      throw new Failure("CONFLICT", "The story of this passage is in the bin itself.", {
        field: "passageId",
        value: fact.passageId,
        remedy: "Restore the story first, then the passage.",
      });
    takeOut(db, "passageId", fact.passageId);
    touchStory(db, storyId, fact.atMs);
    return requirePassage(db, fact.passageId);
  },

  /**
   * Deletes for good what was moved to the bin until then, in one transaction: stories and passages with all that belongs to
   * them, and proposals. Returns how many of each. The calls behind them stay in the log.
   */
  emptyBin(db: Database, { untilMs }: { untilMs: number }): Bin["counts"] {
    const counts = countBin(db, untilMs);
    const inBin = (kind: BinKind) => `SELECT id FROM bin WHERE kind = '${kind}' AND deleted_at_ms <= $untilMs`;
    const passages = `SELECT id FROM passages WHERE id IN (${inBin("passage")}) OR story_id IN (${inBin("story")})`;
    const proposals = `SELECT id FROM proposals WHERE id IN (${inBin("proposal")}) OR passage_id IN (${passages})`;
    for (const sql of [
      // What goes with a story or passage may have come into the bin later than that.
      `UPDATE bin SET deleted_at_ms = $untilMs WHERE id IN (${proposals}) OR id IN (${passages})`,
      `DELETE FROM closed_proposals WHERE proposal_id IN (${proposals})`,
      `DELETE FROM proposals WHERE id IN (${proposals})`,
      `DELETE FROM passage_changes WHERE passage_id IN (${passages})`,
      `DELETE FROM passages WHERE id IN (${passages})`,
      `DELETE FROM stories WHERE id IN (${inBin("story")})`,
      `DELETE FROM bin WHERE deleted_at_ms <= $untilMs`,
    ])
      run(db, sql, { untilMs });
    return counts;
  },
};

function countBin(db: Database, untilMs: number): Bin["counts"] {
  const counts = { stories: 0, passages: 0, proposals: 0 };
  const rows = all<{ kind: BinKind; count: number }>(
    db,
    "SELECT kind, count(*) AS count FROM bin WHERE deleted_at_ms <= $untilMs GROUP BY kind",
    { untilMs },
  );
  const keys = { story: "stories", passage: "passages", proposal: "proposals" } as const;
  for (const { kind, count } of rows) counts[keys[kind]] = count;
  return counts;
}

function putIn(db: Database, kind: BinKind, id: string, atMs: number): void {
  run(db, "INSERT INTO bin (id, kind, deleted_at_ms) VALUES ($id, $kind, $atMs)", { id, kind, atMs });
}

function takeOut(db: Database, field: string, id: string): void {
  if (run(db, "DELETE FROM bin WHERE id = $id", { id }) > 0) return;
  throw new Failure("CONFLICT", "This is not in the bin.", { field, value: id, remedy: "Open it from the outline." });
}
