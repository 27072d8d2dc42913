import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import type { Script } from "../../kit/servers/ollama-scripts.ts";
import { shownCard } from "../../kit/card.ts";
import { type GatewayCaller, openGateway } from "../kit/gateway-caller.ts";
import { expect, type Taleward, test } from "../kit/test.ts";

const good = "The lamp went out at dusk. Mara climbed the stairs with the map under her coat.";
const forbidden = "The number of the card was 4111 1111 1111 1111, he said.";

let ollama: OllamaServer;
let app: Taleward;
let ask: GatewayCaller;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ launchApp }) => {
  ollama = await startOllamaServer({
    models: [{ name: "keeper:1b" }, { name: "sloth:1b" }, { name: "leak:1b" }],
    script: ({ body: { model } }) =>
      model === "leak:1b" ? explanationIn(forbidden, 4) : explanationIn(good, model === "sloth:1b" ? 40 : 4),
  });
  app = await launchApp({ ollama });
  const { firstStart, shell, models } = app;
  await firstStart.use("keeper:1b");
  await shell.go("Models");
  for (const name of ["sloth", "leak"]) {
    await models.register({ "Model name": name, Version: "1", "Server model name": `${name}:1b` });
    await expect(models.registerDrawer).toBeHidden();
  }
  await shell.closeToasts();
  ask = await openGateway(app);
});

test.afterAll(async () => {
  await app?.close();
  await ollama?.close();
});

/** A text at a pace, with the durations a server tells of it. */
function explanationIn(text: string, everyMs: number): Script {
  const tokens = text.match(/\s*\S+/g) ?? [];
  const fields = { eval_count: tokens.length, eval_duration: tokens.length * everyMs * 1e6 };
  return {
    steps: [
      { do: "text", tokens, everyMs },
      { do: "done", fields },
    ],
  };
}

const calledCanary = (model: string): number => ollama.requests.filter(({ body }) => body["model"] === model).length;

async function startQuick(candidate: string, prepare: () => Promise<void> = async () => {}): Promise<void> {
  const { page, rollouts, shell } = app;
  await shell.go("Rollouts");
  await page.evaluate(() => (location.hash = "#/rollouts/start"));
  await rollouts.chooseCandidate(candidate);
  await rollouts.choosePreset("Quick");
  await rollouts.steps.first().getByRole("textbox", { name: "Weight, %" }).fill("50");
  await prepare();
  await rollouts.start();
  await expect(rollouts.waitingFor).toContainText("Waiting for 30 more calls");
  await shell.closeToasts();
}

async function callUntilRolledBack(most: number): Promise<void> {
  const { rollouts } = app;
  for (let asked = 0; asked < most && (await rollouts.state.textContent()) !== "Rolled back"; asked += 8) await ask(8);
  await expect(rollouts.state).toHaveText("Rolled back");
}

test("a version that is much slower rolls back by itself, and says why @browser", async () => {
  const { shell, rollouts, alerts, page } = app;
  await ask(24);
  await startQuick("sloth @1", async () => {
    await page.keyboard.press("Alt+d");
    await expect(rollouts.detect.getByRole("table", { name: "Until a fault is caught" })).toBeVisible();
  });
  await callUntilRolledBack(160);
  await expect(rollouts.waitingFor).toContainText(
    /it takes longer for each token: [\d.]+ ms, the stable version [\d.]+ ms \(evidence [\d,.]+ of 20\)/,
  );
  await expect(rollouts.events.filter({ hasText: "Regression detected" })).toContainText("Taleward");
  await expect(rollouts.track.filter({ hasText: "rolled back here" })).toHaveCount(1);
  await expect(rollouts.calibration).toContainText("As predicted");
  await expect(rollouts.calibration).toContainText("came closest to “Takes twice as long”");
  await expect(rollouts.figure("Latency a token").nth(2)).toHaveText(/times as long/);
  await expect(shell.statusBar).toContainText("keeper:1b");
  const before = calledCanary("sloth:1b");
  await ask(8);
  expect(calledCanary("sloth:1b")).toBe(before);
  await expect(alerts.bell).toHaveAccessibleName("Alerts: 1 open alert");
});

test("retry takes it up again, and abort is one key away, also while a reason is typed @browser", async () => {
  const { rollouts, shell, page } = app;
  await page.keyboard.press("r");
  await expect(rollouts.waitingFor).toContainText("Waiting for 30 more calls");
  await shell.closeToasts();
  await ask(4); // too few, whatever falls on which, to roll it back once more
  await rollouts.reason.fill("The readers complain");
  await page.keyboard.press("Alt+a");
  await expect(rollouts.state).toHaveText("Rolled back");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  const before = calledCanary("sloth:1b");
  await ask(8);
  expect(calledCanary("sloth:1b")).toBe(before);
  await expect(rollouts.waitingFor).toContainText("The readers complain");
  await page.keyboard.press("Escape");
  await page.keyboard.press("f");
  const asked = page.getByRole("dialog", { name: "Promote sloth @1 although it was rolled back?" });
  await expect(asked).toContainText("The readers complain");
  await asked.getByRole("button", { name: "Promote fully" }).click();
  await expect(asked).toContainText("Write why it should answer although it was rolled back.");
  await page.keyboard.press("Escape");
  await expect(asked).toBeHidden();
  await expect(rollouts.state).toHaveText("Rolled back");
  await shell.closeToasts();
});

test("a version that says what must not be said rolls back at its limit, and no reader sees a word of it @browser", async () => {
  const { rollouts, page, violations, shell } = app;
  await startQuick("leak @1", async () => {
    await rollouts.form.getByText("Limits and objectives").click();
    await rollouts.form.getByRole("textbox", { name: "Held answers tolerated" }).fill("2");
  });
  await callUntilRolledBack(80);
  await expect(rollouts.waitingFor).toContainText("answers of the candidate were held, 2 are tolerated");
  await expect(rollouts.events.filter({ hasText: "Limit exceeded" })).toHaveCount(1);
  await expect(rollouts.figure("Violations").nth(1)).toContainText("100 %");
  await expect(rollouts.figure("Violations").nth(1)).toContainText(/held\d+ (high|critical)/);
  await expect(page.getByText(shownCard)).toHaveCount(0);
  await shell.go("Violations");
  await expect(violations.heading).toBeVisible();
});

test("before its first call shadow responses stand beside the stable ones, and one that is slower waits for a person @browser", async () => {
  const { page, rollouts, shell } = app;
  await shell.go("Rollouts");
  await page.evaluate(() => (location.hash = "#/rollouts/start"));
  await rollouts.chooseCandidate("sloth @1");
  await rollouts.choosePreset("Shadow first");
  await rollouts.form.getByText("Loading and shadowing").click();
  await rollouts.form.getByRole("textbox", { name: "Shadow traffic, %" }).fill("100");
  await rollouts.start();
  await expect(rollouts.state).toHaveText("At a gate");
  await expect(rollouts.shadow).toContainText("No prompt was answered by both yet.");
  await shell.closeToasts();
  await expect(async () => {
    await ask(1);
    await expect(rollouts.state).toHaveText("Inconclusive", { timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  await expect(rollouts.waitingFor).toContainText("on the same prompts it is slower");
  await expect(rollouts.shadow).toContainText(/\d pairs: \d+\.\d times as long, slower in \d+ of them\./);
  await expect(rollouts.pairs.first()).toContainText("Tell of the lamp in the harbour.");
  await expect(rollouts.pairs.first().getByRole("link")).toHaveCount(2);
  await expect(rollouts.pairs.first().getByRole("link").last()).toContainText("shadow");
  await expect(rollouts.samples("Canary")).toHaveCount(0);
  await shell.closeToasts();
  await rollouts.button("Resume").click();
  await expect(rollouts.waitingFor).toContainText("Do its shadow responses hold up beside the stable ones?");
  await shell.closeToasts();
  await rollouts.button("Resume").click();
  await expect(rollouts.waitingFor).toContainText("Waiting for 100 more calls");
  await rollouts.button("Abort").click();
  await expect(rollouts.state).toHaveText("Rolled back");
  await shell.closeToasts();
});
