import { copyFileSync, existsSync, statSync, truncateSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Database } from "better-sqlite3";
import { z } from "zod";
import { Failure } from "../base/failure.ts";

/** Which file a database is, and what it was like when we last wrote into it. */
export interface FileMark {
  readonly identity: string | null;
  readonly content: string | null;
}

/** What became of the files of an open database, by another program's doing. */
type Loss = "missing" | "replaced" | "log_missing" | "overwritten";

/**
 * The files of a database as they were when it was opened. SQLite holds on to what it has opened: it goes on writing into a
 * file that was deleted, moved or replaced, and nobody would find it again.
 */
export class DatabaseFiles {
  readonly #path: string;
  readonly #log: string | null;
  #mark: FileMark;
  #kind: Loss | null = null;
  #loss: Failure | null = null;
  /** Overwritten in place, its pages are mixed with ours in memory: there is no way back but a restart. */
  #isFinal = false;

  /** Of the database at `path`, just opened. */
  constructor(path: string) {
    this.#path = path;
    this.#mark = markOf(path);
    this.#log = markOf(`${path}-wal`).identity;
  }

  /**
   * Why nothing may be written or sent as written now; null where the files are in their place. Saves what can be saved the
   * first time. Where they are put back, it is null again.
   */
  loss(db: Database): Failure | null {
    if (this.#isFinal) return this.#loss;
    const loss = this.#kindOfLoss();
    if (loss !== this.#kind) this.#loss = loss === null ? null : this.#lost(loss, db);
    // Put back, it is as we left it wherever it was: the log was moved into it there.
    if (loss === null && this.#kind !== null) this.#mark = markOf(this.#path);
    this.#kind = loss;
    return this.#loss;
  }

  /** As the database is now, for who moves the log into it. Throws `loss`, and where somebody else has written into the database. */
  look(db: Database): FileMark {
    const loss = this.loss(db);
    if (loss === null && markOf(this.#path).content === this.#mark.content) return this.#mark;
    this.#isFinal ||= loss === null;
    this.#loss = loss ?? this.#lost("overwritten", db);
    throw this.#loss;
  }

  /** The write-ahead log was moved into the database, which is now like this. */
  checkpointed(mark: FileMark): void {
    if (mark.identity === this.#mark.identity) this.#mark = mark;
  }

  #kindOfLoss(): Loss | null {
    const found = markOf(this.#path).identity;
    if (found === null) return "missing";
    if (found !== this.#mark.identity) return "replaced";
    return this.#log === null || markOf(`${this.#path}-wal`).identity === this.#log ? null : "log_missing";
  }

  #lost(loss: Loss, db: Database): Failure {
    const { message, remedy } = this.#words(loss, db);
    return new Failure("STORAGE", message, { field: "dataDirectory", value: dirname(this.#path), remedy });
  }

  #words(loss: Loss, db: Database): { message: string; remedy: string } {
    const name = basename(this.#path);
    const stopped = "Nothing more is saved";
    if (loss === "overwritten") {
      const aside = this.#setLogAside();
      return {
        message: `Another program has written into ${this.#path} while Taleward had it open. ${stopped}.`,
        remedy: `Close Taleward and start it again: it goes on with the file as it is now.${aside}`,
      };
    }
    // Everything goes into the file that SQLite holds on to, wherever that is now; none of it waits for another file of its name.
    const isWhole = attempt(() => checkpointWhole(db));
    if (loss === "log_missing")
      return {
        message: `${name}-wal was deleted or replaced while Taleward had it open. ${stopped}.`,
        remedy: isWhole
          ? `Close Taleward and start it again. What was saved before is in ${name}.`
          : "Close Taleward, restore the folder from a backup, and start it again.",
      };
    const rescued = this.#rescue(db);
    const what = loss === "missing" ? "was deleted or moved" : "was replaced by another file";
    return {
      message: `${this.#path} ${what} while Taleward had it open. ${stopped}.`,
      remedy:
        rescued === null
          ? `Put it back as ${this.#path}.`
          : `Put it back. Or close Taleward, rename ${rescued} to ${name}, and start it again: everything saved before is in it.`,
    };
  }

  /** The name of a copy of everything that was saved, beside where the database was; null where none could be made. */
  #rescue(db: Database): string | null {
    const name = freeName(dirname(this.#path), "taleward-rescued", ".db");
    const path = join(dirname(this.#path), name);
    return attempt(() => db.prepare("VACUUM INTO ?").run(path)) ? name : null;
  }

  /** Closing would move our pages into the file that somebody put in place: keeps them in a file of their own, and says so. */
  #setLogAside(): string {
    const log = `${this.#path}-wal`;
    const name = freeName(dirname(log), "taleward-last-changes", ".wal");
    const isKept = attempt(() => copyFileSync(log, join(dirname(log), name)));
    attempt(() => truncateSync(log));
    return isKept ? ` The last changes before are kept in ${name}.` : "";
  }
}

/** As the file is now; a deleted one's identity is not given away while it is open. */
export function markOf(path: string): FileMark {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return { identity: null, content: null };
  return { identity: `${found.dev}:${found.ino}`, content: `${found.size}:${found.mtimeNs}` };
}

function freeName(directory: string, name: string, ending: string): string {
  for (let number = 1; ; number += 1) {
    const free = `${name}${number === 1 ? "" : `-${number}`}${ending}`;
    if (!existsSync(join(directory, free))) return free;
  }
}

/** Moves all of the log into the database; waits up to two seconds for a checkpoint that runs, and throws where it is not over then. */
function checkpointWhole(db: Database): void {
  for (let tries = 0; tries < 100; tries += 1) {
    const [row] = z.array(z.object({ busy: z.number() })).parse(db.pragma("wal_checkpoint(TRUNCATE)"));
    if (row?.busy === 0) return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
  throw new Error("the write-ahead log is in use");
}

/** A rescue is tried, never relied on: whether it worked. */
function attempt(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
