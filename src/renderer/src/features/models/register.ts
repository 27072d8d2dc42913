import { IconCpu } from "@tabler/icons-react";
import { lazyScreen, type ScreenFeature } from "../../shell/registry.ts";
import { JobsMark } from "./servers/JobsMark.tsx";

export const models: ScreenFeature = {
  title: "Models",
  keys: "alt+4",
  Icon: IconCpu,
  StatusItem: JobsMark,
  ...lazyScreen(async () => (await import("./ModelsScreen.tsx")).ModelsScreen),
};
