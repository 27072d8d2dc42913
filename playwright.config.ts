import { defineConfig, devices } from "@playwright/test";
import { stageFiles } from "./test/stages.ts";

const report = process.env["TALEWARD_TEST_REPORT"];
const executablePath = process.env["TALEWARD_CHROMIUM"];

const inChromium = {
  ...devices["Desktop Chrome"],
  launchOptions: {
    ...(executablePath === undefined ? {} : { executablePath }),
    // Chromium refuses its sandbox to root.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  },
};

/** Playwright's own words for what `stageFiles` says. */
function filesOf(stage: keyof typeof stageFiles) {
  const { include, exclude } = stageFiles[stage];
  const anywhere = (pattern: string) => (pattern.startsWith("**") ? pattern : `**/${pattern}`);
  return { testMatch: include.map(anywhere), testIgnore: exclude.map(anywhere) };
}

export default defineConfig({
  testDir: "test",
  outputDir: process.env["TALEWARD_TEST_OUTPUT"] ?? "test-results/playwright",
  // One at a time: every spec starts an app of its own, and most of them a model, on what may be two cores.
  workers: 1,
  forbidOnly: process.env["CI"] !== undefined,
  // What is waited for comes at once on a machine of one's own; a shared one may take ten times as long, and is not at fault.
  timeout: 300_000,
  expect: { timeout: 30_000 },
  reporter: report === undefined ? "list" : [["list"], ["json", { outputFile: report }]],
  use: { trace: "retain-on-failure", screenshot: "only-on-failure" },
  projects: [
    { name: "chromium", ...filesOf("chromium"), use: inChromium },
    { name: "chromium-long", ...filesOf("chromium-long"), use: inChromium },
    { name: "electron", ...filesOf("electron") },
    { name: "electron-long", ...filesOf("electron-long"), grepInvert: /@browser/ },
  ],
});
