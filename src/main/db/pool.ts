import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { Failure } from "../base/failure.ts";
import { log } from "../base/logger.ts";
import type { Reads, Writes } from "./catalog.ts";
import type { FileMark } from "./database-files.ts";
import type { Operation, Settled, WorkerRole } from "./thread-messages.ts";
import { logWhenSlow } from "./slow-queries.ts";
import { WriterThread } from "./writer-thread.ts";

type Input<Query> = Query extends (db: never, input: infer Value) => unknown ? Value : undefined;
type Arguments<Query> = undefined extends Input<Query> ? [] : [input: Input<Query>];
type Output<Query> = Query extends (...parameters: never[]) => infer Value ? Value : never;

interface Pending {
  operation: Operation<keyof Writes>;
  readonly result: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const maxBatch = 512;
const checkpointEveryMs = 1_000;
/** Waking the writer costs a call more than the writing itself, so a write that can wait joins the next batch. */
const gatherMs = 2;

/**
 * The database, on threads of its own: one writer, so that writes keep their order, and readers beside it.
 * A write that resolved is committed; writes queued while another is in progress are committed together.
 */
export class DatabasePool {
  readonly #writer: WriterThread;
  readonly #readers: Piscina;
  readonly #reading = new Set<Promise<Settled>>();
  #waiting: Pending[] = [];
  #writing: Promise<void> | null = null;
  #gathering = false;
  #closed = false;
  #written = false;
  #checkpointing: Promise<void> | null = null;
  /** Whether it was noticed, and logged, that the files are not those that were opened. */
  #isLost = false;
  #checkpoints: NodeJS.Timeout | undefined;

  private constructor(workerUrl: URL, directory: string) {
    this.#writer = new WriterThread(workerUrl, directory);
    this.#readers = new Piscina({
      filename: fileURLToPath(workerUrl),
      minThreads: 1,
      maxThreads: 2,
      idleTimeout: Number.POSITIVE_INFINITY,
      workerData: { directory, role: "reader" } satisfies WorkerRole,
    });
  }

  #startCheckpoints(): void {
    this.#checkpoints = setInterval(() => {
      this.#checkpointing ??= this.#lookAndCheckpoint().finally(() => (this.#checkpointing = null));
    }, checkpointEveryMs).unref();
  }

  /** Opens or creates the database of a directory; throws `Failure` when another process has it, or it cannot be used. */
  static async open(workerUrl: URL, directory: string): Promise<DatabasePool> {
    const pool = new DatabasePool(workerUrl, directory);
    try {
      unwrap((await pool.#writer.ask("open"))[0]);
      pool.#startCheckpoints();
      return pool;
    } catch (error) {
      await Promise.all([pool.#writer.end(), pool.#readers.destroy()]);
      throw error;
    }
  }

  async read<Name extends keyof Reads>(name: Name, ...[input]: Arguments<Reads[Name]>): Promise<Output<Reads[Name]>> {
    this.#refuseWhenClosed();
    const reading: Promise<Settled> = this.#readers.run({ name, input }, { name: "read" });
    this.#reading.add(reading);
    try {
      const settled = await reading;
      logWhenSlow(name, "reader", settled);
      return unwrap(settled) as Output<Reads[Name]>; // what the named query returned
    } finally {
      this.#reading.delete(reading);
    }
  }

  write<Name extends keyof Writes>(name: Name, ...[input]: Arguments<Writes[Name]>): Promise<Output<Writes[Name]>> {
    const result = this.#queue(name, input);
    this.#writing ??= this.#flush();
    return result;
  }

  /** The same, for a write that no caller waits for yet: committed with the next write, at the latest some 2 ms from now. */
  writeSoon<Name extends keyof Writes>(name: Name, ...[input]: Arguments<Writes[Name]>): Promise<Output<Writes[Name]>> {
    const result = this.#queue(name, input);
    if (this.#gathering) return result;
    this.#gathering = true;
    setTimeout(() => {
      this.#gathering = false;
      this.#writing ??= this.#flush();
    }, gatherMs);
    return result;
  }

  /**
   * Replaces the write of this very `queued` input, in its place, by another that is committed at once: both settle as that
   * one does. Null where the write is no longer queued, and then nothing is done.
   */
  replaceQueued<Name extends keyof Writes>(
    queued: object,
    name: Name,
    ...[input]: Arguments<Writes[Name]>
  ): Promise<Output<Writes[Name]>> | null {
    const pending = this.#waiting.findLast(({ operation }) => operation.input === queued);
    if (!pending) return null;
    pending.operation = { name, input };
    this.#writing ??= this.#flush();
    return pending.result as Promise<Output<Writes[Name]>>; // what the named query returned
  }

  #queue<Name extends keyof Writes>(name: Name, input: unknown): Promise<Output<Writes[Name]>> {
    this.#refuseWhenClosed();
    const { promise: result, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.push({ operation: { name, input }, result, resolve, reject });
    return result as Promise<Output<Writes[Name]>>; // what the named query returned
  }

  /** Commits the queued writes, then ends the threads. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#checkpoints);
    if (this.#waiting.length > 0) this.#writing ??= this.#flush();
    await Promise.allSettled([this.#writing, this.#checkpointing, ...this.#reading]);
    // The last connection to close moves the log into the database: that has to be the writer's.
    await this.#readers.destroy();
    await this.#writer.ask("close");
    await this.#writer.end();
  }

  async #flush(): Promise<void> {
    await Promise.resolve(); // writes queued in the same turn are committed together
    while (this.#waiting.length > 0) {
      this.#written = true;
      const batch = this.#waiting.splice(0, maxBatch);
      try {
        const settled = await this.#writer.ask(batch.map(({ operation }) => operation));
        for (const [index, { operation, resolve, reject }] of batch.entries()) {
          logWhenSlow(operation.name, "writer", settled[index]);
          try {
            resolve(unwrap(settled[index]));
          } catch (error) {
            reject(error);
          }
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = null;
  }

  /** Notices once a second what another program did to the files, before anything of ours is moved into them. */
  async #lookAndCheckpoint(): Promise<void> {
    let before: unknown;
    try {
      before = unwrap((await this.#writer.ask("look"))[0]);
      this.#isLost = false;
    } catch (error) {
      const isLost = error instanceof Failure && error.data.field === "dataDirectory";
      if (isLost && !this.#isLost) log.error("the database's files are not what was opened", error);
      this.#isLost = isLost;
      return; // where the thread ended, it has logged that
    }
    if (!this.#written || before === undefined) return;
    this.#written = false;
    try {
      const checkpointed = unwrap(await this.#readers.run(before, { name: "checkpoint" })) as FileMark | null;
      if (checkpointed !== null) await this.#writer.ask({ checkpointed });
    } catch (error) {
      if (!this.#closed) log.error("the write-ahead log was not moved into the database", error); // the log keeps growing until the next one works
    }
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new Failure("UNAVAILABLE", "Taleward is closing.", { remedy: "Start it again." });
  }
}

function unwrap(settled: Settled | undefined): unknown {
  if (settled?.ok) return settled.value;
  if (settled?.failure) throw new Failure(settled.failure.code, settled.message, settled.failure.data);
  const bug = new Error(settled?.message ?? "a database thread gave no answer");
  if (settled?.stack !== undefined) bug.stack = settled.stack;
  throw bug;
}
