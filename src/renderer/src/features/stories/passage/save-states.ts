import type { Passage } from "../../../../../shared/contract/story.ts";
import { type SaveState, useShell } from "../../../shell/shell-store.ts";

const states = new Map<Passage["id"], SaveState>();

/**
 * Says how one passage's text is saved; null where there is nothing more to say. The status bar shows the gravest of all
 * passages: one that was left before it could be saved still counts.
 */
export function showSaveState(passageId: Passage["id"], state: SaveState | null): void {
  if (state === null) states.delete(passageId);
  else states.set(passageId, state);
  const all = [...states.values()];
  const save = all.find(({ kind }) => kind === "failed") ?? all.find(({ kind }) => kind === "saving") ?? all.at(-1);
  useShell.setState({ save: save ?? { kind: "none" } });
}
