import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { _electron, type ElectronApplication, type Page } from "@playwright/test";
import { type Mutation, prepareAppFolder } from "./app-folder.ts";

export interface LaunchOptions {
  /** Where this app keeps its data; a new folder, removed on close, unless given. */
  readonly dataDirectory?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface LaunchedApp {
  readonly app: ElectronApplication;
  /** The one window. */
  readonly page: Page;
  readonly dataDirectory: string;
  /** Command and arguments of this very app, to start it a second time. */
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Quits as a person would, and waits until the process is gone. */
  close(): Promise<void>;
}

/** The Electron to test in: TALEWARD_ELECTRON, else the installed one, else undefined, where its specs are skipped. */
export function findElectron(): string | undefined {
  const named = process.env["TALEWARD_ELECTRON"];
  if (named !== undefined && named !== "") return named;
  const folder = resolve(import.meta.dirname, "../../node_modules/electron");
  const pathFile = join(folder, "path.txt");
  if (!existsSync(pathFile)) return undefined;
  const binary = join(folder, "dist", readFileSync(pathFile, "utf8"));
  return existsSync(binary) ? binary : undefined;
}

/** Starts the built app in a real Electron window, backend and all. */
export async function launchElectron(options: LaunchOptions = {}): Promise<LaunchedApp> {
  const executablePath = findElectron();
  if (executablePath === undefined) throw new Error("No Electron here: name one in TALEWARD_ELECTRON.");
  const folder = prepareAppFolder(executablePath, mutationFromEnvironment());
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), "taleward-electron-"));
  const args = [
    // Chromium refuses its sandbox to root.
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    folder.path,
    "--test",
    "--data-dir",
    dataDirectory,
    ...(options.args ?? []),
  ];
  const env = { ...ownEnvironment(), ...folder.env, ...options.env };
  const app = await _electron.launch({
    executablePath,
    args,
    env,
    chromiumSandbox: process.getuid?.() !== 0,
    timeout: 60_000,
  });
  // Asked for now: Playwright no longer knows the process once it is gone.
  const child = app.process();
  const page = await app.firstWindow();
  let closed = false;
  return {
    app,
    page,
    dataDirectory,
    command: [executablePath, ...args],
    env,
    async close() {
      if (closed) return;
      closed = true;
      if (child.exitCode === null) await app.close();
      if (options.dataDirectory === undefined) rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

function ownEnvironment(): Record<string, string> {
  const defined = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const { ELECTRON_RUN_AS_NODE: _asNode, TALEWARD_HOME: _home, ...env } = Object.fromEntries(defined);
  return env;
}

function mutationFromEnvironment(): Mutation | undefined {
  const text = process.env["TALEWARD_TEST_MUTATION"];
  return text === undefined ? undefined : (JSON.parse(text) as Mutation); // written by mutations.soak.test.ts
}
