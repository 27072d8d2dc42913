import { streamText } from "../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { expect, needsStarterModel, type Taleward, test } from "./kit/test.ts";

test("a request that was tried is saved as a test and run over the starter model", async ({ startApp }) => {
  needsStarterModel();
  const { shell, playground, suites, page } = await startApp({ starter: true });
  await shell.go("Playground");
  await playground.write(2, "A lighthouse keeper finds a map under the stairs.");
  const length = await playground.parameters("Length and stop");
  await length.getByRole("textbox", { name: "Longest answer, tokens" }).fill("32");

  await test.step("save it with what the answer has to be", async () => {
    await playground.request.getByRole("button", { name: "Save as test" }).click();
    const dialog = playground.saveDialog;
    await expect(dialog.getByRole("textbox", { name: "Name of the case" })).toHaveValue(/^A lighthouse keeper/);
    for (const kind of ["At most so many tokens", "Contains a text"]) {
      await dialog.getByRole("button", { name: "Add assertion" }).click();
      await page.getByRole("menuitem", { name: kind }).click();
    }
    await dialog.getByRole("textbox", { name: "Text" }).fill("xylophone");
    await dialog.getByRole("button", { name: "Save test" }).click();
    await expect(dialog).toContainText("Give the new suite a name.");
    await dialog.getByRole("textbox", { name: "Name of the new suite" }).fill("Before a rollout");
    await dialog.getByRole("button", { name: "Save test" }).click();
    await expect(dialog).toBeHidden();
    await shell.closeToasts();
  });

  await test.step("run it, and read the result", async () => {
    await suites.link.click();
    await suites.run.click();
    await expect(page.getByRole("alert")).toContainText("Choose a version first.");
    await suites.over("SmolLM2-135M-Instruct @1");
    await suites.runToTheEnd();
    const result = suites.result("A lighthouse keeper finds a map under the stairs.", "SmolLM2-135M-Instruct @1");
    await expect(result).toContainText("Failed");
    await result.click();
    await expect(suites.inspector.getByRole("listitem").nth(0)).toContainText(/^Met.*at most 200 tokens/s);
    await expect(suites.inspector.getByRole("listitem").nth(1)).toContainText(/^Not met.*xylophone/s);
    await expect(suites.inspector.getByRole("group", { name: "Answer text" })).toHaveText(/\w{3}/);
    await expect(suites.inspector.getByRole("row", { name: /^Decode \d/ })).toBeVisible();
    await expect(suites.list).toContainText("1 of 1 failed");
  });

  await test.step("the log has the call", async () => {
    await suites.inspector.getByRole("link", { name: "Log entry" }).click();
    await expect(page.getByRole("complementary", { name: "Call" })).toContainText("SmolLM2-135M-Instruct @1");
  });
});

test.describe("with a scripted server @browser", () => {
  let ollama: OllamaServer;
  let app: Taleward;
  let versionIds: readonly string[];

  test.describe.configure({ mode: "serial" });

  test.beforeAll(async ({ launchApp }) => {
    ollama = await startOllamaServer({ models: [{ name: "old" }, { name: "new" }] });
    app = await launchApp({ ollama });
    const { client, close } = await app.headless!.connect(); // these tests run in a browser
    const ids = [];
    for (const modelName of ["old", "new"]) {
      const configuration = { endpoint: ollama.url };
      ids.push(
        (await client.registry.registerModel({ modelName, provider: "ollama", version: "1", configuration })).id,
      );
    }
    versionIds = ids;
    close();
    await app.firstStart.lookAround.click();
    await app.shell.go("Playground");
    await app.suites.link.click();
  });

  test.afterAll(async () => {
    await app?.close();
    await ollama?.close();
  });

  test("an empty place says what a suite is for; a case says what is wrong at its fields", async () => {
    const { suites, page } = app;
    await expect(page.getByRole("heading", { name: "No test suite yet" })).toBeVisible();
    await suites.create("Voice");
    await page.getByRole("button", { name: "Add a case", exact: true }).click();
    const { caseDrawer } = suites;
    await caseDrawer.getByRole("textbox", { name: "Name" }).fill("Speaks of the lamp");
    await caseDrawer.getByRole("textbox", { name: "Message 2", exact: true }).fill("What went out?");
    await caseDrawer.getByRole("button", { name: "Add assertion" }).click();
    await page.getByRole("menuitem", { name: "Matches a pattern" }).click();
    await caseDrawer.getByRole("textbox", { name: "Pattern" }).fill("lamp(");
    await caseDrawer.getByRole("button", { name: "Save case" }).click();
    await expect(caseDrawer.getByRole("textbox", { name: "Text" })).toHaveAttribute("aria-invalid", "true");
    await expect(caseDrawer).toContainText("This is no pattern yet");
    await caseDrawer.getByRole("textbox", { name: "Text" }).fill("lamp");
    await caseDrawer.getByRole("textbox", { name: "Pattern" }).fill("\\bdusk\\b");
    await caseDrawer.getByRole("button", { name: "Save case" }).click();
    await expect(caseDrawer).toBeHidden();
    await expect(suites.cases).toContainText(["contains “lamp”; matches /\\bdusk\\b/iu"]);
  });

  test("a case keeps an assertion of every kind", async () => {
    const { suites, page } = app;
    await page.getByRole("button", { name: "Add case" }).click();
    const { caseDrawer } = suites;
    await caseDrawer.getByRole("textbox", { name: "Name" }).fill("Everything at once");
    await caseDrawer.getByRole("textbox", { name: "Message 2", exact: true }).fill("What went out?");
    await caseDrawer.getByRole("textbox", { name: "Text" }).fill("lamp");
    for (const kind of kinds) {
      await caseDrawer.getByRole("button", { name: "Add assertion" }).click();
      await page.getByRole("menuitem", { name: kind }).click();
    }
    await caseDrawer.getByRole("textbox", { name: "Pattern" }).fill("lamp|sea");
    await caseDrawer.getByRole("textbox", { name: "JSON Schema of the answer" }).fill('{"type": "string"}');
    await caseDrawer.getByRole("textbox", { name: "Text to compare with" }).fill("The lamp went out.");
    await caseDrawer.getByRole("textbox", { name: "What has to hold" }).fill("It names the lamp.");
    for (const label of ["Embedded by", "Judged by"]) {
      await caseDrawer.getByRole("combobox", { name: label }).click();
      await page.getByRole("option", { name: "old @1" }).click();
    }
    await caseDrawer.getByRole("button", { name: "Save case" }).click();
    await expect(caseDrawer).toBeHidden();
    await page.getByRole("button", { name: "Everything at once" }).click();
    await expect(caseDrawer.getByRole("list", { name: "Assertions" }).getByRole("listitem")).toHaveCount(8);
    await expect(caseDrawer.getByRole("textbox", { name: "Pattern" })).toHaveValue("lamp|sea");
    await expect(caseDrawer.getByRole("combobox", { name: "Judged by" })).toHaveValue("old @1");
    await caseDrawer.getByRole("button", { name: "Remove", exact: true }).click();
    await page
      .getByRole("dialog", { name: "Remove “Everything at once”?" })
      .getByRole("button", { name: "Remove case" })
      .click();
    await expect(suites.cases).toHaveCount(1);
  });

  test("a link chooses the versions; a run shows both side by side, and the next what changed", async () => {
    const { suites, page } = app;
    await page.evaluate((hash) => (location.hash = hash), `#/playground/suites/on/${versionIds.join("/")}`);
    await expect(suites.versions).toHaveText(["old @1", "new @1"]);
    ollama.use(({ body }) =>
      body["model"] === "old" ? streamText("The sea was quiet.") : streamText("The lamp went out at dusk."),
    );
    await suites.runToTheEnd();
    await expect(suites.result("Speaks of the lamp", "old @1")).toContainText("Failed");
    await expect(suites.result("Speaks of the lamp", "new @1")).toContainText("Passed");
    await expect(suites.results.getByRole("columnheader", { name: /^old @1/ })).toContainText("0 passed, 1 failed");
    await expect(suites.results.getByRole("columnheader", { name: /^new @1/ })).toContainText("1 passed, 0 failed");

    ollama.use(streamText("The lamp went out at dusk."));
    await suites.runToTheEnd();
    const mended = suites.result("Speaks of the lamp", "old @1");
    await expect(mended).toHaveAccessibleName(/^Speaks of the lamp on old @1: Passed passes now /);
    await mended.click();
    await page.keyboard.press("ArrowRight");
    await expect(suites.result("Speaks of the lamp", "new @1")).toHaveAttribute("aria-pressed", "true");
    await page.getByRole("switch", { name: /^Changes since / }).click();
    await expect(mended).not.toContainText("passes now");
  });

  test("Escape cancels a run, and its calls", async () => {
    const { suites, page } = app;
    ollama.use(streamText("The sea was quiet below her. ".repeat(400), { everyMs: 20 }));
    await suites.run.click();
    await expect(suites.cancel).toBeVisible();
    await expect(suites.results.getByRole("button", { name: "old @1: Running" })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(suites.run).toBeVisible();
    await expect(suites.result("Speaks of the lamp", "old @1")).toContainText("Cancelled");
    await expect(page.getByText("Cancelled", { exact: true }).first()).toBeVisible();
  });

  test("a server that is away is an error of its case, with what to do", async () => {
    const { suites } = app;
    await ollama.refuse();
    await suites.runToTheEnd();
    const result = suites.result("Speaks of the lamp", "new @1");
    await expect(result).toContainText("Error");
    await result.click();
    await expect(suites.inspector.getByRole("note", { name: "What went wrong" })).toContainText("does not answer");
    await ollama.listen();
  });

  test("a suite is renamed and removed", async () => {
    const { suites, page, shell } = app;
    await shell.command("Rename suite");
    const rename = page.getByRole("dialog", { name: "Rename suite" });
    await rename.getByRole("textbox", { name: "Name" }).fill("Keeper's voice");
    await rename.getByRole("button", { name: "Rename suite" }).click();
    await expect(suites.list).toContainText(["Keeper's voice"]);
    await shell.command("Remove suite");
    const remove = page.getByRole("dialog", { name: "Remove “Keeper's voice”?" });
    await expect(remove).toContainText("Its 1 case and 4 runs are deleted.");
    await remove.getByRole("button", { name: "Remove suite" }).click();
    await expect(page.getByRole("heading", { name: "No test suite yet" })).toBeVisible();
  });
});

const kinds = [
  "Matches a pattern",
  "Is JSON of a schema",
  "At most so many tokens",
  "Answers in time",
  "Passes the checks",
  "Is similar to a text",
  "Judged by a model",
];
