// The stages of the tests. A stage that runs tests has the name of its project in vitest.config.ts or playwright.config.ts.
// A stage without `only` is in `npm test`; with "all" in `npm run test:all` alone; with "request" where it is named.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureBuilt, findCommand, node24, root, report as announce, run, SetupError } from "./setup.mjs";

export const reports = join(root, "test-results", "reports");
export const bin = (...path) => join(root, "node_modules", ...path);

const checked = (title, command) => ({ title, run: ({ env }) => check(command, env) });
const withVitest = (project, title, more) => ({
  title,
  shards: true,
  needs: ["models"],
  run: (context) => built(() => vitest(project, context)),
  ...more,
});
const withPlaywright = (project, title, more) => ({
  title,
  shards: true,
  needs: ["models", "chromium"],
  run: (context) => built(() => playwright(project, context)),
  ...more,
});

export const stages = {
  format: checked("format check", [bin("oxfmt", "bin", "oxfmt"), "--check"]),
  lint: checked("lint and layer rules", [bin("oxlint", "bin", "oxlint"), "--deny-warnings"]),
  types: checked("type check", [bin("typescript", "bin", "tsc"), "-b"]),
  knip: checked("unused files, exports and dependencies", [bin("knip", "bin", "knip.js"), "--no-progress"]),
  build: { title: "build", run: () => built(() => ({ passed: 1, failed: 0, skipped: 0 })) },
  unit: withVitest("unit", "unit, contract and fault tests"),
  "unit-long": withVitest("unit-long", "long unit, contract and fault tests", { only: "all" }),
  chromium: withPlaywright("chromium", "journeys in Chromium"),
  "chromium-long": withPlaywright("chromium-long", "further journeys in Chromium", { only: "all" }),
  electron: withPlaywright("electron", "the shell and the main job in a real Electron window", { needs: ["models"] }),
  "electron-long": withPlaywright("electron-long", "every journey in a real Electron window", {
    only: "all",
    needs: ["models"],
  }),
  soak: withVitest("soak", "long runs", { only: "request", needs: ["models", "chromium"] }),
};

export async function check(command, env) {
  const code = await run(node24, command, { env });
  return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

/** Runs a stage on an up-to-date build; one failure where the build fails. */
async function built(stage) {
  try {
    await ensureBuilt();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stdout.write(`${error.message}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  return await stage();
}

/** Threads, processes and the terminal are tested as built; without TALEWARD_BUILT, as when vitest is started by hand, from source. */
function vitest(project, { env, runnerArguments }) {
  return runVitest([`--project=${project}`, ...runnerArguments], { ...env, TALEWARD_BUILT: "1" }, project);
}

export async function runVitest(args, env, name, { mayRunNothing = false } = {}) {
  const report = join(reports, `${name}.json`);
  const command = [bin("vitest", "vitest.mjs"), "run", "--reporter=default", "--reporter=json"];
  const code = await run(node24, [...command, `--outputFile.json=${report}`, ...args], { env });
  return countsFrom(
    report,
    code,
    (found) => ({
      passed: found.numPassedTests,
      failed:
        found.numFailedTests +
        found.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length,
      skipped: found.numPendingTests + found.numTodoTests,
    }),
    mayRunNothing,
  );
}

async function playwright(project, { env, runnerArguments }) {
  const report = join(reports, `${project}.json`);
  const playwrightEnv = {
    ...env,
    TALEWARD_TEST_REPORT: report,
    TALEWARD_TEST_OUTPUT: join(root, "test-results", project),
  };
  const wrapper = project.startsWith("electron") ? displayFor(playwrightEnv) : [];
  const command = [node24, bin("@playwright", "test", "cli.js"), "test", `--project=${project}`, ...runnerArguments];
  const [program, ...args] = [...wrapper, ...command];
  const code = await run(program, args, { env: playwrightEnv });
  return countsFrom(report, code, ({ stats, errors }) => ({
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + errors.length,
    skipped: stats.skipped,
  }));
}

/** A window needs a display: Xvfb's where there is none. Without an Electron or a display the specs skip themselves by name. */
function displayFor(env) {
  if (process.platform !== "linux" || env.TALEWARD_ELECTRON === undefined || process.env.DISPLAY) return [];
  const xvfb = findCommand("xvfb-run");
  if (xvfb) return [xvfb, "-a", "-s", "-screen 0 1920x1080x24"];
  announce("no display and no xvfb-run here: the specs in a real window are skipped (install xvfb to run them)");
  delete env.TALEWARD_ELECTRON;
  return [];
}

/** Counts from a runner's own report. A runner that crashed, ran nothing, or failed beyond its tests is one failure more. */
function countsFrom(report, code, read, mayRunNothing = false) {
  const counts = existsSync(report)
    ? read(JSON.parse(readFileSync(report, "utf8")))
    : { passed: 0, failed: 0, skipped: 0 };
  const ranNothing = !mayRunNothing && counts.passed + counts.failed + counts.skipped === 0;
  if (counts.failed === 0 && (code !== 0 || ranNothing)) {
    process.stdout.write(ranNothing ? "the runner ran no test\n" : `the runner ended with code ${code}\n`);
    counts.failed = 1;
  }
  return counts;
}
