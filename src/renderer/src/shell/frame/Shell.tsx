import { useMantineColorScheme } from "@mantine/core";
import { Suspense, useEffect, useMemo } from "react";
import { LoadingState } from "../../ui/states/LoadingState.tsx";
import { useActions, listenForShortcuts } from "../actions/actions.ts";
import { Boundary } from "../../ui/states/Boundary.tsx";
import { CommandPalette } from "../actions/CommandPalette.tsx";
import { ConnectionBanner } from "./ConnectionBanner.tsx";
import { frameActions } from "../actions/frame-actions.ts";
import { returnLostFocus } from "../focus-return.ts";
import { titleCutText } from "../cut-text.ts";
import { Rail } from "./Rail.tsx";
import { ScreenFailed } from "./ScreenFailed.tsx";
import { preloadFeatures, screenFeature } from "../registry.ts";
import { useRoute } from "../route.ts";
import classes from "./Shell.module.css";
import { ShortcutsHelp } from "../actions/ShortcutsHelp.tsx";
import { StatusBar } from "./StatusBar.tsx";
import { TopBar } from "./TopBar.tsx";

const settleMs = 1_500;

/** The frame around every screen: rail, top bar, the work, status bar. */
export function Shell() {
  const route = useRoute();
  const { title, Screen } = screenFeature(route.screen);
  useEffect(listenForShortcuts, []);
  useEffect(returnLostFocus, []);
  useEffect(titleCutText, []);
  const { setColorScheme } = useMantineColorScheme();
  useActions(useMemo(() => frameActions(setColorScheme), [setColorScheme]));
  useEffect(() => {
    document.title = `${title} – Taleward`;
  }, [title]);
  useEffect(() => {
    const timer = setTimeout(() => void preloadFeatures(), settleMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={classes.shell}>
      <Rail screen={route.screen} />
      <div className={classes.column}>
        <TopBar title={title} />
        <ConnectionBanner />
        <main className={classes.work} aria-label={title} tabIndex={-1}>
          <Boundary key={route.screen} fallback={<ScreenFailed title={title} />}>
            <Suspense fallback={<LoadingState label={title.toLowerCase()} />}>
              <Screen ids={route.ids} />
            </Suspense>
          </Boundary>
        </main>
        <StatusBar />
      </div>
      <CommandPalette />
      <ShortcutsHelp />
    </div>
  );
}
