import { expect, test } from "@playwright/test";
import { findElectron, launchElectron } from "./harness.ts";

test.skip(findElectron() === undefined, "no Electron here (TALEWARD_ELECTRON, or the installed one)");

test("text that is clicked with the right button has a menu that works, with the languages of the spelling check", async () => {
  const { app, page, close } = await launchElectron();
  try {
    await page.locator("[data-ready=true]").waitFor({ state: "attached" });
    // A native menu waits for a person; its items are looked at and used instead.
    await app.evaluate(({ Menu }) => {
      Menu.prototype.popup = function popup() {
        Object.assign(globalThis, { menu: this });
      };
    });
    await page.keyboard.press("ControlOrMeta+k");
    const field = page.getByRole("textbox", { name: "Command" });
    await field.fill("The lamp");
    await field.selectText();
    await field.click({ button: "right" });
    const items = () =>
      app.evaluate(() => {
        const { menu } = globalThis as unknown as { menu?: Electron.Menu };
        return menu?.items.map(({ role, label }) => role?.toLowerCase() ?? label);
      });
    await expect.poll(items).toEqual(expect.arrayContaining(["cut", "copy", "paste", "selectall", "Spelling"]));
    await app.evaluate(({ session }) => {
      const { menu } = globalThis as unknown as { menu: Electron.Menu };
      const languages = menu.items.at(-1)?.submenu?.items ?? [];
      languages.find(({ label, checked }) => /French|français/i.test(label) && !checked)?.click();
      Object.assign(globalThis, { chosen: session.defaultSession.getSpellCheckerLanguages() });
    });
    const chosen = await app.evaluate(() => (globalThis as unknown as { chosen: string[] }).chosen);
    expect(chosen.some((code) => code.startsWith("fr"))).toBe(true);
  } finally {
    await close();
  }
});
