import { useMemo } from "react";
import { create } from "zustand";
import type { PassageSummary, Story } from "../../../../../shared/contract/story.ts";
import { type Action, useActions } from "../../../shell/actions/actions.ts";

export type StoryDialog =
  | { readonly kind: "new-story" }
  | { readonly kind: "rename-story"; readonly story: Story }
  | { readonly kind: "delete-story"; readonly story: Story }
  | { readonly kind: "add-passage"; readonly story: Story; readonly count: number }
  | { readonly kind: "rename-passage"; readonly passage: Pick<PassageSummary, "id" | "title"> };

/** The one dialog open on this screen. */
export const useStoryDialog = create<{ readonly dialog: StoryDialog | null }>(() => ({ dialog: null }));

export function openStoryDialog(dialog: StoryDialog | null): void {
  useStoryDialog.setState({ dialog });
}

/** What can be done with stories and passages, in the palette and on the keyboard. */
export function useStoryActions(story: Story | undefined, passage: PassageSummary | undefined): void {
  useActions(
    useMemo<readonly Action[]>(() => {
      const group = "Stories";
      const always: Action[] = [
        { id: "new-story", group, label: "New story", run: () => openStoryDialog({ kind: "new-story" }) },
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
        {
          id: "rename-passage",
          group,
          label: "Rename passage",
          enabled: passage !== undefined,
          run: () => passage !== undefined && openStoryDialog({ kind: "rename-passage", passage }),
        },
        {
          id: "delete-story",
          group,
          label: "Delete story",
          run: () => openStoryDialog({ kind: "delete-story", story }),
        },
      ];
    }, [story, passage]),
  );
}
