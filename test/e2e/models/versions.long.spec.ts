import { mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type VersionId, versionId } from "../../../src/shared/contract/ids.ts";
import { ggufFile } from "../../kit/servers/gguf.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { expect, needsStarterModel, type Taleward, test } from "../kit/test.ts";

let ollama: OllamaServer;
let app: Taleward;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ launchApp }) => {
  ollama = await startOllamaServer({ models: [{ name: "smollm2:135m" }, { name: "tinystories:33m" }] });
  app = await launchApp({ ollama });
  await app.firstStart.use("smollm2:135m");
  await app.stories.ask("The lamp goes out.");
  await app.stories.answered();
  await app.shell.go("Models");
  await app.shell.closeToasts();
});

test.afterAll(async () => {
  await app?.close();
  await ollama?.close();
});

/** The built-in engine is started to read a file. */
const engineMs = 60_000;

const current = async (): Promise<string> => {
  const name = await app.models.rows.first().getByRole("rowheader").getByRole("link").getAttribute("aria-label");
  return name?.split("@")[1] ?? "";
};

test("a version's page tells what it is, where it answers and how it did, in charts and in a table", async () => {
  const { models, page } = app;
  await models.openVersion("smollm2:135m", await current());
  const { versionPage } = models;
  await expect(versionPage.facts).toContainText("Q4_1");
  await expect(versionPage.facts.getByRole("button", { name: "Copy digest" })).toBeVisible();
  await expect(versionPage.positions).toContainText(/story_generation\s*live/);
  await expect(versionPage.performance).toContainText(/Calls1\s*0 failed/);
  await expect(page.getByRole("figure", { name: "First token over time" })).toBeVisible();
  await versionPage.performance.getByText("Table", { exact: true }).click();
  await expect(versionPage.performanceTable.getByRole("row")).toHaveCount(2);
  await versionPage.calls.getByRole("link", { name: "The lamp goes out." }).click();
  await expect(app.logs.detail).toBeVisible();
  await page.goBack();
});

test("tags, an alias and a note are kept; a tag that cannot be is refused at its field", async () => {
  const { versionPage } = app.models;
  await versionPage.tags.fill("prose");
  await versionPage.tags.press("Enter");
  await versionPage.aliases.fill("stable");
  await versionPage.aliases.press("Enter");
  await versionPage.note.fill("Kept for the evenings.");
  await versionPage.note.press("ControlOrMeta+Enter");
  await versionPage.tags.fill("no spaces here");
  await versionPage.tags.press("Enter");
  await expect(versionPage.tags).toHaveAttribute("aria-invalid", "true");
  await app.reload();
  await expect(versionPage.note).toHaveValue("Kept for the evenings.");
  const annotations = app.page.getByRole("region", { name: "Tags, aliases and note" });
  await expect(annotations).toContainText("prose");
  await expect(annotations).toContainText("stable");
  await expect(annotations).not.toContainText("no spaces here");
});

test("a new version begins with this one's configuration, and the two stand side by side", async () => {
  const { models, page, shell } = app;
  const first = await currentPageName();
  await page.getByRole("button", { name: "New version from this" }).click();
  await models.register({ Version: "warmer", "Context length, tokens": "2048" });
  await expect(shell.toast("smollm2:135m @warmer is registered.")).toBeVisible();
  await expect(models.versionPage.configuration).toContainText(/Context length\s*2,048 tokens/);
  const comparison = await models.compare(first, "smollm2:135m @warmer");
  const settings = comparison.getByRole("table", { name: "Configuration of both" });
  await expect(settings.getByRole("row", { name: /^Context length/ })).toContainText("differs");
  await expect(settings.getByRole("row", { name: /^Endpoint/ })).toContainText("same");
  await comparison.getByRole("checkbox", { name: "Only what differs" }).check();
  await expect(settings.getByRole("row", { name: /^Endpoint/ })).toBeHidden();
  await expect(comparison.getByRole("row", { name: /^Calls/ })).toContainText("1 fewer");
  await expect(comparison.getByRole("link", { name: "Test both" })).toHaveAttribute("href", /suites/);
});

test("the filters ask the backend, and the arrow keys walk the rows", async () => {
  const { models, page } = app;
  await models.open("Library");
  await models.search("warmer", 1);
  await models.search("nothing of that name", 0);
  await expect(page.getByRole("heading", { name: "No version matches these filters" })).toBeVisible();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect(models.rows).toHaveCount(2);
  await models.rows.first().getByRole("rowheader").getByRole("link").focus();
  await page.keyboard.press("ArrowDown");
  await expect(models.rows.nth(1).getByRole("rowheader").getByRole("link")).toBeFocused();
});

test("a version is retired and brought back, and deleted only while nothing refers to it", async () => {
  const { models, page, shell } = app;
  await models.openVersion("smollm2:135m", "warmer");
  await models.versionPage.menu("Retire");
  await shell.toast("smollm2:135m @warmer is retired.").getByRole("button", { name: "Undo" }).click();
  await expect(shell.toast("smollm2:135m @warmer is registered now.")).toBeVisible();
  await models.versionPage.menu("Delete version");
  await page.getByRole("button", { name: "Delete version" }).click();
  await expect(models.rows).toHaveCount(1);

  await models.openVersion("smollm2:135m", await current());
  await models.versionPage.menu("Delete version");
  const dialog = page.getByRole("dialog", { name: /^Delete smollm2:135m @/ });
  await dialog.getByRole("button", { name: "Delete version" }).click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await dialog.getByRole("button", { name: "Cancel" }).click();
});

test("content that changed under its name is told, and registered as what it is now", async () => {
  const { models, page, shell } = app;
  await shell.closeToasts();
  const before = await currentPageName();
  ollama.shelf.put({ name: "smollm2:135m", digest: "c".repeat(64) });
  await models.open("Library");
  await shell.command("Check for drift");
  await expect(models.drift).toContainText(`${before} is no longer what was registered.`);
  await expect(models.drift).toContainText("cccccccccccc");
  await expect(models.rows.first()).toContainText("drifted");
  await models.drift.getByRole("button", { name: "Register what is there now as…" }).click();
  const dialog = page.getByRole("dialog", { name: /^Register what .* has now$/ });
  await dialog.getByRole("textbox", { name: "Version" }).fill("moved");
  await dialog.getByRole("button", { name: "Register and take over" }).click();
  await expect(page.getByRole("article", { name: "smollm2:135m @moved" })).toBeVisible();
  await expect(models.versionPage.positions).toContainText(/story_generation\s*live/);
  await expect(shell.toast(/which is retired\.$/)).toBeVisible();
  await models.open("Library");
  await expect(models.drift).toBeHidden();
});

test("the registry goes out as a file and comes in again, and what is no registry is refused @browser", async () => {
  const { models, page, shell } = app;
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export registry" }).click();
  const path = await (await download).path();
  const document = JSON.parse(await readFile(path, "utf8"));
  expect(document).toMatchObject({ format: "taleward-registry", formatVersion: 2 });
  expect(document.versions).toHaveLength(2);

  const bring = async (name: string, text: string): Promise<void> => {
    await shell.closeToasts();
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Import registry" }).click();
    await (await chooser).setFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });
  };
  await bring("registry.json", JSON.stringify(document));
  await expect(shell.toast("Everything in registry.json was here already.")).toBeVisible();
  await bring("notes.json", "not JSON");
  await expect(shell.toast("notes.json is not JSON.")).toBeVisible();
  await bring("other.json", JSON.stringify({ ...document, format: "something" }));
  await expect(shell.toast(/format/)).toBeVisible();
  await expect(models.rows).toHaveCount(2);
  await shell.closeToasts();
});

test("a file dropped anywhere is taken in, and what is no model is refused with its reason @browser", async () => {
  const { models, page, shell } = app;
  await models.drop("notes.txt", Buffer.from("no model"));
  await expect(shell.toast("notes.txt is not a GGUF file.")).toBeVisible();
  await models.drop("broken.gguf", Buffer.from("no model"));
  const refused = page.getByRole("alert").filter({ hasText: "broken.gguf is not a whole GGUF model" });
  await refused.getByRole("button", { name: "Close" }).click();
  await models.drop("hollow.gguf", ggufFile());
  await expect(models.registerDrawer.getByLabel("File", { exact: true })).toHaveValue("hollow.gguf");
  await models.registerDrawer.getByRole("button", { name: "Cancel" }).click();
});

test("a GGUF file is chosen, read with the memory it needs, and registered @browser", async () => {
  needsStarterModel();
  const { models, page, shell } = app;
  await shell.closeToasts();
  await page.getByRole("button", { name: "Register a model" }).click();
  await models.registerDrawer.getByLabel("Provider").click();
  await page.getByRole("option", { name: "Built-in engine (GGUF file)" }).click();
  const chooser = page.waitForEvent("filechooser");
  await models.registerDrawer.getByRole("button", { name: "Choose a file" }).click();
  await (await chooser).setFiles(process.env["TALEWARD_STARTER_MODEL"] ?? "");
  await expect(models.fileFacts).toContainText("8,192 tokens", { timeout: engineMs });
  await expect(models.fileFacts).toContainText(/MB needed for .* tokens, .* free/);
  await expect(models.fileFacts).toContainText("fits into memory");
  await models.register({ "Model name": "chosen", Version: "1.0" });
  await expect(shell.toast("chosen @1.0 is registered.")).toBeVisible();
  await expect(models.version("chosen", "1.0")).toContainText("embedded");
});

test("a large file says that it is read to be pinned, and cancelling that registers nothing", async () => {
  const { models, page } = app;
  const folder = join(app.dataDirectory, "models");
  await mkdir(folder, { recursive: true });
  const large = join(folder, "large.gguf");
  await writeFile(large, ggufFile());
  await truncate(large, 64e9); // a hole, which takes no room on the disk and a minute to read
  await page.getByRole("button", { name: "Register a model" }).click();
  const { registerDrawer } = models;
  await registerDrawer.getByLabel("Provider").click();
  await page.getByRole("option", { name: "Built-in engine (GGUF file)" }).click();
  await models.register({ "Model name": "large", Version: "1.0", File: "large.gguf" });
  const progress = registerDrawer.getByRole("progressbar", { name: "Reading the file to pin it" });
  await expect(progress).toContainText("Reading 64.0 GB to pin it");
  await registerDrawer.getByRole("button", { name: "Cancel" }).click();
  await expect(progress).toBeHidden();
  await expect(registerDrawer.getByLabel("Model name", { exact: true })).toHaveValue("large");
  await registerDrawer.getByRole("button", { name: "Cancel" }).click();
  await expect(registerDrawer).toBeHidden();
  await rm(large);
  await expect(models.version("large", "1.0")).toHaveCount(0);
});

test("ten thousand versions are counted, found and scrolled, and only those in view are drawn @browser", async () => {
  const { models, page } = app;
  if (app.headless === null) throw new Error("tagged @browser");
  const { client, close } = await app.headless.connect();
  try {
    const document = await client.registry.exportRegistry();
    const [model] = document.models;
    const [version] = document.versions;
    if (model === undefined || version === undefined) throw new Error("the registry is empty");
    const many = Array.from({ length: 10_000 }, (_, index) => ({
      ...version,
      id: idOf(index),
      version: `many-${index}`,
      status: "registered" as const,
      drift: null,
      createdAtMs: version.createdAtMs - 10_000 + index,
    }));
    await client.registry.importRegistry({
      document: {
        ...document,
        models: [{ ...model, aliases: [] }],
        versions: many,
        useCases: [],
        assignments: [],
        endpoints: [],
      },
    });
  } finally {
    close();
  }
  await app.reload();
  await models.search("many", 10_000);
  expect(await models.library.getByRole("row").count()).toBeLessThan(80);
  const table = page.getByRole("group", { name: "Registered versions" });
  await table.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await expect(models.library.getByRole("link", { name: / @many-0$/ })).toBeVisible();
  expect(await models.library.getByRole("row").count()).toBeLessThan(80);
  await models.search("many-4711", 1);
  await expect(models.rows).toHaveCount(1);
});

async function currentPageName(): Promise<string> {
  const name = await app.page.getByRole("article").getAttribute("aria-label");
  if (name === null) throw new Error("no version is open");
  return name;
}

/** A version's id of its own for each index. */
function idOf(index: number): VersionId {
  return versionId.parse(`01900000-0000-7000-8000-${index.toString(16).padStart(12, "0")}`);
}
