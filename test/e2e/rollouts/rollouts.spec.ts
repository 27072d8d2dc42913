import { type GatewayCaller, openGateway } from "../kit/gateway-caller.ts";
import { expect, needsStarterModel, type Taleward, test } from "../kit/test.ts";

const model = "SmolLM2-135M-Instruct";
/** Two configurations of one model are loaded side by side, and a small machine takes its time. */
const loadMs = 60_000;

let app: Taleward;
let ask: GatewayCaller;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ launchApp }) => {
  needsStarterModel();
  app = await launchApp({ starter: true });
  const { shell, models, page } = app;
  await shell.go("Models");
  await models.openVersion(model, "1");
  await page.getByRole("button", { name: "New version from this" }).click();
  await models.registerDrawer.getByLabel("Version", { exact: true }).fill("2");
  await models.registerDrawer.getByLabel("Context length, tokens").fill("1024");
  await models.registerDrawer.getByRole("button", { name: "Register", exact: true }).click();
  await expect(models.registerDrawer).toBeHidden();
  await shell.closeToasts();
  ask = await openGateway(app);
});

test.afterAll(async () => {
  await app?.close();
});

test("a canary of two real versions is compared, paused, stepped and promoted on real calls", async () => {
  test.setTimeout(240_000);
  const { shell, rollouts, logs, alerts, page } = app;

  await test.step("the plan is written and started", async () => {
    await shell.go("Rollouts");
    await rollouts.openForm();
    await rollouts.chooseCandidate(`${model} @2`);
    await rollouts.choosePreset("Quick");
    for (const [step, percent] of [
      [0, "50"],
      [2, "75"],
    ] as const)
      await rollouts.steps.nth(step).getByRole("textbox", { name: "Weight, %" }).fill(percent);
    // The second is for a person to skip: no answers of this test are enough for it.
    for (const [step, units] of [
      [1, "4"],
      [3, "200"],
    ] as const)
      await rollouts.steps.nth(step).getByRole("textbox", { name: "Units to compare" }).fill(units);
    await rollouts.start();
    await expect(rollouts.waitingFor).toContainText("Waiting for 4 more calls", { timeout: loadMs });
    await expect(rollouts.track.filter({ hasText: "50 %" })).toContainText("done");
    await shell.closeToasts();
  });

  await test.step("real calls on both arms take it to the next weight by itself", async () => {
    await expect(async () => {
      await ask(2);
      await expect(rollouts.track.filter({ hasText: "75 %" })).toContainText("done", { timeout: 1_000 });
    }).toPass({ timeout: 90_000 });
    for (const arm of ["Stable", "Canary"] as const)
      await expect(rollouts.samples(arm).first()).toContainText("Tell of the lamp in the harbour.");
    await expect(rollouts.figure("Whole answer").nth(1)).toContainText(/\d/);
    await expect(page.getByRole("figure", { name: /^Evidence over time: / })).toBeVisible();
  });

  await test.step("a person pauses it, with a reason, and goes on", async () => {
    await rollouts.reason.fill("Lunch");
    await rollouts.button("Pause").click();
    await expect(rollouts.state).toHaveText("Paused");
    await expect(rollouts.events.first()).toContainText("Lunch");
    await shell.closeToasts();
    await rollouts.state.click(); // out of the field, where letters are text
    await page.keyboard.press("p");
    await expect(rollouts.state).toHaveText("Progressing");
    await shell.closeToasts();
  });

  await test.step("an answer of the canary leads to its row in the log", async () => {
    await rollouts.samples("Canary").first().click();
    await expect(logs.detail).toContainText(`${model} @2`);
    await page.goBack();
  });

  await test.step("a step makes it the stable version", async () => {
    await expect(rollouts.commands).toContainText("Skips ahead to the next weight");
    await rollouts.button("Step").click();
    await expect(rollouts.state).toHaveText("Promoted");
    await expect(shell.statusBar).toContainText(`${model} @2`);
    await expect(rollouts.events.first()).toContainText(/Done.*100 %/);
    await shell.closeToasts();
  });

  await test.step("history keeps it, and whoever subscribed was told", async () => {
    await page.keyboard.press("l");
    await expect(rollouts.history).toHaveCount(1);
    await expect(rollouts.history).toContainText("Promoted");
    await shell.go("Alerts");
    await alerts.open("Subscribers");
    await expect(alerts.updates.filter({ hasText: "Rollout completed" })).toHaveCount(1);
    for (const row of await alerts.subscribers.all()) await expect(row).toContainText("Has all");
  });
});

test("blue-green waits for a person unseen, switches real calls at once, and keeps the old version for a while", async () => {
  const { shell, rollouts } = app;
  await shell.go("Rollouts");
  await rollouts.openForm();
  await rollouts.chooseCandidate(`${model} @1`);
  await rollouts.chooseStrategy("Blue-green");
  await rollouts.form.getByRole("button", { name: "Add step" }).click();
  await rollouts.page.getByRole("menuitem", { name: "Ask a person" }).click();
  await rollouts.form.getByRole("textbox", { name: "Standby" }).fill("10");
  await rollouts.chooseUnit("Standby", "min");
  // It was the stable version a moment ago, and would skip the steps.
  await rollouts.form.getByText("Start and time").click();
  await rollouts.form.getByRole("textbox", { name: "Rollback window, versions" }).fill("0");
  await rollouts.start();
  await expect(rollouts.state).toHaveText("At a gate", { timeout: loadMs });
  await expect(rollouts.waitingFor).toContainText("Does it answer as it should?");
  await ask(1);
  await expect(shell.statusBar).toContainText(`${model} @2`);
  await shell.closeToasts();
  await rollouts.button("Resume").click();
  await expect(rollouts.track.filter({ hasText: "Switch" })).toContainText("done");
  await ask(2);
  await expect(rollouts.samples("Canary").first()).toContainText("Tell of the lamp in the harbour.");
  await rollouts.button("Promote").click();
  await expect(rollouts.state).toHaveText("Promoted");
  await expect(shell.statusBar).toContainText(`${model} @1`);
  await expect(rollouts.goBack(`${model} @2`)).toBeEnabled();
  await shell.closeToasts();
});

test("all at once is watched after the switch, and one key takes every call back", async () => {
  const { shell, rollouts, page } = app;
  await page.keyboard.press("l");
  await rollouts.openForm();
  await rollouts.chooseCandidate(`${model} @2`);
  await rollouts.chooseStrategy("All at once");
  await rollouts.start();
  await expect(rollouts.track.filter({ hasText: "Switch" })).toContainText("done", { timeout: loadMs });
  await ask(1);
  await expect(rollouts.samples("Canary")).toHaveCount(1);
  await shell.closeToasts();
  await page.keyboard.press("a");
  await expect(rollouts.state).toHaveText("Rolled back");
  await ask(1);
  await expect(shell.statusBar).toContainText(`${model} @1`);
  await expect(rollouts.samples("Canary")).toHaveCount(1);
});
