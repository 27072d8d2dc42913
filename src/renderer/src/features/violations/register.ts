import { IconShieldExclamation } from "@tabler/icons-react";
import { lazyScreen, type ScreenFeature } from "../../shell/registry.ts";

export const violations: ScreenFeature = {
  title: "Violations",
  keys: "alt+2",
  Icon: IconShieldExclamation,
  ...lazyScreen(async () => (await import("./ViolationsScreen.tsx")).ViolationsScreen),
};
