import { whole } from "../../../shared/format.ts";
import { type FileHandle, open, stat } from "node:fs/promises";

/** What is wrong with a file that should be a GGUF model, as the end of a sentence that begins with its name. */
export class GgufError extends Error {
  override readonly name = "GgufError";
}

export const ggufMagic = Buffer.from("GGUF");

/** Bytes of each type of value, by its number in the format; strings (8) and arrays (9) carry their own length. */
const scalarBytes: Readonly<Record<number, number>> = Object.fromEntries(
  [1, 1, 2, 2, 4, 4, 4, 1, null, null, 8, 8, 8].flatMap((bytes, type) => (bytes === null ? [] : [[type, bytes]])),
);
const stringType = 8;
const arrayType = 9;
/** llama.cpp's own limit of a tensor's dimensions. */
const maxDimensions = 4;
const defaultAlignment = 32;

/** What a GGUF file says of its model. */
export interface GgufHeader {
  /** By their keys; only those of `keptKey`. */
  readonly values: ReadonlyMap<string, string | number>;
  /** Of all weights; null of one of several files. */
  readonly parameters: number | null;
  /** Of the file. */
  readonly sizeBytes: number;
}

const keptKey =
  /^general\.(architecture|name|file_type|license)$|^tokenizer\.chat_template$|^[\w-]+\.(context_length|embedding_length)$/;
/** Longer texts are passed over. */
const maxTextBytes = 60_000;

/** Throws as `readGgufHeader` does. */
export async function checkGguf(path: string): Promise<void> {
  await readGgufHeader(path);
}

/** How many parameters the weights of a GGUF file have; null of one of several files. Throws as `readGgufHeader` does. */
export async function countParameters(path: string): Promise<number | null> {
  return (await readGgufHeader(path)).parameters;
}

/**
 * Reads the header of a GGUF file, format 2 or 3 (github.com/ggml-org/ggml, docs/gguf.md), and throws `GgufError` when it is
 * none, lies about its lengths, or is cut short. Reads it once in small pieces and keeps a few values of it, so that no file,
 * however it was made, can take memory or time beyond its own size.
 */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  // Checked before it is opened: opening a pipe waits for its other end.
  if (!(await stat(path)).isFile()) throw new GgufError("is not a file");
  const file = await open(path, "r");
  try {
    return await walk(new Header(file, (await file.stat()).size));
  } finally {
    await file.close();
  }
}

async function walk(header: Header): Promise<GgufHeader> {
  if (header.sizeBytes < 24) throw new GgufError("is too short to be a GGUF model");
  if (!(await header.take(4)).equals(ggufMagic))
    throw new GgufError("is not a GGUF model: it does not begin with GGUF");
  const version = await header.uint32();
  if (version !== 2 && version !== 3)
    throw new GgufError(`has GGUF format ${version}, and the built-in engine reads 2 and 3`);
  const tensors = await header.count(24);
  const values = await header.count(13);
  let alignment = defaultAlignment;
  let parts = 1;
  const kept = new Map<string, string | number>();
  for (let index = 0; index < values; index += 1) {
    const key = await header.string(64);
    const type = await header.uint32();
    if (key === "general.alignment" && type === 4) alignment = await header.uint32();
    else if (key === "split.count" && type === 2) parts = await header.uint16();
    else if (key !== null && keptKey.test(key)) await keepValue(header, key, type, kept);
    else await skipValue(header, type, 0);
  }
  if (alignment === 0 || alignment % 8 !== 0) throw new GgufError(`has an impossible alignment of ${alignment} bytes`);
  // A model in several files may begin with one that only describes the others.
  if (tensors === 0 && parts > 1) return { values: kept, parameters: null, sizeBytes: header.sizeBytes };
  if (tensors === 0) throw new GgufError("holds no weights");
  let lastOffset = 0;
  let parameters = 0;
  for (let index = 0; index < tensors; index += 1) {
    const { offset, weights } = await readTensor(header);
    lastOffset = Math.max(lastOffset, offset);
    parameters += weights;
  }
  const weightsAt = Math.ceil(header.at / alignment) * alignment;
  if (weightsAt + lastOffset >= header.sizeBytes)
    throw new GgufError(
      `is cut short: it has ${whole(header.sizeBytes)} bytes, and its last weights begin at byte ` +
        `${whole(weightsAt + lastOffset)}`,
    );
  return { values: kept, parameters: parts > 1 ? null : parameters, sizeBytes: header.sizeBytes };
}

async function keepValue(header: Header, key: string, type: number, kept: Map<string, string | number>): Promise<void> {
  if (type === stringType) {
    const text = await header.string(maxTextBytes);
    if (text !== null) kept.set(key, text);
  } else if (type === 4) kept.set(key, await header.uint32());
  else if (type === 10) kept.set(key, await header.uint64());
  else await skipValue(header, type, 0);
}

async function skipValue(header: Header, type: number, depth: number): Promise<void> {
  const bytes = scalarBytes[type];
  if (bytes !== undefined) return header.skip(bytes);
  if (type === stringType) return header.skipString();
  if (type !== arrayType || depth > 2) throw new GgufError(`is damaged: byte ${header.at} holds no type of value`);
  const itemType = await header.uint32();
  const itemBytes = scalarBytes[itemType];
  const items = await header.count(itemBytes ?? 8);
  if (itemBytes !== undefined) return header.skip(items * itemBytes);
  for (let index = 0; index < items; index += 1) await skipValue(header, itemType, depth + 1);
}

async function readTensor(header: Header): Promise<{ offset: number; weights: number }> {
  await header.skipString();
  const dimensions = await header.uint32();
  if (dimensions > maxDimensions) throw new GgufError(`is damaged: it has a tensor of ${dimensions} dimensions`);
  let weights = 1;
  for (let index = 0; index < dimensions; index += 1) weights *= await header.uint64();
  header.skip(4);
  return { offset: await header.uint64(), weights };
}

/** A file read forwards through one small buffer; every length is held against what is left of the file. */
class Header {
  readonly sizeBytes: number;
  at = 0;
  readonly #file: FileHandle;
  #buffer = Buffer.alloc(0);
  #bufferAt = 0;

  constructor(file: FileHandle, sizeBytes: number) {
    this.#file = file;
    this.sizeBytes = sizeBytes;
  }

  async take(bytes: number): Promise<Buffer> {
    this.#demand(bytes);
    let start = this.at - this.#bufferAt;
    if (start < 0 || start + bytes > this.#buffer.length) {
      await this.#fill(bytes);
      start = 0;
    }
    this.at += bytes;
    return this.#buffer.subarray(start, start + bytes);
  }

  async uint16(): Promise<number> {
    return (await this.take(2)).readUInt16LE();
  }

  async uint32(): Promise<number> {
    return (await this.take(4)).readUInt32LE();
  }

  async uint64(): Promise<number> {
    const value = (await this.take(8)).readBigUInt64LE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new GgufError(`is damaged at byte ${this.at - 8}`);
    return Number(value);
  }

  /** A count of things of which each takes so many bytes at least. */
  async count(bytesEach: number): Promise<number> {
    const value = await this.uint64();
    this.#demand(value * bytesEach);
    return value;
  }

  skip(bytes: number): void {
    this.#demand(bytes);
    this.at += bytes;
  }

  async skipString(): Promise<void> {
    this.skip(await this.uint64());
  }

  /** Null where it is longer than asked for; it is skipped then. */
  async string(maxBytes: number): Promise<string | null> {
    const length = await this.uint64();
    if (length <= maxBytes) return (await this.take(length)).toString("utf8");
    this.skip(length);
    return null;
  }

  #demand(bytes: number): void {
    if (bytes > this.sizeBytes - this.at)
      throw new GgufError(
        `is cut short or damaged: at byte ${whole(this.at)} of ${whole(this.sizeBytes)} it promises more than it holds`,
      );
  }

  async #fill(wantedBytes: number): Promise<void> {
    const buffer = Buffer.allocUnsafe(64 * 1024);
    const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.at);
    this.#buffer = buffer.subarray(0, bytesRead);
    this.#bufferAt = this.at;
    if (bytesRead < wantedBytes) throw new GgufError("became shorter while it was read");
  }
}
