// npm run test:changed: what an edit can have broken, in seconds: format and lint of the changed files, types, and the unit,
// contract and fault tests that import one of them. No build: threads start from source.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root, SetupError } from "./setup.mjs";
import { bin, check, runVitest } from "./test-stages.mjs";

/** Changed means: differs from where this branch left `main`, committed or not. On `main` itself: not committed. */
export async function changedStages(runnerArguments) {
  const base = git("merge-base", "HEAD", "main")[0] ?? "HEAD";
  const files = [...git("diff", "--name-only", base), ...git("ls-files", "--others", "--exclude-standard")];
  const there = [...new Set(files)].filter((file) => existsSync(join(root, file)));
  const code = there.filter((file) => /\.(tsx?|mjs)$/.test(file));
  process.stdout.write(`${files.length} files differ from ${base.slice(0, 12)}\n`);
  const nothing = () => ({ passed: 1, failed: 0, skipped: 0 });
  const onFiles = (command, list) => (list.length > 0 ? ({ env }) => check([...command, ...list], env) : nothing);
  return [
    {
      title: "format of the changed files",
      run: onFiles([bin("oxfmt", "bin", "oxfmt"), "--check", "--no-error-on-unmatched-pattern"], there),
    },
    { title: "lint of the changed files", run: onFiles([bin("oxlint", "bin", "oxlint"), "--deny-warnings"], code) },
    { title: "type check", run: ({ env }) => check([bin("typescript", "bin", "tsc"), "-b"], env) },
    {
      title: "tests that import a changed file",
      run: ({ env }) =>
        runVitest(["--project=unit", `--changed=${base}`, "--passWithNoTests", ...runnerArguments], env, "changed", {
          mayRunNothing: true,
        }),
    },
  ];
}

function git(...args) {
  const { status, stdout, error } = spawnSync("git", args, { cwd: root, encoding: "utf8" });
  if (error) throw new SetupError("git could not be run.", "Install git, or run npm test.");
  return status === 0 ? stdout.split("\n").filter(Boolean) : [];
}
