import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { DatabasePool } from "../db/pool.ts";
import type { HashedFile } from "../db/queries/registry-drift.ts";

/**
 * Content digests of model files. A file is read again only when its size, its time of change or its place on the disk
 * is not what it was when it was last hashed, which is remembered over restarts; files are read one after another, a slice at a time.
 */
export class FileDigests {
  readonly #database: DatabasePool;
  readonly #known = new Map<string, HashedFile>();
  readonly #hashing = new Map<string, Promise<string>>();
  readonly #closing = new AbortController();
  #last: Promise<unknown> = Promise.resolve();

  constructor(database: DatabasePool) {
    this.#database = database;
  }

  /** `sha256:` and the hex digits, without reading the file; null where it has to be read first. Throws when there is no file. */
  async known(path: string): Promise<string | null> {
    const state = await stateOf(path);
    const known = this.#known.get(path) ?? (await this.#database.read("hashedFile", { path }));
    if (known?.state !== state) return null;
    this.#known.set(path, known);
    return known.digest;
  }

  /** The digest of what the file holds now. Throws when it cannot be read, and when closed meanwhile. */
  async current(path: string): Promise<string> {
    return (await this.known(path)) ?? this.#hash(path);
  }

  /** Stops reading; resolves when it has stopped. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("Taleward is closing"));
    await Promise.allSettled(this.#hashing.values());
  }

  #hash(path: string): Promise<string> {
    const under = this.#hashing.get(path);
    if (under) return under;
    const hashing = this.#last
      .catch(() => {}) // that file's own reader was told
      .then(() => this.#read(path))
      .finally(() => this.#hashing.delete(path));
    this.#last = hashing;
    this.#hashing.set(path, hashing);
    return hashing;
  }

  async #read(path: string): Promise<string> {
    const state = await stateOf(path);
    const hash = createHash("sha256");
    for await (const part of createReadStream(path, { signal: this.#closing.signal }) as AsyncIterable<Buffer>) {
      hash.update(part); // 64 KiB: a fraction of a millisecond
      await nextTurn();
    }
    const digest = `sha256:${hash.digest("hex")}`;
    // One that was written to while it was read is read again next time.
    if (state !== (await stateOf(path))) return digest;
    const hashed = { path, state, digest };
    this.#known.set(path, hashed);
    await this.#database.write("rememberFile", hashed);
    return digest;
  }
}

async function stateOf(path: string): Promise<string> {
  const { size, mtimeMs, ino } = await stat(path);
  return [size, mtimeMs, ino].join(":");
}
