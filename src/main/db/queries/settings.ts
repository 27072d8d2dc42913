import type { Database } from "better-sqlite3";
import { one, run } from "../statements.ts";

export const settingsReads = {
  /** The JSON kept under a key; null where nothing is. Whoever reads it checks it. */
  getSetting(db: Database, { key }: { key: string }): string | null {
    return one<{ value: string }>(db, "SELECT value FROM settings WHERE key = $key", { key })?.value ?? null;
  },
};

export const settingsWrites = {
  putSetting(db: Database, setting: { key: string; value: string }): void {
    run(
      db,
      "INSERT INTO settings (key, value) VALUES ($key, $value) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      setting,
    );
  },
};
