import { DemoNotice } from "./DemoNotice.tsx";
import classes from "./DemoNotice.module.css";
import { FirstStart } from "../features/models/first-start/FirstStart.tsx";
import { StoriesScreen } from "../features/stories/StoriesScreen.tsx";
import type { ScreenProps } from "../shell/registry.ts";

export function StoriesWithFirstStart({ ids }: ScreenProps) {
  return (
    <div className={classes.frame}>
      <DemoNotice />
      <StoriesScreen ids={ids} FirstStart={FirstStart} />
    </div>
  );
}
