import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BrowserContext, chromium, type Page } from "@playwright/test";
import { startHeadless } from "../kit/headless.ts";
import { percentile, report } from "./figures.ts";

/**
 * From the start of the built headless host's process to the first usable page in a Chromium that runs already, on a data
 * directory that exists. The limit it is compared with, in the same run: a bare Node process that serves one line.
 */
const rounds = 15;
const entry = fileURLToPath(new URL("../../out/main/headless.js", import.meta.url));
const executablePath = process.env["TALEWARD_CHROMIUM"];
const browser = await chromium.launch({
  ...(executablePath === undefined ? {} : { executablePath }),
  args: ["--disable-background-networking", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
});
const directory = await mkdtemp(join(tmpdir(), "taleward-startup-"));
const bare: number[] = [];
const listening: number[] = [];
const usable: number[] = [];
for (let round = -1; round < rounds; round += 1) {
  const bareMs = await bareServer();
  const context = await browser.newContext();
  const page = await settledPage(context);
  const started = nowMs();
  const host = await startHeadless(directory, { entry });
  const listeningMs = nowMs() - started;
  await page.goto(host.link, { waitUntil: "commit" });
  const usableMs = (await readyAtMs(page)) - started;
  await context.close();
  await host.stop();
  if (round < 0) continue; // the first start creates the database
  bare.push(bareMs);
  listening.push(listeningMs);
  usable.push(usableMs);
}
report("startup", [
  { metric: "bare Node serving one page p50", value: percentile(bare, 0.5), unit: "ms" },
  { metric: "process start to listening p50", value: percentile(listening, 0.5), unit: "ms" },
  { metric: "process start to usable page p50", value: percentile(usable, 0.5), unit: "ms", target: 800 },
  { metric: "process start to usable page p90", value: percentile(usable, 0.9), unit: "ms" },
]);
await browser.close();
await rm(directory, { recursive: true, force: true });

/** A page of a browser that runs already: what opening it costs is over before the clock starts. */
async function settledPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.addInitScript(() => {
    const look = () => {
      if (!document.querySelector('[data-ready="true"]') || Reflect.has(globalThis, "readyAtMs")) return;
      Reflect.set(globalThis, "readyAtMs", performance.timeOrigin + performance.now());
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
  });
  await page.waitForTimeout(500);
  return page;
}

/** When the page said that it is usable, by its own clock: a driver that asks now and then learns it up to 0.5 s late. */
async function readyAtMs(page: Page): Promise<number> {
  await page.locator('[data-ready="true"]').waitFor({ state: "attached" });
  return page.evaluate(() => Number(Reflect.get(globalThis, "readyAtMs")));
}

/** Milliseconds since the epoch with their fractions: the one clock that the page and this process share. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** The least that any host on Node and any page in this Chromium cost. */
async function bareServer(): Promise<number> {
  const script = `const server = require("node:http").createServer((request, response) => response.end("<p data-ready=true>ready"));
    server.listen(0, "127.0.0.1", () => console.log(server.address().port));`;
  const context = await browser.newContext();
  const page = await settledPage(context);
  const started = nowMs();
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise<string>((resolve) =>
    child.stdout.once("data", (data) => resolve(String(data).trim())),
  );
  await page.goto(`http://127.0.0.1:${port}/`, { waitUntil: "commit" });
  const tookMs = (await readyAtMs(page)) - started;
  child.kill();
  await context.close();
  return tookMs;
}
