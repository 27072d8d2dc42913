import { useQuery } from "@tanstack/react-query";
import { type ComponentType, Suspense, useEffect, useState } from "react";
import { queries } from "../../api/connection.ts";
import type { PassageSummary } from "../../../../shared/contract/story.ts";
import type { ScreenProps } from "../../shell/registry.ts";
import { go, hrefOf } from "../../shell/route.ts";
import { SidePane } from "../../shell/SidePane.tsx";
import { useReady } from "../../shell/ready.ts";
import { useTopBar } from "../../shell/frame/TopBar.tsx";
import { FailedState } from "../../ui/states/FailedState.tsx";
import { LoadingState } from "../../ui/states/LoadingState.tsx";
import { NoStory } from "./NoStory.tsx";
import { Outline } from "./outline/Outline.tsx";
import { fetchPassageView, PassageView } from "./passage/lazy-passage-view.ts";
import classes from "./Stories.module.css";
import { StoryDialogs } from "./outline/StoryDialogs.tsx";
import { useStoryActions } from "./outline/story-actions.ts";

const lookedAroundKey = "taleward.looked-around";
const noPassages: readonly PassageSummary[] = [];

interface StoriesScreenProps extends ScreenProps {
  /** In the screen's stead as long as no model writes. */
  readonly FirstStart: ComponentType<{ readonly onLookAround: () => void }>;
}

/** Stories: the outline on the left, the passage with its proposals and the prompt in the middle. */
export function StoriesScreen({ ids, FirstStart }: StoriesScreenProps) {
  const stories = useQuery(queries.story.list.queryOptions());
  const status = useQuery(queries.inference.status.queryOptions({ input: { useCase: "story_generation" } }));
  const [lookedAround, setLookedAround] = useState(() => sessionStorage.getItem(lookedAroundKey) !== null);
  const story = stories.data?.find(({ id }) => id === ids[0]) ?? stories.data?.[0];
  const outline = useQuery({
    ...queries.story.outline.queryOptions({ input: { storyId: story?.id ?? ("" as never) } }), // asked only with a story
    enabled: story !== undefined,
  });
  const passage = outline.data?.passages.find(({ id }) => id === ids[1]) ?? outline.data?.passages[0];
  const noModel = status.data !== undefined && status.data.assigned === null;
  const firstStart = noModel && !lookedAround;

  // The address may have moved on since this was rendered, and what it names may be newer than the lists.
  const reading = stories.isFetching || outline.isFetching;
  useEffect(() => {
    if (reading || story === undefined || passage === undefined) return;
    if (location.hash === hrefOf("stories", ...ids)) go("stories", [story.id, passage.id], "replace");
  }, [reading, story, passage, ids]);
  useEffect(() => {
    // In flight while the outline is still being read.
    if (story !== undefined) void fetchPassageView();
  }, [story]);
  useEffect(() => {
    useTopBar.setState({
      crumbs: firstStart ? [] : [story?.title, passage?.title].filter((crumb) => crumb !== undefined),
      inspector: !firstStart && passage !== undefined,
    });
    return () => useTopBar.setState({ crumbs: [], inspector: false });
  }, [firstStart, story?.title, passage?.title, passage]);
  useStoryActions(
    firstStart ? undefined : story,
    firstStart ? undefined : passage,
    outline.data?.passages ?? noPassages,
  );
  const settled = status.isFetched && stories.isFetched;
  const nothingToOpen = outline.isError || (outline.isSuccess && passage === undefined);
  useReady(settled && (firstStart || stories.isError || story === undefined || nothingToOpen));

  if (!settled) return <LoadingState label="stories" />;
  if (firstStart) {
    return (
      <FirstStart
        onLookAround={() => {
          sessionStorage.setItem(lookedAroundKey, "yes");
          setLookedAround(true);
        }}
      />
    );
  }
  // What was read before stays on screen while the backend is away: somebody may be typing in it.
  if (stories.isError && stories.data === undefined)
    return <FailedState error={stories.error} onRetry={() => void stories.refetch()} />;
  return (
    <div className={classes.stories}>
      <SidePane label="Outline">
        <Outline
          stories={stories.data ?? []}
          story={story}
          passage={passage}
          passages={outline.data?.passages ?? noPassages}
        />
      </SidePane>
      {story === undefined && <NoStory />}
      {outline.isError && outline.data === undefined && (
        <FailedState error={outline.error} onRetry={() => void outline.refetch()} />
      )}
      {story !== undefined && passage !== undefined && (
        <Suspense fallback={<LoadingState label="passage" rows={10} />}>
          <PassageView key={passage.id} passageId={passage.id} story={story} />
        </Suspense>
      )}
      {story !== undefined && outline.isSuccess && passage === undefined && <NoStory story={story} />}
      <StoryDialogs />
    </div>
  );
}
