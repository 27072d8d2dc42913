import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { Failure } from "../base/failure.ts";
import { asStorageFailure } from "./storage-failure.ts";

/**
 * Takes a data directory for this process: an exclusive transaction on a file of its own, which the system lets go of when the
 * process ends, however it ends. Throws `Failure`: CONFLICT where another has it, STORAGE where the lock's file is unusable.
 */
export function takeDirectoryLock(directory: string): Sqlite.Database {
  const path = join(directory, "taleward.lock");
  let lock: Sqlite.Database | undefined;
  try {
    lock = new Sqlite(path, { timeout: 0 });
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock?.close();
    throw failureOf(error, directory, path);
  }
}

function failureOf(error: unknown, directory: string, path: string): unknown {
  const code = error instanceof Sqlite.SqliteError ? error.code : "";
  if (code.startsWith("SQLITE_BUSY"))
    return new Failure("CONFLICT", `Another Taleward has ${directory} open.`, {
      field: "dataDirectory",
      value: directory,
      remedy: "Use that one, close it first, or start this one with another folder by --data-dir.",
    });
  if (code.startsWith("SQLITE_NOTADB") || code.startsWith("SQLITE_CORRUPT"))
    return new Failure("STORAGE", `${path} is not the lock that Taleward makes: something else is in it.`, {
      field: "dataDirectory",
      value: directory,
      remedy: "Delete that file: nothing of yours is in it, and Taleward makes it anew. taleward.db beside it stays.",
    });
  return asStorageFailure(error, path);
}
