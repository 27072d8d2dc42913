import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "./kit/test.ts";

test.describe("in a browser", { tag: "@browser" }, () => {
  test("what is typed while the backend is away is saved once it is back, also from another screen", async ({
    startApp,
  }) => {
    const dataDirectory = await mkdtemp(join(tmpdir(), "taleward-e2e-"));
    try {
      const { headless, stories, shell, firstStart, page } = await startApp({ dataDirectory });
      await firstStart.lookAround.click();
      await stories.newStory("The Salt Road");
      await stories.type("The lamp went out at dusk.");
      await shell.saved();
      // By now the other screens are here too.
      await page.waitForTimeout(2_000);
      await headless?.kill();
      await expect(page.getByRole("status").filter({ hasText: "backend went away" })).toBeVisible();
      await stories.type(" Nobody saw it.");
      await shell.go("Logs");
      await expect(page.getByRole("search", { name: "Log filters" })).toBeVisible();
      // Longer than the save under way and the one on leaving wait for the connection, ten seconds each.
      await page.waitForTimeout(24_000);
      const again = await startApp({ dataDirectory });
      await expect(page.getByRole("status").filter({ hasText: "backend went away" })).toBeHidden();
      await again.firstStart.lookAround.click();
      await expect(again.stories.text).toContainText("The lamp went out at dusk. Nobody saw it.", { timeout: 20_000 });
    } finally {
      await rm(dataDirectory, { recursive: true, force: true });
    }
  });
});
