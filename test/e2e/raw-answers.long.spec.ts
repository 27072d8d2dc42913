import { startOllamaServer } from "../kit/servers/ollama-server.ts";
import { streamText } from "../kit/servers/ollama-scripts.ts";
import { expect, test } from "./kit/test.ts";

const story = "The keeper rose. The sea was loud.";
const written = `Sure, here is a scene:\n\n${story} I hope you enjoyed it!`;

test("what was left out of a small model's prose is counted, comes back by a click, stays over a reload and is accepted", async ({
  startApp,
}) => {
  const ollama = await startOllamaServer({ script: () => streamText(written) });
  try {
    const { firstStart, stories, shell, logs, page, reload } = await startApp({ ollama });
    await firstStart.use("smollm2:135m");
    await stories.ask("A keeper wakes.");
    await stories.answered();
    await expect(stories.proposedText).toHaveText(story);
    const leftOut = stories.proposal.getByRole("note", { name: "Left out" });
    await expect(leftOut).toContainText("2 sentences left out: a preamble, talk about the text.");
    await test.info().attach("left out", { body: await page.screenshot(), contentType: "image/png" });

    await leftOut.getByRole("button", { name: "Show" }).click();
    await expect(stories.proposedText).toContainText("Sure, here is a scene:");
    await expect(stories.proposedText.locator("mark")).toContainText(["Sure, here", "I hope you enjoyed it!"]);
    await test.info().attach("restored", { body: await page.screenshot(), contentType: "image/png" });
    await reload();
    await expect(stories.proposedText).toContainText("I hope you enjoyed it!");
    await leftOut.getByRole("button", { name: "Leave out again" }).click();
    await expect(stories.proposedText).toHaveText(story);
    await leftOut.getByRole("button", { name: "Show" }).click();
    await expect(stories.proposedText).toContainText("I hope you enjoyed it!");
    await stories.proposal.getByRole("button", { name: /^Accept/ }).click();
    await expect(stories.text).toContainText("Sure, here is a scene:");
    await expect(stories.text).toContainText("I hope you enjoyed it!");

    await shell.go("Logs");
    await logs.open(0);
    await expect(logs.detail.getByRole("tabpanel")).toContainText("2 sentences left out");
    await logs.detail.getByText("Show the answer as the model wrote it").click();
    await expect(logs.detail.getByRole("tabpanel")).toContainText("I hope you enjoyed it!");
    await test.info().attach("log", { body: await page.screenshot(), contentType: "image/png" });
    await expect((await logs.show("Raw")).getByRole("region", { name: "As the model wrote it" })).toContainText(
      "Sure, here is a scene:",
    );
  } finally {
    await ollama.close();
  }
});
