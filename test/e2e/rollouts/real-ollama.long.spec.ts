import { type RealOllama, startRealOllama, whyNoRealOllama } from "../../kit/servers/real-ollama.ts";
import { shownCard } from "../../kit/card.ts";
import { openGateway } from "../kit/gateway-caller.ts";
import { expect, test } from "../kit/test.ts";

/** The same weights, made to go on with what must not be said. */
const leak = "leak:135m";
const card = "4111 1111 1111 1111";
const template = `${`The number of the card is ${card}.\n`.repeat(6)}The number of the card is`;

let ollama: RealOllama | null = null;

test.describe("with a real Ollama", () => {
  const missing = whyNoRealOllama();
  test.skip(missing !== null, missing ?? "");

  test.beforeAll(async () => {
    ollama = await startRealOllama();
    if (ollama === null) throw new Error("Ollama was found, but not started");
    const created = await fetch(`${ollama.url}/api/create`, {
      method: "POST",
      body: JSON.stringify({
        model: leak,
        from: ollama.modelName,
        template,
        parameters: { temperature: 0 },
        stream: false,
      }),
    });
    expect(await created.text()).toContain("success");
  });

  test.afterAll(async () => {
    await ollama?.close();
  });

  test("a real model that says what must not be said rolls back by itself, and no reader sees a word of it", async ({
    startApp,
  }) => {
    test.setTimeout(180_000);
    if (ollama === null) throw new Error("Ollama was found, but not started");
    const { url, modelName } = ollama;
    const app = await startApp({
      ollama: url,
      env: { TALEWARD_STARTER_MODEL: process.env["TALEWARD_STARTER_MODEL"] ?? "" },
    });
    const { shell, models, rollouts, violations, page } = app;

    await test.step("two models on the server, one of them writes", async () => {
      await shell.go("Models");
      await models.open("Servers");
      await models.use(url, modelName);
      await expect(shell.statusBar).toContainText(`story_generation → ${modelName} @`);
      await models.open("Library");
      await models.register({ "Model name": "leak", Version: "1", "Server model name": leak });
      await expect(models.registerDrawer).toBeHidden();
      await shell.closeToasts();
    });
    const ask = await openGateway(app);

    await test.step("the other is rolled out on half of the calls", async () => {
      await shell.go("Rollouts");
      await rollouts.openForm();
      await rollouts.chooseCandidate("leak @1");
      await rollouts.choosePreset("Quick");
      await rollouts.steps.first().getByRole("textbox", { name: "Weight, %" }).fill("50");
      await rollouts.form.getByText("Limits and objectives").click();
      await rollouts.form.getByRole("textbox", { name: "Held answers tolerated" }).fill("1");
      await rollouts.start();
      await expect(rollouts.waitingFor).toContainText("Waiting for 30 more calls", { timeout: 60_000 });
      await shell.closeToasts();
    });

    await test.step("with its second held answer every call goes back", async () => {
      await expect(async () => {
        await ask(4, { maxTokens: 24 });
        await expect(rollouts.state).toHaveText("Rolled back", { timeout: 1_000 });
      }).toPass({ timeout: 90_000 });
      await expect(rollouts.waitingFor).toContainText("answers of the candidate were held, 1 are tolerated");
      await expect(shell.statusBar).toContainText(modelName);
      await expect(rollouts.events.filter({ hasText: "Limit exceeded" })).toContainText("Taleward");
      await expect(page.getByRole("main")).not.toContainText(shownCard);
      await shell.go("Violations");
      await expect(violations.items.first()).toContainText("leak");
    });
  });
});
