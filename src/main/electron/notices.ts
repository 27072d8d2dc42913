import { type BrowserWindow, Notification } from "electron";
import type { HostNotice } from "../host/host-notices.ts";
import { pageUrl } from "./protocol.ts";
import { log } from "../base/logger.ts";

/** So many stay referenced: an unreferenced one is collected, and its click with it; most desktops drop them without an event. */
const maxShown = 20;

/** Shows alerts as notifications of the desktop, where it has them. A click shows the window, at the alert's location. */
export function noticesOf(window: () => BrowserWindow | undefined): (notice: HostNotice) => void {
  const shown: Notification[] = [];
  return ({ level, title, body, location }) => {
    if (!Notification.isSupported()) return;
    const notification = new Notification({ title, body, urgency: level === "critical" ? "critical" : "normal" });
    notification.on("click", () => open(window(), location));
    shown.push(notification);
    shown.splice(0, shown.length - maxShown);
    notification.show();
  };
}

function open(window: BrowserWindow | undefined, location: string | null): void {
  if (!window || window.isDestroyed()) return;
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
  const screens = pageUrl("index.html");
  // Only within the screens' own page: another fragment leaves what is being typed where it is.
  if (location === null || !window.webContents.getURL().startsWith(screens)) return;
  const [page = screens] = window.webContents.getURL().split("#");
  window
    .loadURL(`${page}#/${location}`)
    .catch((error: unknown) => log.error("a notice did not open its screen", error));
}
