import type { Database } from "better-sqlite3";
import type { KeptDraft } from "../../../shared/contract/drafts.ts";
import { all, run } from "../statements.ts";

export const draftReads = {
  /** Everything typed and not sent, the latest first. */
  listDrafts(db: Database): KeptDraft[] {
    return all<KeptDraft>(db, "SELECT key, text, saved_at_ms AS savedAtMs FROM drafts ORDER BY saved_at_ms DESC, key");
  },
};

export const draftWrites = {
  /** Keeps a field's text; an empty one is forgotten. */
  keepDraft(db: Database, draft: { key: string; text: string; atMs: number }): void {
    if (draft.text === "") return void run(db, "DELETE FROM drafts WHERE key = $key", draft);
    run(
      db,
      `INSERT INTO drafts (key, saved_at_ms, text) VALUES ($key, $atMs, $text)
       ON CONFLICT (key) DO UPDATE SET saved_at_ms = excluded.saved_at_ms, text = excluded.text`,
      draft,
    );
  },
};
