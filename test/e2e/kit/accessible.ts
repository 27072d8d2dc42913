import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** In both themes; what axe calls serious or critical, with the elements at fault. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.dataset["mantineColorScheme"]))
      .toBe(colorScheme);
    // In the page itself: Electron has no second page for the combined report.
    const axe = new AxeBuilder({ page }).setLegacyMode();
    // The themes differ in nothing but their colours.
    const { violations } = await (colorScheme === "light" ? axe : axe.withRules("color-contrast")).analyze();
    const grave = violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => ({ colorScheme, id, target, failureSummary })),
      );
    expect(grave).toEqual([]);
  }
}
