import { type RealOllama, startRealOllama, whyNoRealOllama } from "../kit/servers/real-ollama.ts";
import { expect, test } from "./kit/test.ts";

let ollama: RealOllama | null = null;

test.describe("with a real Ollama", () => {
  const missing = whyNoRealOllama();
  test.skip(missing !== null, missing ?? "");

  test.beforeAll(async () => {
    ollama = await startRealOllama();
  });

  test.afterAll(async () => {
    await ollama?.close();
  });

  test("its model is listed, assigned by one click, tells a story and is named in the log; killed, it is replaced", async ({
    startApp,
  }) => {
    if (ollama === null) throw new Error("Ollama was found, but not started");
    const { url, modelName } = ollama;
    const { firstStart, shell, stories, models, logs, page } = await startApp({
      ollama: url,
      env: { TALEWARD_STARTER_MODEL: process.env["TALEWARD_STARTER_MODEL"] ?? "" },
    });

    await test.step("one click lets its model write", async () => {
      await expect(firstStart.screen).toBeHidden();
      await shell.go("Models");
      await models.open("Servers");
      await expect(models.server(url).getByRole("listitem")).toContainText(modelName);
      await models.use(url, modelName);
      await expect(shell.statusBar).toContainText(`story_generation → ${modelName} @`);
      await shell.closeToasts();
    });

    await test.step("it tells, and what it told is accepted", async () => {
      await shell.go("Stories");
      await stories.askForSeveral("A lighthouse keeper finds a map under the stairs.", 2);
      await expect(stories.proposal).toContainText(modelName);
      const received = (await stories.proposedText.getByRole("paragraph").first().textContent()) ?? "";
      await stories.accept();
      await expect(stories.text).toContainText(received);
      await shell.go("Logs");
      await expect(logs.rows.first()).toContainText("Completed");
      await expect(logs.rows.first()).toContainText(modelName);
      await logs.open(0);
      await expect(await logs.show("Raw")).toContainText("ollama");
    });

    await test.step("killed in the middle of a stream, it is said on screen and in the log", async () => {
      await shell.go("Stories");
      // Now and then a small model is done after two sentences. Frozen, it cannot end between the look at it and the kill.
      await expect(async () => {
        await stories.ask("She rows out to the island on the map.");
        await stories.firstWords();
        ollama?.freeze();
        const busy = await stories.proposal.getAttribute("aria-busy");
        if (busy !== "true") {
          ollama?.thaw();
          await stories.discard();
        }
        expect(busy).toBe("true");
      }).toPass({ timeout: 60_000 });
      await ollama?.kill();
      await stories.answered();
      await expect(stories.trouble).toContainText(/connection to Ollama at \S+ broke after \d+ characters/);
      await expect(stories.trouble).toContainText("Generate again.");
      await expect(stories.proposedText).not.toBeEmpty();
      await shell.go("Logs");
      await expect(logs.rows.first()).toContainText("Failed");
      await logs.open(0);
      await expect(logs.detail.getByRole("tabpanel")).toContainText(/connection to Ollama at \S+ broke/);
    });

    await test.step("without it the app says so, and the built-in engine takes over", async () => {
      await shell.go("Stories");
      await stories.discard();
      await stories.ask("The map is wet.");
      await stories.answered();
      await expect(stories.trouble).toContainText("Ollama does not answer at");
      await expect(stories.trouble).toContainText("use the built-in engine");
      await stories.discard();
      await shell.go("Models");
      await models.builtIn.getByRole("button", { name: "Use for story_generation" }).click();
      await expect(models.builtIn).toContainText("answers story_generation");
      await shell.go("Stories");
      await stories.ask("The sea is calm again.");
      await stories.firstWords();
      await expect(stories.proposal).toContainText("SmolLM2-135M-Instruct");
      await stories.answered();
      await shell.go("Logs");
      await expect(logs.rows.first()).toContainText("Completed");
      await expect(logs.rows.first()).toContainText("SmolLM2-135M-Instruct");
      await expect(page.getByRole("table", { name: "Calls" })).toContainText("Failed");
    });
  });
});
