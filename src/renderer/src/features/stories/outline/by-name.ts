import { queryClient } from "../../../api/changes.ts";
import { queries } from "../../../api/connection.ts";
import type { Action } from "../../../shell/actions/actions.ts";
import { go } from "../../../shell/route.ts";

/** So many stories are looked through, those that were changed last. */
const maxStories = 100;

/** Every story and passage, as an action that opens it. */
export async function storiesByName(): Promise<readonly Action[]> {
  const stories = await queryClient.fetchQuery(queries.story.list.queryOptions());
  const outlines = await Promise.all(
    stories
      .slice(0, maxStories)
      .map(({ id }) => queryClient.fetchQuery(queries.story.outline.queryOptions({ input: { storyId: id } }))),
  );
  return outlines.flatMap(({ story, passages }) => [
    {
      id: `story-${story.id}`,
      group: "Stories by name",
      label: story.title,
      details: "Story",
      run: () => go("stories", [story.id]),
    },
    ...passages.map(({ id, title }) => ({
      id: `passage-${id}`,
      group: "Passages by name",
      label: title,
      details: `Passage of “${story.title}”`,
      run: () => go("stories", [story.id, id]),
    })),
  ]);
}
