import type { Database } from "better-sqlite3";
import type { PassageId, StoryId } from "../../../shared/contract/ids.ts";
import type { Passage, PassageSummary, Story, StoryStyle } from "../../../shared/contract/story.ts";
import { counted } from "../../../shared/format.ts";
import { Failure } from "../../base/failure.ts";
import { all, run } from "../statements.ts";
import { isOverridden } from "./proposal-rows.ts";
import { lastChange, writeText } from "./passage-changes.ts";
import {
  requirePassage,
  requireRevision,
  requireStoredPassage,
  requireStory,
  selectStories,
  type StoryRow,
  toStory,
  touchStory,
} from "./story-rows.ts";

export const storyReads = {
  /** All stories but those in the bin, the latest changed first, with their numbers of passages and words. */
  listStories(db: Database): Story[] {
    return all<StoryRow>(
      db,
      `${selectStories} WHERE NOT EXISTS (SELECT 1 FROM bin WHERE bin.id = s.id)
       GROUP BY s.id ORDER BY s.updated_at_ms DESC, s.id DESC`,
    ).map(toStory);
  },

  /**
   * A story and its passages in their order. `openProposals` counts those that are neither accepted nor discarded,
   * blocked ones included. Throws NOT_FOUND.
   */
  storyOutline(db: Database, { storyId }: { storyId: StoryId }): { story: Story; passages: PassageSummary[] } {
    return { story: requireStory(db, storyId), passages: passagesIn(db, storyId) };
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

  /** Appends an empty passage, revision 0, to a story. Throws NOT_FOUND. */
  addPassage(db: Database, fact: { storyId: StoryId; passageId: PassageId; title: string; atMs: number }): Passage {
    requireStory(db, fact.storyId);
    run(
      db,
      `INSERT INTO passages (id, story_id, position, title, words, revision, caret, saved_at_ms, text)
       VALUES ($passageId, $storyId, (SELECT coalesce(max(position), 0) + 1 FROM passages WHERE story_id = $storyId), $title, 0, 0, 0, $atMs, '')`,
      fact,
    );
    touchStory(db, fact.storyId, fact.atMs);
    return requirePassage(db, fact.passageId);
  },

  /** Gives a passage another title; its revision stays. Throws NOT_FOUND. */
  renamePassage(db: Database, fact: { passageId: PassageId; title: string; atMs: number }): Passage {
    const { storyId } = requirePassage(db, fact.passageId);
    run(db, "UPDATE passages SET title = $title WHERE id = $passageId", fact);
    touchStory(db, storyId, fact.atMs);
    return requirePassage(db, fact.passageId);
  },

  /**
   * Gives a passage another position among those of its story, from 1, and numbers them all anew. Throws NOT_FOUND, and
   * BAD_REQUEST where the story has fewer passages.
   */
  movePassage(db: Database, fact: { passageId: PassageId; position: number; atMs: number }): PassageSummary[] {
    const { storyId } = requirePassage(db, fact.passageId);
    const ids = passagesIn(db, storyId).map(({ id }) => id);
    if (fact.position > ids.length)
      throw new Failure("BAD_REQUEST", `This story has ${counted(ids.length, "passage")}.`, {
        field: "position",
        value: String(fact.position),
        remedy: `Give a position from 1 to ${ids.length}.`,
      });
    const moved = ids.filter((id) => id !== fact.passageId);
    moved.splice(fact.position - 1, 0, fact.passageId);
    for (const [index, id] of moved.entries())
      run(db, "UPDATE passages SET position = $position WHERE id = $id", { id, position: index + 1 });
    touchStory(db, storyId, fact.atMs);
    return passagesIn(db, storyId);
  },

  /**
   * Saves the text of a passage, in the bin or not, as its next revision; `caret` counts UTF-16 units and is limited to the
   * text's length. A `saveId` that was stored last is answered again. Throws NOT_FOUND, and CONFLICT where the passage is
   * neither at `baseRevision` nor at one of the `unconfirmed` saves: nothing is overwritten unseen.
   */
  savePassage(
    db: Database,
    fact: {
      passageId: PassageId;
      text: string;
      caret: number;
      baseRevision: number;
      saveId?: string | undefined;
      unconfirmed?: readonly string[] | undefined;
      atMs: number;
    },
  ): { revision: number; savedAtMs: number } {
    const passage = requireStoredPassage(db, fact.passageId);
    const last = lastChange(db, fact.passageId)?.save_id ?? null;
    if (last !== null && last === fact.saveId && passage.text === fact.text)
      return { revision: passage.revision, savedAtMs: passage.savedAtMs };
    if (last === null || fact.unconfirmed?.includes(last) !== true) requireRevision(passage, fact.baseRevision);
    return writeText(db, passage, { ...fact, kind: "typed" });
  },
};

/** The passages of a story but those in the bin, in their order. */
function passagesIn(db: Database, storyId: StoryId): PassageSummary[] {
  return all<PassageSummary>(
    db,
    `SELECT p.id, p.title, p.position, p.words,
       (SELECT count(*) FROM proposals q WHERE q.passage_id = p.id AND q.state NOT IN ('accepted', 'discarded')) AS openProposals,
       (SELECT count(*) FROM proposals q WHERE q.passage_id = p.id AND q.state = 'held' AND NOT ${isOverridden("q")}) AS blockedProposals
     FROM passages p WHERE p.story_id = $storyId AND NOT EXISTS (SELECT 1 FROM bin WHERE bin.id = p.id)
     ORDER BY p.position, p.id`,
    { storyId },
  );
}
