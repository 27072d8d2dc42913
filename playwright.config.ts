import { defineConfig, devices } from "@playwright/test";

const report = process.env["TALEWARD_TEST_REPORT"];
const executablePath = process.env["TALEWARD_CHROMIUM"];

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
    {
      name: "chromium",
      testMatch: "e2e/**/*.spec.ts",
      use: {
        ...devices["Desktop Chrome"],
        launchOptions: {
          ...(executablePath === undefined ? {} : { executablePath }),
          // Chromium refuses its sandbox to root.
          args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
        },
      },
    },
    // The shell's own specs, and every journey that does not say it needs a browser.
    { name: "electron", testMatch: ["electron/**/*.spec.ts", "e2e/**/*.spec.ts"], grepInvert: /@browser/ },
  ],
});
