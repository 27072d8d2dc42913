import { expect, type Locator, type Page } from "@playwright/test";

export type LogTab = "Response" | "Prompt as sent" | "Timings" | "Checks" | "Chain" | "Raw";

/** Logs: every call, newest first, and one of them whole beside the table. */
export class LogsPage {
  readonly page: Page;
  readonly table: Locator;
  /** The rows in view, without the header. */
  readonly rows: Locator;
  readonly detail: Locator;
  /** One to five stars for the open call's answer. */
  readonly rating: Locator;

  constructor(page: Page) {
    this.page = page;
    this.table = page.getByRole("table", { name: "Calls" });
    this.rows = this.table.getByRole("row").filter({ has: page.getByRole("cell") });
    this.detail = page.getByRole("complementary", { name: "Call" });
    this.rating = this.detail.getByRole("radiogroup", { name: "Rating of this answer" });
  }

  /** Opens the row at a place, 0 being the newest, by its link. */
  async open(position: number): Promise<void> {
    await this.rows.nth(position).getByRole("link").click();
    await expect(this.rows.nth(position)).toHaveAttribute("aria-current", "true");
    await expect(this.detail.getByRole("tab", { name: "Response" })).toBeVisible();
  }

  /** Turns to a part of the open call and returns it. */
  async show(tab: LogTab): Promise<Locator> {
    await this.detail.getByRole("tab", { name: tab }).click();
    return this.detail.getByRole("tabpanel", { name: tab });
  }

  /** Shows only the rows of one outcome; its word as in the table. */
  async filterByOutcome(outcome: string): Promise<void> {
    await this.page.getByRole("search", { name: "Log filters" }).getByRole("combobox", { name: "Outcome" }).click();
    await this.page.getByRole("option", { name: outcome, exact: true }).click();
  }
}
