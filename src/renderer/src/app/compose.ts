import { alerts } from "../features/alerts/register.ts";
import { gateway } from "../features/gateway/register.ts";
import { logs } from "../features/logs/register.ts";
import { models } from "../features/models/register.ts";
import { playground } from "../features/playground/register.ts";
import { rollouts } from "../features/rollouts/register.ts";
import { stories } from "../features/stories/register.ts";
import { suites } from "../features/suites/register.ts";
import { violations } from "../features/violations/register.ts";
import { lazyScreen, registerFeatures } from "../shell/registry.ts";
import { StoriesWithFirstStart } from "./StoriesWithFirstStart.tsx";

/** Puts the features into the frame; all screens but the first come in bundles of their own. Nothing imports `app/` but main.tsx. */
export function compose(): void {
  registerFeatures(
    {
      stories: { ...stories, Screen: StoriesWithFirstStart },
      violations,
      rollouts,
      models,
      logs,
      playground: {
        ...playground,
        ...lazyScreen(async () => (await import("./PlaygroundWithSuites.tsx")).PlaygroundWithSuites),
      },
      alerts,
      gateway,
    },
    [suites],
  );
}
