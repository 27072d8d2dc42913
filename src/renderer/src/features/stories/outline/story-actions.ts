import { useMemo } from "react";
import { create } from "zustand";
import type { PassageSummary, Story } from "../../../../../shared/contract/story.ts";
import { type Action, useActions } from "../../../shell/actions/actions.ts";
import { deletePassage, deleteStory, movePassage } from "./story-edits.ts";

export type StoryDialog =
  | { readonly kind: "new-story" }
  | { readonly kind: "rename-story"; readonly story: Story }
  | { readonly kind: "add-passage"; readonly story: Story; readonly count: number }
  | { readonly kind: "rename-passage"; readonly passage: Pick<PassageSummary, "id" | "title"> }
  | { readonly kind: "bin" };

/** The one dialog open on this screen. */
export const useStoryDialog = create<{ readonly dialog: StoryDialog | null }>(() => ({ dialog: null }));

export function openStoryDialog(dialog: StoryDialog | null): void {
  useStoryDialog.setState({ dialog });
}

/** What can be done with stories and passages, in the palette and on the keyboard. */
export function useStoryActions(
  story: Story | undefined,
  passage: PassageSummary | undefined,
  passages: readonly PassageSummary[],
): void {
  useActions(
    useMemo<readonly Action[]>(() => {
      const group = "Stories";
      const always: Action[] = [
        { id: "new-story", group, label: "New story", run: () => openStoryDialog({ kind: "new-story" }) },
        { id: "bin", group, label: "Open the bin", run: () => openStoryDialog({ kind: "bin" }) },
      ];
      if (story === undefined) return always;
      return [
        ...always,
        {
          id: "add-passage",
          group,
          label: "Add passage",
          run: () => openStoryDialog({ kind: "add-passage", story, count: story.passageCount }),
        },
        {
          id: "rename-story",
          group,
          label: "Rename story",
          run: () => openStoryDialog({ kind: "rename-story", story }),
        },
        { id: "delete-story", group, label: "Delete story", run: () => deleteStory(story) },
        ...(passage === undefined ? [] : passageActions(story, passage, passages)),
      ];
    }, [story, passage, passages]),
  );
}

function passageActions(story: Story, passage: PassageSummary, passages: readonly PassageSummary[]): readonly Action[] {
  const group = "Passage";
  const index = passages.findIndex(({ id }) => id === passage.id);
  return [
    {
      id: "rename-passage",
      group,
      label: "Rename passage",
      run: () => openStoryDialog({ kind: "rename-passage", passage }),
    },
    {
      id: "move-passage-up",
      group,
      label: "Move passage up",
      keys: "alt+shift+ArrowUp",
      enabled: index > 0,
      run: () => movePassage(passage, index),
    },
    {
      id: "move-passage-down",
      group,
      label: "Move passage down",
      keys: "alt+shift+ArrowDown",
      enabled: index < passages.length - 1,
      run: () => movePassage(passage, index + 2),
    },
    { id: "delete-passage", group, label: "Delete passage", run: () => deletePassage(story, passage, passages) },
  ];
}
