import type { Action } from "./actions.ts";
import { openPalette } from "./CommandPalette.tsx";
import { go, lastPlace, type Screen } from "../route.ts";
import { toggleInspector, useShell } from "../shell-store.ts";

/** What can be done on every screen. */
export function frameActions(): readonly Action[] {
  const visit = (screen: Screen) => (): void => {
    location.hash = lastPlace(screen);
  };
  return [
    { id: "go-stories", group: "Go to", label: "Stories", keys: "alt+1", run: visit("stories") },
    { id: "go-violations", group: "Go to", label: "Violations", keys: "alt+2", run: visit("violations") },
    { id: "go-rollouts", group: "Go to", label: "Rollouts", keys: "alt+3", run: visit("rollouts") },
    { id: "go-models", group: "Go to", label: "Models", keys: "alt+4", run: visit("models") },
    { id: "go-logs", group: "Go to", label: "Logs", keys: "alt+5", run: visit("logs") },
    { id: "go-playground", group: "Go to", label: "Playground", keys: "alt+6", run: visit("playground") },
    { id: "go-suites", group: "Go to", label: "Test suites", keys: "alt+7", run: () => go("playground", ["suites"]) },
    { id: "go-gateway", group: "Go to", label: "Gateway", keys: "alt+8", run: visit("gateway") },
    { id: "go-alerts", group: "Go to", label: "Alerts", keys: "alt+9", run: visit("alerts") },
    { id: "palette", group: "Window", label: "Command palette", keys: "mod+K", run: openPalette },
    { id: "inspector", group: "Window", label: "Open or close the inspector", keys: "mod+I", run: toggleInspector },
    {
      id: "shortcuts",
      group: "Window",
      label: "Shortcuts of this screen",
      keys: "?",
      run: () => useShell.setState({ helpOpen: true }),
    },
  ];
}
