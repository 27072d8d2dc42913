import type { Database, Statement } from "better-sqlite3";

const cache = new WeakMap<Database, Map<string, Statement>>();

/** A prepared statement, prepared once a connection. */
export function statement(db: Database, sql: string): Statement {
  let statements = cache.get(db);
  if (!statements) cache.set(db, (statements = new Map()));
  let found = statements.get(sql);
  if (!found) statements.set(sql, (found = db.prepare(sql)));
  return found;
}

/** All rows, as the row type the caller's mapper expects; the SQL beside the call is what makes that true. */
export function all<Row>(db: Database, sql: string, parameters: object = {}): Row[] {
  return statement(db, sql).all(parameters) as Row[];
}

/** The first row, read the same way; undefined where there is none. */
export function one<Row>(db: Database, sql: string, parameters: object = {}): Row | undefined {
  return statement(db, sql).get(parameters) as Row | undefined;
}

/** Runs a statement that returns no rows; returns the number of rows it changed, those of triggers and cascades left out. */
export function run(db: Database, sql: string, parameters: object = {}): number {
  return statement(db, sql).run(parameters).changes;
}
