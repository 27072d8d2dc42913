/** What is wrong with a line of a streamed body; `line` quotes its start. */
export class LineError extends Error {
  override readonly name = "LineError";
  /** Not readable, longer than a parser keeps, or cut by the end of the stream. */
  readonly kind: "garbage" | "oversized" | "unfinished";
  readonly line: string;

  constructor(kind: LineError["kind"], line: string) {
    super(`${kind} line: ${line}`);
    this.kind = kind;
    this.line = line;
  }
}

const quotedCharacters = 120;
/** A character of UTF-8 takes four bytes at most. */
const quotedBytes = quotedCharacters * 4;

/** The start of a line's bytes on one printable line. */
export function quoteBytes(parts: readonly Uint8Array[]): string {
  return quoteText(Buffer.concat(parts.map((part) => part.subarray(0, quotedBytes))).toString("utf8"));
}

/** The start of a line on one printable line. */
export function quoteText(text: string): string {
  const printable = text
    .slice(0, quotedBytes)
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, " ")
    .trim();
  return printable.length > quotedCharacters ? `${printable.slice(0, quotedCharacters)}…` : printable;
}
