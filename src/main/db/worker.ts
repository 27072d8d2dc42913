import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { parentPort, workerData as threadData } from "node:worker_threads";
import { workerData as poolData } from "piscina";
import { Failure } from "../base/failure.ts";
import { type Reads, type Writes, reads, writes } from "./catalog.ts";
import { DatabaseFiles, type FileMark, markOf } from "./database-files.ts";
import { takeDirectoryLock } from "./directory-lock.ts";
import { migrate } from "./migrate.ts";
import { preparePrivateFolder } from "./private-folder.ts";
import { run } from "./statements.ts";
import { timed } from "./slow-queries.ts";
import { asStorageFailure } from "./storage-failure.ts";
import type { Operation, Settled, WorkerRole, WriterReply, WriterRequest } from "./thread-messages.ts";

// Set by pool.ts, which starts this file as the writing thread itself, and through piscina as readers.
const { directory, role } = (isWriter(threadData) ? threadData : poolData) as WorkerRole;
const path = join(directory, "taleward.db");
let connection: Sqlite.Database | undefined;
let lock: Sqlite.Database | undefined;
let checkpointer: Sqlite.Database | undefined;
let files: DatabaseFiles | undefined;

if (role === "writer")
  parentPort?.on("message", (request: WriterRequest) => parentPort?.postMessage(answer(request) satisfies WriterReply));

function answer(request: WriterRequest): WriterReply {
  if (request === "open") return [open()];
  if (request === "close") return [settle(close)];
  if (request === "look") return [settle(look)];
  if ("checkpointed" in request) return [settle(() => files?.checkpointed(request.checkpointed))];
  return write(request);
}

/** Takes the directory for this process, then opens and migrates the database. */
function open(): Settled {
  return settle(() => {
    if (role === "writer") preparePrivateFolder(directory);
    if (role === "writer") lock = takeDirectoryLock(directory);
    connection = new Sqlite(path, { readonly: role === "reader" });
    connection.pragma("busy_timeout = 5000");
    if (role === "reader") return;
    connection.pragma("journal_mode = WAL");
    connection.pragma("synchronous = NORMAL");
    // Moving the log into the database waits for the disk; that is done beside the writer, by `checkpoint`.
    connection.pragma("wal_autocheckpoint = 0");
    connection.pragma("foreign_keys = ON");
    migrate(connection);
    files = new DatabaseFiles(path);
  });
}

/** Throws where the files are not those that were opened, as they were left. */
function look(): FileMark | undefined {
  const db = opened();
  return files?.look(db);
}

function refuseWhenLost(db: Sqlite.Database): void {
  const loss = files?.loss(db) ?? null;
  if (loss !== null) throw loss;
}

/** All of a batch in one transaction; of several operations each has a savepoint of its own, so that one's failure is its own. */
function write(batch: readonly Operation<keyof Writes>[]): readonly Settled[] {
  let settled: Settled[] = [];
  const whole = timed(() =>
    settle(() => {
      const db = opened();
      refuseWhenLost(db);
      const apply = ({ name, input }: Operation<keyof Writes>) =>
        (writes[name] as (db: Sqlite.Database, input: unknown) => unknown)(db, input); // a pair, as it was typed where it was called
      const [only] = batch;
      const value = inTransaction(db, () => {
        if (only && batch.length === 1) return apply(only);
        settled = batch.map((operation) => timed(() => settle(() => inSavepoint(db, () => apply(operation)))));
        return undefined;
      });
      refuseWhenLost(db); // what went into a file that nobody finds again was not saved
      return value;
    }),
  );
  if (!whole.ok || batch.length === 1) return batch.map(() => whole);
  // A commit that waited for the disk is logged under the last operation of its batch.
  const [last] = settled.slice(-1);
  return last === undefined || whole.slowMs === undefined || settled.some(({ slowMs }) => slowMs !== undefined)
    ? settled
    : [...settled.slice(0, -1), { ...last, slowMs: whole.slowMs }];
}

/** `db.transaction` without what it needs to be nested: this runs for every call, twice. */
function inTransaction<Value>(db: Sqlite.Database, work: () => Value): Value {
  run(db, "BEGIN IMMEDIATE");
  try {
    const value = work();
    run(db, "COMMIT");
    return value;
  } catch (error) {
    if (db.inTransaction) run(db, "ROLLBACK"); // a full disk may have rolled back already
    throw error;
  }
}

/**
 * The same within a transaction: what `work` wrote is taken back where it throws, and the transaction goes on.
 * `db.transaction` builds four functions each time it is called, which costs more than the savepoint.
 */
function inSavepoint<Value>(db: Sqlite.Database, work: () => Value): Value {
  run(db, "SAVEPOINT operation");
  try {
    const value = work();
    run(db, "RELEASE operation");
    return value;
  } catch (error) {
    if (db.inTransaction) {
      run(db, "ROLLBACK TO operation");
      run(db, "RELEASE operation");
    }
    throw error;
  }
}

export function read({ name, input }: Operation<keyof Reads>): Settled {
  // The name was typed against its own input where it was called; here they meet again as a pair.
  return timed(() => settle(() => (reads[name] as (db: Sqlite.Database, input: unknown) => unknown)(opened(), input)));
}

/**
 * Moves what is committed from the write-ahead log into the database, without making the writer wait, and returns what the
 * database is like then; null, and nothing is moved, where it is not what it was.
 */
export function checkpoint(before: FileMark): Settled {
  return settle(() => {
    checkpointer ??= new Sqlite(path, { fileMustExist: true });
    const { identity, content } = markOf(path);
    if (identity !== before.identity || content !== before.content) return null;
    checkpointer.pragma("wal_checkpoint(PASSIVE)");
    return markOf(path);
  });
}

function close(): void {
  checkpointer?.close();
  connection?.close();
  lock?.close();
}

function isWriter(data: unknown): data is WorkerRole {
  return typeof data === "object" && data !== null && "role" in data && data.role === "writer";
}

function opened(): Sqlite.Database {
  if (!connection) {
    const result = open();
    if (!result.ok)
      throw result.failure
        ? new Failure(result.failure.code, result.message, result.failure.data)
        : new Error(result.message);
  }
  if (!connection) throw new Error("the database did not open");
  return connection;
}

function settle(work: () => unknown): Settled {
  try {
    return { ok: true, value: work() };
  } catch (thrown) {
    const error = asStorageFailure(thrown, path);
    if (error instanceof Failure)
      return { ok: false, message: error.message, failure: { code: error.code, data: error.data } };
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { ok: false, message, failure: null, ...(stack !== undefined && { stack }) };
  }
}
