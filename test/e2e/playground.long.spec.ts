import type { Page } from "@playwright/test";
import { breakOff, type Script, status, streamText } from "../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { shownCard } from "../kit/card.ts";
import { expect, needsStarterModel, type Taleward, test } from "./kit/test.ts";

test("the starter model answers a use case and a version side by side; the request and the log keep it", async ({
  startApp,
}) => {
  needsStarterModel();
  const { shell, playground, logs, page, reload } = await startApp({ starter: true });
  await shell.go("Playground");

  await test.step("one request, asked twice at once", async () => {
    await playground.choose(2, "SmolLM2-135M-Instruct @1");
    await playground.write(1, "You are a storyteller.");
    await playground.write(2, "A lighthouse keeper finds a map under the stairs.");
    const sampling = await playground.parameters("Sampling");
    await sampling.getByRole("textbox", { name: "Seed" }).fill("7");
    const length = await playground.parameters("Length and stop");
    await length.getByRole("textbox", { name: "Longest answer, tokens" }).fill("48");
    await page.keyboard.press("ControlOrMeta+Enter");
    for (const position of [1, 2]) {
      await playground.answered(position);
      await expect(playground.answerText(position)).toHaveText(/\w{3}/);
      await expect(playground.answer(position)).toContainText(/Decode.*First token.*Total.*Speed.*tokens\/s/);
    }
    await expect(playground.answer(1)).toContainText("for story_generation");
  });

  await test.step("what went over the wire", async () => {
    await expect(await playground.show(2, "Raw request")).toContainText("A lighthouse keeper finds a map");
    await expect(
      (await playground.show(2, "Raw response")).getByRole("button", { name: "Copy response" }),
    ).toBeVisible();
    await playground.show(2, "Answer");
  });

  const received = (await playground.answerText(2).textContent()) ?? "";
  await test.step("its log entry, and back to the same answers", async () => {
    await playground.answer(2).getByRole("link", { name: "Log entry" }).click();
    await expect(logs.detail.getByRole("tabpanel")).toContainText(received.slice(0, 30));
    await shell.go("Playground");
    await expect(playground.answerText(2)).toHaveText(received);
  });

  await test.step("the request outlives a reload", async () => {
    await reload();
    await expect(playground.request.getByRole("combobox", { name: "Model 2" })).toHaveValue("SmolLM2-135M-Instruct @1");
    await expect(playground.messages.nth(1)).toContainText("A lighthouse keeper finds a map under the stairs.");
    await expect(playground.answers).toHaveCount(0);
  });

  await test.step("an answer becomes the next turn", async () => {
    await page.keyboard.press("ControlOrMeta+Enter");
    await playground.answered(1);
    const answer = ((await playground.answerText(1).textContent()) ?? "").trim();
    await playground.answer(1).getByRole("button", { name: "Continue from answer 1" }).click();
    await expect(playground.messages).toHaveCount(4);
    await expect(playground.messages.nth(2)).toContainText(answer.slice(0, 30));
    await expect(page.getByRole("textbox", { name: "Message 4", exact: true })).toBeFocused();
  });
});

test.describe("with a scripted server @browser", () => {
  let ollama: OllamaServer;
  let app: Taleward;
  const scripts = new Map<string, Script>();

  test.describe.configure({ mode: "serial" });

  test.beforeAll(async ({ launchApp }) => {
    ollama = await startOllamaServer({
      models: [{ name: "narrator" }, { name: "second" }, { name: "third" }],
      script: ({ body }) => scripts.get(String(body["model"])) ?? streamText("The lamp went out at dusk. Mara ran."),
    });
    app = await launchApp({ ollama });
    const { client, close } = await app.headless!.connect(); // these tests run in a browser
    const register = (modelName: string) => {
      const configuration = { endpoint: ollama.url };
      return client.registry.registerModel({ modelName, provider: "ollama", version: "1", configuration });
    };
    const [first, second] = [await register("narrator"), await register("second")];
    await register("third");
    await client.registry.assign({ useCase: "story_generation", versionId: first.id, fallbacks: [second.id] });
    close();
    await app.reload();
    await app.shell.go("Playground");
  });

  test.afterAll(async () => {
    await app?.close();
    await ollama?.close();
  });

  test("what is wrong with a request is said at its fields, and nothing is sent", async () => {
    const { playground, page } = app;
    await playground.run.click();
    await expect(playground.request.getByRole("textbox", { name: "Message 2", exact: true })).toBeFocused();
    await expect(playground.request).toContainText("Write what the model is asked.");
    await playground.write(2, "Go on.");
    await expect(playground.request).not.toContainText("Write what the model is asked.");

    const sampling = await playground.parameters("Sampling");
    await sampling.getByRole("textbox", { name: "Temperature" }).fill("9");
    const format = await playground.parameters("Output format");
    await format.getByText("JSON Schema", { exact: true }).click();
    const schema = format.getByRole("textbox", { name: "JSON Schema" });
    await schema.fill('{ "type": "object",\n "properties": }');
    await page.keyboard.press("ControlOrMeta+Enter");
    await expect(sampling).toContainText("Give a number from 0 to 5, or leave it empty.");
    await expect(format).toContainText("This is not JSON yet: line 2 needs a value where it has “}”.");
    await schema.fill('{ "type": "object", "properties": { "title": { "type": "text" } } }');
    await expect(format).toContainText("schema.properties.title.type");
    expect(ollama.requests).toHaveLength(0);
    await playground.request.getByRole("button", { name: "Reset" }).click();
    await expect(playground.messages.nth(1)).not.toContainText("Go on.");
    await app.shell.closeToasts();
  });

  test("each answer tells its own end: held, failed, and fallen back from whom and why", async () => {
    const { playground } = app;
    scripts.set("narrator", status(500, { error: "llama runner process has terminated" }));
    scripts.set("second", streamText("The lamp went out. The number of the card was 4111 1111 1111 1111, he said."));
    scripts.set("third", breakOff("The lamp went out at dusk. Then", "reset"));
    await playground.write(2, "Go on.");
    await playground.choose(2, "third @1");
    await playground.run.click();
    await playground.answered(1);
    await playground.answered(2);

    const fallen = playground.answer(1);
    await expect(fallen.getByRole("heading")).toHaveText("second @1 for story_generation");
    await expect(fallen.getByText("Fell back from narrator @1 because", { exact: false }).first()).toBeVisible();
    await expect(fallen.getByRole("note", { name: "Held" })).toContainText("payment card");
    await expect(fallen).not.toContainText(shownCard);
    await expect(await playground.show(1, "Raw response")).not.toContainText(shownCard);
    await expect(playground.answer(2).getByRole("note", { name: "What went wrong" })).toBeVisible();
    await expect(playground.answer(2).getByRole("link", { name: "Log entry" })).toBeVisible();
    scripts.clear();
  });

  test("thoughts are folded, tools are cards, and a call for one goes on as the next turn", async () => {
    const { playground } = app;
    const line = (message: object): string =>
      `${JSON.stringify({ model: "third", created_at: "2026-01-01T00:00:00Z", message, done: false })}\n`;
    const call = { function: { name: "tide_table", arguments: { harbour: "Lorne", day: 3 } } };
    scripts.set("third", {
      steps: [
        { do: "bytes", bytes: line({ role: "assistant", content: "", thinking: "They ask for the tide." }) },
        { do: "bytes", bytes: line({ role: "assistant", content: "", tool_calls: [call] }) },
        { do: "done" },
      ],
    });
    await playground.run.click();
    await playground.answered(2);
    const answer = playground.answer(2);
    await expect(answer.getByText("They ask for the tide.")).toBeHidden();
    await answer.getByText("Thoughts", { exact: true }).click();
    await expect(answer.getByText("They ask for the tide.")).toBeVisible();
    await expect(answer.getByRole("region", { name: "Tool call tide_table" })).toContainText('"harbour": "Lorne"');
    await answer.getByRole("button", { name: "Continue from answer 2" }).click();
    await expect(playground.messages).toHaveCount(4);
    await expect(playground.messages.nth(3).getByRole("textbox", { name: "Message 4, tool name" })).toHaveValue(
      "tide_table",
    );
    scripts.clear();
    await playground.request.getByRole("button", { name: "Reset" }).click();
    await app.shell.closeToasts();
  });

  test("a picture goes to the server with its message; a file that is none is refused in words", async () => {
    const { playground, page, shell } = app;
    const files = async (...chosen: { name: string; mimeType: string; buffer: Buffer }[]): Promise<void> => {
      const chooser = page.waitForEvent("filechooser");
      await playground.request.getByRole("button", { name: "Message 2, add pictures" }).click();
      await (await chooser).setFiles(chosen);
    };
    await files({ name: "notes.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
    await expect(shell.toast("notes.png is neither a PNG nor a JPEG picture.")).toBeVisible();
    await shell.closeToasts();
    await files({ name: "dot.png", mimeType: "image/png", buffer: Buffer.from(dot, "base64") });
    await expect(playground.request.getByRole("img", { name: "Picture 1" })).toBeVisible();
    await playground.write(2, "What is this?");
    await playground.run.click();
    await playground.answered(2);
    expect(ollama.requests.at(-1)?.body["messages"]).toEqual([
      expect.objectContaining({ role: "user", content: "What is this?", images: [dot] }),
    ]);
    await playground.request.getByRole("button", { name: "Remove picture 1" }).click();
  });

  test("Escape stops every answer, also at the server; what had come stays", async () => {
    const { playground, page } = app;
    const long = streamText("The sea was quiet below her, and nobody answered. ".repeat(400), { everyMs: 20 });
    for (const model of ["narrator", "third"]) scripts.set(model, long);
    await playground.write(2, "Go on.");
    await playground.run.click();
    for (const position of [1, 2]) await expect(playground.answerText(position)).toContainText("quiet");
    const asked = ollama.requests.slice(-2);
    await page.keyboard.press("Escape");
    for (const position of [1, 2]) {
      await playground.answered(position);
      await expect(playground.answer(position).getByText("Stopped", { exact: true })).toBeVisible();
      await expect(playground.answerText(position)).toContainText("quiet");
    }
    expect(await Promise.all(asked.map(({ ended }) => ended))).toEqual(["left", "left"]);
    scripts.clear();
  });

  test("a link puts versions side by side", async () => {
    const { playground, page } = app;
    const { client, close } = await app.headless!.connect(); // these tests run in a browser
    const { items } = await client.registry.versions({});
    close();
    await openScreen(page, ["on", ...items.slice(0, 2).map(({ id }) => id)]);
    for (const [index, { model, version }] of items.slice(0, 2).entries()) {
      await expect(playground.request.getByRole("combobox", { name: `Model ${index + 1}` })).toHaveValue(
        `${model} @${version}`,
      );
    }
  });

  test("when the backend goes away, answers end where they are, and what was written stays", async () => {
    const { playground, page } = app;
    for (const model of ["narrator", "third"]) {
      scripts.set(model, streamText("The sea was quiet below her, and nobody answered. ".repeat(400), { everyMs: 20 }));
    }
    await playground.choose(1, "narrator @1");
    await playground.write(2, "Go on until the end.");
    await playground.run.click();
    await expect(playground.answerText(1)).toContainText("quiet");
    await app.headless!.kill(); // these tests run in a browser
    await playground.answered(1);
    await expect(playground.answer(1).getByText("Interrupted", { exact: true })).toBeVisible();
    await expect(playground.answer(1).getByRole("note", { name: "What went wrong" })).toContainText(
      "Taleward's backend went away.",
    );
    await expect(playground.answerText(1)).toContainText("quiet");
    await expect(page.getByRole("textbox", { name: "Message 2", exact: true })).toHaveValue("Go on until the end.");
  });
});

/** One grey pixel. */
const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

async function openScreen(page: Page, ids: readonly string[]): Promise<void> {
  await page.evaluate((hash) => (location.hash = hash), `#/playground/${ids.join("/")}`);
}
