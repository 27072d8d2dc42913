import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import type { Passage, Story } from "../../../../../shared/contract/story.ts";
import { go } from "../../../shell/route.ts";
import { notify } from "../../../ui/notify/notify.ts";
import { assertNever } from "../../../ui/assert-never.ts";
import { ConfirmDialog } from "../../../ui/dialogs/ConfirmDialog.tsx";
import { counted } from "../../../../../shared/format.ts";
import { NameDialog } from "../../../ui/dialogs/NameDialog.tsx";
import { focusPrompt } from "../prompt/prompt-focus.ts";
import { openStoryDialog, useStoryDialog } from "./story-actions.ts";

const close = (): void => openStoryDialog(null);

export function StoryDialogs() {
  const dialog = useStoryDialog(({ dialog }) => dialog);
  if (dialog === null) return null;
  switch (dialog.kind) {
    case "new-story":
      return (
        <NameDialog
          title="New story"
          label="Title"
          submitLabel="Create story"
          onClose={close}
          onSubmit={async (title) => {
            await createStory(title);
            focusPrompt();
          }}
        />
      );
    case "rename-story":
      return (
        <NameDialog
          title="Rename story"
          label="Title"
          initial={dialog.story.title}
          submitLabel="Rename story"
          onClose={close}
          onSubmit={async (title) => {
            await api.story.rename({ storyId: dialog.story.id, title });
            await refresh();
          }}
        />
      );
    case "add-passage":
      return (
        <NameDialog
          title="Add passage"
          label="Title"
          initial={`Scene ${dialog.count + 1}`}
          submitLabel="Add passage"
          onClose={close}
          onSubmit={async (title) => {
            const added = await api.story.addPassage({ storyId: dialog.story.id, title });
            await refresh();
            go("stories", [dialog.story.id, added.id]);
            focusPrompt();
          }}
        />
      );
    case "rename-passage":
      return (
        <NameDialog
          title="Rename passage"
          label="Title"
          initial={dialog.passage.title}
          submitLabel="Rename passage"
          onClose={close}
          onSubmit={async (title) => {
            await api.story.renamePassage({ passageId: dialog.passage.id, title });
            await refresh();
          }}
        />
      );
    case "delete-story":
      return (
        <ConfirmDialog
          title={`Delete “${dialog.story.title}”?`}
          confirmLabel="Delete story"
          onClose={close}
          onConfirm={async () => {
            await api.story.remove({ storyId: dialog.story.id });
            await refresh();
            go("stories", [], "replace");
            notify(`“${dialog.story.title}” was deleted.`);
          }}
        >
          {`This destroys ${counted(dialog.story.passageCount, "passage")} with ${counted(dialog.story.words, "word")} and their proposals, for good. The log keeps its calls.`}
        </ConfirmDialog>
      );
    default:
      return assertNever(dialog);
  }
}

/** Creates a story with its first passage and goes there. */
export async function createStory(
  title: string,
): Promise<{ readonly story: Story; readonly passageId: Passage["id"] }> {
  const story = await api.story.create({ title });
  const { passages } = await api.story.outline({ storyId: story.id });
  const passageId = passages[0]?.id ?? (await api.story.addPassage({ storyId: story.id, title: "Scene 1" })).id;
  await refresh();
  go("stories", [story.id, passageId]);
  return { story, passageId };
}

async function refresh(): Promise<void> {
  await Promise.all([invalidate(queries.story.list.key()), invalidate(queries.story.outline.key())]);
}
