import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Figure } from "../figures.ts";
import { runNode } from "./child.ts";
import { type Outcome, playwrightOutcomes, vitestOutcomes } from "./outcomes.ts";

const inVitest = [
  "test/contract/rollouts/deployment.test.ts",
  "test/contract/rollouts/deployment-real.long.test.ts",
  "test/contract/cli/rollouts-real.long.test.ts",
];
const onScreen = ["rollouts.spec.ts", "rolled-back.spec.ts", "real-ollama.long.spec.ts"].map(
  (name) => `test/e2e/rollouts/${name}`,
);

/** Whether a deployment by each strategy goes through and comes back: the tests that do it, each as passed or not. */
export async function deploymentFigures(): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), "taleward-bench-deployments-"));
  try {
    return [...(await byProgramAndTerminal(directory)), ...(await byScreen(directory))];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function byProgramAndTerminal(directory: string): Promise<Figure[]> {
  const outputFile = join(directory, "vitest.json");
  const vitest = [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--project",
    "unit",
    "--project",
    "unit-long",
    "--no-file-parallelism",
  ];
  const { code } = await runNode([...vitest, "--reporter=json", `--outputFile=${outputFile}`, ...inVitest]);
  return figuresOf(vitestOutcomes(await reportIn(outputFile)), code);
}

async function byScreen(directory: string): Promise<Figure[]> {
  if (!process.env["TALEWARD_CHROMIUM"])
    return onScreen.map((spec) => ({
      group: "on screen",
      metric: spec,
      notMeasured: "TALEWARD_CHROMIUM names no browser",
    }));
  const outputFile = join(directory, "playwright.json");
  const playwright = [
    "node_modules/@playwright/test/cli.js",
    "test",
    "--project=chromium",
    "--project=chromium-long",
    "--reporter=json",
  ];
  const { code } = await runNode([...playwright, ...onScreen], { PLAYWRIGHT_JSON_OUTPUT_FILE: outputFile });
  return figuresOf(playwrightOutcomes(await reportIn(outputFile)), code);
}

async function reportIn(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, "utf8"));
}

/** A run that failed without a test that did has not shown what its tests say. */
function figuresOf(outcomes: readonly Outcome[], code: number | null): Figure[] {
  if (outcomes.length === 0 || (code !== 0 && outcomes.every(({ state }) => state !== "failed")))
    throw new Error(`the tests of deployments ended with ${code} after ${outcomes.length} tests`);
  return outcomes.map(({ group, name: metric, state, why }) => {
    if (state === "skipped") return { group, metric, notMeasured: why };
    if (state === "failed") console.error(`${group}: ${metric}\n${why}`);
    return { group, metric, value: state === "passed" ? 1 : 0, unit: "passed", target: 1, atLeast: true };
  });
}
