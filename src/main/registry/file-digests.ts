import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import type { DatabasePool } from "../db/pool.ts";
import type { HashedFile } from "../db/queries/registry/drift.ts";
import type { FileDigester } from "../inference/local-models/local-files.ts";
import { raceAbort } from "../base/race-abort.ts";
import { Sequencer } from "../base/sequencer.ts";
import { WakeUp } from "../base/wake-up.ts";

/** Told how much of a file was read, in bytes, after each part of it. */
export type ReadProgress = (bytesDone: number, bytesTotal: number) => void;

/** Of a file, hashed at once: a millisecond. Smaller ones take four times the processor time a byte. */
const partBytes = 512 * 1024;

/** A file that is being read. */
interface Reading {
  readonly digest: Promise<string>;
  /** Those who wait for it; while there is none it gives way to what is waited for. */
  readonly waiting: Set<{ readonly progress: ReadProgress }>;
  readonly stop: AbortController;
}

/**
 * Content digests of model files. A file is read again only when its size, its time of change or its inode
 * is not what it was when it was last hashed, which is stored over restarts. A file that a caller waits for is read at once;
 * the rest one after another behind it.
 */
export class FileDigests implements FileDigester {
  readonly #database: DatabasePool;
  readonly #known = new Map<string, HashedFile>();
  readonly #readings = new Map<string, Reading>();
  readonly #queued = new Map<string, Promise<string>>();
  readonly #closing = new AbortController();
  readonly #later = new Sequencer();
  readonly #moved = new WakeUp();

  constructor(database: DatabasePool) {
    this.#database = database;
  }

  /** `sha256:` and the hex digits, without reading the file; null where it has to be read first. Throws when there is no file. */
  async known(path: string): Promise<string | null> {
    const state = await fileState(path);
    const hashed = await this.#hashed(path, state);
    return hashed?.state === state ? hashed.digest : null;
  }

  /** Whether the file's size alone shows that its content is not what it was when it last had this digest. */
  async hasOtherSize(path: string, digest: string): Promise<boolean> {
    const state = await fileState(path);
    const hashed = await this.#hashed(path, state);
    return hashed?.digest === digest && sizeIn(hashed.state) !== sizeIn(state);
  }

  /**
   * The digest of what the file holds now, read before the files that no caller waits for. Throws when it cannot be read, when closed
   * meanwhile, and the signal's reason; reading then stops unless another caller waits for it.
   */
  async now(path: string, signal: AbortSignal, progress: ReadProgress = () => {}): Promise<string> {
    signal.throwIfAborted();
    const known = await this.known(path);
    if (known !== null) return known;
    const reading = this.#readings.get(path) ?? this.#start(path);
    const waiter = { progress };
    reading.waiting.add(waiter);
    this.#moved.wake();
    try {
      return await raceAbort(reading.digest, signal);
    } finally {
      reading.waiting.delete(waiter);
      this.#moved.wake();
      if (reading.waiting.size === 0 && !this.#queued.has(path)) this.#stop(path, reading);
    }
  }

  /** The same in its turn, behind everything that is waited for. Throws when it cannot be read, and when closed meanwhile. */
  async later(path: string): Promise<string> {
    const known = await this.known(path);
    if (known !== null) return known;
    const under = this.#queued.get(path);
    if (under) return under;
    const turn = this.#later
      .queue(async () => (await this.known(path)) ?? (this.#readings.get(path) ?? this.#start(path)).digest)
      .finally(() => this.#queued.delete(path));
    this.#queued.set(path, turn);
    return turn;
  }

  /** Stops reading; resolves when it has stopped. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("Taleward is closing"));
    for (const [path, reading] of this.#readings) this.#stop(path, reading);
    this.#moved.wake();
    await Promise.allSettled([...[...this.#readings.values()].map(({ digest }) => digest), ...this.#queued.values()]);
  }

  /** What is remembered of a file: of this state where it is, else of an earlier one. */
  async #hashed(path: string, state: string): Promise<HashedFile | null> {
    const known = this.#known.get(path);
    if (known?.state === state) return known;
    const kept = await this.#database.read("hashedFile", { path });
    // Hashed while the database was read: then a reading of it may be over already, and need not be started again.
    const hashed = this.#known.get(path);
    if (hashed?.state === state) return hashed;
    if (kept?.state === state) this.#known.set(path, kept);
    return kept;
  }

  #start(path: string): Reading {
    this.#closing.signal.throwIfAborted();
    const waiting: Reading["waiting"] = new Set();
    const stop = new AbortController();
    const digest = this.#read(path, waiting, stop.signal);
    const reading = { digest, waiting, stop };
    this.#readings.set(path, reading);
    digest
      .catch(() => {}) // the callers get the error
      .finally(() => this.#forget(path, reading));
    return reading;
  }

  #stop(path: string, reading: Reading): void {
    reading.stop.abort(
      this.#closing.signal.aborted ? this.#closing.signal.reason : new Error("no caller waits for it"),
    );
    this.#forget(path, reading);
    this.#moved.wake();
  }

  #forget(path: string, reading: Reading): void {
    if (this.#readings.get(path) === reading) this.#readings.delete(path);
    this.#moved.wake();
  }

  async #read(path: string, waiting: Reading["waiting"], signal: AbortSignal): Promise<string> {
    const state = await fileState(path);
    const bytesTotal = sizeIn(state);
    let bytesDone = 0;
    const hash = createHash("sha256");
    const part = Buffer.allocUnsafe(partBytes);
    const file = await open(path);
    try {
      for (;;) {
        const { bytesRead } = await file.read(part, 0, partBytes);
        signal.throwIfAborted();
        if (bytesRead === 0) break;
        hash.update(part.subarray(0, bytesRead));
        bytesDone += bytesRead;
        for (const { progress } of waiting) progress(bytesDone, bytesTotal);
        while (waiting.size === 0 && this.#isAnyWaitedFor()) {
          await this.#moved.wait();
          signal.throwIfAborted();
        }
      }
    } finally {
      await file.close();
    }
    const digest = `sha256:${hash.digest("hex")}`;
    // One that was written to while it was read is read again next time.
    if (state !== (await fileState(path))) return digest;
    const hashed = { path, state, digest };
    this.#known.set(path, hashed);
    await this.#database.write("rememberFile", hashed);
    return digest;
  }

  #isAnyWaitedFor(): boolean {
    return [...this.#readings.values()].some(({ waiting }) => waiting.size > 0);
  }
}

/** Changes whenever the file is written to: its size, time of change and inode. Throws when there is no file. */
export async function fileState(path: string): Promise<string> {
  const { size, mtimeMs, ino } = await stat(path);
  return [size, mtimeMs, ino].join(":");
}

function sizeIn(state: string): number {
  return Number.parseInt(state, 10);
}
