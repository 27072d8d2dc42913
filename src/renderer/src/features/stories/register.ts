import { IconBook2 } from "@tabler/icons-react";
import type { ScreenFeature } from "../../shell/registry.ts";
import { storiesByName } from "./outline/by-name.ts";
import { fetchPassageView } from "./passage/lazy-passage-view.ts";

/** All but the screen, which is given the first start of another feature. */
export const stories: Omit<ScreenFeature, "Screen"> = {
  title: "Stories",
  keys: "alt+1",
  Icon: IconBook2,
  preload: fetchPassageView,
  findable: storiesByName,
};
