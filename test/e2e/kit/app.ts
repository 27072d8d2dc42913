import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "@playwright/test";
import { launchElectron } from "../../electron/harness.ts";
import { type HeadlessProcess, startHeadless } from "../../kit/headless.ts";
import type { OllamaServer } from "../../kit/servers/ollama-server.ts";
import { AlertsPage } from "./alerts-page.ts";
import { FirstStartPage } from "./first-start-page.ts";
import { GatewayPage } from "./gateway-page.ts";
import { LogsPage } from "./logs-page.ts";
import { ModelsPage } from "./models-page.ts";
import { PlaygroundPage } from "./playground-page.ts";
import { RolloutsPage } from "./rollouts-page.ts";
import { Shell } from "./shell.ts";
import { StoriesPage } from "./stories-page.ts";
import { SuitesPage } from "./suites-page.ts";
import { ViolationsPage } from "./violations-page.ts";

export interface AppOptions {
  /** Give it the starter model (TALEWARD_STARTER_MODEL), which then answers every use case. */
  readonly starter?: boolean;
  /** The Ollama it finds in its usual place: a scripted server, or the address of any. None answers there otherwise. */
  readonly ollama?: OllamaServer | string;
  /** Where it keeps its data; a new folder, removed on close, unless given. */
  readonly dataDirectory?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** One window of Taleward: an object for each screen. */
export interface Screens {
  readonly page: Page;
  readonly shell: Shell;
  readonly firstStart: FirstStartPage;
  readonly stories: StoriesPage;
  readonly violations: ViolationsPage;
  readonly models: ModelsPage;
  readonly logs: LogsPage;
  readonly playground: PlaygroundPage;
  readonly suites: SuitesPage;
  readonly gateway: GatewayPage;
  readonly rollouts: RolloutsPage;
  readonly alerts: AlertsPage;
}

/** A running Taleward with its first window. */
export interface Taleward extends Screens {
  readonly dataDirectory: string;
  /** The host's process where the window is a browser's; null in Electron. */
  readonly headless: HeadlessProcess | null;
  /** Loads the page again, as F5 does, and waits until it is usable. */
  reload(): Promise<void>;
  /** Another tab on the same backend. Browser only. */
  openTab(): Promise<Screens>;
  /** Closes the windows and ends the app in good order; safe to call again. */
  close(): Promise<void>;
}

/** What the windows are: tabs of this browser, or Electron's own. */
export type Host = Browser | "electron";

const builtHost = fileURLToPath(new URL("../../../out/main/headless.js", import.meta.url));
/** A control that cannot be used by then never will. */
const actionMs = 15_000;
/** Nothing listens there. */
const nowhere = "http://127.0.0.1:9";

/** Starts the built app and waits until its first screen is usable. */
export async function startApp(host: Host, options: AppOptions = {}): Promise<Taleward> {
  const dataDirectory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), "taleward-e2e-")));
  const { ollama = nowhere, starter = false } = options;
  const env = {
    OLLAMA_HOST: typeof ollama === "string" ? ollama : ollama.url,
    ...(starter ? {} : { TALEWARD_STARTER_MODEL: "" }),
    ...options.env,
  };
  const started =
    host === "electron" ? await inElectron(dataDirectory, env) : await inBrowser(host, dataDirectory, env);
  const screens = screensOf(started.page);
  await screens.shell.ready();
  let closed = false;
  return {
    ...screens,
    dataDirectory,
    headless: started.headless,
    openTab: started.openTab,
    reload: async () => {
      await screens.page.reload();
      await screens.shell.ready();
    },
    close: async () => {
      if (closed) return;
      closed = true;
      await started.close();
      if (options.dataDirectory === undefined) await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

type Started = Pick<Taleward, "page" | "headless" | "openTab" | "close">;

async function inBrowser(browser: Browser, dataDirectory: string, env: Record<string, string>): Promise<Started> {
  const headless = await startHeadless(dataDirectory, { entry: builtHost, args: ["--test"], env });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(headless.link);
  return {
    page,
    headless,
    openTab: async () => {
      const tab = await context.newPage();
      await tab.goto(page.url());
      const screens = screensOf(tab);
      await screens.shell.ready();
      return screens;
    },
    close: async () => {
      await context.close();
      if (headless.process.exitCode === null && headless.process.signalCode === null) await headless.stop();
    },
  };
}

async function inElectron(dataDirectory: string, env: Record<string, string>): Promise<Started> {
  const { page, close } = await launchElectron({ dataDirectory, env });
  return {
    page,
    headless: null,
    openTab: () => Promise.reject(new Error("Electron has one window; tag this spec @browser.")),
    close,
  };
}

function screensOf(page: Page): Screens {
  page.setDefaultTimeout(actionMs);
  return {
    page,
    shell: new Shell(page),
    firstStart: new FirstStartPage(page),
    stories: new StoriesPage(page),
    violations: new ViolationsPage(page),
    models: new ModelsPage(page),
    logs: new LogsPage(page),
    playground: new PlaygroundPage(page),
    suites: new SuitesPage(page),
    gateway: new GatewayPage(page),
    rollouts: new RolloutsPage(page),
    alerts: new AlertsPage(page),
  };
}
