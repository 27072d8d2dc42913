import type { Passage } from "../../../../../shared/contract/story.ts";

/** Text of a passage that the backend is not known to have, and the stored revision it was typed over. */
export interface Draft {
  readonly text: string;
  readonly caret: number;
  readonly baseRevision: number;
  /** Saves of earlier states of this text that were sent and not answered. */
  readonly unconfirmed: readonly string[];
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
    return readDraft(JSON.parse(localStorage.getItem(keyOf(passageId)) ?? "null"));
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

function readDraft(value: unknown): Draft | null {
  if (typeof value !== "object" || value === null) return null;
  const { text, caret, baseRevision, unconfirmed } = value as Partial<Record<keyof Draft, unknown>>; // each is checked
  if (typeof text !== "string" || typeof caret !== "number" || typeof baseRevision !== "number") return null;
  const ids = Array.isArray(unconfirmed) ? unconfirmed.filter((id) => typeof id === "string") : [];
  return { text, caret, baseRevision, unconfirmed: ids };
}
