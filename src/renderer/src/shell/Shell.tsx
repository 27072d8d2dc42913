import { lazy, Suspense, useEffect, useMemo } from "react";
import { StoriesScreen } from "../features/stories/StoriesScreen.tsx";
import { LoadingState } from "../ui/LoadingState.tsx";
import { useActions, listenForShortcuts } from "./actions.ts";
import { CommandPalette } from "./CommandPalette.tsx";
import { ConnectionBanner } from "./ConnectionBanner.tsx";
import { frameActions } from "./frame-actions.ts";
import { Rail } from "./Rail.tsx";
import { type Screen, useRoute } from "./route.ts";
import classes from "./Shell.module.css";
import { ShortcutsHelp } from "./ShortcutsHelp.tsx";
import { StatusBar } from "./StatusBar.tsx";
import { TopBar } from "./TopBar.tsx";

const ViolationsScreen = lazy(async () => ({
  default: (await import("../features/violations/ViolationsScreen.tsx")).ViolationsScreen,
}));
const ModelsScreen = lazy(async () => ({
  default: (await import("../features/models/ModelsScreen.tsx")).ModelsScreen,
}));
const LogsScreen = lazy(async () => ({ default: (await import("../features/logs/LogsScreen.tsx")).LogsScreen }));

const rooms: Record<
  Screen,
  { readonly title: string; readonly Room: React.ComponentType<{ ids: readonly string[] }> }
> = {
  stories: { title: "Stories", Room: StoriesScreen },
  violations: { title: "Violations", Room: ViolationsScreen },
  models: { title: "Models", Room: ModelsScreen },
  logs: { title: "Logs", Room: LogsScreen },
};

/** The frame around every screen: rail, top bar, the work, status bar. */
export function Shell() {
  const route = useRoute();
  const { title, Room } = rooms[route.screen];
  useEffect(listenForShortcuts, []);
  useActions(useMemo(() => frameActions(), []));
  useEffect(() => {
    document.title = `${title} – Taleward`;
  }, [title]);
  return (
    <div className={classes.shell}>
      <Rail screen={route.screen} />
      <div className={classes.column}>
        <TopBar title={title} />
        <ConnectionBanner />
        <main className={classes.work} aria-label={title}>
          <Suspense fallback={<LoadingState label={title.toLowerCase()} />}>
            <Room ids={route.ids} />
          </Suspense>
        </main>
        <StatusBar />
      </div>
      <CommandPalette />
      <ShortcutsHelp />
    </div>
  );
}
