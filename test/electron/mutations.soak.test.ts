import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import type { Mutation } from "./app-folder.ts";
import { findElectron } from "./harness.ts";

const project = resolve(import.meta.dirname, "../..");

/** One-line faults in the built shell, each with the spec whose promise it breaks. */
const problems: readonly (Mutation & { readonly noticedBy: string })[] = [
  {
    name: "no navigation guard",
    find: '"will-frame-navigate", (event) => event.preventDefault()',
    replace: '"will-frame-navigate", () => {}',
    noticedBy: "the page cannot be led elsewhere",
  },
  {
    name: "sandbox off",
    find: "sandbox: true",
    replace: "sandbox: false",
    noticedBy: "the page is sandboxed and isolated and has no Node",
  },
  {
    name: "no content security policy",
    find: '"content-security-policy": ',
    replace: '"x-nothing": ',
    noticedBy: "the content security policy refuses inline script, eval and other servers",
  },
  {
    name: "no sender check",
    find: "sender !== window.webContents",
    replace: "sender === undefined",
    noticedBy: "another window, even with our preload and page, is given no port",
  },
  {
    name: "no frame check",
    find: "senderFrame.parent === null",
    replace: "true",
    noticedBy: "a frame within the page is given no port",
  },
  {
    name: "no permission handler",
    find: "session.setPermissionRequestHandler(",
    replace: "((handler) => handler)(",
    noticedBy: "the page is granted no permission but to fill the clipboard",
  },
  {
    name: "windows allowed",
    find: 'action: "deny"',
    replace: 'action: "allow"',
    noticedBy: "the page cannot open windows",
  },
  {
    name: "no path check",
    find: "file.startsWith(folder + sep) ? file : void 0",
    replace: "file",
    noticedBy: "no file outside the renderer's folder is served",
  },
];

test.skipIf(findElectron() === undefined)("the shell's specs pass without a fault", async () => {
  expect(await failingSpecs(undefined)).toEqual([]);
});

for (const { noticedBy, ...mutation } of problems) {
  test.skipIf(findElectron() === undefined)(`${mutation.name}: a spec notices`, async () => {
    expect(await failingSpecs(mutation)).toContain(noticedBy);
  });
}

interface Suite {
  readonly suites?: readonly Suite[];
  readonly specs: readonly { readonly title: string; readonly ok: boolean }[];
}

/** Titles of the shell's specs that fail in an app with this fault. */
async function failingSpecs(mutation: Mutation | undefined): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "taleward-mutation-"));
  const report = join(folder, "report.json");
  const playwright = join(project, "node_modules/@playwright/test/cli.js");
  const command = [process.execPath, playwright, "test", "--project=electron", "electron/shell.spec.ts"];
  const wrapper = process.platform === "linux" && !process.env["DISPLAY"] ? ["xvfb-run", "-a"] : [];
  const [program, ...args] = [...wrapper, ...command];
  const child = spawn(program ?? process.execPath, args, {
    cwd: project,
    stdio: "ignore",
    env: {
      ...process.env,
      TALEWARD_TEST_REPORT: report,
      TALEWARD_TEST_OUTPUT: join(folder, "output"),
      ...(mutation && { TALEWARD_TEST_MUTATION: JSON.stringify(mutation) }),
    },
  });
  await new Promise((done) => child.once("exit", done));
  const { suites } = JSON.parse(readFileSync(report, "utf8")) as { suites: Suite[] };
  rmSync(folder, { recursive: true, force: true });
  const specs = suites.flatMap(specsOf);
  expect(specs.length).toBeGreaterThan(8);
  return specs.filter(({ ok }) => !ok).map(({ title }) => title);
}

function specsOf(suite: Suite): Suite["specs"][number][] {
  return [...suite.specs, ...(suite.suites ?? []).flatMap(specsOf)];
}
