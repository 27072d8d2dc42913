import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../base/failure.ts";

/** What SQLite creates beside a database, with the mode of the database. */
const ownFiles = ["taleward.db", "taleward.db-wal", "taleward.db-shm", "taleward.db-journal", "taleward.lock"];
/** Made before SQLite would, which leaves them readable by everybody. */
const madeFirst = ["taleward.db", "taleward.lock"];

/**
 * Makes a data folder, with its database and lock, its owner's alone: another account neither reads stories nor takes the lock.
 * A folder that holds other things too keeps its mode, and so does one that is not ours to change; Windows has no such modes.
 * Throws `Failure` STORAGE where the folder cannot be created or written.
 */
export function preparePrivateFolder(directory: string): void {
  const refused = (what: string, error: unknown) => {
    const { code = "no" } = error as NodeJS.ErrnoException; // what node:fs throws
    return new Failure(
      "STORAGE",
      `Taleward cannot ${what}: the system says ${code}.`,
      {
        field: "dataDirectory",
        value: directory,
        remedy: "Make the folder and its parent writable, or start with another by --data-dir.",
      },
      { cause: error },
    );
  };
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw refused(`create ${directory}`, error);
  }
  const found = new Set(readdirSync(directory));
  if (found.size === 0 || found.has("taleward.db")) narrow(directory, 0o700);
  for (const name of madeFirst)
    if (!found.has(name))
      try {
        closeSync(openSync(join(directory, name), "a", 0o600));
      } catch (error) {
        throw refused(`write to ${directory}`, error);
      }
  for (const name of ownFiles) if (found.has(name)) narrow(join(directory, name), 0o600);
}

function narrow(path: string, mode: number): void {
  try {
    const { mode: now, uid } = statSync(path);
    if ((now & 0o777 & ~mode) !== 0 && uid === process.getuid?.()) chmodSync(path, now & mode);
  } catch {
    // Not ours to change, or gone by now: opening it says what is wrong.
  }
}
