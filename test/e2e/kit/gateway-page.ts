import { expect, type Locator, type Page } from "@playwright/test";

/** Gateway: whether other programs may call, where, with which key, how, and who does. */
export class GatewayPage {
  readonly page: Page;
  readonly switch: Locator;
  readonly settings: Locator;
  /** Where it listens. */
  readonly address: Locator;
  readonly key: Locator;
  readonly trouble: Locator;
  /** How to use it from the chosen program. */
  readonly snippet: Locator;
  /** The rows of the calls, newest first, without the header. */
  readonly calls: Locator;

  constructor(page: Page) {
    this.page = page;
    this.switch = page.getByRole("switch", { name: "Gateway" });
    this.settings = page.getByRole("form", { name: "Gateway settings" });
    this.address = page.getByLabel("Gateway address", { exact: true });
    this.key = page.getByLabel("Gateway key", { exact: true });
    this.trouble = page.getByRole("main", { name: "Gateway" }).getByRole("alert");
    this.snippet = page.getByRole("figure", { name: /^How to use it from / });
    this.calls = page
      .getByRole("table", { name: "Who calls" })
      .getByRole("row")
      .filter({ has: page.getByRole("cell") });
  }

  async turn(wanted: "on" | "off"): Promise<void> {
    // By the keyboard: under the pointer lies the track that is drawn over the input.
    if ((await this.switch.isChecked()) !== (wanted === "on")) await this.switch.press("Space");
    await expect(this.switch).toBeChecked({ checked: wanted === "on" });
    await expect(this.switch).toBeEnabled();
  }

  /** Shows how to use it from a program. */
  async chooseProgram(name: string): Promise<void> {
    await this.page.getByRole("combobox", { name: "Program" }).click();
    await this.page.getByRole("option", { name, exact: true }).click();
  }
}
