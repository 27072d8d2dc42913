import { IconListDetails } from "@tabler/icons-react";
import { lazyScreen, type ScreenFeature } from "../../shell/registry.ts";

export const logs: ScreenFeature = {
  title: "Logs",
  keys: "alt+5",
  Icon: IconListDetails,
  ...lazyScreen(async () => (await import("./LogsScreen.tsx")).LogsScreen),
};
