import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { streamText } from "../kit/servers/ollama-scripts.ts";
import { expectAccessible } from "./kit/accessible.ts";
import { expect, type Taleward, test } from "./kit/test.ts";

let ollama: OllamaServer;
let app: Taleward;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ launchApp }) => {
  ollama = await startOllamaServer({
    script: streamText("The lamp went out. The number of the card was 4111 1111 1111 1111, he said. Mara ran."),
  });
  app = await launchApp({ ollama });
});

test.afterAll(async () => {
  await app?.close();
  await ollama?.close();
});

test("the first screen has no serious fault", async () => {
  await expect(app.firstStart.ollama).toContainText("found");
  await expectAccessible(app.page);
});

test("Stories with text and a held proposal has none", async () => {
  const { firstStart, stories, shell } = app;
  await firstStart.use("smollm2:135m");
  await shell.closeToasts();
  await stories.ask("He reads the card aloud.");
  await stories.answered();
  await expect(stories.held).toBeVisible();
  await stories.type("Before that, nobody had spoken.");
  await expectAccessible(app.page);
});

test("a dialog and an open palette have none", async () => {
  const { stories, page, shell } = app;
  await stories.outline.getByRole("button", { name: "New story" }).click();
  await expect(page.getByRole("dialog", { name: "New story" })).toBeVisible();
  await expectAccessible(app.page);
  await page.keyboard.press("Escape");
  await page.keyboard.press("ControlOrMeta+k");
  await expect(shell.palette).toBeVisible();
  await expectAccessible(app.page);
  await page.keyboard.press("Escape");
  await expect(shell.palette).toBeHidden();
});

test("Violations with one open has none", async () => {
  await app.shell.go("Violations");
  await expect(app.violations.heading).toBeVisible();
  await expectAccessible(app.page);
});

test("Models has none on any of its tabs, nor with a drawer open and its errors", async () => {
  const { shell, models, page } = app;
  await shell.go("Models");
  await models.open("Servers");
  await expect(models.server(ollama.url)).toContainText("answers");
  await expectAccessible(app.page);
  await models.open("Assignments");
  await expect(models.live("story_generation")).toBeVisible();
  await expectAccessible(app.page);
  await models.open("Library");
  await expect(models.rows).toHaveCount(1);
  await expectAccessible(app.page);
  await models.register({ "Model name": "storyteller" });
  await expect(models.registerDrawer.getByRole("textbox", { name: "Version" })).toHaveAttribute("aria-invalid", "true");
  await expectAccessible(app.page);
  await page.keyboard.press("Escape");
  await expect(models.registerDrawer).toBeHidden();
});

test("a version's page and two versions side by side have none", async () => {
  const { shell, models, page } = app;
  await shell.closeToasts();
  await models.rows.first().getByRole("rowheader").getByRole("link").click();
  await expect(page.getByRole("figure", { name: "First token over time" })).toBeVisible();
  await expectAccessible(app.page);
  const name = await page.getByRole("article").getAttribute("aria-label");
  await models.register({
    "Model name": "teller",
    Version: "1",
    Endpoint: ollama.url,
    "Server model name": "smollm2:135m",
  });
  await expect(models.registerDrawer).toBeHidden();
  await shell.closeToasts();
  await models.compare(name ?? "", "teller @1");
  await expect(page.getByRole("table", { name: "Configuration of both" })).toBeVisible();
  await expectAccessible(app.page);
});

test("Logs with one open has none, whichever part is shown", async () => {
  const { shell, logs } = app;
  await shell.go("Logs");
  await logs.open(0);
  for (const tab of ["Response", "Prompt as sent", "Timings", "Checks", "Chain", "Raw"] as const) {
    await logs.show(tab);
    await expectAccessible(app.page);
  }
});

test("Playground with answers and an error has none, whichever part is shown", async () => {
  const { shell, playground } = app;
  await shell.go("Playground");
  await playground.run.click();
  await expect(playground.request).toContainText("Write what the model is asked.");
  await playground.write(2, "He reads the card aloud.");
  const format = await playground.parameters("Output format");
  await format.getByText("JSON Schema", { exact: true }).click();
  for (const group of ["Length and stop", "Tools", "Model and server", "Deadlines"] as const) {
    await playground.parameters(group);
  }
  await expectAccessible(app.page);
  await format.getByText("Text", { exact: true }).click();
  await playground.run.click();
  await playground.answered(1);
  for (const tab of ["Raw request", "Raw response", "Answer"] as const) {
    await playground.show(1, tab);
    await expectAccessible(app.page);
  }
});

test("Test suites have none: saving a case, editing it, and a run with a chosen result", async () => {
  const { playground, suites, page, shell } = app;
  await playground.request.getByRole("button", { name: "Save as test" }).click();
  const dialog = playground.saveDialog;
  for (const kind of ["Matches a pattern", "Judged by a model"]) {
    await dialog.getByRole("button", { name: "Add assertion" }).click();
    await page.getByRole("menuitem", { name: kind }).click();
  }
  await dialog.getByRole("button", { name: "Save test" }).click();
  await expect(dialog).toContainText("Write the pattern to look for.");
  await expectAccessible(app.page);
  await dialog.getByRole("button", { name: "Remove assertion 2" }).click();
  await dialog.getByRole("textbox", { name: "Pattern" }).fill("lamp");
  await dialog.getByRole("textbox", { name: "Name of the new suite" }).fill("Voice");
  await dialog.getByRole("button", { name: "Save test" }).click();
  await expect(dialog).toBeHidden();
  await shell.closeToasts();

  await suites.link.click();
  await suites.cases.getByRole("button").first().click();
  await expect(suites.caseDrawer).toBeVisible();
  await expectAccessible(app.page);
  await page.keyboard.press("Escape");
  await expect(suites.caseDrawer).toBeHidden();
  await page.getByRole("combobox", { name: "Add version" }).click();
  await page.getByRole("option", { name: /^smollm2:135m @/ }).click();
  await suites.runToTheEnd();
  await suites.results.getByRole("button", { name: / on smollm2/ }).click();
  await expect(suites.inspector).toContainText("matches /lamp/iu");
  await expectAccessible(app.page);
});

test("Gateway has none, off and on, with a call in its list", async () => {
  const { shell, gateway } = app;
  await shell.go("Gateway");
  await expect(gateway.snippet).toBeVisible();
  await expectAccessible(app.page);
  await gateway.settings.getByRole("textbox", { name: "Port" }).fill("0");
  await gateway.settings.getByRole("button", { name: "Save" }).click();
  await shell.closeToasts();
  await gateway.turn("on");
  await fetch(`${await gateway.address.textContent()}/api/tags`);
  await expect(gateway.calls).toHaveCount(1);
  await expectAccessible(app.page);
});

test("Rollouts has none while it is empty, planned with faults, live and rolled back", async () => {
  const { shell, models, rollouts, page } = app;
  await shell.go("Models");
  await models.register({ "Model name": "poet", Version: "1", "Server model name": "smollm2:135m" });
  await expect(models.registerDrawer).toBeHidden();
  await shell.closeToasts();
  await shell.go("Rollouts");
  await expectAccessible(app.page);
  await rollouts.openForm();
  await rollouts.steps.nth(2).getByRole("textbox", { name: "Weight, %" }).fill("5");
  await rollouts.form.getByRole("button", { name: "Start rollout" }).click();
  await rollouts.form.getByText("How the evidence is weighed").click();
  await rollouts.detect.getByText("Load model", { exact: true }).click();
  await rollouts.detect.getByRole("group", { name: "Load model" }).getByRole("textbox").first().fill("");
  await expect(rollouts.form).toContainText("it was 10 % before");
  await expectAccessible(app.page);
  await rollouts.choosePreset("By hand");
  await rollouts.chooseCandidate("poet @1");
  await rollouts.start();
  await expect(rollouts.state).toHaveText("Paused");
  await shell.closeToasts();
  await expectAccessible(app.page);
  await page.keyboard.press("a");
  await expect(rollouts.state).toHaveText("Rolled back");
  await shell.closeToasts();
  await expectAccessible(app.page);
});

test("Alerts has none on any of its tabs", async () => {
  const { shell, alerts } = app;
  await shell.go("Alerts");
  await expect(alerts.list.first()).toBeVisible();
  await expectAccessible(app.page);
  await alerts.open("Rules");
  await expect(alerts.rules).toBeVisible();
  await expectAccessible(app.page);
  await alerts.open("Subscribers");
  await alerts.addWebhook("game-server", "http://127.0.0.1:9/models");
  await shell.closeToasts();
  await expect(alerts.subscribers.filter({ hasText: "game-server" })).toBeVisible();
  await expectAccessible(app.page);
});
