import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { expect, type Taleward, test } from "../kit/test.ts";

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

test("further addresses and deadlines are entered, and what is wrong with one is said at it", async () => {
  const { registerDrawer } = app.models;
  const address = (position: number) =>
    registerDrawer.getByRole("textbox", { name: `Further address ${position}`, exact: true });
  for (const [position, typed] of ["10.0.0.2:11434", "http://127.0.0.1:9", "http://127.0.0.1:7"].entries()) {
    await registerDrawer.getByRole("button", { name: "Add another address" }).click();
    await expect(address(position + 1)).toBeFocused();
    await address(position + 1).fill(typed);
  }
  await registerDrawer.getByText("Deadlines", { exact: true }).click();
  await registerDrawer.getByRole("textbox", { name: "First token, ms" }).fill("30000");
  await registerDrawer.getByRole("button", { name: "Register", exact: true }).click();
  await expect(address(1)).toHaveAttribute("aria-invalid", "true");
  await expect(address(2)).not.toHaveAttribute("aria-invalid", "true");
  await registerDrawer.getByRole("button", { name: "Remove further address 1" }).click();
  await expect(address(1)).toHaveValue("http://127.0.0.1:9");
  for (const position of [2, 1])
    await registerDrawer.getByRole("button", { name: `Remove further address ${position}` }).click();
  await expect(registerDrawer.getByText("first token 30.0 s")).toBeVisible();
});

test("a model is registered once its fields are right", async () => {
  const { models, shell } = app;
  await models.register({ Endpoint: ollama.url, "Server model name": "smollm2:135m" });
  await expect(models.registerDrawer).toBeHidden();
  await expect(shell.toast("storyteller @1.0 is registered.")).toBeVisible();
  const row = models.version("storyteller", "1.0");
  await expect(row).toContainText("ollama");
  await expect(row).toContainText("registered");
  await expect(row).toContainText("Q4_1");
});

test("a version that exists already is refused at its field", async () => {
  const { models } = app;
  await models.register({ "Model name": "storyteller", Version: "1.0", Endpoint: ollama.url });
  await expect(models.registerDrawer).toBeVisible();
  await expect(models.registerDrawer.getByRole("textbox", { name: "Version" })).toHaveAttribute("aria-invalid", "true");
  await models.registerDrawer.getByRole("button", { name: "Cancel" }).click();
  await expect(models.registerDrawer).toBeHidden();
  await expect(models.rows).toHaveCount(1);
});

test("the matrix lets a version answer a use case, and the toast takes it back", async () => {
  const { models, shell } = app;
  await models.use(ollama.url, "tinystories:33m");
  await models.open("Assignments");
  const first = await models.live("story_generation").getAttribute("aria-label");
  expect(first).toMatch(/^tinystories:33m @\S+ answers story_generation, live$/);

  await models.assign("storyteller @1.0", "story_generation");
  await expect(models.live("story_generation")).toHaveCount(1);
  await expect(shell.statusBar).toContainText("story_generation → storyteller @1.0");

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

test("a fallback chain is built, ordered and saved by the keyboard alone", async () => {
  const { models, page, shell } = app;
  await models.register({
    "Model name": "spare",
    Version: "1.0",
    Endpoint: ollama.url,
    "Server model name": "smollm2:135m",
  });
  await expect(models.registerDrawer).toBeHidden();
  await shell.closeToasts();
  const inspector = await models.openUseCase("story_generation");
  const chain = models.fallbacks("story_generation");
  for (const name of ["tinystories", "spare"]) {
    await inspector.getByRole("combobox", { name: "Add a fallback" }).focus();
    await page.keyboard.type(name);
    await expect(page.getByRole("option")).toHaveText([new RegExp(`^${name}.* @`)]);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect(chain.last()).toContainText(name);
  }
  await expect(chain).toHaveText([/^1tinystories:33m @/, /^2spare @1\.0/]);
  await inspector.getByRole("button", { name: "Move spare @1.0 up" }).press("Enter");
  await expect(chain).toHaveText([/^1spare @1\.0/, /^2tinystories:33m @/]);
  await expect(inspector.getByRole("button", { name: "Move spare @1.0 down" })).toBeFocused();
  await inspector.getByRole("button", { name: "Save chain" }).press("Enter");
  await expect(
    shell.toast(/When storyteller @1\.0 cannot answer story_generation, spare @1\.0, then tinystories:33m @\S+ will\./),
  ).toBeVisible();
  await expect(models.choice("spare @1.0", "story_generation")).toHaveAccessibleName(/fallback 1, use$/);
});

test("the defaults of a use case are kept by its next assignment, chain and all", async () => {
  const { models, page, shell } = app;
  await shell.closeToasts();
  const inspector = await models.openUseCase("story_generation");
  const defaults = inspector.getByRole("region", { name: "Defaults of story_generation" });
  await defaults.getByText("Defaults of every call").click();
  await defaults.getByText("Sampling", { exact: true }).click();
  await defaults.getByRole("textbox", { name: "Temperature" }).fill("9");
  await defaults.getByRole("button", { name: "Save defaults" }).click();
  await expect(defaults.getByRole("textbox", { name: "Temperature" })).toHaveAttribute("aria-invalid", "true");
  await defaults.getByRole("textbox", { name: "Temperature" }).fill("0.6");
  await defaults.getByRole("button", { name: "Save defaults" }).click();
  await expect(shell.toast("The defaults of story_generation count from the next call.")).toBeVisible();
  await expect(models.fallbacks("story_generation")).toHaveCount(2);
  await expect(
    page.getByRole("list", { name: "What answered story_generation" }).getByRole("listitem").first(),
  ).toContainText("defaults: temperature");
});

test("the timeline shows every stretch, as lanes and as a table, and undoes to one", async () => {
  const { models, page } = app;
  await models.open("Assignments");
  const lane = page.getByRole("list", { name: "Timeline of story_generation" }).getByRole("button");
  await expect(lane).toHaveCount(6);
  await lane.last().focus();
  await page.keyboard.press("ArrowLeft");
  await expect(lane.nth(4)).toHaveAttribute("aria-pressed", "true");
  await page.getByText("Table", { exact: true }).click();
  const table = page.getByRole("table", { name: "What was live when" });
  await expect(table.getByRole("row")).toHaveCount(7);
  await table
    .getByRole("button", { name: /^Undo story_generation to tinystories:33m @/ })
    .first()
    .click();
  await expect(table.getByRole("row")).toHaveCount(8);
  await expect(table.getByRole("row").nth(1)).toContainText(/tinystories:33m @.*live/s);
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
  await models.open("Servers");
  await expect(models.server(ollama.url)).toContainText("Ollama 0.17.4");
  await ollama.refuse();
  await page.getByRole("button", { name: "Check again" }).click();
  await expect(models.server(ollama.url)).toContainText("does not answer");
  await expect(models.server(ollama.url)).toContainText("Start it with ollama serve");
  await ollama.listen();
  await page.getByRole("button", { name: "Check again" }).click();
  await expect(models.server(ollama.url).getByRole("listitem")).toHaveCount(2);
});
