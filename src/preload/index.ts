import { contextBridge, ipcRenderer, webUtils } from "electron";

/** The page says it is ready; it, and only it, is handed the one port to the backend. */
window.addEventListener("message", (event) => {
  if (event.source === window && event.origin === location.origin && event.data === "taleward:ready") {
    ipcRenderer.send("taleward:port");
  }
});

ipcRenderer.on("taleward:port", ({ ports }) => window.postMessage("taleward:port", location.origin, [...ports]));

/** The one thing a page cannot know by itself: where a file that was dropped on it lies; empty for one made in memory. */
contextBridge.exposeInMainWorld("taleward", { pathOf: (file: File): string => webUtils.getPathForFile(file) });
