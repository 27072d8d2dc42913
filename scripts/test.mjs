#!/usr/bin/env node
// npm test: every check and every test, after whatever set-up is still missing. Stage names as arguments run only those;
// what follows `--` goes to the test runners. The last line counts the tests of all runners; each static check is one.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  ensureBuilt,
  ensureChromium,
  ensureDependencies,
  ensureStarterModel,
  findCommand,
  findElectron,
  node24,
  root,
  run,
  runMain,
  say,
  SetupError,
  toolEnvironment,
} from "./setup.mjs";

const reports = join(root, "test-results", "reports");
const bin = (...path) => join(root, "node_modules", ...path);
const env = toolEnvironment({ FORCE_COLOR: process.stdout.isTTY ? "1" : "0" });

const stages = {
  format: { title: "format check", run: () => check([bin("oxfmt", "bin", "oxfmt"), "--check"]) },
  lint: { title: "lint and layer rules", run: () => check([bin("oxlint", "bin", "oxlint"), "--deny-warnings"]) },
  types: { title: "type check", run: () => check([bin("typescript", "bin", "tsc"), "-b"]) },
  knip: {
    title: "unused files, exports and dependencies",
    run: () => check([bin("knip", "bin", "knip.js"), "--no-progress"]),
  },
  build: { title: "build", run: build },
  unit: { title: "unit, contract and fault tests", needsBuild: true, run: () => vitest("unit") },
  e2e: { title: "end-to-end tests in Chromium", needsBuild: true, run: () => playwright("chromium") },
  electron: { title: "tests in a real Electron window", needsBuild: true, run: electron },
  soak: { title: "long runs", needsBuild: true, onRequest: true, run: () => vitest("soak") },
};

const [asked, runnerArguments] = splitArguments(process.argv.slice(2));

await runMain(async () => {
  const unknown = asked.find((name) => !(name in stages));
  if (unknown)
    throw new SetupError(`There is no stage "${unknown}".`, `The stages are ${Object.keys(stages).join(", ")}.`);
  const names = asked.length > 0 ? asked : Object.keys(stages).filter((name) => !stages[name].onRequest);
  await ensureDependencies();
  await prepare(names);
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });

  const total = { passed: 0, failed: 0, skipped: 0 };
  const lines = [];
  for (const name of names) {
    const stage = stages[name];
    const startedAt = Date.now();
    process.stdout.write(`\n== ${stage.title}\n`);
    const counts = await runStage(stage);
    for (const key of Object.keys(total)) total[key] += counts[key];
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    lines.push(`${counts.failed > 0 ? "failed" : "ok    "}  ${stage.title}: ${wordsFor(counts)} in ${seconds} s`);
  }
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
  process.stdout.write(`\n${lines.join("\n")}\n\n${wordsFor(total)}\n`);
});

function wordsFor({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function splitArguments(args) {
  const at = args.indexOf("--");
  return at < 0 ? [args, []] : [args.slice(0, at), args.slice(at + 1)];
}

/** What the tests themselves need: a Chromium, the starter model and, where there is one, a real Ollama. */
async function prepare(names) {
  const runsTests = names.some((name) => ["unit", "e2e", "electron", "soak"].includes(name));
  if (!runsTests) return;
  if (names.includes("e2e") || names.includes("soak")) env.TALEWARD_CHROMIUM = await ensureChromium();
  const starterModel = await ensureStarterModel();
  if (starterModel) env.TALEWARD_STARTER_MODEL = starterModel;
  const ollama = process.env.OLLAMA_BIN ?? findCommand("ollama");
  if (ollama) env.OLLAMA_BIN = ollama;
  else say("no Ollama here (OLLAMA_BIN or PATH): the specs with a real Ollama are skipped");
  const electronBinary = findElectron();
  if (electronBinary) env.TALEWARD_ELECTRON = electronBinary;
  else if (process.env.TALEWARD_ELECTRON) {
    throw new SetupError("TALEWARD_ELECTRON names a file that cannot be run.", "Correct it or unset it.");
  } else say("no Electron here (TALEWARD_ELECTRON or node_modules): the specs in a real window are skipped");
}

async function runStage(stage) {
  if (stage.needsBuild && !(await isBuilt())) {
    process.stdout.write("not run, because the build failed\n");
    return { passed: 0, failed: 1, skipped: 0 };
  }
  return await stage.run();
}

async function isBuilt() {
  try {
    await ensureBuilt();
    return true;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return false;
  }
}

async function check(command) {
  const code = await run(node24, command, { env });
  return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

async function build() {
  return (await isBuilt()) ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

async function vitest(project) {
  // The terminal is tested as it is shipped; without this, as when a runner is started by hand, from source.
  env.TALEWARD_BUILT = "1";
  const report = join(reports, `${project}.json`);
  const command = [bin("vitest", "vitest.mjs"), "run", `--project=${project}`, "--reporter=default", "--reporter=json"];
  const code = await run(node24, [...command, `--outputFile.json=${report}`, ...runnerArguments], { env });
  return countsFrom(report, code, (found) => ({
    passed: found.numPassedTests,
    failed:
      found.numFailedTests +
      found.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length,
    skipped: found.numPendingTests + found.numTodoTests,
  }));
}

async function playwright(project, wrapper = []) {
  const report = join(reports, `${project}.json`);
  const command = [node24, bin("@playwright", "test", "cli.js"), "test", `--project=${project}`, ...runnerArguments];
  const [program, ...args] = [...wrapper, ...command];
  const code = await run(program, args, {
    env: { ...env, TALEWARD_TEST_REPORT: report, TALEWARD_TEST_OUTPUT: join(root, "test-results", project) },
  });
  return countsFrom(report, code, ({ stats, errors }) => ({
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + errors.length,
    skipped: stats.skipped,
  }));
}

/** A window needs a display: Xvfb's where there is none. Without an Electron or a display the specs skip themselves by name. */
async function electron() {
  const needsDisplay = process.platform === "linux" && env.TALEWARD_ELECTRON !== undefined && !process.env.DISPLAY;
  if (!needsDisplay) return await playwright("electron");
  const xvfb = findCommand("xvfb-run");
  if (xvfb) return await playwright("electron", [xvfb, "-a", "-s", "-screen 0 1920x1080x24"]);
  say("no display and no xvfb-run here: the specs in a real window are skipped (install xvfb to run them)");
  delete env.TALEWARD_ELECTRON;
  return await playwright("electron");
}

/** Counts from a runner's own report. A runner that crashed, ran nothing, or failed beyond its tests is one failure more. */
function countsFrom(report, code, read) {
  const counts = existsSync(report)
    ? read(JSON.parse(readFileSync(report, "utf8")))
    : { passed: 0, failed: 0, skipped: 0 };
  const ranNothing = counts.passed + counts.failed + counts.skipped === 0;
  if (counts.failed === 0 && (code !== 0 || ranNothing)) {
    process.stdout.write(ranNothing ? "the runner ran no test\n" : `the runner ended with code ${code}\n`);
    counts.failed = 1;
  }
  return counts;
}
