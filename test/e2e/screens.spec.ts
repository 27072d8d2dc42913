import { streamText } from "../kit/servers/ollama-scripts.ts";
import { startOllamaServer } from "../kit/servers/ollama-server.ts";
import { expect, test } from "./kit/test.ts";

const sizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];

test("every screen fits its window in both themes; the report keeps a picture of each", async ({ startApp }, info) => {
  const ollama = await startOllamaServer({
    script: streamText(
      "The lamp went out at dusk. The number of the card was 4111 1111 1111 1111, he said. Then he left.",
    ),
  });
  try {
    const {
      page,
      shell,
      firstStart,
      stories,
      violations,
      models,
      logs,
      playground,
      suites,
      gateway,
      rollouts,
      alerts,
    } = await startApp({
      ollama,
    });
    const look = async (name: string) => {
      for (const size of info.project.name.startsWith("electron") ? [null] : sizes)
        for (const colorScheme of ["light", "dark"] as const) {
          if (size) await page.setViewportSize(size);
          await page.emulateMedia({ colorScheme });
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect(overflow, `${name} is wider than its window`).toBeLessThanOrEqual(0);
          const body = await page.screenshot();
          await info.attach(`${name} ${size?.width ?? "window"} ${colorScheme}`, { body, contentType: "image/png" });
        }
    };
    await look("first start");
    await firstStart.use("smollm2:135m");
    await shell.closeToasts();
    await stories.ask("He pays for the room");
    await stories.answered();
    await look("stories");
    await shell.go("Violations");
    await expect(violations.heading).toBeVisible();
    await look("violations");
    await shell.go("Models");
    for (const tab of ["Library", "Assignments", "Servers"] as const) {
      await models.open(tab);
      await look(`models ${tab.toLowerCase()}`);
    }
    await models.open("Library");
    await models.rows.getByRole("rowheader").getByRole("link").click();
    await expect(models.versionPage.facts).toBeVisible();
    await look("models version");
    await shell.go("Rollouts");
    await expect(page.getByRole("heading", { name: "No rollout yet" })).toBeVisible();
    await look("rollouts");
    await page.evaluate(() => (location.hash = "#/rollouts/start"));
    await expect(rollouts.form).toBeVisible();
    await look("rollouts start");
    await shell.go("Alerts");
    for (const tab of ["Alerts", "Rules", "Subscribers"] as const) {
      await alerts.open(tab);
      await look(`alerts ${tab.toLowerCase()}`);
    }
    await shell.go("Logs");
    await logs.open(0);
    await look("logs");
    await shell.go("Playground");
    await playground.write(2, "He pays for the room");
    await playground.choose(2, "story_generation");
    await playground.run.click();
    for (const position of [1, 2]) await playground.answered(position);
    await look("playground");
    await suites.link.click();
    await look("test suites");
    await shell.go("Gateway");
    await expect(gateway.snippet).toBeVisible();
    await look("gateway");
  } finally {
    await ollama.close();
  }
});
