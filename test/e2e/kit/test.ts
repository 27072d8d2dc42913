import { type Browser, test as base } from "@playwright/test";
import { findElectron } from "../../electron/harness.ts";
import { type AppOptions, startApp as start, type Taleward } from "./app.ts";

export { expect } from "@playwright/test";
export type { Taleward } from "./app.ts";

type StartApp = (options?: AppOptions) => Promise<Taleward>;

/**
 * Playwright's `test` with a Taleward to drive. In a project whose name begins with `electron` its window is Electron's, in any other a tab of
 * that project's Chromium. `startApp` starts one for a test and closes it after; `launchApp` is the same for `beforeAll`,
 * where the caller closes what it started.
 */
export const test = base.extend<{ startApp: StartApp }, { launchApp: StartApp }>({
  startApp: async ({ launchApp }, use) => {
    const started: Taleward[] = [];
    await use(async (options) => {
      const app = await launchApp(options);
      started.push(app);
      return app;
    });
    for (const app of started) await app.close();
  },
  launchApp: [
    async ({ playwright }, use, { project }) => {
      const started: Taleward[] = [];
      let browser: Browser | undefined;
      await use(async (options) => {
        if (project.name.startsWith("electron")) {
          base.skip(findElectron() === undefined, "no Electron here (TALEWARD_ELECTRON, or the installed one)");
        } else browser ??= await playwright.chromium.launch();
        const app = await start(browser ?? "electron", options);
        started.push(app);
        return app;
      });
      for (const app of started) await app.close();
      await browser?.close();
    },
    { scope: "worker" },
  ],
});

/** Skips what is being set up or run, by name, where the starter model is not at hand. */
export function needsStarterModel(): void {
  base.skip(!process.env["TALEWARD_STARTER_MODEL"], "no starter model here (TALEWARD_STARTER_MODEL)");
}
