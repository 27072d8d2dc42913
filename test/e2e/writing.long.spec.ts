import { mkdirSync } from "node:fs";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { breakOff, held, streamText } from "../kit/servers/ollama-scripts.ts";
import { expect, type Taleward, test } from "./kit/test.ts";

const model = "smollm2:135m";
const blocked = "He opened it. The number of the card was 4111 1111 1111 1111, he said.";
const fallback = /could no longer be read/;

let ollama: OllamaServer;
let app: Taleward;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ launchApp }) => {
  ollama = await startOllamaServer({ script: streamText("It rained. The sea was cold.") });
  app = await launchApp({ ollama });
  await app.firstStart.use(model);
});

test.afterAll(async () => {
  await app?.close();
  await ollama?.close();
});

const picture = async (name: string): Promise<void> => {
  const folder = process.env["TALEWARD_PICTURES"];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await app.page.screenshot({ path: `${folder}/${name}.png` });
};

test("after the first prompt, New story and Add passage the caret is where one goes on", async () => {
  const { stories } = app;
  await expect(stories.prompt).toBeFocused();
  await stories.ask("A keeper finds a map.");
  await stories.answered();
  await expect(stories.prompt).toBeFocused();
  await expect(app.page.getByRole("status", { name: "The last answer" })).toHaveText("Proposed. 6 words.");
  await stories.newStory("The Salt Road");
  await expect(stories.prompt).toBeFocused();
  await stories.addPassage("The lighthouse");
  await expect(stories.prompt).toBeFocused();
  await stories.outline.getByRole("button", { name: "New story" }).click();
  await app.page.keyboard.press("Escape");
  await expect(stories.outline.getByRole("button", { name: "New story" })).toBeFocused();
});

test("Ctrl Enter sends the form of a dialog", async () => {
  const { stories, page } = app;
  await stories.outline.getByRole("button", { name: "Add passage" }).click();
  const dialog = page.getByRole("dialog", { name: "Add passage" });
  await dialog.getByRole("textbox").fill("The cellar");
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(stories.passage("The cellar")).toHaveAttribute("aria-current", "page");
});

test("half a prompt stays with its passage over another passage, another screen and a reload", async () => {
  const { stories, shell, reload } = app;
  await stories.prompt.fill("She goes down and");
  await stories.passage("The lighthouse").click();
  await expect(stories.prompt).toHaveValue("");
  await stories.prompt.fill("The lamp");
  await stories.passage("The cellar").click();
  await expect(stories.prompt).toHaveValue("She goes down and");
  await shell.go("Logs");
  await shell.go("Stories");
  await expect(stories.prompt).toHaveValue("She goes down and");
  await reload();
  await expect(stories.prompt).toHaveValue("She goes down and");
  // In the database too, where another browser finds it.
  await app.page.evaluate(() => {
    for (const key of Object.keys(localStorage)) if (key.startsWith("taleward.unsent.")) localStorage.removeItem(key);
  });
  await reload();
  await stories.passage("The lighthouse").click();
  await expect(stories.prompt).toHaveValue("The lamp");
  await stories.prompt.fill("");
});

test("what is too long stays in the field, and the field says by how much", async () => {
  const { stories, page } = app;
  await stories.prompt.fill("x".repeat(200_005));
  await expect(page.getByText("This has 200,005 characters, and up to 200,000 can be taken.")).toBeVisible();
  await picture("too-long");
  await stories.prompt.press("Enter");
  await expect(stories.prompt).toHaveValue("x".repeat(200_005));
  await expect(stories.proposal).toBeHidden();
  await stories.prompt.fill("");
  await stories.outline.getByRole("button", { name: "New story" }).click();
  const dialog = page.getByRole("dialog", { name: "New story" });
  await dialog.getByRole("textbox").fill("y".repeat(250));
  await dialog.getByRole("button", { name: "Create story" }).click();
  await expect(dialog).toContainText("This has 250 characters, and up to 200 can be taken.");
  await expect(dialog.getByRole("textbox")).toHaveValue("y".repeat(250));
  await page.keyboard.press("Escape");
});

test("the story's style is chosen, shown and sent, and can be left open again", async () => {
  const { stories, page } = app;
  const button = page.getByRole("button", { name: /^How the story is written/ });
  await expect(button).toHaveAccessibleName("How the story is written: As the passage and the prompt say");
  await button.click();
  const dialog = page.getByRole("dialog", { name: "How the story is written" });
  await dialog.getByLabel("Kind of text").selectOption("Dialogue");
  await dialog.getByLabel("Person").selectOption("Second person");
  await dialog.getByLabel("Tense").selectOption("Present tense");
  await dialog.getByLabel("Length, in words").fill("4");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toContainText("from 10 to 5,000");
  await dialog.getByLabel("Length, in words").fill("40");
  await picture("style");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(button).toContainText("Dialogue, Second person, Present tense, about 40 words");
  await stories.ask("The door opens.");
  await stories.answered();
  expect(JSON.stringify(ollama.requests.at(-1)?.body)).toMatch(/second person.*present tense/);
  await picture("style-chosen");
  await stories.discard();
});

test("a replacement cannot be accepted by one key; overridden, the words come back marked", async () => {
  const { stories, violations, page, shell } = app;
  ollama.use(streamText(blocked));
  await stories.ask("He reads the card.");
  await stories.answered();
  await expect(stories.proposedText).toContainText(fallback);
  await expect(stories.proposal.getByRole("button", { name: "Accept", exact: true })).toBeHidden();
  await picture("held");
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(stories.proposal).toBeVisible();
  await stories.held.getByRole("link", { name: "See what was held" }).click();
  await violations.press("O");
  await violations.dialog.getByRole("textbox").fill("A test num");
  await page.keyboard.press("Escape");
  await violations.press("O");
  await expect(violations.dialog.getByRole("textbox")).toHaveValue("A test num");
  await violations.write("A test number.");
  await expect(violations.heading).toContainText("Overridden");
  await shell.go("Stories");
  await expect(stories.proposal.getByText("Overridden", { exact: true })).toBeVisible();
  await expect(stories.proposedText).toContainText("4111 1111 1111 1111");
  await expect(stories.proposedText).not.toContainText(fallback);
  await picture("overridden");
  await stories.accept();
  await expect(stories.text).toContainText("4111 1111 1111 1111");
  await expect(stories.text).not.toContainText(fallback);
});

test("an empty answer, a broken one and a prompt without room each say what is so, and offer the way on", async () => {
  const { stories } = app;
  ollama.use(streamText(""));
  await stories.ask("Nothing.");
  await stories.answered();
  await expect(stories.trouble).toContainText(/No passage came.*without writing a word.*Ask again/s);
  await picture("empty");
  await stories.proposal.getByRole("button", { name: "Edit the prompt" }).click();
  await expect(stories.prompt).toHaveValue("Nothing.");
  await expect(stories.prompt).toBeFocused();
  await stories.discard();

  ollama.use(breakOff("It rained. The sea was cold. And then", "reset"));
  await stories.ask("Broken.");
  await stories.answered();
  await expect(stories.proposedText).toContainText("It rained.");
  await expect(stories.trouble).toContainText("Broken off: what had come stands above");
  await picture("broken");
  await stories.discard();

  await stories.prompt.fill("word ".repeat(30_000));
  await stories.prompt.press("Enter");
  await stories.answered();
  await expect(stories.proposal).toContainText("sent to no model");
  await expect(stories.trouble).toContainText(/window of 8,192 tokens has room for/);
  await stories.discard();
});

test("a reload follows the stream on, and Stop works after it", async () => {
  const { stories, reload } = app;
  const first = held(" The wind came up.", "It rained. The sea was cold. And");
  ollama.use(first.script);
  await stories.ask("On.");
  await stories.firstWords();
  await reload();
  await expect(stories.proposal).toHaveAttribute("aria-busy", "true");
  await expect(stories.proposedText).toContainText("It rained.");
  first.release();
  await stories.answered();
  await expect(stories.proposedText).toContainText("The wind came up.");
  await expect(stories.proposal.getByText("Proposed", { exact: true })).toBeVisible();
  await stories.discard();

  ollama.use(held(" The wind came up.", "It rained. The sea was cold. And").script);
  await stories.ask("On again.");
  await stories.firstWords();
  await reload();
  await stories.stop();
  await expect(stories.proposal.getByText("Stopped", { exact: true })).toBeVisible();
  await stories.discard();
});

test("what a model was not sent of a long passage is on screen, with true numbers", async () => {
  const { stories, page, shell } = app;
  ollama.use(streamText("It rained."));
  await stories.addPassage("Long");
  const text = "The keeper climbed the stairs and it was dark, and he looked at the sea. ".repeat(1_400).trim();
  await stories.text.click();
  await page.keyboard.insertText(text);
  await shell.saved();
  await stories.ask("Continue");
  await stories.answered();
  const note = stories.proposal.getByRole("note", { name: "Sent of the passage" });
  await expect(note).toContainText(`of the passage's ${text.length.toLocaleString("en")} characters were sent.`);
  await expect(note).toContainText("window of 8,192 tokens is full");
  await note.scrollIntoViewIfNeeded();
  await picture("left-out");
  await stories.discard();
});

test("each paragraph runs in its own direction, in the editor, the proposal and the fields", async () => {
  const { stories, page, shell } = app;
  ollama.use(streamText("صعد الحارس الدرج.\n\nThe sea was cold."));
  await stories.addPassage("الفصل الأول");
  await stories.text.click();
  await page.keyboard.insertText("كان الليل باردا.\nIt was night.\nלילה.");
  await shell.saved();
  const directions = (scope: string): Promise<string[]> =>
    page.$$eval(scope, (all) => all.map((one) => getComputedStyle(one).direction));
  expect(await directions(".cm-line")).toEqual(["rtl", "ltr", "rtl"]);
  await stories.prompt.fill("אז מה קרה?");
  expect(await stories.prompt.evaluate((field) => getComputedStyle(field).direction)).toBe("rtl");
  await stories.prompt.press("Enter");
  await stories.answered();
  expect(await directions("[aria-label='Proposed text'] p")).toEqual(["rtl", "ltr"]);
  expect(await directions("article h2, section h2[dir=auto]")).toEqual(["rtl"]);
  await picture("directions");
});
