import { allFeatures, screenFeature } from "../registry.ts";
import { lastLocation, screenNames } from "../route.ts";
import { toggleInspector, useShell } from "../shell-store.ts";
import type { Action } from "./actions.ts";
import { openPalette } from "./CommandPalette.tsx";

const themes = [
  ["auto", "as the system has it"],
  ["light", "light"],
  ["dark", "dark"],
] as const;

/** What can be done on every screen. */
export function frameActions(setTheme: (theme: "auto" | "light" | "dark") => void): readonly Action[] {
  const screens: Action[] = screenNames.map((name) => ({
    id: `go-${name}`,
    group: "Go to",
    label: screenFeature(name).title,
    keys: screenFeature(name).keys,
    run: () => {
      location.hash = lastLocation(name);
    },
  }));
  const featureActions = allFeatures().flatMap(({ actions }) => actions ?? []);
  return [
    // Listed as their keys stand on the keyboard.
    ...[...screens, ...featureActions].toSorted((a, b) => (a.keys ?? "").localeCompare(b.keys ?? "")),
    { id: "palette", group: "Window", label: "Command palette", keys: "mod+K", run: openPalette },
    { id: "inspector", group: "Window", label: "Open or close the inspector", keys: "mod+I", run: toggleInspector },
    {
      id: "settings",
      group: "Window",
      label: "Settings",
      keywords: "preferences options theme data folder version",
      run: () => useShell.setState({ settingsOpen: true }),
    },
    ...themes.map(([theme, name]) => ({
      id: `theme-${theme}`,
      group: "Window",
      label: `Theme: ${name}`,
      keywords: "appearance colours colors mode",
      run: () => setTheme(theme),
    })),
    {
      id: "shortcuts",
      group: "Window",
      label: "Shortcuts of this screen",
      keys: "?",
      run: () => useShell.setState({ helpOpen: true }),
    },
  ];
}
