import { isUtf8 } from "node:buffer";
import { LineError, quoteBytes } from "../http/line-error.ts";
import { PendingBytes } from "../http/pending-bytes.ts";

export interface SseEvent {
  /** `message` where the server names none. */
  readonly name: string;
  readonly data: string;
  /** The connection ended before the blank line that should follow. */
  readonly unfinished: boolean;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Reads server-sent events out of bytes that may be cut anywhere, inside a UTF-8 character too. LF, CRLF and CR end a line,
 * comments are skipped, and an event is due at its blank line or at the end. Stricter than the standard where a lost line
 * would be lost text: a line that is no field, or is not UTF-8, is a fault. Laxer where servers are: a line that begins
 * with a brace is data, and `error:` (llama.cpp) is an event of that name. Throws LineError after the events before it.
 */
export class SseParser {
  readonly #maxBytes: number;
  readonly #pending = new PendingBytes();
  #afterReturn = false;
  #name = "message";
  #data: string[] = [];
  #dataLength = 0;

  constructor(maxBytes = 8 * 1024 * 1024) {
    this.#maxBytes = maxBytes;
  }

  *push(chunk: Buffer): Generator<SseEvent, void> {
    const hasReturns = chunk.includes(carriageReturn);
    let start = this.#afterReturn && chunk[0] === lineFeed ? 1 : 0;
    if (chunk.length > 0) this.#afterReturn = false;
    while (start < chunk.length) {
      const end = hasReturns ? lineEnd(chunk, start) : chunk.indexOf(lineFeed, start);
      if (end === -1) break;
      const line = this.#whole(chunk.subarray(start, end));
      start = end + 1;
      if (chunk[end] === carriageReturn) {
        if (start === chunk.length) this.#afterReturn = true;
        else if (chunk[start] === lineFeed) start++;
      }
      const event = this.#takeLine(line);
      if (event !== null) yield event;
    }
    const rest = chunk.subarray(start);
    this.#refuseOversized(rest);
    this.#pending.append(rest);
  }

  /** The stream is over: what is left is an event or a fault. */
  *end(): Generator<SseEvent, void> {
    const inLine = this.#pending.length > 0;
    if (inLine) this.#takeLine(this.#whole(Buffer.alloc(0)));
    const event = this.#dispatch(inLine);
    if (event !== null) yield event;
  }

  #whole(last: Buffer): Buffer {
    this.#refuseOversized(last);
    return Buffer.from(this.#pending.take(last));
  }

  #refuseOversized(part: Buffer): void {
    if (this.#pending.length + part.length + this.#dataLength <= this.#maxBytes) return;
    throw new LineError("oversized", quoteBytes([this.#pending.length > 0 ? this.#pending.start() : part]));
  }

  #takeLine(whole: Buffer): SseEvent | null {
    if (whole.length === 0) return this.#dispatch(false);
    if (!isUtf8(whole)) throw new LineError("garbage", quoteBytes([whole]));
    const text = whole.toString("utf8");
    const line = text.startsWith("\uFEFF") ? text.slice(1) : text;
    if (line.startsWith("{")) return this.#add(line);
    if (line.trim() === "") return null;
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    switch (field) {
      case "data":
        return this.#add(value);
      case "error":
        this.#name = "error";
        return this.#add(value);
      case "event":
        this.#name = value;
        return null;
      case "id":
      case "retry":
        return null;
      default:
        throw new LineError("garbage", quoteBytes([whole]));
    }
  }

  #add(data: string): null {
    this.#data.push(data);
    this.#dataLength += data.length;
    return null;
  }

  #dispatch(unfinished: boolean): SseEvent | null {
    const event = this.#data.length === 0 ? null : { name: this.#name, data: this.#data.join("\n"), unfinished };
    this.#name = "message";
    this.#data = [];
    this.#dataLength = 0;
    return event;
  }
}

function lineEnd(chunk: Buffer, start: number): number {
  const feed = chunk.indexOf(lineFeed, start);
  const back = chunk.indexOf(carriageReturn, start);
  return feed === -1 || (back !== -1 && back < feed) ? back : feed;
}
