import { expect, type Locator, type Page } from "@playwright/test";

/** Every case on every version takes a model's time. */
const runMs = 90_000;

/** Test suites, under the Playground: the suites, one of them as cases by versions, and the chosen result. */
export class SuitesPage {
  readonly page: Page;
  /** The way there from the Playground. */
  readonly link: Locator;
  readonly list: Locator;
  readonly results: Locator;
  /** The rows of the cases, without the header. */
  readonly cases: Locator;
  readonly versions: Locator;
  readonly run: Locator;
  readonly cancel: Locator;
  readonly runState: Locator;
  readonly caseDrawer: Locator;
  readonly inspector: Locator;

  constructor(page: Page) {
    this.page = page;
    this.link = page.getByRole("navigation", { name: "Playground" }).getByRole("link", { name: "Test suites" });
    this.list = page.getByRole("list", { name: "Suites" }).getByRole("listitem");
    this.results = page.getByRole("table", { name: "Results" });
    this.cases = this.results.getByRole("row").filter({ has: page.getByRole("rowheader") });
    this.versions = page.getByRole("list", { name: "Versions to run over" }).getByRole("listitem");
    this.run = page.getByRole("button", { name: "Run suite" });
    this.cancel = page.getByRole("button", { name: "Cancel run" });
    this.runState = page.getByRole("status", { name: "Progress" });
    this.caseDrawer = page.getByRole("dialog", { name: /^(Add a case|Edit the case)$/ });
    this.inspector = page.getByRole("complementary", { name: "Inspector" });
  }

  async create(name: string): Promise<void> {
    await this.page.getByRole("button", { name: "New suite" }).first().click();
    const dialog = this.page.getByRole("dialog", { name: "New suite" });
    await dialog.getByRole("textbox", { name: "Name" }).fill(name);
    await dialog.getByRole("button", { name: "Create suite" }).click();
    await expect(dialog).toBeHidden();
    await expect(this.page.getByRole("heading", { name, level: 2 })).toBeVisible();
  }

  /** Chooses a version (`model @version`) to run over. */
  async over(version: string): Promise<void> {
    const field = this.page.getByRole("combobox", { name: "Add version" });
    await field.click();
    await field.fill(version);
    await this.page.getByRole("option", { name: version, exact: true }).click();
    await expect(this.versions.filter({ hasText: version })).toBeVisible();
  }

  /** The result of a case on a version, as a button that says how it went. */
  result(caseName: string, version: string): Locator {
    return this.results.getByRole("button", { name: `${caseName} on ${version}:` });
  }

  /** Runs the suite and waits for its end. */
  async runToTheEnd(): Promise<void> {
    await this.run.click();
    await expect(this.cancel.or(this.run)).toBeVisible();
    await expect(this.run).toBeVisible({ timeout: runMs });
  }
}
