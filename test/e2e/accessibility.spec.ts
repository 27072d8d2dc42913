import AxeBuilder from "@axe-core/playwright";
import { type OllamaServer, startOllamaServer } from "../kit/ollama-server.ts";
import { tell } from "../kit/ollama-scripts.ts";
import { expect, type Taleward, test } from "./kit/test.ts";

let ollama: OllamaServer;
let app: Taleward;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ launchApp }) => {
  ollama = await startOllamaServer({
    script: tell("The lamp went out. The number of the card was 4111 1111 1111 1111, he said. Mara ran."),
  });
  app = await launchApp({ ollama });
});

test.afterAll(async () => {
  await app?.close();
  await ollama?.close();
});

test("the first screen has no serious fault", async () => {
  await expect(app.firstStart.ollama).toContainText("found");
  await expectAccessible();
});

test("Stories with text and a held proposal has none", async () => {
  const { firstStart, stories, shell } = app;
  await firstStart.use("smollm2:135m");
  await shell.closeToasts();
  await stories.ask("He reads the card aloud.");
  await stories.answered();
  await expect(stories.held).toBeVisible();
  await stories.type("Before that, nobody had spoken.");
  await expectAccessible();
});

test("a dialog and an open palette have none", async () => {
  const { stories, page, shell } = app;
  await stories.outline.getByRole("button", { name: "New story" }).click();
  await expect(page.getByRole("dialog", { name: "New story" })).toBeVisible();
  await expectAccessible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("ControlOrMeta+k");
  await expect(shell.palette).toBeVisible();
  await expectAccessible();
  await page.keyboard.press("Escape");
  await expect(shell.palette).toBeHidden();
});

test("Violations with one open has none", async () => {
  await app.shell.go("Violations");
  await expect(app.violations.heading).toBeVisible();
  await expectAccessible();
});

test("Models with a drawer open and its errors has none", async () => {
  const { shell, models, page } = app;
  await shell.go("Models");
  await expect(models.server(ollama.url)).toContainText("answers");
  await expectAccessible();
  await models.register({ "Model name": "storyteller" });
  await expect(models.registerDrawer.getByRole("textbox", { name: "Version" })).toHaveAttribute("aria-invalid", "true");
  await expectAccessible();
  await page.keyboard.press("Escape");
  await expect(models.registerDrawer).toBeHidden();
});

test("Logs with one open has none, whichever part is shown", async () => {
  const { shell, logs } = app;
  await shell.go("Logs");
  await logs.open(0);
  for (const tab of ["Response", "Prompt as sent", "Timings", "Checks", "Raw"] as const) {
    await logs.show(tab);
    await expectAccessible();
  }
});

/** In both themes; what axe calls serious or critical, with the elements at fault. */
async function expectAccessible(): Promise<void> {
  const { page } = app;
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.dataset["mantineColorScheme"]))
      .toBe(colorScheme);
    // In the page itself: Electron has no second page for the combined report.
    const axe = new AxeBuilder({ page }).setLegacyMode();
    // The themes differ in nothing but their colours.
    const { violations } = await (colorScheme === "light" ? axe : axe.withRules("color-contrast")).analyze();
    const grave = violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => ({ colorScheme, id, target, failureSummary })),
      );
    expect(grave).toEqual([]);
  }
}
