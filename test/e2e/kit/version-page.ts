import type { Locator, Page } from "@playwright/test";

/** One version, whole: facts, places, annotations, configuration, performance, judgements, calls. */
export class VersionPage {
  readonly page: Page;
  readonly facts: Locator;
  /** Where it answers and stands in. */
  readonly positions: Locator;
  readonly configuration: Locator;
  readonly tags: Locator;
  readonly aliases: Locator;
  readonly note: Locator;
  readonly performance: Locator;
  readonly performanceTable: Locator;
  /** How it was judged: by persons, and by test suites. */
  readonly judgements: Locator;
  readonly calls: Locator;

  constructor(page: Page) {
    this.page = page;
    this.facts = page.getByRole("region", { name: "Facts" });
    this.positions = page.getByRole("region", { name: "Answers" });
    this.configuration = page.getByRole("region", { name: "Configuration", exact: true });
    const annotations = page.getByRole("region", { name: "Tags, aliases and note" });
    this.tags = annotations.getByRole("combobox", { name: "Tags" });
    this.aliases = annotations.getByRole("combobox", { name: "Aliases" });
    this.note = annotations.getByRole("textbox", { name: "Note" });
    this.performance = page.getByRole("region", { name: "Performance" });
    this.performanceTable = page.getByRole("table", { name: "Performance" });
    this.judgements = page.getByRole("region", { name: "How it was judged" });
    this.calls = page.getByRole("table", { name: "Latest calls" });
  }

  /** Chooses something from the version's menu. */
  async menu(item: string | RegExp): Promise<void> {
    await this.page
      .getByRole("article")
      .getByRole("button", { name: /^More for / })
      .click();
    await this.page.getByRole("menuitem", { name: item }).click();
  }
}
