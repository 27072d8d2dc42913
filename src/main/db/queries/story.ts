import type { Database } from "better-sqlite3";
import type { PassageId, StoryId } from "../../../shared/contract/ids.ts";
import type { Passage, PassageSummary, Story, StoryStyle } from "../../../shared/contract/story.ts";
import { countWords } from "../../../shared/labels.ts";
import { all, run } from "../statements.ts";
import { isOverridden } from "./proposal-rows.ts";
import { requirePassage, requireRevision, requireStory, selectStories, type StoryRow, toStory } from "./story-rows.ts";

export const storyReads = {
  /** All stories, the latest changed first, with their numbers of passages and words. */
  listStories(db: Database): Story[] {
    return all<StoryRow>(db, `${selectStories} GROUP BY s.id ORDER BY s.updated_at_ms DESC, s.id DESC`).map(toStory);
  },

  /**
   * A story and its passages in their order. `openProposals` counts those that are neither accepted nor discarded,
   * blocked ones included. Throws NOT_FOUND.
   */
  storyOutline(db: Database, { storyId }: { storyId: StoryId }): { story: Story; passages: PassageSummary[] } {
    return {
      story: requireStory(db, storyId),
      passages: all<PassageSummary>(
        db,
        `SELECT p.id, p.title, p.position, p.words,
           (SELECT count(*) FROM proposals q WHERE q.passage_id = p.id AND q.state NOT IN ('accepted', 'discarded')) AS openProposals,
           (SELECT count(*) FROM proposals q WHERE q.passage_id = p.id AND q.state = 'held' AND NOT ${isOverridden("q")}) AS blockedProposals
         FROM passages p WHERE p.story_id = $storyId ORDER BY p.position`,
        { storyId },
      ),
    };
  },

  /** A passage with its text and its open proposals, oldest first. Throws NOT_FOUND. */
  getPassage(db: Database, { passageId }: { passageId: PassageId }): Passage {
    return requirePassage(db, passageId);
  },
};

export const storyWrites = {
  /** Creates a story without passages. */
  createStory(db: Database, fact: { storyId: StoryId; title: string; atMs: number }): Story {
    run(
      db,
      "INSERT INTO stories (id, title, created_at_ms, updated_at_ms) VALUES ($storyId, $title, $atMs, $atMs)",
      fact,
    );
    return requireStory(db, fact.storyId);
  },

  /** Gives a story another title. Throws NOT_FOUND. */
  renameStory(db: Database, fact: { storyId: StoryId; title: string; atMs: number }): Story {
    requireStory(db, fact.storyId);
    run(db, "UPDATE stories SET title = $title, updated_at_ms = $atMs WHERE id = $storyId", fact);
    return requireStory(db, fact.storyId);
  },

  /** Says how a story is written. Throws NOT_FOUND. */
  setStoryStyle(db: Database, fact: { storyId: StoryId; style: StoryStyle; atMs: number }): Story {
    requireStory(db, fact.storyId);
    run(db, "UPDATE stories SET style = $style, updated_at_ms = $atMs WHERE id = $storyId", {
      ...fact,
      style: JSON.stringify(fact.style),
    });
    return requireStory(db, fact.storyId);
  },

  /**
   * Deletes a story with its passages and proposals, in one transaction; the calls behind them stay in the log. Throws
   * NOT_FOUND.
   */
  removeStory(db: Database, { storyId }: { storyId: StoryId }): void {
    requireStory(db, storyId);
    run(db, "DELETE FROM proposals WHERE passage_id IN (SELECT id FROM passages WHERE story_id = $storyId)", {
      storyId,
    });
    run(db, "DELETE FROM passages WHERE story_id = $storyId", { storyId });
    run(db, "DELETE FROM stories WHERE id = $storyId", { storyId });
  },

  /** Appends an empty passage, revision 0, to a story. Throws NOT_FOUND. */
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

  /** Gives a passage another title; its revision stays. Throws NOT_FOUND. */
  renamePassage(db: Database, fact: { passageId: PassageId; title: string; atMs: number }): Passage {
    requirePassage(db, fact.passageId);
    run(db, "UPDATE passages SET title = $title WHERE id = $passageId", fact);
    touchStory(db, fact.passageId, fact.atMs);
    return requirePassage(db, fact.passageId);
  },

  /**
   * Saves the text of a passage as its next revision; `caret` counts UTF-16 units and is limited to the text's length.
   * Throws NOT_FOUND, and CONFLICT where the passage is not at `baseRevision` any more: nothing is overwritten unseen.
   */
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
};

function touchStory(db: Database, passageId: PassageId, atMs: number): void {
  run(db, "UPDATE stories SET updated_at_ms = $atMs WHERE id = (SELECT story_id FROM passages WHERE id = $passageId)", {
    passageId,
    atMs,
  });
}
