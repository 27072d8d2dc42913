import type { Session, WebContents } from "electron";

/** No page leaves Taleward, opens a window or embeds another: everything shown comes from our own files. */
export function guardContents(contents: WebContents): void {
  // Told of every frame, the top one included.
  contents.on("will-frame-navigate", (event) => event.preventDefault());
  contents.on("will-attach-webview", (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: "deny" }));
}

/** Nothing is permitted but putting text on the clipboard, which every Copy button needs. */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, decide) => decide(isAllowed(permission)));
  session.setPermissionCheckHandler((_contents, permission) => isAllowed(permission));
  session.setDevicePermissionHandler(() => false);
}

function isAllowed(permission: string): boolean {
  return permission === "clipboard-sanitized-write";
}
