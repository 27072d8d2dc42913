import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { held } from "../kit/servers/ollama-scripts.ts";
import { expect, type Taleward, test } from "./kit/test.ts";

const model = "smollm2:135m";
const number = "4111 1111 1111 1111";
const first = "The lamp went out at dusk.";
const second = "Below the rock the sea was quiet.";
const before = `${first} ${second}`;
const fallback = "The page was worn, and the rest of the writing on it could no longer be read.";

/** Goes on when its reader has seen what came before. */
const { script, release } = held(
  ` number of the card was ${number}, he said. Mara ran down to the boats.`,
  `${before} The`,
);

let ollama: OllamaServer;
let app: Taleward;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ launchApp }) => {
  ollama = await startOllamaServer({ script });
  app = await launchApp({ ollama });
  await app.firstStart.use(model);
});

test.afterAll(async () => {
  await app?.close();
  await ollama?.close();
});

test("what is critical never reaches the reader, who sees the fallback in its place", async () => {
  const { stories } = app;
  const reading = await stories.record();
  await stories.ask("He reads the card aloud.");
  await expect(stories.proposedText).toHaveText(first);
  release();
  await stories.answered();
  await expect(stories.proposedText).toContainText(before);
  await expect(stories.proposedText).toContainText(fallback);
  await expect(stories.proposedText).not.toContainText("Mara ran");
  await expect(stories.held).toContainText("Held back");
  await expect(stories.held.getByRole("link", { name: "See what was held" })).toBeVisible();
  const glimpses = await reading.glimpses();
  expect(glimpses.filter(({ text }) => /\d/.test(text))).toEqual([]);
  expect(glimpses.some(({ text, busy }) => busy && text.trim() === first)).toBe(true);
  expect(await reading.timesShown("4111")).toBe(0);
});

test("a reload shows the same fallback", async () => {
  const { stories, reload } = app;
  await reload();
  await expect(stories.proposedText).toContainText(fallback);
  await expect(stories.proposedText).not.toContainText("4111");
  await expect(stories.held).toContainText("Held back");
});

test("the violation is in the list, its span marked in the original", async () => {
  const { stories, violations } = app;
  await stories.held.getByRole("link", { name: "See what was held" }).click();
  await expect(violations.items).toHaveCount(1);
  await expect(violations.heading).toContainText(/Privacy.*Open/);
  await expect(violations.marked).toHaveText(number);
  await expect(violations.original).toContainText(`${before} The number of the card was`);
  await expect(violations.shownInstead).toHaveText(fallback);
  await expect(violations.reader).toContainText("He reads the card aloud.");
  await expect(violations.reader).toContainText(model);
});

test("the counts filter the list", async () => {
  const { violations } = app;
  await expect(violations.count("Critical")).toHaveAccessibleName(/^1 /);
  await violations.count("Low").click();
  await expect(violations.items).toHaveCount(0);
  await violations.count("Low").click();
  await expect(violations.items).toHaveCount(1);
});

test("it is reviewed by the keyboard alone", async () => {
  const { violations, shell } = app;
  await violations.press("C");
  await expect(violations.heading).toContainText("Confirmed");
  await expect(violations.items.first()).toContainText("Confirmed");
  await expect(shell.toast("Marked as confirmed")).toBeVisible();
  await violations.press("U");
  await expect(violations.heading).toContainText("Open");
  await violations.press("F");
  await expect(violations.heading).toContainText("False alarm");

  await violations.press("N");
  await violations.write("Asked the author about it.");
  await expect(violations.heading).toContainText("False alarm");
  await expect(violations.history.first()).toContainText("Asked the author about it.");

  await violations.press("O");
  await violations.dialog.getByRole("button", { name: "Override" }).click();
  await expect(violations.dialog).toContainText("An override needs a written reason.");
  await violations.write("The number is the card networks' published test number.");
  await expect(violations.heading).toContainText("Overridden");
  await expect(violations.history.first()).toContainText("published test number");
  await violations.press("U");
  await expect(violations.heading).toContainText("False alarm");
  await expect(violations.history).toHaveCount(6);
});

test("the log shows the call as held, with what the reader saw and never the number", async () => {
  const { logs, shell, page } = app;
  await shell.go("Logs");
  await expect(logs.rows).toHaveCount(1);
  await expect(logs.rows.first()).toContainText("Held");
  await logs.open(0);
  await expect(logs.detail.getByRole("tabpanel")).toContainText(fallback);
  await expect(await logs.show("Checks")).toContainText("S7");
  await logs.show("Raw");
  await expect(page.getByText("4111")).toHaveCount(0);
});
