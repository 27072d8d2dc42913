import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test as base } from "@playwright/test";
import { findElectron, type LaunchedApp, launchElectron } from "./harness.ts";
import { connectClient } from "./page-client.ts";

/** One app for all the specs that leave it as they found it. */
const test = base.extend<object, { taleward: LaunchedApp; elsewhere: Elsewhere }>({
  taleward: [
    async ({}, use) => {
      const taleward = await launchElectron();
      await taleward.page.locator("[data-ready=true]").waitFor({ state: "attached" });
      await use(taleward);
      await taleward.close();
    },
    { scope: "worker" },
  ],
  elsewhere: [
    async ({}, use) => {
      const elsewhere = await startElsewhere();
      await use(elsewhere);
      await elsewhere.close();
    },
    { scope: "worker" },
  ],
});

test.skip(findElectron() === undefined, "no Electron here (TALEWARD_ELECTRON, or the installed one)");

test("the window opens our own page and becomes usable", async ({ taleward: { app, page } }) => {
  expect(page.url()).toMatch(/^app:\/\/taleward\/index\.html/);
  expect(app.windows()).toHaveLength(1);
});

test("the page is sandboxed and isolated and has no Node", async ({ taleward: { app, page } }) => {
  const preferences = await app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
      getLastWebPreferences(): Record<string, unknown>; // internal, and the only way to ask
    };
    const { sandbox, contextIsolation, nodeIntegration, webSecurity } = contents.getLastWebPreferences();
    return { sandbox, contextIsolation, nodeIntegration, webSecurity };
  });
  expect(preferences).toEqual({ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true });
  expect(await page.evaluate(() => ["require", "process", "module"].filter((name) => name in globalThis))).toEqual([]);
});

test("the preload forwards a port, and the backend answers on it", async ({ taleward: { page, dataDirectory } }) => {
  const client = await connectClient(page);
  expect(await client.call("app.info")).toMatchObject({ host: "test", dataDirectory });
});

test("the content security policy refuses inline script, eval and other servers", async ({ taleward, elsewhere }) => {
  const { page } = taleward;
  await page.evaluate((address) => {
    globalThis.violations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
      globalThis.violations.push(event.effectiveDirective),
    );
    const script = document.createElement("script");
    script.textContent = "globalThis.ranInline = true";
    document.head.append(script);
    const picture = new Image();
    picture.src = `${address}/picture.png`;
    fetch(address).catch(() => undefined);
    const frame = document.createElement("iframe");
    frame.src = address;
    document.body.append(frame);
  }, elsewhere.address);
  await expect
    .poll(() => page.evaluate(() => globalThis.violations.toSorted()))
    .toEqual(["connect-src", "frame-src", "img-src", "script-src-elem"]);
  expect(await page.evaluate(() => "ranInline" in globalThis)).toBe(false);
  expect(elsewhere.requests).toEqual([]);
  await page.evaluate(() => {
    document.querySelector("iframe")?.remove();
    document.head.lastElementChild?.remove();
  });
});

test("the page cannot be led elsewhere", async ({ taleward: { app, page }, elsewhere }) => {
  const before = page.url();
  await app.evaluate(({ BrowserWindow }) => {
    globalThis.navigations = [];
    // After the app's own listeners, so that it sees what they decided.
    BrowserWindow.getAllWindows()[0]?.webContents.on("will-frame-navigate", (event) => {
      globalThis.navigations.push({ url: event.url, isPrevented: event.defaultPrevented });
    });
  });
  const navigations = () => app.evaluate(() => globalThis.navigations);
  const [byScript, byLink] = [`${elsewhere.address}/navigation`, `${elsewhere.address}/link`];

  await page.evaluate((address) => location.assign(address), byScript);
  await expect.poll(navigations).toEqual([{ url: byScript, isPrevented: true }]);
  await page.evaluate((address) => {
    const link = document.createElement("a");
    link.href = address;
    document.body.append(link);
    link.click();
    link.remove();
  }, byLink);
  await expect.poll(navigations).toEqual([
    { url: byScript, isPrevented: true },
    { url: byLink, isPrevented: true },
  ]);
  expect(page.url()).toBe(before);
  expect(elsewhere.requests).toEqual([]);
});

test("the page cannot open windows", async ({ taleward: { app, page }, elsewhere }) => {
  await app.evaluate(({ app: electronApp }) => {
    globalThis.windowsOpened = 0;
    electronApp.on("browser-window-created", () => (globalThis.windowsOpened += 1));
  });
  // The page stands still until main has decided, so nothing is left to happen later.
  const opened = await page.evaluate(
    (addresses) => addresses.map((address) => window.open(address) !== null),
    [`${elsewhere.address}/window`, "about:blank", page.url()],
  );
  expect(opened).toEqual([false, false, false]);
  expect(await app.evaluate(() => globalThis.windowsOpened)).toBe(0);
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  expect(elsewhere.requests).toEqual([]);
});

test("the page is granted no permission but to fill the clipboard", async ({ taleward: { page } }) => {
  const states = await page.evaluate(async () => {
    const names = ["notifications", "geolocation", "camera", "microphone", "midi", "clipboard-read"];
    const found = await Promise.all(
      names.map(async (name) => (await navigator.permissions.query({ name: name as PermissionName })).state),
    );
    const camera = await navigator.mediaDevices
      .getUserMedia({ video: true })
      .then(() => "granted")
      .catch((error: DOMException) => error.name);
    return { found, asked: await Notification.requestPermission(), camera };
  });
  expect(states.found).toEqual(["denied", "denied", "denied", "denied", "denied", "denied"]);
  expect(states.asked).toBe("denied");
  expect(["NotAllowedError", "NotFoundError"]).toContain(states.camera);
});

test("no file outside the renderer's folder is served", async ({ taleward: { page } }) => {
  const status = await page.evaluate(
    async (paths) => {
      const answers = await Promise.all(paths.map(async (path) => await fetch(path)));
      return answers.map((answer) => answer.status);
    },
    [
      "/index.html",
      "/..%2fmain%2findex.js",
      "/..%2f..%2fpackage.json",
      "/%2e%2e/%2e%2e/package.json",
      "/%2fetc%2fpasswd",
      "/%",
    ],
  );
  expect(status).toEqual([200, 404, 404, 404, 404, 404]);
});

test("a frame within the page is given no port", async ({ taleward: { app, page } }) => {
  await page.evaluate(() => {
    const frame = document.createElement("iframe");
    document.body.append(frame);
    globalThis.portsHeard = 0;
    window.addEventListener("message", (event) => {
      if (event.data === "taleward:port") globalThis.portsHeard += 1;
    });
  });
  const frame = page.frames().find((candidate) => candidate.parentFrame() !== null);
  await frame?.evaluate(() => window.parent.postMessage("taleward:ready", "*"));
  await throughPageAndMain(app);
  expect(await page.evaluate(() => globalThis.portsHeard)).toBe(0);

  // Past the preload: main itself refuses a request that comes from a frame below the top one.
  const posts = await app.evaluate(({ BrowserWindow, ipcMain }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents;
    const child = contents?.mainFrame.frames[0];
    if (contents === undefined || child === undefined) throw new Error("the page has no frame");
    let count = 0;
    const { parent, url } = child;
    const senderFrame = { parent, url, origin: "app://taleward", postMessage: () => (count += 1) };
    ipcMain.emit("taleward:port", { sender: contents, senderFrame });
    return count;
  });
  expect(posts).toBe(0);
  await page.evaluate(() => document.querySelector("iframe")?.remove());
});

test("another window, even with our preload and page, is given no port", async ({ taleward: { app } }) => {
  const ports = await app.evaluate(async ({ app: electronApp, BrowserWindow, ipcMain }) => {
    const preload = `${electronApp.getAppPath()}/out/preload/index.cjs`;
    const other = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } });
    await other.loadURL("app://taleward/failure.html");
    await other.webContents.executeJavaScript(`globalThis.heard = 0;
      window.addEventListener("message", (event) => { if (event.data === "taleward:port") globalThis.heard += 1; });`);
    const asked = new Promise<void>((done) => {
      ipcMain.on("taleward:port", ({ sender }) => sender === other.webContents && done());
    });
    await other.webContents.executeJavaScript(`window.postMessage("taleward:ready", location.origin)`);
    await asked; // main has decided; a port it gave would reach the page before the next message
    const heard: unknown = await other.webContents.executeJavaScript(`new Promise((done) => {
      window.addEventListener("message", (event) => { if (event.data === "after") done(globalThis.heard); });
      window.postMessage("after", location.origin);
    })`);
    other.destroy();
    return heard;
  });
  expect(ports).toBe(0);
});

test("a second start on the same data ends, and brings the first to the front", async ({ taleward }) => {
  const { app, command, env } = taleward;
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
  const second = spawn(command[0], command.slice(1), { env, stdio: "ignore" });
  const [code] = (await once(second, "exit")) as [number | null];
  expect(code).toBe(0);
  await expect
    .poll(() => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.isVisible())))
    .toEqual([true]);
});

declare global {
  var portsHeard: number;
  var violations: string[];
  /** In main: where the page wanted to go. */
  var navigations: { readonly url: string; readonly isPrevented: boolean }[];
  /** In main. */
  var windowsOpened: number;
}

/**
 * Resolves once what was posted to the page before has gone its whole way: its listeners have run, main has had what they sent,
 * and the page has had what main answered. Messages keep their order, so one that follows them all proves it.
 */
async function throughPageAndMain(app: LaunchedApp["app"]): Promise<void> {
  await app.evaluate(async ({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents;
    for (const message of ["first", "second"])
      await contents?.executeJavaScript(`new Promise((done) => {
        window.addEventListener("message", ({ data }) => { if (data === "${message}") done(); });
        window.postMessage("${message}", location.origin);
      })`);
  });
}

interface Elsewhere {
  readonly address: string;
  /** The paths asked for; a guard that holds leaves this empty. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** A server that is not ours. */
async function startElsewhere(): Promise<Elsewhere> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    response.end("elsewhere");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server has one
  return {
    address: `http://127.0.0.1:${port}`,
    requests,
    async close() {
      server.close();
      await once(server, "close");
    },
  };
}
