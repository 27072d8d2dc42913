import { collect } from "../kit/narrative.ts";
import { streamText } from "../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { expect, type Taleward, test } from "./kit/test.ts";

test.describe("@browser", () => {
  let ollama: OllamaServer;
  let app: Taleward;

  test.describe.configure({ mode: "serial" });

  test.beforeAll(async ({ launchApp }) => {
    const story = "The keeper climbed the stairs. The map lay under the lamp.";
    ollama = await startOllamaServer({ models: [{ name: "teller" }], script: streamText(story) });
    app = await launchApp({ ollama });
    const { client, close } = await app.headless!.connect(); // these tests run in a browser
    const { id } = await client.registry.registerModel({
      modelName: "teller",
      provider: "ollama",
      version: "1",
      useCase: "story_generation",
    });
    const suite = await client.suites.create({ name: "Before a rollout" });
    for (const text of ["keeper", "map", "dragon"])
      await client.suites.addCase({
        suiteId: suite.id,
        name: `Tells of a ${text}`,
        messages: [{ role: "user", content: `Tell of a ${text}.` }],
        assertions: [{ type: "contains", text }],
      });
    await collect(await client.suites.run({ suiteId: suite.id, versionIds: [id] }));
    close();
    await app.reload();
  });

  test.afterAll(async () => {
    await app?.close();
    await ollama?.close();
  });

  test("an answer is rated from its log entry by keyboard, the rating is changed, kept and counted for its version, and taken back", async () => {
    const { shell, logs, models, page } = app;
    await shell.go("Logs");
    await logs.open(0);
    await expect(logs.detail).toContainText("Rate this answer");
    await logs.rating.getByRole("radio", { name: "1 star" }).focus();
    await page.keyboard.press("Space");
    await expect(logs.detail).toContainText("1 of 5");
    for (const stars of [2, 3, 4]) {
      await page.keyboard.press("ArrowRight");
      await expect(logs.detail).toContainText(`${stars} of 5`);
    }
    await app.reload();
    await expect(logs.rating.getByRole("radio", { name: "4 stars" })).toBeChecked();
    await logs.open(1);
    await logs.rating.getByRole("radio", { name: "5 stars" }).check();

    await shell.go("Models");
    await models.openVersion("teller", "1");
    await expect(models.versionPage.judgements).toContainText("4.5 of 52 ratings");
    await expect(models.versionPage.judgements.getByRole("listitem", { name: "5 stars: 1 time" })).toBeVisible();

    await page.goBack();
    await shell.go("Logs");
    await logs.detail.getByRole("button", { name: "Remove rating" }).click();
    await expect(logs.detail).toContainText("Rate this answer");
    await expect(logs.rating.getByRole("radio", { name: "1 star" })).toBeFocused();
  });

  test("a version's page tells the latest run of each suite, and leads to it", async () => {
    const { shell, models, suites } = app;
    await shell.go("Models");
    await models.openVersion("teller", "1");
    const row = models.versionPage.judgements.getByRole("row", { name: /^Before a rollout/ });
    await expect(row).toContainText("2 of 3 cases");
    await row.getByRole("link", { name: "Before a rollout" }).click();
    await expect(suites.result("Tells of a dragon", "teller @1")).toContainText("Failed");
  });

  test("a model that is not pulled yet is registered, said to be unpinned and why, and pinned once it is there", async () => {
    const { shell, models, page } = app;
    const { client, close } = await app.headless!.connect(); // these tests run in a browser
    await client.registry.registerModel({ modelName: "later", provider: "ollama", version: "1" });
    await shell.go("Models");
    await models.openVersion("later", "1");
    await expect(page.getByRole("article")).toContainText("not pinned yet");
    await expect(models.versionPage.facts.getByRole("status")).toContainText(
      /Not pinned yet.*answers, but has no model named later\. Pull it there/,
    );
    ollama.shelf.put({ name: "later" });
    await client.registry.endpoints({});
    await expect(models.versionPage.facts.getByRole("button", { name: "Copy digest" })).toBeVisible();
    await expect(page.getByRole("article")).not.toContainText("not pinned yet");
    close();
  });
});
