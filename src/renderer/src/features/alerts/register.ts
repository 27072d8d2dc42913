import { IconBell } from "@tabler/icons-react";
import { lazyScreen, type ScreenFeature } from "../../shell/registry.ts";
import { AlertsBell } from "./AlertsBell.tsx";

export const alerts: ScreenFeature = {
  title: "Alerts",
  keys: "alt+9",
  Icon: IconBell,
  TopBarItem: AlertsBell,
  ...lazyScreen(async () => (await import("./AlertsScreen.tsx")).AlertsScreen),
};
