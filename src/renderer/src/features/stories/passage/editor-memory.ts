import type { EditorState } from "@codemirror/state";
import type { Passage } from "../../../../../shared/contract/story.ts";

/** So many passages keep what can be undone in them while others are open; older ones have their stored history. */
const remembered = 20;

const states = new Map<Passage["id"], EditorState>();

/** Remembers a passage's editor with all that can be undone in it, for as long as this page is open. */
export function rememberEditor(passageId: Passage["id"], state: EditorState): void {
  states.delete(passageId);
  states.set(passageId, state);
  const [oldest] = states.keys();
  if (states.size > remembered && oldest !== undefined) states.delete(oldest);
}

export function rememberedEditor(passageId: Passage["id"]): EditorState | undefined {
  return states.get(passageId);
}
