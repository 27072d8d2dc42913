/** What the desktop's preload offers beyond the port; a browser has none of it. */
interface Desktop {
  pathOf(file: File): string;
}

declare global {
  interface Window {
    readonly taleward?: Desktop;
  }
}

/** Where a file that was dropped or picked lies on this machine; null in a browser, which hides it. */
export function pathOfFile(file: File): string | null {
  const path = window.taleward?.pathOf(file) ?? "";
  return path === "" ? null : path;
}
