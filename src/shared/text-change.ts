/** What of a text was replaced by what, at a UTF-16 offset: enough to take it back. */
export interface TextChange {
  readonly offset: number;
  readonly removed: string;
  readonly inserted: string;
}

/** The one replacement that makes `after` of `before`; never cuts a surrogate pair, since half of one cannot be stored. */
export function changeBetween(before: string, after: string): TextChange {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start += 1;
  if (start > 0 && isHighSurrogate(before, start - 1)) start -= 1;
  let end = 0;
  while (
    end < shorter - start &&
    before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)
  )
    end += 1;
  if (end > 0 && isLowSurrogate(before, before.length - end)) end -= 1;
  return {
    offset: start,
    removed: before.slice(start, before.length - end),
    inserted: after.slice(start, after.length - end),
  };
}

/** The text before a change; undefined where the change did not lead to this text. */
export function undone(after: string, { offset, removed, inserted }: TextChange): string | undefined {
  if (!after.startsWith(inserted, offset)) return undefined;
  return after.slice(0, offset) + removed + after.slice(offset + inserted.length);
}

/**
 * Two changes as one, where no text between them is lost by it: typing that goes on where it was, and deleting that goes on
 * in either direction. Undefined for all others.
 */
export function merged(first: TextChange, next: TextChange): TextChange | undefined {
  if (next.removed === "" && next.offset === first.offset + first.inserted.length)
    return { ...first, inserted: first.inserted + next.inserted };
  if (first.inserted !== "" || next.inserted !== "") return undefined;
  if (next.offset + next.removed.length === first.offset)
    return { offset: next.offset, removed: next.removed + first.removed, inserted: "" };
  return next.offset === first.offset ? { ...first, removed: first.removed + next.removed } : undefined;
}

function isHighSurrogate(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc00) === 0xd800;
}

function isLowSurrogate(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc00) === 0xdc00;
}
