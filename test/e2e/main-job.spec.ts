import { midSentence } from "./kit/reading.ts";
import { expect, needsStarterModel, test } from "./kit/test.ts";

test("the starter model tells a checked story that is stopped, accepted, edited, kept and logged", async ({
  startApp,
}) => {
  needsStarterModel();
  const { shell, stories, logs, reload } = await startApp({ starter: true });

  const answers = await test.step("text arrives sentence by sentence", async () => {
    const answers = await stories.askForSeveral("A lighthouse keeper finds a map under the stairs.", 3);
    await expect(stories.proposal.getByText("Proposed", { exact: true })).toBeVisible();
    for (const states of answers)
      for (const [index, { text }] of states.entries()) {
        expect(text.startsWith(states[index - 1]?.text ?? "")).toBe(true);
        expect(midSentence(text, states.at(-1)?.text ?? ""), `shown half a sentence: …${text.slice(-60)}`).toBe(false);
      }
    return answers;
  });

  const received = await stories.proposedText.getByRole("paragraph").allTextContents();
  const beginning = received[0] ?? "";
  expect(beginning.length).toBeGreaterThan(20);

  await test.step("accept it", async () => {
    await stories.accept();
    await expect(stories.proposal).toBeHidden();
    for (const paragraph of received) await expect(stories.text).toContainText(paragraph);
  });

  let stoppedText = "";
  await test.step("stop another and accept what had come", async () => {
    // Now and then a small model is done after two sentences.
    await expect(async () => {
      await stories.ask("She rows out to the island on the map.");
      await stories.firstWords();
      const inTime = await stories.stopInTime();
      if (!inTime) await stories.discard();
      expect(inTime).toBe(true);
    }).toPass({ timeout: 60_000 });
    stoppedText = (await stories.proposedText.getByRole("paragraph").first().textContent()) ?? "";
    await stories.accept();
    await expect(stories.text).toContainText(stoppedText);
  });

  await test.step("edit, and see it saved", async () => {
    await stories.type(" And that was only the first night.");
    await shell.saved();
  });

  await test.step("reload and find it", async () => {
    await reload();
    await expect(stories.text).toContainText(beginning);
    await expect(stories.text).toContainText(stoppedText);
    await expect(stories.text).toContainText("And that was only the first night.");
    await expect(stories.proposal).toBeHidden();
  });

  await test.step("the log shows all of it", async () => {
    await shell.go("Logs");
    await expect(logs.rows.first()).toContainText("Stopped");
    await expect(logs.rows.last()).toContainText("Completed");
    await expect(logs.rows.last()).toContainText("clean");
    await logs.open((await logs.rows.count()) - answers.length);
    await expect(logs.detail.getByRole("tabpanel")).toContainText(beginning);
    await expect(await logs.show("Prompt as sent")).toContainText("A lighthouse keeper finds a map under the stairs.");
    const timings = await logs.show("Timings");
    await expect(timings.getByRole("row", { name: /^Total \d/ })).toBeVisible();
    // A passage that is long enough is stopped before the engine has counted its tokens; what it counted, it also timed.
    const isCounted = await timings.getByRole("row", { name: /^Answer \d/ }).isVisible();
    await expect(timings.getByRole("row", { name: isCounted ? /^Speed \d/ : /^Speed \D/ })).toBeVisible();
    await logs.open(0);
    await expect(logs.detail.getByRole("tabpanel")).toContainText(stoppedText);
    await expect(await logs.show("Prompt as sent")).toContainText("She rows out to the island on the map.");
  });
});
