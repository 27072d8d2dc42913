import { expect, type Taleward, test } from "./kit/test.ts";

let app: Taleward;

test.beforeAll(async ({ launchApp }) => {
  app = await launchApp();
  await app.firstStart.lookAround.click();
});

test.afterAll(async () => {
  await app?.close();
});

test("the page marks itself as ready, and does so on every screen it starts with", async () => {
  for (const name of ["Violations", "Models", "Logs", "Stories"] as const) {
    await app.shell.go(name);
    await app.reload();
    await expect(app.page.getByRole("main", { name, exact: true })).toBeVisible();
    await expect(app.page).toHaveTitle(`${name} – Taleward`);
  }
});

test("the rail is walked by the keyboard and says where one is", async () => {
  const { shell, page } = app;
  await shell.go("Stories");
  await shell.rail.getByRole("link", { name: "Stories" }).focus();
  await page.keyboard.press("Tab");
  await expect(shell.rail.getByRole("link", { name: "Violations" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main", { name: "Violations" })).toBeVisible();
  await expect(shell.rail.getByRole("link", { name: "Violations" })).toHaveAttribute("aria-current", "page");
  await expect(shell.rail.locator('[aria-current="page"]')).toHaveCount(1);
  for (const [keys, name] of [
    ["Alt+3", "Rollouts"],
    ["Alt+5", "Logs"],
    ["Alt+1", "Stories"],
  ] as const) {
    await page.keyboard.press(keys);
    await expect(page.getByRole("main", { name })).toBeVisible();
  }
});

test("the command palette finds and runs an action, and gives the keyboard back", async () => {
  const { shell, page } = app;
  await shell.go("Stories");
  await shell.command("Logs");
  await expect(page.getByRole("main", { name: "Logs" })).toBeVisible();
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("textbox", { name: "Command" }).fill("no such thing");
  await expect(shell.palette).toContainText("No command, story or passage of that name");
  await page.keyboard.press("Escape");
  await expect(shell.palette).toBeHidden();
  await shell.go("Stories");
  await shell.command("New story");
  await expect(page.getByRole("dialog", { name: "New story" })).toBeVisible();
  await page.keyboard.press("Escape");
});

test("a question mark shows the shortcuts of the current screen", async () => {
  const { shell, page } = app;
  await shell.go("Logs");
  await page.getByRole("main").click({ position: { x: 4, y: 4 } });
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Shortcuts of this screen" });
  await expect(help.getByRole("row", { name: /Next row/ })).toBeVisible();
  await expect(help.getByRole("row", { name: /Command palette Ctrl K|Command palette ⌘ K/ })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
});

test("the theme is chosen under Settings and kept", async () => {
  const { shell, page, reload } = app;
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  await shell.setTheme("Dark");
  await expect.poll(paper).toBe("dark");
  await reload();
  expect(await paper()).toBe("dark");
  await shell.setTheme("Light");
  await expect.poll(paper).toBe("light");
});

test("what the address names and does not exist leads to the room itself", async () => {
  const { page, shell } = app;
  await page.evaluate(() => {
    location.hash = "#/logs/nothing-of-that-id";
  });
  await expect(page.getByRole("complementary", { name: "Call" }).getByRole("alert")).not.toBeEmpty();
  await page.getByRole("button", { name: "Close call" }).click();
  await expect(page.getByRole("complementary", { name: "Call" })).toBeHidden();
  await page.evaluate(() => {
    location.hash = "#/nowhere";
  });
  await expect(page.getByRole("main", { name: "Stories" })).toBeVisible();
  await shell.go("Logs");
});
