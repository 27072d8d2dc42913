import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { figuresOf } from "../kit/rollouts-page.ts";
import { expect, type Taleward, test } from "../kit/test.ts";

let ollama: OllamaServer;
let app: Taleward;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ launchApp }) => {
  ollama = await startOllamaServer({ models: [{ name: "keeper:1b" }, { name: "poet:1b" }] });
  app = await launchApp({ ollama });
});

test.afterAll(async () => {
  await app?.close();
  await ollama?.close();
});

test("without two versions the list leads to the models, with two to the form @browser", async () => {
  const { firstStart, shell, rollouts, models, page } = app;
  await firstStart.use("keeper:1b");
  await shell.closeToasts();
  await shell.go("Rollouts");
  await expect(page.getByText("It takes two versions to choose between")).toBeVisible();
  await page.getByRole("link", { name: "Register a model" }).click();
  await models.register({ "Model name": "poet", Version: "1", "Server model name": "poet:1b" });
  await expect(models.registerDrawer).toBeHidden();
  await shell.closeToasts();
  await shell.go("Rollouts");
  await rollouts.openForm();
  await expect(rollouts.form).toContainText("answers it now and stays the stable version");
});

test("what is wrong with a plan stands at its field, and nothing starts @browser", async () => {
  const { rollouts } = app;
  const weight = (step: number) => rollouts.steps.nth(step).getByRole("textbox", { name: "Weight, %" });
  await weight(2).fill("5");
  await rollouts.steps.nth(1).getByRole("textbox", { name: "Units to compare" }).fill("0");
  await rollouts.form.getByRole("button", { name: "Start rollout" }).click();
  await expect(rollouts.form).toContainText("Choose the version to roll out.");
  await expect(rollouts.steps.nth(2)).toContainText("it was 10 % before");
  await expect(rollouts.steps.nth(1)).toContainText("Give a whole number from 1 to 1,000,000.");
  await expect(rollouts.form).toContainText("3 things are not right yet");
  await expect(rollouts.detect.getByRole("button", { name: "Simulate" })).toBeDisabled();
  await weight(2).fill("25");
  await rollouts.steps.nth(1).getByRole("textbox", { name: "Units to compare" }).fill("100");
  await rollouts.chooseCandidate("poet @1");
  await expect(rollouts.form).not.toContainText("not right yet");
});

test("steps are moved, removed and added by the keyboard @browser", async () => {
  const { rollouts, page } = app;
  await rollouts.steps.first().getByRole("button", { name: "Remove step 1" }).press("Enter");
  await rollouts.steps.nth(1).getByRole("button", { name: "Move step 2 up" }).press("Enter");
  await expect(rollouts.steps.first()).toHaveAccessibleName("Step 1, Weight");
  await rollouts.form.getByRole("button", { name: "Add step" }).press("Enter");
  await page.getByRole("menuitem", { name: "Ask a person" }).press("Enter");
  await expect(rollouts.steps.last().getByRole("textbox", { name: "Question" })).not.toBeEmpty();
  await rollouts.choosePreset("Careful");
  await expect(rollouts.steps).toHaveCount(8);
});

test("shares are asked of what a rollout measures, which no rating is @browser", async () => {
  const { rollouts } = app;
  const summary = rollouts.form.getByText("How the evidence is weighed");
  await summary.click();
  await expect(rollouts.form.getByRole("textbox", { name: "Fallbacks", exact: true })).toBeVisible();
  await expect(rollouts.form.getByRole("textbox", { name: "Rating" })).toHaveCount(0);
  await summary.click();
});

test("what a plan can detect is seen before it starts, on a load as described @browser", async () => {
  const { rollouts, page } = app;
  const { detect } = rollouts;
  await detect.getByRole("button", { name: "Simulate" }).click();
  await expect(detect.getByRole("alert")).toContainText("20 are needed");
  await detect.getByText("Load model", { exact: true }).click();
  await page.keyboard.press("Alt+d");
  const steps = page.getByRole("table", { name: "What it can detect, step by step" });
  await expect(steps).toBeVisible({ timeout: 60_000 });
  await expect(steps.getByRole("row")).toHaveCount(6);
  await expect(steps.getByRole("row").last().getByRole("cell").first()).toHaveText(/%$/);
  await expect(detect).toContainText("A version that is as good is promoted in");
  await rollouts.choosePreset("Quick");
  await expect(detect).toContainText("The plan was changed since.");
});

test("the plan is read, copied and saved as manifests for a cluster @browser", async () => {
  const { rollouts, page } = app;
  await rollouts.form.getByRole("button", { name: "Export" }).click();
  const dialog = page.getByRole("dialog", { name: "Export the plan" });
  const text = dialog.getByRole("group", { name: "Manifest text" });
  await expect(text).toContainText("kind: Rollout");
  await dialog.getByText("KServe", { exact: true }).click();
  await expect(text).toContainText("kind: InferenceService");
  const download = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Save" }).click();
  expect((await download).suggestedFilename()).toBe("story_generation-kserve.yaml");
  await page.keyboard.press("Escape");
});

test("a second rollout on a use case is refused in words, unless it is to replace the first @browser", async () => {
  const { rollouts, shell, page } = app;
  await rollouts.choosePreset("By hand");
  await rollouts.start();
  await expect(rollouts.state).toHaveText("Paused");
  await shell.closeToasts();
  await page.evaluate(() => (location.hash = "#/rollouts/start"));
  await rollouts.chooseCandidate("poet @1");
  await expect(rollouts.form).toContainText("A rollout is in progress on story_generation");
  await rollouts.form.getByRole("button", { name: "Start rollout" }).click();
  await expect(rollouts.form.getByRole("alert").last()).not.toBeEmpty();
  await rollouts.form.getByRole("checkbox", { name: /Replace it/ }).check();
  await rollouts.start();
  await shell.closeToasts();
  await page.keyboard.press("l");
  await expect(rollouts.inProgress).toHaveCount(1);
  await expect(rollouts.history).toHaveCount(1);
});

test("every number says what it means on focus, and the help lists the keys @browser", async () => {
  const { rollouts, page } = app;
  await rollouts.inProgress.getByRole("link").click();
  await rollouts.arms.getByText("Difference", { exact: true }).focus();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("tooltip")).toContainText("Milliseconds for each token of the answer");
  const figures = [...(await figuresOf(rollouts.arms)), ...(await figuresOf(rollouts.evidence))];
  expect(figures.length).toBeGreaterThan(5);
  expect(figures.filter(({ isDefined }) => !isDefined)).toEqual([]);
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Shortcuts of this screen" });
  for (const action of ["Step", "Pause", "Abort", "Promote fully"])
    await expect(help.getByRole("row", { name: new RegExp(`^${action} `) }).first()).toBeVisible();
  await page.keyboard.press("Escape");
});
