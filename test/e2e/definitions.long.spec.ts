import { definitions, type ShownNumber } from "../../src/shared/rollout-labels.ts";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import type { Script } from "../kit/servers/ollama-scripts.ts";
import { openGateway } from "./kit/gateway-caller.ts";
import { expect, type Taleward, test } from "./kit/test.ts";

const text = "The lamp went out at dusk. Mara climbed the stairs with the map under her coat.";

let ollama: OllamaServer;
let app: Taleward;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ launchApp }) => {
  ollama = await startOllamaServer({
    models: [{ name: "keeper:1b" }, { name: "poet:1b" }],
    script: ({ body: { model } }) => explanationIn(model === "poet:1b" ? 6 : 4),
  });
  app = await launchApp({ ollama });
  const { firstStart, shell, models } = app;
  await firstStart.use("keeper:1b");
  await shell.go("Models");
  await models.register({ "Model name": "poet", Version: "1", "Server model name": "poet:1b" });
  await expect(models.registerDrawer).toBeHidden();
  await shell.closeToasts();
});

test.afterAll(async () => {
  await app?.close();
  await ollama?.close();
});

function explanationIn(everyMs: number): Script {
  const tokens = text.match(/\s*\S+/g) ?? [];
  return {
    steps: [
      { do: "text", tokens },
      { do: "done", fields: { eval_count: tokens.length, eval_duration: tokens.length * everyMs * 1e6 } },
    ],
  };
}

/** What of this screen is defined, each once. */
async function defined(): Promise<ShownNumber[]> {
  const main = app.page.getByRole("main");
  const found = await main
    .locator("[data-defined]")
    .evaluateAll((all) => all.map((one) => one.getAttribute("data-defined") ?? ""));
  return [...new Set(found)].toSorted() as ShownNumber[];
}

/**
 * Columns and rows of the tables on this screen that hold figures and have no definition: neither at their head, nor at the
 * row's, nor in the cell. Times have theirs on hover, and words may name versions.
 */
function undefinedFigures(): Promise<string[]> {
  return app.page.getByRole("main").evaluate((main) =>
    [...main.querySelectorAll("table")].flatMap((table) => {
      const heads = [...table.querySelectorAll("thead tr > *")];
      const isDefined = (cell: Element | null | undefined) => cell?.querySelector("[data-defined]") != null;
      return [...table.querySelectorAll("tbody tr")].flatMap((row) =>
        [...row.children].flatMap((cell, position) => {
          const figure = cell.querySelector("time, a, button") === null && /^[<>]?[\d.,]+\s*%?$/.test(cell.textContent);
          const received = isDefined(heads[position]) || isDefined(row.querySelector("th")) || isDefined(cell);
          return figure && !received ? [`${table.getAttribute("aria-label")}: ${heads[position]?.textContent}`] : [];
        }),
      );
    }),
  );
}

async function expectDefined(...numbers: ShownNumber[]): Promise<void> {
  await expect.poll(defined).toEqual(expect.arrayContaining(numbers));
  expect(await undefinedFigures()).toEqual([]);
  for (const number of numbers) {
    const one = app.page.getByRole("main").locator(`[data-defined="${number}"]`).first();
    await one.hover();
    await expect(app.page.getByRole("tooltip").filter({ hasText: definitions[number] })).toBeVisible();
    await app.page.mouse.move(0, 0);
    await expect(app.page.getByRole("tooltip")).toHaveCount(0);
  }
}

test("every number of what a plan can detect has its definition @browser", async () => {
  const { page, rollouts } = app;
  await page.evaluate(() => (location.hash = "#/rollouts/start"));
  await rollouts.chooseCandidate("poet @1");
  await rollouts.choosePreset("Quick");
  await rollouts.detect.getByText("Load model", { exact: true }).click();
  await page.keyboard.press("Alt+d");
  await expect(rollouts.detect.getByRole("table", { name: "Until a fault is caught" })).toBeVisible({
    timeout: 60_000,
  });
  await expectDefined(
    "promoted",
    "rolledBack",
    "inconclusive",
    "planStep",
    "detectability",
    "medianUnits",
    "medianHours",
    "candidateAnswers",
    "simulatedCalls",
  );
});

test("every number of a live rollout has its definition @browser", async () => {
  const { page, rollouts, shell } = app;
  const ask = await openGateway(app);
  await page.evaluate(() => (location.hash = "#/rollouts/start"));
  await rollouts.chooseCandidate("poet @1");
  await rollouts.choosePreset("Quick");
  await rollouts.steps.first().getByRole("textbox", { name: "Weight, %" }).fill("50");
  await expectDefined("candidatePercent", "units", "holdback");
  await rollouts.start();
  await shell.closeToasts();
  await ask(12);
  await expect(rollouts.samples("Canary").first()).toBeVisible();
  await expectDefined(
    ...(["candidatePercent", "units", "difference", "msPerToken", "totalMs", "firstTokenMs", "errors"] as const),
    ...(["violations", "evidence", "threshold", "pass", "share", "sampleRatio", "sessions", "calls"] as const),
    "samples",
  );
  await expect(rollouts.waitingFor.locator("[data-defined]")).toHaveCount(2);
  await page.evaluate(() => (location.hash = "#/rollouts"));
  await expect(rollouts.inProgress).toHaveCount(1);
  await expectDefined("candidatePercent", "waitingFor");
});

test("every number of who is told of updates, and of the alerts, has its definition @browser", async () => {
  const { shell, alerts } = app;
  await shell.go("Alerts");
  await expectDefined("openAlerts");
  await alerts.open("Subscribers");
  await expect(alerts.updates.first()).toBeVisible();
  await expectDefined("hasUpdate", "waitingUpdates", "updateNumber", "updatePercent");
});
