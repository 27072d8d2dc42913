import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, matchesGlob, resolve } from "node:path";
import { expect, test } from "vitest";
import { stageFiles } from "../stages.ts";

const project = resolve(import.meta.dirname, "../..");
const testFiles = globSync("test/**/*.{test,spec}.ts", { cwd: project }).map((file) => file.replaceAll("\\", "/"));

/** The stages that have a file, but those that repeat a journey in another window. */
function homesOf(file: string): string[] {
  const repeats = file.startsWith("test/e2e/") ? ["electron", "electron-long"] : [];
  return Object.entries(stageFiles)
    .filter(([stage]) => !repeats.includes(stage))
    .filter(([, { include, exclude }]) => {
      const isNamed = (patterns: readonly string[]) => patterns.some((pattern) => matchesGlob(file, pattern));
      return isNamed(include) && !isNamed(exclude);
    })
    .map(([stage]) => stage);
}

test("every test file belongs to one stage, and so to one tier", () => {
  expect(testFiles.length).toBeGreaterThan(100);
  expect(testFiles.filter((file) => homesOf(file).length !== 1)).toEqual([]);
});

test("every journey belongs to one stage of an Electron window", () => {
  const { electron, "electron-long": further } = stageFiles;
  const journeys = testFiles.filter((file) => file.startsWith("test/e2e/"));
  const inBoth = journeys.filter((file) => further.exclude.includes(file) !== electron.include.includes(file));
  expect(inBoth).toEqual([]);
});

test("test files that code names by their path are there", () => {
  const sources = globSync("{scripts,test}/**/*.{ts,mjs}", { cwd: project }).map((file) => file.replaceAll("\\", "/"));
  const named = sources.flatMap((file) =>
    [...readFileSync(resolve(project, file), "utf8").matchAll(/"(test\/[\w/.-]+\.ts)"/g)].map(
      ([, path]) => `${file}: ${path}`,
    ),
  );
  expect(named.length).toBeGreaterThan(3);
  const isThere = (entry: string) => existsSync(resolve(project, entry.slice(entry.indexOf(": ") + 2)));
  expect(named.filter((entry) => !isThere(entry))).toEqual([]);
});

test("the table in CONTRIBUTING names every folder with tests, and every file that npm test leaves out", () => {
  const contributing = readFileSync(resolve(project, "CONTRIBUTING.md"), "utf8");
  const table = /\| promise .*?\n\n/s.exec(contributing)?.[0] ?? "";
  const isNamed = (folder: string): boolean =>
    folder !== "." && (table.includes(`\`${folder}\``) || isNamed(dirname(folder)));
  const folders = new Set(testFiles.map((file) => dirname(file).replace(/^test\//, "")));
  expect([...folders].filter((folder) => !isNamed(folder))).toEqual([]);
  const leftOut = testFiles.filter((file) => /\.(long|soak)\.(test|spec)\.ts$/.test(file));
  const names = leftOut.map((file) => /([^/]+?)(\.long)?\.(test|spec)\.ts$/.exec(file)?.[1] ?? file);
  expect(names.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
});
