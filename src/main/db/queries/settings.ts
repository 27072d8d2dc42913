import type { Database } from "better-sqlite3";
import { one, run } from "../statements.ts";

export const settingsReads = {
  /** The JSON stored under a key; null where there is none. The reader validates it. */
  getSetting(db: Database, { key }: { key: string }): string | null {
    return one<{ value: string }>(db, "SELECT value FROM settings WHERE key = $key", { key })?.value ?? null;
  },
};

export const settingsWrites = {
  /** Stores a JSON text under a key; replaces what was there. */
  putSetting(db: Database, setting: { key: string; value: string }): void {
    run(
      db,
      "INSERT INTO settings (key, value) VALUES ($key, $value) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      setting,
    );
  },
};
