import { app, type BrowserWindow, dialog, type MessagePortMain } from "electron";
import type { BackendSlot } from "./backend-slot.ts";

interface Recovery {
  readonly window: BrowserWindow;
  readonly dataDirectory: string;
  readonly slot: BackendSlot;
  readonly tryAgain: () => void;
}

/** Tells the failure page what happened and does what is chosen there. */
export function recover(port: MessagePortMain, { window, dataDirectory, slot, tryAgain }: Recovery): void {
  port.on("message", ({ data }) => {
    if (data === "try-again") tryAgain();
    else if (data === "other-folder") void openOtherFolder(window);
    else if (data === "quit") app.quit();
  });
  port.start();
  port.postMessage({ ...slot.failure, dataDirectory });
}

/** Starts anew, because the single instance and the window's own files belong to a data directory. */
async function openOtherFolder(window: BrowserWindow): Promise<void> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, {
    title: "Open another data folder",
    properties: ["openDirectory", "createDirectory"],
  });
  const folder = filePaths[0];
  if (canceled || folder === undefined) return;
  app.relaunch({ args: [...withoutDataDirectory(process.argv.slice(1)), "--data-dir", folder] });
  app.quit();
}

function withoutDataDirectory(args: readonly string[]): string[] {
  return args.filter(
    (argument, index) =>
      argument !== "--data-dir" && args[index - 1] !== "--data-dir" && !argument.startsWith("--data-dir="),
  );
}
