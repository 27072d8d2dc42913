import { Failure } from "../base/failure.ts";

/** The cursor of a keyset page: the last row's time, in milliseconds since the epoch, and its id. */
export function encodeCursor(atMs: number, id: string): string {
  return `${atMs}:${id}`;
}

/** What a cursor holds; null for the first page. Throws BAD_REQUEST for a text that no page returned as its cursor. */
export function decodeCursor(cursor: string | undefined): { atMs: number; id: string } | null {
  if (cursor === undefined) return null;
  const parts = /^(\d{1,16}):([0-9a-f-]{36})$/.exec(cursor);
  if (!parts?.[1] || !parts[2])
    throw new Failure("BAD_REQUEST", "This is not a cursor of a list.", {
      field: "cursor",
      value: cursor,
      remedy: "Pass the nextCursor of the page before, or leave it out for the first page.",
    });
  return { atMs: Number(parts[1]), id: parts[2] };
}
