import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BrowserWindow, nativeTheme, type Rectangle, screen } from "electron";
import { writeFileAtomicSync } from "../base/write-file-atomic.ts";

interface WindowState {
  readonly bounds: Rectangle;
  readonly maximized: boolean;
}

/** Opens the one window where it was last left. */
export function openWindow(preload: string, stateDirectory: string): BrowserWindow {
  const stateFile = join(stateDirectory, "window.json");
  const state = readState(stateFile);
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    ...state?.bounds,
    minWidth: 800,
    minHeight: 560,
    title: "Taleward",
    backgroundColor: nativeTheme.shouldUseDarkColors ? "#14161a" : "#ffffff",
    autoHideMenuBar: true,
    webPreferences: { preload, sandbox: true, contextIsolation: true, nodeIntegration: false },
  });
  if (state?.maximized) window.maximize();
  window.on("close", () =>
    writeState(stateFile, { bounds: window.getNormalBounds(), maximized: window.isMaximized() }),
  );
  return window;
}

/** Undefined where nothing is stored, or its display is not connected any more. */
function readState(file: string): WindowState | undefined {
  try {
    const { bounds, maximized } = JSON.parse(readFileSync(file, "utf8")) as WindowState; // our own file; checked below
    const area = screen.getDisplayMatching(bounds).workArea;
    const visible =
      bounds.x < area.x + area.width &&
      bounds.x + bounds.width > area.x &&
      bounds.y < area.y + area.height &&
      bounds.y + bounds.height > area.y;
    return visible ? { bounds, maximized } : undefined;
  } catch {
    return undefined;
  }
}

function writeState(file: string, state: WindowState): void {
  try {
    writeFileAtomicSync(file, JSON.stringify(state));
  } catch {
    // That the window opens in the default position next time is no reason not to close it now.
  }
}
