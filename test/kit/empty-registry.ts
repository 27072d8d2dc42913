import Sqlite from "better-sqlite3";
import { migrate } from "../../src/main/db/migrate.ts";

let template: Buffer | undefined;

/** An empty registry in memory, for the queries themselves. */
export function emptyRegistry(): Sqlite.Database {
  template ??= migrated();
  const db = new Sqlite(template);
  db.pragma("foreign_keys = ON");
  return db;
}

function migrated(): Buffer {
  const db = new Sqlite(":memory:");
  migrate(db);
  const bytes = db.serialize();
  db.close();
  return bytes;
}
