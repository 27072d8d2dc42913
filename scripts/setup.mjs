// Everything Taleward needs before it can start or be tested. Runs on Node 20 with nothing installed, so it uses Node alone.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");
const windows = process.platform === "win32";
export const node24 = join(modules, "node", "bin", windows ? "node.exe" : "node");

/** One line on stderr: stdout belongs to what a command prints. */
export function report(line) {
  process.stderr.write(`taleward: ${line}\n`);
}

/** A step that cannot be done, with what the person can do instead. */
export class SetupError extends Error {
  constructor(message, remedy) {
    super(message);
    this.remedy = remedy;
  }
}

/** Runs a script's main function; an expected failure is two plain lines and exit code 1. */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    report(error.message);
    report(error.remedy);
    process.exitCode = 1;
  }
}

/** The environment of everything we start: Node 24 and the project's own tools come first in PATH. */
export function toolEnvironment(extra = {}) {
  const path = [join(modules, "node", "bin"), join(modules, ".bin"), process.env.PATH ?? ""].join(delimiter);
  return { ...process.env, PATH: path, ...extra };
}

/** Resolves to the exit code; null means killed. The child shares our terminal unless `stdio` says otherwise. */
export function run(command, args, options = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit", env: toolEnvironment(), ...options });
    child.once("error", (error) => {
      report(`${command}: ${error.message}`);
      done(127);
    });
    child.once("exit", (code) => done(code));
  });
}

/**
 * Runs something quietly: says what it does, then every five seconds how long it has taken and its latest line.
 * Resolves to { code, output }; `timeoutMs` ends it.
 */
export function runQuietly(what, command, args, { timeoutMs, env = toolEnvironment(), shell = false } = {}) {
  report(what);
  return new Promise((done) => {
    const startedAt = Date.now();
    const child = spawn(command, args, { cwd: root, env, shell, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    const progress = setInterval(() => {
      const latest = output
        .trimEnd()
        .split(/[\r\n]/)
        .at(-1)
        .trim()
        .slice(0, 90);
      report(`  ${Math.round((Date.now() - startedAt) / 1000)} s${latest && `: ${latest}`}`);
    }, 5_000);
    const timeout = timeoutMs && setTimeout(() => child.kill(), timeoutMs);
    const finish = (code) => {
      clearInterval(progress);
      clearTimeout(timeout);
      done({ code, output });
    };
    child.once("error", (error) => {
      output += error.message;
      finish(127);
    });
    child.once("close", finish);
  });
}

/** Installs the packages of the lock file, unless exactly those are there. */
export async function ensureDependencies() {
  if (dependenciesFit()) return;
  const { code, output } = await runQuietly(
    "installing dependencies (a minute or two the first time)",
    windows ? "npm.cmd" : "npm",
    ["ci", "--no-audit", "--no-fund", "--loglevel=http"],
    { env: process.env, shell: windows },
  );
  if (code === 0 && existsSync(node24)) return;
  const errors = output.split("\n").filter((line) => !line.startsWith("npm http"));
  process.stderr.write(`${errors.slice(-25).join("\n")}\n`);
  throw new SetupError(
    code === 0 ? "The package `node` was installed without its binary." : `npm ci ended with code ${code}.`,
    "Check that this machine reaches its npm registry and that npm may run install scripts, then run the same command again.",
  );
}

/** npm keeps what it installed in a hidden lock file, written last; optional packages of other platforms are not in it. */
function dependenciesFit() {
  try {
    const { packages: wanted } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
    const { packages: installed } = JSON.parse(readFileSync(join(modules, ".package-lock.json"), "utf8"));
    const differs = ([path, { version, optional }]) =>
      path !== "" && (installed[path] ? installed[path].version !== version : !optional);
    return existsSync(node24) && !Object.entries(wanted).some(differs);
  } catch {
    return false;
  }
}

/** Builds `out/` when a source differs from those it was built from. */
export async function ensureBuilt() {
  const stamp = join(root, "out", "built-from");
  const sources = hashOf(["src", "electron.vite.config.ts", "package-lock.json", "tsconfig.base.json"]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === sources) return;
  rmSync(stamp, { force: true });
  const cli = join(modules, "electron-vite", "bin", "electron-vite.js");
  const { code, output } = await runQuietly("building", node24, [cli, "build"]);
  if (code !== 0) {
    process.stderr.write(output);
    throw new SetupError(
      "The build failed.",
      "What the bundler says is above; mend it and run the same command again.",
    );
  }
  writeFileSync(stamp, sources);
}

function hashOf(entries) {
  const hash = createHash("sha256");
  const add = (path) => {
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name));
    else hash.update(`${path.slice(root.length)}\0`).update(readFileSync(path));
  };
  for (const entry of entries) add(join(root, entry));
  return hash.digest("hex");
}

/** The path of the starter model, fetched and verified by its own script; undefined, after saying so, where it cannot be had. */
export async function ensureStarterModel() {
  const given = process.env.TALEWARD_STARTER_MODEL;
  if (given) return given;
  const { code, stdout } = await new Promise((done) => {
    const child = spawn(node24, [join(root, "scripts", "starter-model.mjs")], {
      cwd: root,
      env: toolEnvironment(),
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
    });
    child.once("error", () => done({ code: 127, stdout: "" }));
    child.once("close", (exitCode) => done({ code: exitCode, stdout: text }));
  });
  const path = stdout.trim().split("\n").at(-1);
  if (code === 0 && path && existsSync(path)) return path;
  report("the starter model is not at hand; Taleward starts without it and offers other ways on its first screen");
  return undefined;
}

/** The first of these commands in PATH, as a full path. */
export function findCommand(...names) {
  const suffixes = windows ? [".exe", ".cmd", ""] : [""];
  for (const name of names) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      const found = suffixes.map((suffix) => join(folder, name + suffix)).find(isExecutable);
      if (folder && found) return found;
    }
  }
  return undefined;
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** A Chromium for the end-to-end tests: an installed one, else Playwright's, else the system package manager's. */
export async function ensureChromium() {
  const present = findChromium() ?? (await playwrightChromium());
  if (present) return present;
  const playwright = join(modules, "playwright", "cli.js");
  await runQuietly("downloading Chromium (Playwright's, 170 MB)", node24, [playwright, "install", "chromium"], {
    timeoutMs: 600_000,
  });
  const downloaded = await playwrightChromium();
  if (downloaded) return downloaded;
  if (process.getuid?.() === 0 && findCommand("apt-get")) {
    await runQuietly("installing Chromium with apt-get", "sh", [
      "-c",
      "apt-get update -q && apt-get install -qy chromium",
    ]);
    const installed = findChromium();
    if (installed) return installed;
  }
  throw new SetupError(
    "The end-to-end tests need Chromium, and none could be found or installed.",
    "Install Chromium or Chrome, or name one in TALEWARD_CHROMIUM, then run the same command again.",
  );
}

function findChromium() {
  const named = process.env.TALEWARD_CHROMIUM;
  if (named) {
    if (isExecutable(named)) return named;
    throw new SetupError(`TALEWARD_CHROMIUM names ${named}, which cannot be run.`, "Correct it or unset it.");
  }
  const application = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
  return (
    findCommand("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome") ??
    (isExecutable(application) ? application : undefined)
  );
}

async function playwrightChromium() {
  const { chromium } = await import("@playwright/test");
  return isExecutable(chromium.executablePath()) ? chromium.executablePath() : undefined;
}

/**
 * Electron's own binary, downloaded when missing. Undefined where that does not work: its server is not reachable
 * everywhere, so the attempt ends early when nothing arrives.
 */
export async function ensureElectron() {
  const present = findElectron();
  if (present) return present;
  await runQuietly("downloading Electron", node24, [join(modules, "electron", "install.js")], {
    // Without its server there may still be a copy in Electron's own cache, which is unpacked in seconds.
    timeoutMs: (await electronServerAnswers()) ? 600_000 : 15_000,
  });
  return findElectron();
}

async function electronServerAnswers() {
  try {
    const server = process.env.ELECTRON_MIRROR ?? "https://github.com/electron/electron/releases/";
    await fetch(server, { method: "HEAD", signal: AbortSignal.timeout(8_000) });
    return true;
  } catch {
    return false;
  }
}

export function findElectron() {
  const named = process.env.TALEWARD_ELECTRON;
  if (named) return isExecutable(named) ? named : undefined;
  try {
    const folder = join(modules, "electron");
    const binary = join(folder, "dist", readFileSync(join(folder, "path.txt"), "utf8"));
    return isExecutable(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}
