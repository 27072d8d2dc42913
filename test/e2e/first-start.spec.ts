import { startOllamaServer } from "../kit/servers/ollama-server.ts";
import { expect, test } from "./kit/test.ts";

test("with no model at hand there are four ways to one, and looking around first", async ({ startApp }) => {
  const { firstStart, shell, stories, models, logs, page } = await startApp();
  await expect(firstStart.ollama).toContainText("not found");
  await expect(firstStart.ollama).toContainText("Start it with ollama serve, or use the built-in engine.");
  await expect(firstStart.ollama.getByRole("button", { name: "Look again" })).toBeEnabled();
  await expect(firstStart.builtIn).toContainText("not installed");
  await expect(firstStart.builtIn).toContainText("98 MB, Apache-2.0");
  await expect(firstStart.builtIn).toContainText("is a demo model");
  const recommended = firstStart.catalogue.getByRole("list", { name: "Recommended" }).getByRole("listitem");
  await expect(recommended).toHaveCount(1);
  await expect(recommended.getByRole("button", { name: /^Fetch: / })).toBeEnabled();
  await expect(recommended).toContainText(/needs [\d.]+ GB of memory/);
  await expect(firstStart.builtIn.getByRole("button", { name: "Install and use" })).toBeEnabled();
  await expect(firstStart.otherServer.getByRole("button", { name: "Test" })).toBeDisabled();

  await firstStart.lookAround.click();
  await expect(stories.prompt).toBeVisible();
  await expect(page.getByRole("form", { name: "Prompt" })).toContainText("No model answers story_generation yet.");
  await stories.prompt.fill("A keeper finds a map.");
  await expect(stories.generate).toBeDisabled();
  await shell.go("Logs");
  await expect(page.getByRole("heading", { name: "No call was made yet" })).toBeVisible();
  await expect(logs.table).toBeHidden();
  await shell.go("Violations");
  await expect(page.getByRole("heading", { name: "Nothing was held or flagged" })).toBeVisible();
  await shell.go("Models");
  await expect(page.getByRole("heading", { name: "No model is registered yet" })).toBeVisible();
  await models.open("Assignments");
  await expect(models.assignments.getByRole("rowheader")).toHaveCount(5);
});

test("an Ollama that comes up later is found, and one click lets its model write", async ({ startApp }) => {
  const ollama = await startOllamaServer();
  await ollama.refuse();
  try {
    const { firstStart, stories, shell } = await startApp({ ollama });
    await expect(firstStart.ollama).toContainText("not found");
    await ollama.listen();
    await firstStart.ollama.getByRole("button", { name: "Look again" }).click();
    await expect(firstStart.ollama).toContainText("Version 0.17.4");
    await firstStart.use("smollm2:135m");
    await expect(shell.statusBar).toContainText("story_generation → smollm2:135m @");
    await stories.ask("The lamp goes out.");
    await stories.answered();
    await expect(stories.proposedText).toContainText("The lamp went out at dusk.");
  } finally {
    await ollama.close();
  }
});

test("the best model at hand comes first, and the demo asks for nothing", async ({ startApp }) => {
  const ollama = await startOllamaServer({
    models: [
      { name: "tiny:135m", sizeBytes: 270_000_000 },
      { name: "llama3.1:8b", sizeBytes: 4_900_000_000 },
    ],
  });
  try {
    const { firstStart, page, shell } = await startApp({ ollama });
    const offered = firstStart.ollama.getByRole("button", { name: /^Use for story_generation/ });
    await expect(offered.first()).toHaveAccessibleName("Use for story_generation: llama3.1:8b");
    const filled = page.getByRole("region", { name: "First start" }).locator('button[data-variant="filled"]');
    await expect(filled).toHaveCount(1);
    await expect(filled).toHaveAccessibleName("Use for story_generation: llama3.1:8b");
    await firstStart.use("llama3.1:8b");
    await expect(shell.statusBar).toContainText("llama3.1:8b");
    await expect(page.getByRole("note")).toBeHidden();
  } finally {
    await ollama.close();
  }
});

test("another server is tested by its address and used by one click", async ({ startApp }) => {
  const ollama = await startOllamaServer({ models: [{ name: "tinystories:33m" }] });
  try {
    const { firstStart, shell } = await startApp();
    await firstStart.testServer("not an address");
    await expect(firstStart.otherServer.getByRole("textbox")).toHaveAttribute("aria-invalid", "true");
    await firstStart.testServer("127.0.0.1:9");
    await expect(firstStart.otherServer).toContainText("Ollama does not answer at 127.0.0.1:9");
    await firstStart.testServer(ollama.url.replace("http://", ""));
    await expect(firstStart.otherServer).toContainText("found");
    await firstStart.use("tinystories:33m", firstStart.otherServer);
    await expect(shell.statusBar).toContainText("story_generation → tinystories:33m @");
  } finally {
    await ollama.close();
  }
});
