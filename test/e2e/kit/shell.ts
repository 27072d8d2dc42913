import { expect, type Locator, type Page } from "@playwright/test";

export type ScreenName =
  | "Stories"
  | "Violations"
  | "Rollouts"
  | "Models"
  | "Logs"
  | "Playground"
  | "Alerts"
  | "Gateway";

/** The frame around every screen: rail, command palette, status bar, toasts, theme. */
export class Shell {
  readonly page: Page;
  readonly rail: Locator;
  readonly statusBar: Locator;
  /** "Saving", "Saved Tue 14:05" or "Not saved: why". */
  readonly savedState: Locator;
  readonly palette: Locator;
  readonly inspector: Locator;

  constructor(page: Page) {
    this.page = page;
    this.rail = page.getByRole("navigation", { name: "Screens" });
    this.statusBar = page.getByRole("contentinfo", { name: "Status" });
    this.savedState = this.statusBar.getByRole("link", { name: /^(Saving|Saved|Not saved)/ });
    this.palette = page.getByRole("dialog", { name: "Command palette" });
    this.inspector = page.getByRole("complementary", { name: "Inspector" });
  }

  /** Resolves once the first screen has what it needs. */
  async ready(): Promise<void> {
    await this.page.locator('[data-ready="true"]').waitFor({ state: "attached" });
  }

  /** Goes to a screen by the rail. */
  async go(name: ScreenName): Promise<void> {
    await this.rail.getByRole("link", { name, exact: true }).click();
    await expect(this.page.getByRole("main", { name, exact: true })).toBeVisible();
  }

  /** Opens the command palette by its shortcut and runs the action of that name. */
  async command(name: string): Promise<void> {
    await this.page.keyboard.press("ControlOrMeta+k");
    await this.palette.getByRole("textbox", { name: "Command" }).fill(name);
    await this.palette.getByRole("button", { name }).first().click();
    await expect(this.palette).toBeHidden();
  }

  async setTheme(theme: "System" | "Light" | "Dark"): Promise<void> {
    await this.rail.getByRole("button", { name: "Settings" }).click();
    const settings = this.page.getByRole("dialog", { name: "Settings" });
    await settings.getByText(theme, { exact: true }).click();
    await expect(settings.getByRole("radio", { name: theme })).toBeChecked();
    await this.page.keyboard.press("Escape");
    await expect(settings).toBeHidden();
  }

  /** The toast that says this; under `--test` a toast stays until it is closed. */
  toast(text: string | RegExp): Locator {
    return this.page
      .getByRole("alert")
      .filter({ has: this.page.getByRole("button", { name: "Close notification" }), hasText: text });
  }

  /** Closes every toast, also those that waited for room, so that none lies over what is under it. */
  async closeToasts(): Promise<void> {
    const toasts = this.toast(/./);
    while ((await toasts.count()) > 0) {
      const id = (await toasts.first().getAttribute("id")) ?? "";
      const toast = this.page.locator(`[id="${id}"]`);
      await toast.getByRole("button", { name: "Close notification" }).click();
      await expect(toast).toBeHidden();
    }
  }

  /** Resolves once everything typed is stored. */
  async saved(): Promise<void> {
    await expect(this.savedState).toHaveText(/^Saved /);
  }
}
