import { expect, test as base } from "@playwright/test";
import type { Notification } from "electron";
import { findElectron, type LaunchedApp, launchElectron } from "./harness.ts";
import { connectClient, type PageClient } from "./page-client.ts";

const test = base.extend<{ taleward: LaunchedApp; client: PageClient }>({
  taleward: async ({}, use) => {
    const taleward = await launchElectron();
    // Here is no desktop that would show one: it is kept where the test can click it.
    await taleward.app.evaluate(({ Notification: notifications }) => {
      globalThis.shownNotices = [];
      notifications.isSupported = () => true;
      notifications.prototype.show = function show(this: Notification) {
        globalThis.shownNotices.push(this);
      };
    });
    await use(taleward);
    await taleward.close();
  },
  client: async ({ taleward }, use) => use(await connectClient(taleward.page)),
});

test.skip(findElectron() === undefined, "no Electron here (TALEWARD_ELECTRON, or the installed one)");

test("an alert is a notification of the desktop, and a click brings the window up at its place without loading it anew", async ({
  taleward: { app, page },
  client,
}) => {
  await client.call("coordination.saveRules", { desktop: "warning", webhook: null, quiet: null, muted: [] });
  // Nothing listens there, and it is to answer a use case: a server that is down is an alert.
  await client.call("registry.registerModel", {
    modelName: "away",
    provider: "ollama",
    version: "1",
    useCase: "story_generation",
    configuration: { endpoint: "http://127.0.0.1:9" },
  });
  await client.call("registry.endpoints", { endpoint: "http://127.0.0.1:9", provider: "ollama" });
  const notices = () => app.evaluate(() => globalThis.shownNotices.map(({ title, body }) => ({ title, body })));
  await expect.poll(notices).toContainEqual({
    title: "http://127.0.0.1:9 is down, and it answers story_generation",
    body: expect.stringMatching(/\S/),
  });
  await page.evaluate(() => {
    globalThis.wasHereBefore = true;
  });
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
  await app.evaluate(() => {
    const notice = globalThis.shownNotices.find(({ title }) => title.startsWith("http://127.0.0.1:9 is down"));
    notice?.emit("click");
  });
  await expect.poll(() => page.evaluate(() => location.hash)).toBe("#/models/servers/http%3A%2F%2F127.0.0.1%3A9");
  expect(await page.evaluate(() => globalThis.wasHereBefore)).toBe(true);
  expect(
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.isVisible())),
  ).toEqual([true]);
  await expect(page.getByRole("group", { name: "Servers and engines" })).toBeVisible();
});

declare global {
  var shownNotices: Notification[];
  var wasHereBefore: boolean;
}
