import { IconPlugConnected } from "@tabler/icons-react";
import { lazyScreen, type ScreenFeature } from "../../shell/registry.ts";

export const gateway: ScreenFeature = {
  title: "Gateway",
  keys: "alt+8",
  Icon: IconPlugConnected,
  ...lazyScreen(async () => (await import("./GatewayScreen.tsx")).GatewayScreen),
};
