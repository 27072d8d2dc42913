import { IconArrowsSplit2 } from "@tabler/icons-react";
import { lazyScreen, type ScreenFeature } from "../../shell/registry.ts";

export const rollouts: ScreenFeature = {
  title: "Rollouts",
  keys: "alt+3",
  Icon: IconArrowsSplit2,
  ...lazyScreen(async () => (await import("./RolloutsScreen.tsx")).RolloutsScreen),
};
