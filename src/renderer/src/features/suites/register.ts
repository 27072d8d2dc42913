import type { Feature } from "../../shell/registry.ts";
import { go } from "../../shell/route.ts";

/** Test suites are a tab of the playground, reached by a shortcut of their own. */
export const suites: Feature = {
  actions: [
    { id: "go-suites", group: "Go to", label: "Test suites", keys: "alt+7", run: () => go("playground", ["suites"]) },
  ],
};
