import { streamText } from "../kit/servers/ollama-scripts.ts";
import { startOllamaServer } from "../kit/servers/ollama-server.ts";
import { expectAccessible } from "./kit/accessible.ts";
import { expect, test } from "./kit/test.ts";

// Every screen in every state is in `accessibility.long.spec.ts`.
test("the first screen, and Stories with a held proposal, have no serious accessibility fault", async ({
  startApp,
}) => {
  const ollama = await startOllamaServer({
    script: streamText("The lamp went out. The number of the card was 4111 1111 1111 1111, he said. Mara ran."),
  });
  try {
    const { page, firstStart, shell, stories } = await startApp({ ollama });
    await expect(firstStart.ollama).toContainText("found");
    await expectAccessible(page);
    await firstStart.use("smollm2:135m");
    await shell.closeToasts();
    await stories.ask("He reads the card aloud.");
    await stories.answered();
    await expect(stories.held).toBeVisible();
    await expectAccessible(page);
  } finally {
    await ollama.close();
  }
});
