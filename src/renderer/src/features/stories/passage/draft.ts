import type { Passage } from "../../../../../shared/contract/story.ts";

/** Text of a passage that the backend does not have yet, and the stored revision it was typed over. */
export interface Draft {
  readonly text: string;
  readonly caret: number;
  readonly baseRevision: number;
}

/** Keeps a draft in this browser, through reloads and closed windows. Does without where the browser's storage is full. */
export function keepDraft(passageId: Passage["id"], draft: Draft): void {
  try {
    localStorage.setItem(keyOf(passageId), JSON.stringify(draft));
  } catch {
    // The status bar shows "Not saved" meanwhile.
  }
}

/** The draft that was kept, or null when there is none or it cannot be read. */
export function keptDraft(passageId: Passage["id"]): Draft | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(passageId)) ?? "null");
    return isDraft(kept) ? kept : null;
  } catch {
    return null;
  }
}

export function dropDraft(passageId: Passage["id"]): void {
  localStorage.removeItem(keyOf(passageId));
}

function keyOf(passageId: string): string {
  return `taleward.draft.${passageId}`;
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== "object" || value === null) return false;
  return (
    typeof Reflect.get(value, "text") === "string" &&
    typeof Reflect.get(value, "caret") === "number" &&
    typeof Reflect.get(value, "baseRevision") === "number"
  );
}
