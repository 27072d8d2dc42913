import {
  type BrowserWindow,
  ipcMain,
  type IpcMainEvent,
  MessageChannelMain,
  type MessagePortMain,
  type WebFrameMain,
} from "electron";
import { origin } from "./protocol.ts";

/** Gives a port to each page of our own window that asks for one, and to no other page. */
export function answerPortRequests(
  window: BrowserWindow,
  connect: (port: MessagePortMain, pageUrl: string) => void,
): void {
  ipcMain.on("taleward:port", (event) => {
    const frame = trustedFrame(event, window);
    if (frame === undefined) return;
    const { port1, port2 } = new MessageChannelMain();
    connect(port1, frame.url);
    frame.postMessage("taleward:port", null, [port2]);
  });
}

function trustedFrame({ sender, senderFrame }: IpcMainEvent, window: BrowserWindow): WebFrameMain | undefined {
  if (window.isDestroyed() || sender !== window.webContents || senderFrame === null) return undefined;
  const trusted = senderFrame.parent === null && senderFrame.origin === origin;
  return trusted ? senderFrame : undefined;
}
