import type { Database } from "better-sqlite3";
import type { PassageId } from "../../../shared/contract/ids.ts";
import type { Passage } from "../../../shared/contract/story.ts";
import type { ChangeKind, PassageMoment } from "../../../shared/contract/stories/history.ts";
import { countWords } from "../../../shared/labels.ts";
import { Failure } from "../../base/failure.ts";
import { momentsOf } from "../passage-moments.ts";
import { all, one, run } from "../statements.ts";
import { changeBetween, merged, undone } from "../../../shared/text-change.ts";
import { requirePassage, requireRevision, touchStory } from "./story-rows.ts";

interface ChangeRow {
  revision: number;
  base_revision: number;
  kind: ChangeKind;
  began_at_ms: number;
  at_ms: number;
  save_id: string | null;
  position: number;
  removed: string;
  inserted: string;
}

/** Typing becomes one change for as long as this, where nothing is lost by it. */
const mergeMs = 5 * 60_000;
const momentsPerPage = 100;
/** So many changes are looked through for a page of moments, even where they make fewer. */
const changesPerPage = 20_000;

export const passageHistoryReads = {
  /** The moments of a passage, newest first; those older than revision `before` where that is given. Throws NOT_FOUND. */
  passageHistory(
    db: Database,
    { passageId, before }: { passageId: PassageId; before?: number | undefined },
  ): { moments: PassageMoment[]; more: boolean } {
    const passage = requirePassage(db, passageId);
    const changes = all<{
      revision: number;
      baseRevision: number;
      kind: ChangeKind;
      beganAtMs: number;
      atMs: number;
      added: number;
      removed: number;
    }>(
      db,
      `SELECT revision, base_revision AS baseRevision, kind, began_at_ms AS beganAtMs, at_ms AS atMs,
         length(inserted) AS added, length(removed) AS removed
       FROM passage_changes WHERE passage_id = $passageId AND revision < $before ORDER BY revision DESC LIMIT ${changesPerPage}`,
      { passageId, before: before ?? Number.MAX_SAFE_INTEGER },
    );
    const moments = momentsOf(changes, { atMs: passage.savedAtMs, whole: changes.length < changesPerPage });
    return { moments: moments.slice(0, momentsPerPage), more: moments.length > momentsPerPage };
  },

  /** The text of a passage at a revision. Throws NOT_FOUND where that is not kept by itself. */
  passageRevision(
    db: Database,
    { passageId, revision }: { passageId: PassageId; revision: number },
  ): { revision: number; text: string } {
    return { revision, text: textAt(db, requirePassage(db, passageId), revision) };
  },
};

export const passageHistoryWrites = {
  /**
   * Gives a passage the text of an earlier revision as its next one, in one transaction. Throws NOT_FOUND, and CONFLICT
   * where the passage is not at `baseRevision` any more.
   */
  restorePassageRevision(
    db: Database,
    fact: { passageId: PassageId; revision: number; baseRevision: number; atMs: number },
  ): Passage {
    const passage = requirePassage(db, fact.passageId);
    requireRevision(passage, fact.baseRevision);
    const text = textAt(db, passage, fact.revision);
    writeText(db, passage, { text, caret: Math.min(passage.caret, text.length), atMs: fact.atMs, kind: "restored" });
    return requirePassage(db, fact.passageId);
  },
};

/** The newest change of a passage; undefined where its text never changed. */
export function lastChange(db: Database, passageId: PassageId): ChangeRow | undefined {
  return one<ChangeRow>(
    db,
    "SELECT * FROM passage_changes WHERE passage_id = $passageId ORDER BY revision DESC LIMIT 1",
    { passageId },
  );
}

/** Writes a text as the next revision of a passage, and what it changed into the history. */
export function writeText(
  db: Database,
  passage: Passage,
  fact: { text: string; caret: number; atMs: number; kind: ChangeKind; saveId?: string | undefined },
): { revision: number; savedAtMs: number } {
  const revision = passage.revision + 1;
  if (fact.text !== passage.text) keepChange(db, passage, { ...fact, revision });
  run(
    db,
    `UPDATE passages SET text = $text, words = $words, caret = $caret, revision = $revision, saved_at_ms = $atMs
     WHERE id = $id`,
    {
      id: passage.id,
      text: fact.text,
      words: countWords(fact.text),
      caret: Math.min(fact.caret, fact.text.length),
      revision,
      atMs: fact.atMs,
    },
  );
  touchStory(db, passage.storyId, fact.atMs);
  return { revision, savedAtMs: fact.atMs };
}

function keepChange(
  db: Database,
  passage: Passage,
  fact: { text: string; atMs: number; kind: ChangeKind; revision: number; saveId?: string | undefined },
): void {
  const change = changeBetween(passage.text, fact.text);
  const last = lastChange(db, passage.id);
  const together =
    last?.kind === "typed" && fact.kind === "typed" && fact.atMs - last.began_at_ms < mergeMs
      ? merged({ offset: last.position, removed: last.removed, inserted: last.inserted }, change)
      : undefined;
  const { offset, removed, inserted } = together ?? change;
  const row = {
    passageId: passage.id,
    revision: fact.revision,
    baseRevision: together && last ? last.base_revision : passage.revision,
    kind: fact.kind,
    beganAtMs: together && last ? last.began_at_ms : fact.atMs,
    atMs: fact.atMs,
    saveId: fact.saveId ?? null,
    position: offset,
    removed,
    inserted,
  };
  if (together && last)
    run(db, "DELETE FROM passage_changes WHERE passage_id = $passageId AND revision = $revision", {
      passageId: passage.id,
      revision: last.revision,
    });
  run(
    db,
    `INSERT INTO passage_changes
       (passage_id, revision, base_revision, kind, began_at_ms, at_ms, save_id, position, removed, inserted)
     VALUES ($passageId, $revision, $baseRevision, $kind, $beganAtMs, $atMs, $saveId, $position, $removed, $inserted)`,
    row,
  );
}

/** Takes the changes since a revision back, the newest first. */
function textAt(db: Database, passage: Passage, revision: number): string {
  const since = all<ChangeRow>(
    db,
    "SELECT * FROM passage_changes WHERE passage_id = $passageId AND revision > $revision ORDER BY revision DESC",
    { passageId: passage.id, revision },
  );
  const oldest = since.at(-1);
  const kept = oldest === undefined ? revision <= passage.revision : oldest.base_revision >= revision;
  const begins = one<{ revision: number | null }>(
    db,
    "SELECT min(base_revision) AS revision FROM passage_changes WHERE passage_id = $passageId",
    { passageId: passage.id },
  );
  if (!kept || revision < (begins?.revision ?? passage.revision))
    throw new Failure("NOT_FOUND", `The history has no revision ${revision} of this passage by itself.`, {
      field: "revision",
      value: String(revision),
      remedy: "Choose one that the history lists.",
    });
  let { text } = passage;
  for (const { position, removed, inserted, revision: at } of since) {
    const before = undone(text, { offset: position, removed, inserted });
    if (before === undefined)
      throw new Failure("STORAGE", `The history of this passage cannot be read before revision ${at}.`, {
        field: "revision",
        value: String(revision),
        remedy: "Choose a later one. The present text is not affected.",
      });
    text = before;
  }
  return text;
}
