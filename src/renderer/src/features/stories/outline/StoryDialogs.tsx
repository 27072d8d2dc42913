import { api } from "../../../api/connection.ts";
import { go } from "../../../shell/route.ts";
import { assertNever } from "../../../ui/assert-never.ts";
import { NameDialog } from "../../../ui/dialogs/NameDialog.tsx";
import { focusPrompt } from "../prompt/prompt-focus.ts";
import { BinDialog } from "./BinDialog.tsx";
import { openStoryDialog, useStoryDialog } from "./story-actions.ts";
import { createStory, refreshOutline } from "./story-edits.ts";

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
            await refreshOutline();
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
            await refreshOutline();
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
            await refreshOutline();
          }}
        />
      );
    case "bin":
      return <BinDialog onClose={close} />;
    default:
      return assertNever(dialog);
  }
}
