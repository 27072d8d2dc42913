import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const project = resolve(import.meta.dirname, "../..");
let copy: string;

/** A copy of what the rules are about, to break them in. */
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "taleward-layers-"));
  for (const entry of [".oxlintrc.json", "package.json", "src", "resources", "electron.vite.config.ts"])
    cpSync(join(project, entry), join(copy, entry), { recursive: true });
  for (const layer of ["base", "shared", "main", "renderer", "preload"])
    cpSync(join(project, `tsconfig.${layer}.json`), join(copy, `tsconfig.${layer}.json`));
  symlinkSync(join(project, "node_modules"), join(copy, "node_modules"));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const imports: readonly (readonly [string, string, string])[] = [
  ["the contract imports a library of one side", "src/shared/contract/broken.ts", 'import "react";'],
  ["the contract imports Node", "src/shared/contract/broken.ts", 'import "node:fs";'],
  ["the renderer imports the backend", "src/renderer/src/broken.ts", 'import "../../main/backend.ts";'],
  ["the renderer imports Electron", "src/renderer/src/broken.ts", 'import "electron";'],
  ["the renderer imports Node", "src/renderer/src/broken.ts", 'import "node:fs";'],
  ["the preload imports anything but Electron", "src/preload/broken.ts", 'import "zod";'],
  ["the backend imports Electron", "src/main/broken.ts", 'import "electron";'],
  ["a service imports Electron", "src/main/story/broken.ts", 'import "electron";'],
  ["a host imports the database's driver", "src/main/headless/broken.ts", 'import "better-sqlite3";'],
  ["a service imports the database's driver", "src/main/logs/broken.ts", 'import "better-sqlite3";'],
  [
    "a service imports a sibling's implementation",
    "src/main/story/broken.ts",
    'import { LLMClient } from "../inference/llm-client.ts";\nexport const broken = LLMClient;',
  ],
  ["a service imports the wiring", "src/main/story/broken.ts", 'import "../backend.ts";'],
  ["a query imports a service", "src/main/db/queries/broken.ts", 'import "../../story/stories.ts";'],
  ["a route asks the database itself", "src/main/rpc/broken.ts", 'import "../db/pool.ts";'],
  ["a pure file imports Node", "src/main/guardrails/check.ts", 'import "node:fs";'],
  ["a pure file imports a library", "src/main/story/prompt.ts", 'import "undici";'],
];

test.each(imports)("lint fails when %s", (_what, file, source) => {
  expect(lintWith(file, source)).toContain("no-restricted-imports");
});

test("lint passes when a service imports a sibling's type", () => {
  const source = 'import type { LLMClient } from "../inference/llm-client.ts";\nexport type Fine = LLMClient;';
  expect(lintWith("src/main/story/broken.ts", source)).not.toContain("no-restricted-imports");
});

test("lint fails when two files import each other", () => {
  const other = join(copy, "src/main/story/other.ts");
  writeFileSync(other, 'import { broken } from "./broken.ts";\nexport const other = () => broken;\n');
  const source = 'import { other } from "./other.ts";\nexport const broken = () => other;';
  expect(lintWith("src/main/story/broken.ts", source)).toContain("no-cycle");
  rmSync(other);
});

test.each([
  ["the backend touches the document", "main", "src/main/broken.ts", "document.title", "Cannot find name 'document'"],
  [
    "the renderer reads files",
    "renderer",
    "src/renderer/src/broken.ts",
    'import("node:fs")',
    "Cannot find name 'node:fs'",
  ],
  [
    "the contract waits for a timer",
    "shared",
    "src/shared/contract/broken.ts",
    "setTimeout",
    "Cannot find name 'setTimeout'",
  ],
])(
  "types fail when %s",
  (_what, layer, file, expression, message) => {
    const put = join(copy, file);
    writeFileSync(put, `export const broken = ${expression};\n`);
    // Only this file is of interest, and its layer's own settings.
    const config = join(copy, `tsconfig.broken-${layer}.json`);
    writeFileSync(
      config,
      JSON.stringify({
        extends: `./tsconfig.${layer}.json`,
        compilerOptions: { noEmit: true, composite: false, emitDeclarationOnly: false, incremental: false },
        include: [file],
        references: [],
      }),
    );
    const { stdout } = run(join(project, "node_modules/typescript/bin/tsc"), ["-p", config]);
    rmSync(put);
    expect(stdout).toContain(message);
  },
  60_000,
);

function lintWith(file: string, source: string): string {
  const put = join(copy, file);
  const original = join(project, file);
  mkdirSync(dirname(put), { recursive: true });
  writeFileSync(put, `${source}\n`);
  const { stdout } = run(join(project, "node_modules/oxlint/bin/oxlint"), ["-f", "unix", file]);
  if (existsSync(original)) cpSync(original, put);
  else rmSync(put);
  return stdout;
}

function run(script: string, args: readonly string[]) {
  return spawnSync(process.execPath, [script, ...args], { cwd: copy, encoding: "utf8" });
}
