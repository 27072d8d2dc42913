import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startOllamaServer } from "../kit/servers/ollama-server.ts";
import { streamText } from "../kit/servers/ollama-scripts.ts";
import { expect, type Taleward, test } from "./kit/test.ts";

test.describe("stories and passages", () => {
  let app: Taleward;

  test.describe.configure({ mode: "serial" });

  test.beforeAll(async ({ launchApp }) => {
    app = await launchApp();
    await app.firstStart.lookAround.click();
  });

  test.afterAll(async () => {
    await app?.close();
  });

  test("a story is begun, renamed and given another passage", async () => {
    const { stories, page } = app;
    await stories.newStory("The Salt Road");
    await expect(stories.text).toBeVisible();
    await stories.renameStory("The Salt Road", "The Salt Way");
    await expect(stories.story("The Salt Way")).toBeVisible();
    await expect(stories.story("The Salt Road")).toBeHidden();
    await expect(page.getByRole("heading", { level: 1 })).toHaveAccessibleName(/^Stories, The Salt Way/);
    await stories.addPassage("The lighthouse");
    await expect(page.getByRole("heading", { name: "The lighthouse", level: 2 })).toBeVisible();
  });

  test("what is typed is saved and stays with its passage", async () => {
    const { stories, shell, reload } = app;
    await stories.type("The lamp went out at dusk.");
    await shell.saved();
    await expect(stories.outline).toContainText("6");
    await stories.passage("Scene 1").click();
    await expect(stories.passage("Scene 1")).toHaveAttribute("aria-current", "page");
    await expect(stories.text).not.toContainText("dusk");
    await stories.passage("The lighthouse").click();
    await expect(stories.text).toContainText("The lamp went out at dusk.");
    await reload();
    await expect(stories.passage("The lighthouse")).toHaveAttribute("aria-current", "page");
    await expect(stories.text).toContainText("The lamp went out at dusk.");
  });

  test("an empty name is refused at its field", async () => {
    const { stories, page } = app;
    await stories.outline.getByRole("button", { name: "New story" }).click();
    const dialog = page.getByRole("dialog", { name: "New story" });
    await dialog.getByRole("button", { name: "Create story" }).click();
    await expect(dialog).toContainText("Give it a name.");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await expect(stories.outline.getByRole("list", { name: "Stories" }).locator("[data-story]")).toHaveCount(1);
  });

  test("passages are moved by menu and by keyboard, and stay where they were moved", async () => {
    const { stories, page, reload } = app;
    const titles = stories.outline.getByRole("list", { name: /^Passages of / }).getByRole("link");
    await stories.movePassage("The lighthouse", "up");
    await expect(titles).toHaveText(["The lighthouse", "Scene 1"]);
    await stories.passage("The lighthouse").press("Alt+Shift+ArrowDown");
    await expect(titles).toHaveText(["Scene 1", "The lighthouse"]);
    await page.keyboard.press("Alt+Shift+ArrowUp");
    await expect(titles).toHaveText(["The lighthouse", "Scene 1"]);
    await reload();
    await expect(titles).toHaveText(["The lighthouse", "Scene 1"]);
  });

  test("the command palette finds stories and passages by name, the theme and the settings", async () => {
    const { shell, page, stories } = app;
    await shell.go("Models");
    await shell.command("The lighthouse");
    await expect(stories.passage("The lighthouse")).toHaveAttribute("aria-current", "page");
    await shell.command("Theme: dark");
    await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
    await shell.command("Settings");
    await expect(page.getByRole("dialog", { name: "Settings" })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog", { name: "Settings" })).toBeHidden();
  });

  test("the Undo of a toast can be read whole beside a long name", async () => {
    const { stories, shell } = app;
    const name = "A scene with a name that is a good deal longer than any outline or toast has room for, and longer";
    await stories.addPassage(name);
    await stories.deletePassage(name);
    const undo = shell.toast("A scene with a name").getByRole("button", { name: "Undo" });
    const clipped = await undo.evaluate(
      (button) =>
        [button, ...button.querySelectorAll("*")].filter(
          ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1 && clientWidth > 0,
        ).length,
    );
    expect(clipped).toBe(0);
    await shell.closeToasts();
  });

  test("a deleted passage comes back whole, by the toast and from the bin", async () => {
    const { stories, shell, page } = app;
    await stories.deletePassage("The lighthouse");
    await expect(stories.passage("Scene 1")).toHaveAttribute("aria-current", "page");
    await shell.toast("“The lighthouse” is in the bin.").getByRole("button", { name: "Undo" }).click();
    await expect(stories.passage("The lighthouse")).toHaveAttribute("aria-current", "page");
    await expect(stories.text).toContainText("The lamp went out at dusk.");
    await stories.passage("The lighthouse").press("Delete");
    await expect(stories.passage("The lighthouse")).toBeHidden();
    const bin = await stories.openBin();
    await expect(bin.getByRole("region", { name: "Passages" })).toContainText("6 words, of “The Salt Way”");
    await bin.getByRole("button", { name: "Restore The lighthouse" }).click();
    await expect(bin.getByRole("button", { name: "Restore The lighthouse" })).toBeHidden();
    await page.keyboard.press("Escape");
    await stories.passage("The lighthouse").click();
    await expect(stories.text).toContainText("The lamp went out at dusk.");
  });

  test("a deleted story comes back whole, and is deleted for good only by the bin, which asks", async () => {
    const { stories, shell, page } = app;
    await stories.deleteStory("The Salt Way");
    await expect(stories.prompt).toBeVisible();
    await shell.toast("“The Salt Way” is in the bin.").getByRole("button", { name: "Undo" }).click();
    await expect(stories.text).toContainText("The lamp went out at dusk.");
    await stories.deleteStory("The Salt Way");
    const bin = await stories.openBin();
    await expect(bin.getByRole("region", { name: "Stories" })).toContainText("2 passages, 6 words");
    await bin.getByRole("button", { name: "Empty the bin" }).click();
    const asked = page.getByRole("dialog", { name: "Empty the bin?" });
    await expect(asked).toContainText("This deletes 1 story with all their passages, 1 passage, for good.");
    await asked.getByRole("button", { name: "Cancel" }).click();
    await expect(bin.getByRole("region", { name: "Stories" })).toContainText("The Salt Way");
    await bin.getByRole("button", { name: "Empty the bin" }).click();
    await asked.getByRole("button", { name: "Delete for good" }).click();
    await expect(bin).toContainText("Nothing is in the bin.");
  });
});

test("the choices above a proposal: again, discard, accept, and taking an accepted one back", async ({ startApp }) => {
  const texts = ["The first door was green.", "The second door was blue."];
  const ollama = await startOllamaServer({ script: (_request, index) => streamText(texts[index % 2] ?? "") });
  try {
    const { firstStart, stories, shell, page } = await startApp({ ollama });
    await firstStart.use("smollm2:135m");
    await stories.ask("A door opens.");
    await stories.answered();
    await expect(stories.proposedText).toHaveText(texts[0] ?? "");
    await stories.again();
    await expect(stories.tabs).toHaveCount(2);
    await stories.answered();
    await expect(stories.proposedText).toHaveText(texts[1] ?? "");
    await stories.tabs.first().click();
    await expect(stories.proposedText).toHaveText(texts[0] ?? "");
    await stories.discard();
    await expect(stories.tabs).toHaveCount(0);
    await expect(stories.proposedText).toHaveText(texts[1] ?? "");
    await page.keyboard.press("ControlOrMeta+Enter");
    await expect(stories.proposal).toBeHidden();
    await expect(stories.text).toHaveText(texts[1] ?? "");
    await stories.text.press("ControlOrMeta+z");
    await expect(stories.text).not.toContainText("blue");
    await expect(stories.proposedText).toHaveText(texts[1] ?? "");
    await stories.text.press("ControlOrMeta+y");
    await expect(stories.text).toHaveText(texts[1] ?? "");
    await expect(stories.proposal).toBeHidden();
    await shell.saved();

    await shell.go("Models");
    await shell.go("Stories");
    await stories.text.press("ControlOrMeta+z");
    await expect(stories.text).not.toContainText("blue");
    await expect(stories.proposedText).toHaveText(texts[1] ?? "");
    await shell.saved();

    const bin = await stories.openBin();
    const discarded = bin.getByRole("region", { name: "Discarded proposals" });
    await expect(discarded).toContainText(texts[0] ?? "");
    await discarded.getByRole("button", { name: "Restore A door opens." }).click();
    await page.keyboard.press("Escape");
    await expect(stories.tabs).toHaveCount(2);
  } finally {
    await ollama.close();
  }
});

test("a text that was deleted, and left, and closed over, is found in its history and restored", async ({
  startApp,
}) => {
  const { firstStart, stories, shell, page, reload } = await startApp();
  await firstStart.lookAround.click();
  await stories.newStory("The Salt Road");
  await stories.type("The lamp went out at dusk, and nobody saw it.");
  await shell.saved();
  await stories.text.press("ControlOrMeta+a");
  await stories.text.press("Delete");
  await stories.type("Another beginning.");
  await shell.saved();
  await reload();
  const history = await stories.openHistory("Scene 1");
  const moments = history.getByRole("list", { name: "Moments" }).getByRole("button");
  await expect(moments).toHaveText([/Now\. Typed/, /Typed/, /Where the history begins/]);
  await moments.nth(1).click();
  await expect(history.getByRole("region", { name: "Text then" })).toHaveText(
    "The lamp went out at dusk, and nobody saw it.",
  );
  await history.getByRole("button", { name: "Restore this text" }).click();
  await expect(stories.text).toHaveText("The lamp went out at dusk, and nobody saw it.");
  await stories.text.press("ControlOrMeta+z");
  await expect(stories.text).toHaveText("Another beginning.");
  await shell.saved();
  await page.keyboard.press("Alt+h");
  await expect(moments).toHaveCount(5);
});

test.describe("in a browser", { tag: "@browser" }, () => {
  test("two tabs that change the same passage are told, and either text can be kept", async ({ startApp }) => {
    const { stories, shell, openTab, firstStart } = await startApp();
    await firstStart.lookAround.click();
    await stories.newStory("The Salt Road");
    await stories.type("Here.");
    await shell.saved();
    const other = await openTab();
    await other.firstStart.lookAround.click();
    await expect(other.stories.text).toHaveText("Here.");

    await Promise.all([stories.type(" First tab."), other.stories.type(" Second tab.")]);
    await expect.poll(async () => (await stories.conflict.count()) + (await other.stories.conflict.count())).toBe(1);
    const first = { stories, shell };
    const [{ stories: kept }, lost] = (await stories.conflict.isVisible()) ? [first, other] : [other, first];
    // A choice holds against what was saved before it: the other tab has to have saved its last word.
    await expect(lost.stories.text).toHaveText(/^Here\. (First|Second) tab\.$/);
    await lost.shell.saved();
    const mine = (await kept.text.textContent()) ?? "";
    expect(mine).toMatch(/^Here\. (First|Second) tab\.$/);
    await kept.conflict.getByRole("button", { name: "Keep mine" }).click();
    await expect(kept.conflict).toBeHidden();
    await expect(lost.stories.text).toHaveText(mine);
  });

  test("a passage of 200,000 words opens and takes typing", async ({ startApp }) => {
    const { headless, stories, shell, firstStart, reload } = await startApp();
    await firstStart.lookAround.click();
    await stories.newStory("The long one");
    if (headless === null) throw new Error("this spec needs the headless host");
    const { client, close } = await headless.connect();
    const [story] = await client.story.list();
    if (story === undefined) throw new Error("no story was made");
    const passage = await client.story.addPassage({ storyId: story.id, title: "All of it" });
    const paragraph = `${"The tide came in over the salt road and went out again. ".repeat(5).trim()}\n\n`;
    const text = `${paragraph.repeat(Math.ceil(200_000 / paragraph.split(/\s+/).length))}It ends here.`;
    await client.story.savePassage({ passageId: passage.id, text, caret: text.length, baseRevision: passage.revision });
    close();
    await reload();

    const openedAt = performance.now();
    await stories.passage("All of it").click();
    await expect(stories.text).toContainText("It ends here.");
    const openMs = performance.now() - openedAt;
    const typedAt = performance.now();
    await stories.text.pressSequentially(" Or here.");
    await expect(stories.text).toContainText("It ends here. Or here.");
    const keyMs = (performance.now() - typedAt) / " Or here.".length;
    test.info().annotations.push({
      type: "200,000 words",
      description: `opened in ${openMs.toFixed(0)} ms, ${keyMs.toFixed(1)} ms a key with the driver's own time`,
    });
    await shell.saved();
    await reload();
    await expect(stories.text).toContainText("It ends here. Or here.");
  });

  test("kill -9 while typing loses no more than the last second", async ({ startApp }) => {
    const dataDirectory = await mkdtemp(join(tmpdir(), "taleward-e2e-"));
    try {
      const { headless, stories, shell, firstStart, page } = await startApp({ dataDirectory });
      await firstStart.lookAround.click();
      await stories.newStory("The Salt Road");
      const everyMs = 50;
      const typed = "The lamp went out at dusk, and below the rock the sea was quiet and very black.";
      await stories.text.pressSequentially(typed, { delay: everyMs });
      await headless?.kill();
      await stories.text.pressSequentially(" Nobody saw it.");
      await expect(page.getByRole("status").filter({ hasText: "backend went away" })).toBeVisible();
      await expect(shell.savedState).toHaveText(/^(Saving|Not saved)/);

      const again = await startApp({ dataDirectory });
      await again.firstStart.lookAround.click();
      // A second, on a machine that may be three times as slow.
      await expect(again.stories.text).toContainText(typed.slice(0, -3_000 / everyMs));
      await again.stories.type(" And then.");
      await again.shell.saved();
    } finally {
      await rm(dataDirectory, { recursive: true, force: true });
    }
  });
});
