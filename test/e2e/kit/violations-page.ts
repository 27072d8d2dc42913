import { expect, type Locator, type Page } from "@playwright/test";

export type ReviewKey = "C" | "F" | "O" | "N" | "U" | "J" | "K";

/** Violations: a list with counts that filter it, and a reader with the review. */
export class ViolationsPage {
  readonly page: Page;
  readonly list: Locator;
  readonly items: Locator;
  readonly reader: Locator;
  /** The violation's category, severity and decision. */
  readonly heading: Locator;
  readonly original: Locator;
  /** The marked span of the original. */
  readonly marked: Locator;
  readonly shownInstead: Locator;
  readonly history: Locator;
  /** Asks for the reason of an override, or for a note. */
  readonly dialog: Locator;

  constructor(page: Page) {
    this.page = page;
    this.list = page.getByRole("list", { name: "Violations" });
    this.items = this.list.getByRole("listitem");
    this.reader = page.getByRole("article", { name: "Violation" });
    this.heading = this.reader.getByRole("heading", { level: 2 });
    this.original = this.reader.getByRole("group", { name: "Original passage" });
    this.marked = this.original.locator("mark");
    this.shownInstead = this.reader.getByRole("group", { name: "Shown instead" });
    this.history = this.reader.getByRole("list", { name: "Review history" }).getByRole("listitem");
    this.dialog = page.getByRole("dialog", { name: /^(Override this finding|Add a note)$/ });
  }

  /** A count in the header; pressing it filters the list. */
  count(severity: "Critical" | "High" | "Medium" | "Low"): Locator {
    return this.page
      .getByRole("group", { name: "Filters" })
      .getByRole("button", { name: new RegExp(` ${severity}, open$`) });
  }

  /** Reviews by the keyboard alone. */
  async press(key: ReviewKey): Promise<void> {
    await expect(this.heading).toBeVisible();
    await this.page.keyboard.press(key.toLowerCase());
  }

  /** Answers the dialog that O and N open. */
  async write(reason: string): Promise<void> {
    await this.dialog.getByRole("textbox").fill(reason);
    await this.dialog.getByRole("button", { name: /^(Override|Add note)$/ }).click();
    await expect(this.dialog).toBeHidden();
  }
}
