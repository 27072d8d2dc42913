import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test as base } from "@playwright/test";
import { findElectron, type LaunchedApp, launchElectron, type LaunchOptions } from "./harness.ts";
import { connectClient, type PageClient } from "./page-client.ts";

const test = base.extend<{ dataDirectory: string; launch: (options?: LaunchOptions) => Promise<LaunchedApp> }>({
  dataDirectory: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), "taleward-electron-"));
    await use(folder);
    rmSync(folder, { recursive: true, force: true });
  },
  /** What a spec starts is closed after it, however it ends. */
  launch: async ({}, use) => {
    const launched: LaunchedApp[] = [];
    await use(async (options) => {
      const one = await launchElectron(options);
      launched.push(one);
      return one;
    });
    for (const one of launched) await one.close();
  },
});

test.skip(findElectron() === undefined, "no Electron here (TALEWARD_ELECTRON, or the installed one)");

test("a start ends in a usable window, and says how long it took", async ({ dataDirectory, launch }, {
  annotations,
}) => {
  const startedAtMs = performance.now();
  const { page } = await launch({ dataDirectory });
  await page.locator("[data-ready=true]").waitFor({ state: "attached" });
  const usableMs = Math.round(performance.now() - startedAtMs);
  annotations.push({ type: "start to usable", description: `${usableMs} ms` });
  console.log(`start to usable: ${usableMs} ms`);
  await expect(page.getByRole("navigation", { name: "Screens" })).toBeVisible();
});

test("two data directories may be open at once", async ({ dataDirectory, launch }) => {
  const first = await launch({ dataDirectory });
  const second = await launch();
  const paths = await Promise.all(
    [first, second].map(async ({ page }) => await (await connectClient(page)).call("app.info")),
  );
  expect(paths).toMatchObject([{ dataDirectory }, { dataDirectory: second.dataDirectory }]);
});

test("quitting while a passage streams loses nothing that was shown", async ({ dataDirectory, launch }) => {
  test.skip(!process.env["TALEWARD_STARTER_MODEL"], "no starter model here (TALEWARD_STARTER_MODEL)");
  const first = await launch({ dataDirectory });
  const client = await connectClient(first.page);
  const passageId = await beginPassage(client);
  await firstWords(client);
  const shown = textOf(await client.received());
  await first.close();

  const second = await launch({ dataDirectory });
  const after = await connectClient(second.page);
  const { items } = (await after.call("logs.list", {})) as { items: { id: string; outcome: string }[] };
  expect(items).toHaveLength(1);
  expect(["stopped", "interrupted", "completed"]).toContain(items[0]?.outcome);
  const record = (await after.call("logs.get", { inferenceId: items[0]?.id })) as { response: string };
  expect(record.response.startsWith(shown)).toBe(true);
  const passage = (await after.call("story.passage", { passageId })) as {
    proposals: { text: string; state: string }[];
  };
  expect(passage.proposals).toHaveLength(1);
  expect(passage.proposals[0]?.text.startsWith(shown)).toBe(true);
  expect(passage.proposals[0]?.state).not.toBe("streaming");
});

test("the engine has a process of its own: when it is killed, the call fails and the next one is answered", async ({
  launch,
}) => {
  test.skip(!process.env["TALEWARD_STARTER_MODEL"], "no starter model here (TALEWARD_STARTER_MODEL)");
  const { app, page } = await launch();
  const client = await connectClient(page);
  const engines = async () =>
    await app.evaluate(({ app: electronApp }) =>
      electronApp.getAppMetrics().flatMap(({ name, pid }) => (name === "Taleward engine" ? [pid] : [])),
    );
  const latest = async () => (await client.received()).at(-1);
  // Now and then a small model is done after two sentences, before it can be killed.
  await expect(async () => {
    await beginPassage(client);
    await firstWords(client);
    const [engine, ...others] = await engines();
    if (engine === undefined) throw new Error("no process is called Taleward engine");
    expect(others).toEqual([]);
    process.kill(engine, "SIGKILL");
    await expect.poll(latest).toMatchObject({ type: expect.stringMatching(/^(done|failed)$/) });
    expect(await latest()).toMatchObject({ type: "failed", errorClass: "engine_crashed" });
  }).toPass({ timeout: 60_000 });

  await beginPassage(client, 40);
  await expect.poll(latest, { timeout: 60_000 }).toMatchObject({ type: "done" });
  expect(await engines()).toHaveLength(1);
});

test("a backend that cannot start is a screen with a way on", async ({ dataDirectory, launch }) => {
  const { page } = await launch({ dataDirectory: brokenDirectory(dataDirectory) });
  await expect(page.getByRole("heading", { name: "Taleward could not start" })).toBeVisible();
  await expect(page.getByRole("alert")).not.toBeEmpty();
  await expect(page.getByText(join(dataDirectory, "taken"), { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Open another data folder" })).toBeVisible();

  // Still broken: the same screen again.
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { name: "Taleward could not start" })).toBeVisible();
  await expect(page.getByRole("alert")).not.toBeEmpty();

  rmSync(join(dataDirectory, "taken"));
  mkdirSync(join(dataDirectory, "taken"));
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator("[data-ready=true]").waitFor({ state: "attached" });
  await expect(page).toHaveURL(/^app:\/\/taleward\/index\.html/);
});

test("the failure screen's Quit ends the app", async ({ dataDirectory, launch }) => {
  const { app, page } = await launch({ dataDirectory: brokenDirectory(dataDirectory) });
  const gone = once(app.process(), "exit");
  // The page is gone before it can report the click as done.
  await page
    .getByRole("button", { name: "Quit" })
    .click()
    .catch(() => undefined);
  expect(await gone).toEqual([0, null]);
});

/** Asks the starter model for a new passage, too long to be done soon; resolves to the passage once it is asked for. */
async function beginPassage(client: PageClient, maxTokens = 400): Promise<string> {
  const story = (await client.call("story.create", { title: "The lighthouse" })) as { id: string };
  const added = (await client.call("story.addPassage", { storyId: story.id, title: "One" })) as { id: string };
  await client.openStream("story.generate", {
    passageId: added.id,
    prompt: "A lighthouse keeper finds a map.",
    options: { maxTokens },
  });
  return added.id;
}

/** Waits, closely, until the latest passage shows some text. */
async function firstWords(client: PageClient): Promise<void> {
  await expect
    .poll(async () => textOf(await client.received()).length, { timeout: 60_000, intervals: [20] })
    .toBeGreaterThan(40);
}

/** A path where a file already stands: no database can be made in it. */
function brokenDirectory(parent: string): string {
  const path = join(parent, "taken");
  writeFileSync(path, "not a folder");
  return path;
}

function textOf(events: readonly unknown[]): string {
  return events.map((event) => textOfEvent(event as { type?: string; text?: string })).join("");
}

function textOfEvent({ type, text }: { type?: string; text?: string }): string {
  return type === "token" ? (text ?? "") : "";
}
