import { type OllamaServer, startOllamaServer } from "../kit/ollama-server.ts";
import { expect, type Taleward, test } from "./kit/test.ts";

let ollama: OllamaServer;
let app: Taleward;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ launchApp }) => {
  ollama = await startOllamaServer({ models: [{ name: "smollm2:135m" }, { name: "tinystories:33m" }] });
  app = await launchApp({ ollama });
  await app.firstStart.lookAround.click();
  await app.shell.go("Models");
});

test.afterAll(async () => {
  await app?.close();
  await ollama?.close();
});

test("what is wrong in a registration is said at its field, and nothing is registered", async () => {
  const { models } = app;
  const field = (name: string) => models.registerDrawer.getByRole("textbox", { name, exact: true });
  await models.register({ "Model name": "storyteller" });
  await expect(field("Version")).toHaveAttribute("aria-invalid", "true");
  await models.register({ Version: "1.0", Endpoint: "somewhere" });
  await expect(field("Version")).not.toHaveAttribute("aria-invalid", "true");
  await expect(field("Endpoint")).toHaveAttribute("aria-invalid", "true");
  await expect(models.registerDrawer).toContainText("http:// or https:// address");
  await expect(models.registerDrawer).toBeVisible();
});

test("a model is registered once its fields are right", async () => {
  const { models, shell } = app;
  await models.register({ Endpoint: ollama.url, "Name on the server": "smollm2:135m" });
  await expect(models.registerDrawer).toBeHidden();
  await expect(shell.toast("storyteller @1.0 is registered.")).toBeVisible();
  const row = models.version("storyteller", "1.0");
  await expect(row).toContainText("ollama");
  await expect(row).toContainText("nothing");
  await expect(row).not.toContainText("not known");
});

test("a version that exists already is refused at its field", async () => {
  const { models, page } = app;
  await models.register({ "Model name": "storyteller", Version: "1.0", Endpoint: ollama.url });
  await expect(models.registerDrawer).toBeVisible();
  await expect(models.registerDrawer.getByRole("textbox", { name: "Version" })).toHaveAttribute("aria-invalid", "true");
  await models.registerDrawer.getByRole("button", { name: "Cancel" }).click();
  await expect(models.registerDrawer).toBeHidden();
  await expect(page.getByRole("table", { name: "Library" }).getByRole("row")).toHaveCount(2);
});

test("the matrix lets a version answer a use case, and the toast takes it back", async () => {
  const { models, shell } = app;
  await models.use(ollama.url, "tinystories:33m");
  const first = await models.live("story_generation").getAttribute("aria-label");
  expect(first).toMatch(/^tinystories:33m @\S+ answers story_generation, live$/);

  await models.assign("storyteller @1.0", "story_generation");
  await expect(models.live("story_generation")).toHaveCount(1);
  await expect(shell.statusBar).toContainText("story_generation → storyteller @1.0");
  await expect(models.version("storyteller", "1.0")).toContainText("story_generation");

  await shell
    .toast("story_generation is answered by storyteller @1.0 from now on.")
    .getByRole("button", { name: "Undo" })
    .click();
  await expect(models.live("story_generation")).toHaveAttribute("aria-label", first ?? "");
  await expect(shell.statusBar).toContainText("story_generation → tinystories:33m @");
});

test("the history tells what was live when, and leads back", async () => {
  const { models } = app;
  const rows = await models.history("story_generation");
  await expect(rows).toHaveCount(3);
  await expect(rows.nth(0)).toContainText(/tinystories:33m.*live.*until now.*Undone/s);
  await expect(rows.nth(1)).toContainText("storyteller @1.0");
  await expect(rows.nth(2)).toContainText("tinystories:33m");
  await rows.nth(1).getByRole("button", { name: "Go back to storyteller @1.0" }).click();
  await expect(rows).toHaveCount(4);
  await expect(rows.nth(0)).toContainText(/storyteller @1\.0.*live/s);
});

test("a use case of one's own can be added and answered", async () => {
  const { models, page } = app;
  await page.getByRole("button", { name: "Add use case" }).click();
  const dialog = page.getByRole("dialog", { name: "Add use case" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Story Endings");
  await dialog.getByRole("button", { name: "Add use case" }).click();
  await expect(dialog.getByRole("textbox", { name: "Name" })).toHaveAttribute("aria-invalid", "true");
  await dialog.getByRole("textbox", { name: "Name" }).fill("story_endings");
  await dialog.getByRole("button", { name: "Add use case" }).click();
  await expect(dialog).toBeHidden();
  await models.assign("storyteller @1.0", "story_endings");
});

test("a server's health and models are shown, down and up again", async () => {
  const { models, page, shell } = app;
  await shell.closeToasts();
  await expect(models.server(ollama.url)).toContainText("Ollama 0.17.4");
  await ollama.refuse();
  await page.getByRole("button", { name: "Check again" }).click();
  await expect(models.server(ollama.url)).toContainText("does not answer");
  await expect(models.server(ollama.url)).toContainText("Start it with ollama serve");
  await ollama.listen();
  await page.getByRole("button", { name: "Check again" }).click();
  await expect(models.server(ollama.url).getByRole("listitem")).toHaveCount(2);
});
