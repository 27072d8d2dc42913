import { IconFlask2 } from "@tabler/icons-react";
import type { ScreenFeature } from "../../shell/registry.ts";

/** All but the screen, which is given the test suites of another feature. */
export const playground: Omit<ScreenFeature, "Screen"> = {
  title: "Playground",
  keys: "alt+6",
  Icon: IconFlask2,
};
