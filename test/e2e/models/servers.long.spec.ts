import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { expect, type Taleward, test } from "../kit/test.ts";

let ollama: OllamaServer;
let app: Taleward;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ launchApp }) => {
  ollama = await startOllamaServer({
    models: [{ name: "smollm2:135m" }],
    library: [
      { name: "tales:1b", layers: [400_000_000], stepBytes: 1_000_000, everyMs: 200 },
      { name: "poems:1b", layers: [4_000_000], stepBytes: 1_000_000, everyMs: 50 },
    ],
  });
  app = await launchApp({ ollama });
  await app.firstStart.lookAround.click();
  await app.shell.go("Models");
  await app.models.open("Servers");
});

test.afterAll(async () => {
  await app?.close();
  await ollama?.close();
});

test("a pull shows its progress, outlives the screen and the page, is cancelled, and resumes where it stopped", async () => {
  const { models, shell } = app;
  const job = await models.servers.pull(ollama.url, "tales:1b");
  const bar = job.getByRole("progressbar", { name: "Pulling tales:1b" });
  await expect(bar).toHaveText(/MB of 400 MB, .*\/s.* left/);
  await shell.go("Logs");
  await expect(shell.statusBar).toContainText(/Pulling tales:1b \d+ %/);
  await app.reload();
  await shell.statusBar.getByRole("link", { name: /Pulling tales:1b/ }).click();
  await expect(bar).toBeVisible();

  await job.getByRole("button", { name: "Cancel: tales:1b" }).click();
  await expect(job).toContainText("cancelled");
  await expect(job).toContainText(/MB are kept\. Resume goes on from there\./);
  const kept = Number(/([\d.]+) MB are kept/.exec((await job.textContent()) ?? "")?.[1]);
  await job.getByRole("button", { name: "Resume: tales:1b" }).click();
  await expect(bar).toHaveText(/MB of 400 MB/);
  const resumed = Number(/([\d.]+) MB of/.exec((await bar.textContent()) ?? "")?.[1]);
  expect(resumed).toBeGreaterThanOrEqual(kept);
  await job.getByRole("button", { name: "Cancel: tales:1b" }).click();
  await job.getByRole("button", { name: "Close: tales:1b" }).click();
  await expect(job).toBeHidden();
});

test("a pull is begun from the palette; when it is done that is told, and its model stands in the list", async () => {
  const { models, page, shell } = app;
  await models.open("Library");
  await shell.command("Pull a model");
  await expect(page.getByRole("textbox", { name: "Model to pull" })).toBeFocused();
  await page.keyboard.type("poems:1b");
  await page.keyboard.press("Enter");
  await expect(shell.toast("poems:1b was pulled to")).toBeVisible();
  await expect(models.servers.job(ollama.url, "Pull", "poems:1b")).toBeHidden();
  await expect(models.servers.model(ollama.url, "poems:1b")).toBeVisible();
});

test("a pull that fails says why, and what to do", async () => {
  const { models } = app;
  const job = await models.servers.pull(ollama.url, "no-such-model");
  await expect(job).toContainText("failed");
  await expect(job.getByRole("alert")).toContainText("no-such-model");
  await job.getByRole("button", { name: "Close: no-such-model" }).click();
  await expect(job).toBeHidden();
});

test("a model is loaded, shown with its memory and expiry, and unloaded", async () => {
  const { models, shell } = app;
  await shell.closeToasts();
  const row = models.servers.model(ollama.url, "smollm2:135m");
  await row.getByRole("button", { name: "Load: smollm2:135m" }).click();
  await expect(row).toContainText(/MB (in RAM|all on the GPU|of it on the GPU), leaves in \d/);
  await row.getByRole("button", { name: "Unload: smollm2:135m" }).click();
  await expect(row).toContainText("on disk");
});

test("a model is inspected and copied", async () => {
  const { models, page } = app;
  await models.servers.menu(ollama.url, "smollm2:135m", "Show details");
  await expect(models.servers.details).toContainText("Quantisation");
  await expect(models.servers.details).toContainText("completion");
  await page.keyboard.press("Escape");
  await expect(models.servers.details).toBeHidden();
  await models.servers.menu(ollama.url, "smollm2:135m", "Copy under another name");
  const dialog = page.getByRole("dialog", { name: "Copy smollm2:135m" });
  await dialog.getByRole("textbox", { name: "Name of the copy" }).fill("teller");
  await dialog.getByRole("button", { name: "Copy model" }).click();
  await expect(dialog).toBeHidden();
  await expect(models.servers.model(ollama.url, "teller:latest")).toBeVisible();
});

test("a model is created from a Modelfile; what is wrong in it is said in the dialog", async () => {
  const { models, shell } = app;
  await models.server(ollama.url).getByRole("button", { name: "Create a model" }).click();
  const dialog = models.servers.createDialog;
  await dialog.getByRole("textbox", { name: "Name" }).fill("narrator");
  await dialog.getByRole("textbox", { name: "Modelfile" }).fill("PARAMETER temperature 0.5");
  await dialog.getByRole("button", { name: "Create model" }).click();
  await expect(dialog.getByRole("textbox", { name: "Modelfile" })).toHaveAttribute("aria-invalid", "true");
  await dialog.getByRole("textbox", { name: "Modelfile" }).fill("FROM smollm2:135m\nPARAMETER temperature 0.5");
  await dialog.getByRole("button", { name: "Create model" }).click();
  await expect(dialog).toBeHidden();
  await expect(shell.toast("narrator was created at")).toBeVisible();
  await expect(models.servers.model(ollama.url, "narrator:latest")).toBeVisible();
});

test("deleting a model asks first, and asks again with the names of what is pinned to it", async () => {
  const { models, page, shell } = app;
  await shell.closeToasts();
  await models.servers.menu(ollama.url, "teller:latest", "Delete from server");
  const free = page.getByRole("dialog", { name: /^Delete teller:latest from / });
  await expect(free).toContainText("Pulling it again brings it back.");
  await free.getByRole("button", { name: "Delete model" }).click();
  await expect(models.servers.model(ollama.url, "teller:latest")).toBeHidden();

  await models.use(ollama.url, "narrator:latest");
  await shell.closeToasts();
  await models.servers.menu(ollama.url, "narrator:latest", "Delete from server");
  const pinned = page.getByRole("dialog", { name: /^Delete narrator:latest from / });
  await expect(pinned).toContainText(/Registered from it: narrator:latest @\S+, which answers story_generation\./);
  await pinned.getByRole("button", { name: "Delete model" }).click();
  await expect(pinned.getByRole("alert")).toContainText("narrator:latest@");
  await expect(pinned.getByRole("button", { name: "Delete although it is pinned" })).toBeVisible();
  await pinned.getByRole("button", { name: "Cancel" }).click();
  await expect(models.servers.model(ollama.url, "narrator:latest")).toBeVisible();
});

test("a server is tested before it is added, its key is kept and never shown, and it is removed again", async () => {
  const { models, page, shell } = app;
  await shell.closeToasts();
  const other = await startOllamaServer({ models: [{ name: "elsewhere:1b" }] });
  try {
    await page.getByRole("button", { name: "Add a server" }).click();
    const dialog = models.servers.addDialog;
    await dialog.getByRole("combobox", { name: "API" }).click();
    await page.getByRole("option", { name: "Ollama's API" }).click();
    await dialog.getByRole("textbox", { name: "Address" }).fill("127.0.0.1:9");
    await dialog.getByRole("button", { name: "Test" }).click();
    await expect(dialog.getByRole("status")).toContainText("does not answer");
    await dialog.getByRole("textbox", { name: "Address" }).fill(other.url.replace("http://", ""));
    await dialog.getByRole("button", { name: "Test" }).click();
    await expect(dialog.getByRole("status")).toContainText(/answers.*1 model/s);
    await dialog.getByLabel("Key", { exact: true }).fill("a-secret-of-this-test");
    await dialog.getByRole("button", { name: "Add server" }).click();
    await expect(dialog).toBeHidden();
    const card = models.server(other.url);
    await expect(card).toContainText("elsewhere:1b");
    await expect(card).toContainText("Keykept");

    await card.getByRole("button", { name: "Key and limits" }).click();
    await expect(models.servers.settingsDialog.getByLabel("Key", { exact: true })).toHaveValue("");
    await models.servers.settingsDialog.getByRole("textbox", { name: "Calls at once" }).fill("3");
    await models.servers.settingsDialog.getByRole("button", { name: "Save" }).click();
    await expect(card).toContainText("0 of 3");
    expect(await page.content()).not.toContain("a-secret-of-this-test");

    await card.getByRole("button", { name: /^More for 127/ }).click();
    await page.getByRole("menuitem", { name: "Remove server" }).click();
    await page.getByRole("button", { name: "Remove server" }).click();
    await expect(card).toBeHidden();
    await expect(shell.toast("is no longer known.")).toBeVisible();
  } finally {
    await other.close();
  }
});
