import { FirstStart } from "../features/models/first-start/FirstStart.tsx";
import { StoriesScreen } from "../features/stories/StoriesScreen.tsx";
import type { ScreenProps } from "../shell/registry.ts";

export function StoriesWithFirstStart({ ids }: ScreenProps) {
  return <StoriesScreen ids={ids} FirstStart={FirstStart} />;
}
