import { LineError, quoteBytes } from "../http/line-error.ts";
import { PendingBytes } from "../http/pending-bytes.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

const newline = 0x0a;

/**
 * Reads newline-delimited JSON objects out of bytes that may be cut anywhere, inside a UTF-8 character too. LF and CRLF end
 * a line, blank lines are skipped. Objects before a bad line are delivered, then LineError is thrown.
 */
export class NdjsonParser {
  readonly #maxLineBytes: number;
  readonly #pending = new PendingBytes();

  constructor(maxLineBytes = 8 * 1024 * 1024) {
    this.#maxLineBytes = maxLineBytes;
  }

  *push(chunk: Uint8Array): Generator<JsonObject, void> {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const line = this.#whole(chunk.subarray(start, end));
      start = end + 1;
      const value = valueOf(line, "garbage");
      if (value !== null) yield value;
    }
    const rest = chunk.subarray(start);
    this.#refuseOversized(rest);
    this.#pending.append(rest);
  }

  /** The stream is over: what follows the last newline is a whole line or a fault. */
  *end(): Generator<JsonObject, void> {
    const value = valueOf(this.#whole(new Uint8Array()), "unfinished");
    if (value !== null) yield value;
  }

  #whole(last: Uint8Array): Uint8Array {
    this.#refuseOversized(last);
    return this.#pending.take(last);
  }

  #refuseOversized(part: Uint8Array): void {
    if (this.#pending.length + part.length <= this.#maxLineBytes) return;
    throw new LineError("oversized", quoteBytes([this.#pending.length > 0 ? this.#pending.start() : part]));
  }
}

function valueOf(bytes: Uint8Array, kindWhenUnreadable: "garbage" | "unfinished"): JsonObject | null {
  const value = parseLine(bytes);
  if (value === undefined) throw new LineError(kindWhenUnreadable, quoteBytes([bytes]));
  return value;
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

/** The object on a line, null for a blank line, undefined where it is neither. */
function parseLine(bytes: Uint8Array): JsonObject | null | undefined {
  if (bytes.length === 0) return null;
  try {
    const text = strictUtf8.decode(bytes);
    if (text.trim() === "") return null;
    const value: unknown = JSON.parse(text);
    // A parsed object that is no array has string keys and unknown values by the nature of JSON.
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
    return undefined;
  } catch {
    return undefined;
  }
}
