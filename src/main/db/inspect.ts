import { existsSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { type ErrorFacts, errorFacts } from "../base/error-facts.ts";
import { schemaVersion } from "./migrate.ts";
import { all } from "./statements.ts";

type Count = Readonly<Record<string, string | number | null>>;

/** What can be said of a database without saying what is in it: counts, states and settings, no text of anybody. */
export interface DatabaseFacts {
  readonly sqlite: string;
  /** Migrations applied, and those that this Taleward knows. */
  readonly migrations: { readonly applied: number; readonly known: number };
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Model servers that are registered, without their addresses. */
  readonly providers: readonly Count[];
  readonly versions: readonly Count[];
  /** How the last 2,000 calls ended. */
  readonly lastCalls: readonly Count[];
}

/**
 * Reads the database of a data directory, which another process may have open; null where there is none. What cannot be read
 * is reported by the facts of the error alone. SQLite itself may leave its empty `-wal` and `-shm` beside a database that nobody has
 * open.
 */
export function inspectDatabase(dataDirectory: string): DatabaseFacts | { readonly unreadable: ErrorFacts } | null {
  const path = join(dataDirectory, "taleward.db");
  if (!existsSync(path)) return null;
  let db: Sqlite.Database | undefined;
  try {
    db = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: 2_000 });
    return factsOf(db);
  } catch (error) {
    return { unreadable: errorFacts(error) };
  } finally {
    db?.close();
  }
}

function factsOf(db: Sqlite.Database): DatabaseFacts {
  const tables = all<{ name: string }>(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  return {
    sqlite: String(db.prepare("SELECT sqlite_version()").pluck().get()),
    migrations: { applied: Number(db.pragma("user_version", { simple: true })), known: schemaVersion },
    rows: Object.fromEntries(tables.map(({ name }) => [name, rowsIn(db, name)])),
    settings: settingsIn(db),
    providers: all<Count>(
      db,
      `SELECT provider, CASE WHEN endpoint GLOB '*://127.0.0.1*' OR endpoint GLOB '*://localhost*' THEN 'this machine'
         ELSE 'another machine' END AS place, max_concurrent AS maxConcurrent FROM endpoints ORDER BY provider`,
    ),
    versions: all<Count>(
      db,
      `SELECT m.provider, m.type, v.status, count(*) AS versions, count(v.drift) AS drifted
       FROM model_versions v JOIN models m ON m.id = v.model_id GROUP BY m.provider, m.type, v.status`,
    ),
    lastCalls: all<Count>(
      db,
      `SELECT provider, outcome, error_class AS errorClass, count(*) AS calls
       FROM (SELECT provider, outcome, error_class FROM inferences ORDER BY id DESC LIMIT 2000)
       GROUP BY provider, outcome, error_class`,
    ),
  };
}

function rowsIn(db: Sqlite.Database, table: string): number {
  return Number(db.prepare(`SELECT count(*) FROM "${table}"`).pluck().get()); // a name out of the schema itself
}

function settingsIn(db: Sqlite.Database): Record<string, unknown> {
  const rows = all<{ key: string; value: string }>(db, "SELECT key, value FROM settings ORDER BY key");
  return Object.fromEntries(
    rows.map(({ key, value }) => {
      try {
        return [key, withoutTexts(JSON.parse(value))];
      } catch {
        return [key, hiddenText];
      }
    }),
  );
}

const hiddenText = "(text)";

/** Switches and numbers as they are; a text may be an address with a password in it. */
export function withoutTexts(value: unknown): unknown {
  if (typeof value === "string") return hiddenText;
  if (Array.isArray(value)) return value.map(withoutTexts);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutTexts(part)]));
}
