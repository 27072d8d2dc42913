import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { app, type BrowserWindow, dialog, Menu, session } from "electron";
import { option, resolveDataDirectory } from "./host/data-directory.ts";
import { appMenu } from "./electron/app-menu.ts";
import { drillMs } from "./host/drill-option.ts";
import { forkEngine } from "./electron/engine.ts";
import { denyPermissions, guardContents } from "./electron/guards.ts";
import { noticesOf } from "./electron/notices.ts";
import { answerPortRequests } from "./electron/port.ts";
import { declareScheme, pageUrl, serveRenderer } from "./electron/protocol.ts";
import { recover } from "./electron/recovery.ts";
import { desktopSecrets } from "./electron/secrets.ts";
import { Spelling } from "./electron/spelling.ts";
import { textMenu } from "./electron/text-menu.ts";
import { BackendSlot } from "./electron/backend-slot.ts";
import { openWindow } from "./electron/window.ts";
import { Failure } from "./base/failure.ts";
import { log } from "./base/logger.ts";
import { hostFiles } from "./host/host-files.ts";

const files = hostFiles(import.meta.url);
const dataDirectory = orExit(() => resolveDataDirectory(process.argv, process.env, process.platform));
const drill = orExit(() => drillMs(option(process.argv, "drill")));
const shellDirectory = useShellDirectory(join(dataDirectory, "desktop"));
let window: BrowserWindow | undefined;

const slot = new BackendSlot({
  dataDirectory,
  host: process.argv.includes("--test") ? "test" : "desktop",
  version: files.version,
  databaseWorker: files.databaseWorker,
  forkEngine: () => forkEngine(fileURLToPath(files.engine)),
  secrets: desktopSecrets(dataDirectory),
  notify: noticesOf(() => window),
  ...(drill === undefined ? {} : { drillMs: drill }),
  ...(files.starterFile === undefined ? {} : { starterFile: files.starterFile }),
});

if (app.requestSingleInstanceLock()) {
  declareScheme();
  app.on("second-instance", () => {
    if (window?.isMinimized()) window.restore();
    window?.show();
    window?.focus();
  });
  app.on("web-contents-created", (_event, contents) => guardContents(contents));
  app.on("window-all-closed", () => app.quit());
  // Only once every window is gone: until then a page may still be saving its last changes.
  app.on("will-quit", (event) => {
    if (slot.closed) return;
    event.preventDefault();
    // In a turn of its own: while Electron still handles this event it would not hear a second quit.
    void slot.close().finally(() => setImmediate(() => app.quit()));
  });
  // Not awaited: Electron holds "ready" back until this module has been evaluated.
  void app.whenReady().then(start);
} else {
  app.quit();
}

function start(): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(appMenu(process.platform)));
  denyPermissions(session.defaultSession);
  serveRenderer(session.defaultSession, files.rendererDirectory);
  const opened = openWindow(join(import.meta.dirname, "../preload/index.cjs"), shellDirectory);
  window = opened;
  const spelling = new Spelling({
    session: session.defaultSession,
    file: join(shellDirectory, "spelling.json"),
    preferred: app.getPreferredSystemLanguages(),
  });
  offerTextMenu(opened, spelling);
  const tryAgain = (): void => {
    slot.open();
    show(opened, "index.html");
  };
  answerPortRequests(opened, (port, page) => {
    if (page === pageUrl("failure.html")) recover(port, { window: opened, dataDirectory, slot, tryAgain });
    else slot.serve(port);
  });
  slot.onFailure(() => show(opened, "failure.html"));
  tryAgain();
}

/** Text has a menu of its own where it is clicked with the right button, or by the menu key. */
function offerTextMenu(opened: BrowserWindow, spelling: Spelling): void {
  const contents = opened.webContents;
  contents.on("context-menu", (_event, clicked) => {
    const items = textMenu(clicked, {
      replace: (word) => contents.replaceMisspelling(word),
      learn: (word) => session.defaultSession.addWordToSpellCheckerDictionary(word),
      languages: spelling.languages,
      choose: (code, chosen) => spelling.choose(code, chosen),
    });
    if (items.length > 0) Menu.buildFromTemplate(items).popup({ window: opened });
  });
}

function show(opened: BrowserWindow, page: "index.html" | "failure.html"): void {
  if (opened.isDestroyed()) return;
  // A page replaced while it is still loading is not a failure.
  // Under test the page keeps its toasts until they are read, as in a browser.
  const query = page === "index.html" && process.argv.includes("--test") ? "?test=1" : "";
  opened.loadURL(pageUrl(page) + query).catch((error: unknown) => log.error("the window did not load its page", error));
}

function orExit<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    dialog.showErrorBox(error.message, error.data.remedy);
    process.exit(1);
  }
}

/** What the window itself keeps, and what makes the single instance: one for each data directory. */
function useShellDirectory(wanted: string): string {
  try {
    mkdirSync(wanted, { recursive: true });
    app.setPath("userData", wanted);
  } catch {
    // The backend will fail in the same way and its screen will show that; the window must open for it.
    app.setPath("userData", join(tmpdir(), `taleward-${process.pid}`));
  }
  return app.getPath("userData");
}
