import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, link, mkdir, open, readdir, rename, rm, stat, statfs } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Failure } from "../base/failure.ts";
import { syncFolder } from "../base/write-file-atomic.ts";
import { failureStatus } from "../../shared/contract/errors.ts";
import type { HashedFile } from "../db/queries/registry/drift.ts";
import { checkGguf, GgufError, ggufMagic } from "../inference/local-models/gguf-header.ts";
import { fileState } from "../registry/file-digests.ts";

const partPrefix = ".upload-";
/** A sender that was refused is listened to for so long, that it hears why, and then cut off. */
const hearingMs = 2_000;
/** A sender that is silent for so long counts as disconnected. */
const silenceMs = 60_000;

/**
 * Takes GGUF files from a browser, whose pages know no paths, into the models folder: `POST /models?name=FILE` with the file as
 * its body. A file appears whole, under a name of its own, and on disk, or not at all; nothing is ever written over.
 */
export class ModelUploads {
  readonly #directory: string;
  readonly #remember: (file: HashedFile) => Promise<void>;
  readonly #parts = new Map<string, Promise<void>>();
  #swept = false;

  /** `remember` is called with the digest of each received file, so that it is not read again to pin it. */
  constructor(dataDirectory: string, remember: (file: HashedFile) => Promise<void>) {
    this.#directory = join(dataDirectory, "models");
    this.#remember = remember;
  }

  /** Answers 200 with `{ file, sizeBytes }`, or a failure's status with `{ code, message, field, value, remedy }`. */
  async receive(request: IncomingMessage, response: ServerResponse, name: string | null): Promise<void> {
    request.setTimeout(silenceMs, () => request.destroy());
    try {
      const file = plainName(name);
      const sizeBytes = await this.#take(request, file);
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ file, sizeBytes }));
    } catch (error) {
      const failure = asFailure(error, name ?? "");
      if (failure === null) return; // the sender went away
      answerFailure(request, response, failure);
    }
  }

  /** Waits until no part of a file is left behind; the connections must be closed first. */
  async close(): Promise<void> {
    await Promise.all(this.#parts.values());
  }

  async #take(request: IncomingMessage, file: string): Promise<number> {
    await this.#prepare();
    const announcedBytes = Number(request.headers["content-length"] ?? Number.NaN);
    const path = join(this.#directory, file);
    await this.#refuseHopeless(path, file, announcedBytes);
    const part = join(this.#directory, `${partPrefix}${randomUUID()}`);
    const { promise: gone, resolve } = Promise.withResolvers<void>();
    this.#parts.set(part, gone);
    try {
      const { sizeBytes, digest } = await receiveInto(part, request, file);
      await checkGguf(part).catch((error: unknown) => {
        throw error instanceof GgufError ? notGguf(file, `It ${error.message}.`) : error;
      });
      const state = await this.#moveIntoPlace(part, path, file, sizeBytes, digest);
      await this.#remember({ path, state, digest: `sha256:${digest}` }).catch(() => {}); // the file is then read again
      return sizeBytes;
    } finally {
      await rm(part, { force: true });
      this.#parts.delete(part);
      resolve();
    }
  }

  /** The folder, without what a start before this one left when it was killed. */
  async #prepare(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    if (this.#swept) return;
    this.#swept = true;
    for (const name of await readdir(this.#directory))
      if (name.startsWith(partPrefix) && !this.#parts.has(join(this.#directory, name)))
        await rm(join(this.#directory, name), { force: true });
  }

  /** Refuses before the first byte what would otherwise be refused after 40 GB. */
  async #refuseHopeless(path: string, file: string, announcedBytes: number): Promise<void> {
    if (Number.isNaN(announcedBytes)) return;
    const there = await stat(path).catch(() => null);
    if (there !== null && there.size !== announcedBytes) throw taken(file);
    const { bavail, bsize } = await statfs(this.#directory);
    if (there === null && announcedBytes > bavail * bsize)
      throw diskFull(file, `It has ${gigabytes(announcedBytes)}, and ${gigabytes(bavail * bsize)} are free.`);
  }

  /** Gives the part its name, unless another file has it; the same content under it is as good. Resolves to the state it was in when it had that content. */
  async #moveIntoPlace(part: string, path: string, file: string, sizeBytes: number, digest: string): Promise<string> {
    const state = await fileState(part);
    try {
      await link(part, path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException; // what node:fs throws
      const there = await stat(path).catch(() => null);
      if (there !== null) {
        const stateThere = await fileState(path);
        if (there.size === sizeBytes && (await digestOf(path)) === digest) return stateThere;
        throw taken(file);
      }
      // Some disks know no second name for a file; there its one name is changed.
      if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP" && code !== "ENOSYS") throw error;
      await rename(part, path);
    }
    await syncFolder(this.#directory);
    return state;
  }
}

async function receiveInto(
  part: string,
  request: IncomingMessage,
  file: string,
): Promise<{ sizeBytes: number; digest: string }> {
  const handle = await open(part, "wx", 0o600);
  const hash = createHash("sha256");
  let sizeBytes = 0;
  let begun = Buffer.alloc(0);
  try {
    // Left open when it is refused in the middle: the answer is sent over the same connection.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (begun.length < ggufMagic.length) {
        begun = Buffer.concat([begun, chunk.subarray(0, ggufMagic.length)]);
        if (!ggufMagic.subarray(0, begun.length).equals(begun.subarray(0, ggufMagic.length)))
          throw notGguf(file, "It does not begin with GGUF.");
      }
      hash.update(chunk);
      await writeAll(handle, chunk);
      sizeBytes += chunk.length;
    }
    // Node ends the body of a broken connection as if it were complete, but `complete` is false then.
    if (!request.complete) throw new SenderGone();
    if (sizeBytes === 0) throw notGguf(file, "It is empty.");
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { sizeBytes, digest: hash.digest("hex") };
}

class SenderGone extends Error {}

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length;) {
    const { bytesWritten } = await handle.write(chunk, at);
    at += bytesWritten;
  }
}

/** A name that means the same file on every system and is no path, hidden file or device. */
function plainName(name: string | null): string {
  const refuse = (why: string) =>
    new Failure("BAD_REQUEST", why, {
      field: "name",
      value: name ?? "",
      remedy: "Give the file's name alone, such as model.Q4_K_M.gguf.",
    });
  if (name === null || name === "") throw refuse("The file has no name.");
  if (Buffer.byteLength(name) > 200) throw refuse("The file's name is longer than 200 bytes.");
  // oxlint-disable-next-line no-control-regex -- those are what is refused
  if (/[/\\<>:"|?*\u0000-\u001f\u007f]/.test(name) || name.startsWith(".") || name !== name.trim())
    throw refuse(`${JSON.stringify(name)} is not a plain file name.`);
  if (!/\.gguf$/i.test(name)) throw refuse(`${name} does not end in .gguf.`);
  if (/^(con|prn|aux|nul|com\d|lpt\d)\./i.test(name)) throw refuse(`${name} is the name of a device on Windows.`);
  return name;
}

function notGguf(file: string, why: string): Failure {
  return new Failure("BAD_REQUEST", `${file} is not a whole GGUF model. ${why}`, {
    field: "body",
    value: file,
    remedy: "Choose a complete GGUF file; fetch it again if it was cut short.",
  });
}

function taken(file: string): Failure {
  return new Failure("CONFLICT", `There is another file ${file} in the models folder already.`, {
    field: "name",
    value: file,
    remedy: "Rename the file before it is sent, or remove the one that is there.",
  });
}

function diskFull(file: string, why: string): Failure {
  return new Failure("STORAGE", `The disk has no room for ${file}. ${why}`, {
    field: "body",
    value: file,
    remedy: "Free some space on the data directory's disk, then send it again.",
  });
}

/** Null where the sender has disconnected. */
function asFailure(error: unknown, name: string): Failure | null {
  if (error instanceof Failure) return error;
  if (error instanceof SenderGone) return null;
  const { code, message } = error as NodeJS.ErrnoException; // Node throws nothing else here
  if (code === "ECONNRESET" || code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ABORT_ERR") return null;
  if (code === "ENOSPC" || code === "EDQUOT") return diskFull(name, "Nothing of it was kept.");
  if (
    code === "EACCES" ||
    code === "EPERM" ||
    code === "EROFS" ||
    code === "EIO" ||
    code === "EFBIG" ||
    code === "ENOTDIR" ||
    code === "EEXIST"
  )
    return new Failure("STORAGE", `The models folder cannot be written: ${message}.`, {
      field: "body",
      value: name,
      remedy: "Let this user write the data directory, or start Taleward on another with --data-dir.",
    });
  throw error;
}

function answerFailure(request: IncomingMessage, response: ServerResponse, { code, message, data }: Failure): void {
  response.writeHead(failureStatus[code], { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify({ code, message, ...data }));
  if (request.complete) return;
  request.on("error", () => {}); // it is cut off below
  request.resume();
  setTimeout(() => request.socket.destroy(), hearingMs).unref();
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest("hex");
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toLocaleString("en", { maximumFractionDigits: 2 })} GB`;
}
