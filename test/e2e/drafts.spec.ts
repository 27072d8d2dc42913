import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type HeadlessProcess, startHeadless } from "../kit/headless.ts";
import { expect, type Taleward, test } from "./kit/test.ts";

const builtHost = fileURLToPath(new URL("../../out/main/headless.js", import.meta.url));

test.describe("while the backend is away @browser", () => {
  let dataDirectory: string;
  let app: Taleward;
  let restarted: HeadlessProcess | undefined;

  test.beforeEach(async ({ startApp }) => {
    dataDirectory = await mkdtemp(join(tmpdir(), "taleward-e2e-"));
    app = await startApp({ dataDirectory });
    await app.firstStart.lookAround.click();
    await app.stories.newStory("The Salt Road");
    await app.stories.type("The lamp went out.");
    await app.shell.saved();
    await app.headless?.kill();
    await app.stories.type(" Nobody saw it.");
    await expect(app.page.getByRole("status").filter({ hasText: "backend went away" })).toBeVisible();
  });

  test.afterEach(async () => {
    await app.page.context().close();
    await restarted?.stop();
    restarted = undefined;
    await rm(dataDirectory, { recursive: true, force: true });
  });

  test("a reload does not lose what was typed", async () => {
    const { page, stories, shell } = app;
    await page.reload().catch(() => undefined); // nobody answers
    await openAgain();
    await expect(stories.text).toHaveText("The lamp went out. Nobody saw it.");
    await shell.saved();
    await app.reload();
    await expect(stories.text).toHaveText("The lamp went out. Nobody saw it.");
    expect(await keptDrafts()).toEqual([]);
  });

  for (const [choice, outcome] of [
    ["Keep mine", "The lamp went out. Nobody saw it."],
    ["Load theirs", "Changed elsewhere."],
  ] as const) {
    test(`what was changed elsewhere meanwhile is asked about: ${choice}`, async () => {
      const { page, stories, shell } = app;
      await page.goto("about:blank");
      await restart();
      await changeElsewhere("Changed elsewhere.");
      await open();
      await expect(stories.conflict).toBeVisible();
      await expect(stories.text).toHaveText("The lamp went out. Nobody saw it.");
      await stories.conflict.getByRole("button", { name: choice }).click();
      await expect(stories.text).toHaveText(outcome);
      await shell.saved();
      await app.reload();
      await expect(stories.text).toHaveText(outcome);
      expect(await keptDrafts()).toEqual([]);
    });
  }

  test("one that comes back and does not know the tab says what to do, and the text is saved then", async () => {
    const { page, shell } = app;
    const { origin } = new URL(page.url());
    await rm(join(dataDirectory, "browser-session.json"));
    await restart(new URL(origin).port);
    await expect(page.getByRole("status").filter({ hasText: "Open the link it printed" })).toBeVisible();
    const tab = await page.context().newPage();
    await tab.goto(restarted?.link ?? "");
    await shell.saved();
    await expect(page.getByRole("status").filter({ hasText: "Open the link it printed" })).toBeHidden();
  });

  test("one that comes back is given what was typed, and the status bar is true before, meanwhile and after", async () => {
    const { page, stories, shell } = app;
    await expect(shell.savedState).toHaveText("Not saved: Taleward's backend went away.");
    await stories.type(" Or");
    await stories.text.press("Backspace");
    await expect(shell.savedState).toHaveText("Not saved: Taleward's backend went away.");
    await restart(new URL(page.url()).port);
    await shell.saved();
    const { client, close } = await (restarted as HeadlessProcess).connect(); // restarted just before
    const [story] = await client.story.list();
    const { passages } = await client.story.outline({ storyId: (story as NonNullable<typeof story>).id }); // made above
    const { text } = await client.story.passage({ passageId: (passages[0] as (typeof passages)[number]).id });
    close();
    expect(text).toBe("The lamp went out. Nobody saw it. O");
    await stories.type("n");
    await stories.text.press("Backspace");
    await shell.saved();
    expect(await keptDrafts()).toEqual([]);
  });

  async function restart(port?: string): Promise<void> {
    const args = ["--test", ...(port === undefined ? [] : ["--port", port])];
    restarted = await startHeadless(dataDirectory, { entry: builtHost, args, env: { TALEWARD_STARTER_MODEL: "" } });
  }

  async function open(): Promise<void> {
    await app.page.goto(restarted?.link ?? "");
    await app.shell.ready();
    // Looking around first is asked again by a new page.
    if (await app.firstStart.lookAround.isVisible()) await app.firstStart.lookAround.click();
  }

  async function openAgain(): Promise<void> {
    await restart();
    await open();
  }

  async function changeElsewhere(text: string): Promise<void> {
    const { client, close } = await (restarted as HeadlessProcess).connect(); // restarted just before
    const [story] = await client.story.list();
    const outline = await client.story.outline({ storyId: (story as NonNullable<typeof story>).id }); // made above
    const passageId = (outline.passages[0] as (typeof outline.passages)[number]).id; // a new story has one
    const { revision } = await client.story.passage({ passageId });
    await client.story.savePassage({ passageId, text, caret: 0, baseRevision: revision });
    close();
  }

  function keptDrafts(): Promise<string[]> {
    return app.page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("taleward.draft.")));
  }
});
