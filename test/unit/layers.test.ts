import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const project = resolve(import.meta.dirname, "../..");
let copy: string;
/** The rules broken, by file. */
let broken: ReadonlyMap<string, readonly string[]>;

const imports = "no-restricted-imports";

type Breach = readonly [string, string, string, string];

/** What these contain takes facts and gives decisions: no clock, no chance, no I/O. */
const pureFolders = [
  "rollouts/decision",
  "rollouts/statistics",
  "rollouts/simulation",
  "rollouts/export",
  "inference/routing",
  "guardrails/checking",
  "guardrails/rules",
  "story/prompting",
  "story/shaping",
  "suites/assertions",
  "coordinator/rules",
];

const longFunction = `export function long(x: number): number {\n${"  x += 1;\n".repeat(60)}  return x;\n}`;

/** What a rule refuses: what somebody did, where, how, and the rule. One file each, so that each speaks for itself. */
const breaches: readonly Breach[] = [
  ["the contract imports a library of one side", "src/shared/contract/a.ts", 'import "react";', imports],
  ["the contract imports Node", "src/shared/contract/b.ts", 'import "node:fs";', imports],
  ["the contract imports the backend", "src/shared/contract/c.ts", 'import "../../main/base/failure.ts";', imports],
  [
    "a folder of the contract imports the backend",
    "src/shared/contract/d/a.ts",
    'import "../../../main/base/failure.ts";',
    imports,
  ],
  ["the renderer imports the backend", "src/renderer/src/a.ts", 'import "../../main/backend.ts";', imports],
  ["the renderer imports the preload", "src/renderer/src/b.ts", 'import "../../preload/index.ts";', imports],
  ["the renderer imports a library of the backend", "src/renderer/src/c.ts", 'import "ws";', imports],
  ["the renderer imports Electron", "src/renderer/src/d.ts", 'import "electron";', imports],
  ["the renderer imports Node", "src/renderer/src/e.ts", 'import "node:fs";', imports],
  ["the preload imports anything but Electron", "src/preload/a.ts", 'import "zod";', imports],
  ["the backend imports Electron", "src/main/a.ts", 'import "electron";', imports],
  ["the backend imports a screen", "src/main/b.ts", 'import "../renderer/src/shell/theme.ts";', imports],
  ["the app's shell imports the database's driver", "src/main/electron/a.ts", 'import "better-sqlite3";', imports],
  ["a host imports the database's driver", "src/main/headless/a.ts", 'import "better-sqlite3";', imports],
  ["a route asks the database itself", "src/main/rpc/a.ts", 'import "../db/pool.ts";', imports],
  ["a route imports the wiring", "src/main/rpc/b.ts", 'import "../backend.ts";', imports],
  ["a query imports Electron", "src/main/db/queries/a.ts", 'import "electron";', imports],
  ["a query imports a service", "src/main/db/queries/b.ts", 'import "../../story/stories.ts";', imports],
  ["a service imports Electron", "src/main/story/a.ts", 'import "electron";', imports],
  ["a service imports the database's driver", "src/main/logs/a.ts", 'import "better-sqlite3";', imports],
  ["a service imports a sibling", "src/main/story/b.ts", 'import "../inference/llm-client.ts";', imports],
  ["a service imports a route", "src/main/story/c.ts", 'import "../rpc/router.ts";', imports],
  ["a service imports a part of the wiring", "src/main/logs/d.ts", 'import "../wiring/alerting.ts";', imports],
  ["a service imports the wiring", "src/main/story/d.ts", 'import "../backend.ts";', imports],
  ["the base imports a room", "src/main/base/a.ts", 'import type {} from "../db/pool.ts";', imports],
  ["the base imports the wiring", "src/main/base/b.ts", 'import "../backend.ts";', imports],
  ...pureFolders.flatMap((folder): Breach[] => [
    [`${folder} imports Node`, `src/main/${folder}/a.ts`, 'import "node:fs";', imports],
    [`${folder} imports a library`, `src/main/${folder}/b.ts`, 'import "undici";', imports],
    [`${folder} imports a host`, `src/main/${folder}/c.ts`, 'import "../../db/pool.ts";', imports],
    [`${folder} reads the clock`, `src/main/${folder}/d.ts`, "void Date.now();", "no-restricted-properties"],
    [`${folder} draws a number`, `src/main/${folder}/e.ts`, "void Math.random();", "no-restricted-properties"],
    [`${folder} sends a request`, `src/main/${folder}/f.ts`, 'void fetch("/");', "no-restricted-globals"],
    [`${folder} waits`, `src/main/${folder}/g.ts`, "setTimeout(() => {}, 1);", "no-restricted-globals"],
  ]),
  ["the way to the backend imports a piece of a screen", "src/renderer/src/api/a.ts", 'import "../ui/a.ts";', imports],
  ["a shared piece imports the shell", "src/renderer/src/ui/a.ts", 'import "../shell/a.ts";', imports],
  ["a shared piece imports a screen", "src/renderer/src/ui/json/a.ts", 'import "../../features/logs/a.ts";', imports],
  ["the shell imports a screen", "src/renderer/src/shell/a.ts", 'import "../features/logs/a.ts";', imports],
  ["a feature imports another", "src/renderer/src/features/logs/a.ts", 'import "../models/a.ts";', imports],
  [
    "a part of a feature imports another feature",
    "src/renderer/src/features/models/library/a.ts",
    'import type {} from "../../rollouts/a.ts";',
    imports,
  ],
  ["a file imports one that imports it", "src/main/logs/b.ts", 'import "./c.ts";\nexport const b = 1;', "no-cycle"],
  ["two files import each other", "src/main/logs/c.ts", 'import { b } from "./b.ts";\nexport const c = b;', "no-cycle"],
  [
    "a file imports the type of one that imports its",
    "src/main/logs/e.ts",
    'import type { F } from "./f.ts";\nexport type E = F | 1;',
    "no-cycle",
  ],
  [
    "two files import each other's types",
    "src/main/logs/f.ts",
    'import type { E } from "./e.ts";\nexport type F = E[];',
    "no-cycle",
  ],
  ["a function has more than sixty lines", "src/main/logs/g.ts", longFunction, "max-lines-per-function"],
];

/** What they let pass. */
const allowed: readonly (readonly [string, string, string])[] = [
  ["the app's shell imports Electron", "src/main/electron/b.ts", 'import "electron";'],
  [
    "a service imports a sibling's type",
    "src/main/story/e.ts",
    'import type { LLMClient } from "../inference/llm-client.ts";\nexport type Fine = LLMClient;',
  ],
  ["a pure folder imports the base", "src/main/rollouts/decision/h.ts", 'import "../../base/failure.ts";'],
  ["a feature imports a shared piece", "src/renderer/src/features/logs/b.ts", 'import "../../ui/format.ts";'],
];

/** A copy of what the rules are about, to break them in. */
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "taleward-layers-"));
  for (const entry of [".oxlintrc.json", "package.json", "src", "resources", "electron.vite.config.ts"])
    cpSync(join(project, entry), join(copy, entry), { recursive: true });
  for (const layer of ["base", "shared", "main", "renderer", "preload"])
    cpSync(join(project, `tsconfig.${layer}.json`), join(copy, `tsconfig.${layer}.json`));
  symlinkSync(join(project, "node_modules"), join(copy, "node_modules"));
  for (const [, file, source] of [...breaches, ...allowed]) put(file, source);
  broken = lint();
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

test.each(breaches)("lint fails when %s", (_what, file, _source, rule) => {
  expect(broken.get(file)).toContain(rule);
});

test.each(allowed)("lint passes when %s", (_what, file) => {
  expect(broken.get(file) ?? []).not.toContain(imports);
});

test.each([
  ["the backend touches the document", "main", "src/main/t.ts", "document.title", "Cannot find name 'document'"],
  ["the renderer reads files", "renderer", "src/renderer/src/t.ts", 'import("node:fs")', "Cannot find name 'node:fs'"],
  ["the contract waits", "shared", "src/shared/contract/t.ts", "setTimeout", "Cannot find name 'setTimeout'"],
])(
  "types fail when %s",
  (_what, layer, file, expression, message) => {
    put(file, `export const broken = ${expression};`);
    // Only this file is of interest, and its layer's own settings.
    const config = `tsconfig.broken-${layer}.json`;
    const compilerOptions = { noEmit: true, composite: false, emitDeclarationOnly: false, incremental: false };
    put(
      config,
      JSON.stringify({ extends: `./tsconfig.${layer}.json`, compilerOptions, include: [file], references: [] }),
    );
    expect(run("typescript/bin/tsc", ["-p", config])).toContain(message);
  },
  60_000,
);

function put(file: string, text: string): void {
  const path = join(copy, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${text}\n`);
}

/** All of them in one run; a diagnostic's code reads `eslint(no-restricted-imports)`. */
function lint(): Map<string, string[]> {
  const files = [...breaches, ...allowed].map(([, file]) => file);
  const { diagnostics } = JSON.parse(run("oxlint/bin/oxlint", ["-f", "json", ...files])) as {
    diagnostics: { filename: string; code: string }[];
  };
  const found = new Map<string, string[]>();
  for (const { filename, code } of diagnostics) {
    const rule = /\((.+)\)$/.exec(code)?.[1] ?? code;
    found.set(filename, [...(found.get(filename) ?? []), rule]);
  }
  return found;
}

function run(script: string, args: readonly string[]): string {
  const command = [join(project, "node_modules", script), ...args];
  return spawnSync(process.execPath, command, { cwd: copy, encoding: "utf8" }).stdout;
}
