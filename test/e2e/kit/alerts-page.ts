import { expect, type Locator, type Page } from "@playwright/test";

export type AlertsTab = "Alerts" | "Rules" | "Subscribers";

/** Alerts: the bell, the list, the rules, and who is notified of model updates. */
export class AlertsPage {
  readonly page: Page;
  /** In the top bar of every screen; its name says how many are open. */
  readonly bell: Locator;
  readonly tabs: Locator;
  readonly list: Locator;
  readonly rules: Locator;
  /** The rows of the subscribers and of the updates sent, without the headers. */
  readonly subscribers: Locator;
  readonly updates: Locator;

  constructor(page: Page) {
    this.page = page;
    this.bell = page.getByRole("banner").getByRole("link", { name: /^Alerts: / });
    this.tabs = page.getByRole("navigation", { name: "Alerts" });
    this.list = page.getByRole("list", { name: "Alerts" }).getByRole("listitem");
    this.rules = page.getByRole("form", { name: "Alert rules" });
    this.subscribers = page
      .getByRole("table", { name: "Subscribers" })
      .getByRole("row")
      .filter({ has: page.getByRole("rowheader") });
    this.updates = page
      .getByRole("table", { name: "Model updates" })
      .getByRole("row")
      .filter({ has: page.getByRole("cell") });
  }

  async open(tab: AlertsTab): Promise<void> {
    await this.tabs.getByRole("link", { name: tab, exact: true }).click();
    await expect(this.tabs.getByRole("link", { name: tab, exact: true })).toHaveAttribute("aria-current", "page");
  }

  /** Adds a program that is notified by webhook. */
  async addWebhook(name: string, url: string): Promise<void> {
    await this.page.getByRole("button", { name: "Add a webhook" }).click();
    const dialog = this.page.getByRole("dialog", { name: "Add a webhook" });
    await dialog.getByRole("textbox", { name: "Name" }).fill(name);
    await dialog.getByRole("textbox", { name: "Address" }).fill(url);
    await dialog.getByRole("button", { name: "Add webhook" }).click();
    await expect(dialog).toBeHidden();
  }
}
