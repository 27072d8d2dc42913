import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import type { Passage, PassageSummary, Story } from "../../../../../shared/contract/story.ts";
import { go } from "../../../shell/route.ts";
import { notify, notifyProblem } from "../../../ui/notify/notify.ts";

/** Creates a story with its first passage and goes there. */
export async function createStory(
  title: string,
): Promise<{ readonly story: Story; readonly passageId: Passage["id"] }> {
  const story = await api.story.create({ title });
  const { passages } = await api.story.outline({ storyId: story.id });
  const passageId = passages[0]?.id ?? (await api.story.addPassage({ storyId: story.id, title: "Scene 1" })).id;
  await refreshOutline();
  go("stories", [story.id, passageId]);
  return { story, passageId };
}

/** Moves a story to the bin; the toast brings it back. */
export function deleteStory({ id, title }: Story): void {
  edit(async () => {
    await api.story.remove({ storyId: id });
    await refreshOutline();
    go("stories", [], "replace");
    notify(`“${title}” is in the bin.`, async () => {
      await api.story.restore({ storyId: id });
      await refreshOutline();
      go("stories", [id]);
    });
  });
}

/** Moves a passage to the bin and goes to its neighbour; the toast brings it back. */
export function deletePassage(story: Story, passage: PassageSummary, passages: readonly PassageSummary[]): void {
  const index = passages.findIndex(({ id }) => id === passage.id);
  const next = passages[index + 1] ?? passages[index - 1];
  edit(async () => {
    await api.story.removePassage({ passageId: passage.id });
    go("stories", [story.id, ...(next === undefined ? [] : [next.id])], "replace");
    await refreshOutline();
    notify(`“${passage.title}” is in the bin.`, async () => {
      await api.story.restorePassage({ passageId: passage.id });
      await refreshOutline();
      go("stories", [story.id, passage.id]);
    });
  });
}

/** Gives a passage another position among those of its story, from 1. */
export function movePassage({ id }: PassageSummary, position: number): void {
  edit(async () => {
    await api.story.movePassage({ passageId: id, position });
    await refreshOutline();
  });
}

export async function refreshOutline(): Promise<void> {
  await Promise.all([invalidate(queries.story.list.key()), invalidate(queries.story.outline.key())]);
}

function edit(work: () => Promise<void>): void {
  work().catch(notifyProblem);
}
