import type { Locator, Page } from "@playwright/test";

/** Models, Servers: each server's health, its long work and its models. */
export class ServersPage {
  readonly page: Page;
  readonly addDialog: Locator;
  readonly settingsDialog: Locator;
  readonly createDialog: Locator;
  /** Everything a server reports of a model. */
  readonly details: Locator;

  constructor(page: Page) {
    this.page = page;
    this.addDialog = page.getByRole("dialog", { name: "Add a server" });
    this.settingsDialog = page.getByRole("dialog", { name: /^Key and limits of / });
    this.createDialog = page.getByRole("dialog", { name: /^Create a model at / });
    this.details = page.getByRole("dialog");
  }

  /** A server's card: `Ollama at …` for one that speaks Ollama's API, `Server at …` for any other. */
  card(endpoint: string): Locator {
    return this.page.getByRole("region", { name: new RegExp(`^(Ollama|Server) at ${escaped(endpoint)}$`) });
  }

  /** A model's row at a server. */
  model(endpoint: string, model: string): Locator {
    return this.page
      .getByRole("list", { name: `Models at ${endpoint}` })
      .getByRole("listitem")
      .filter({ has: this.page.getByText(model, { exact: true }) });
  }

  /** Starts a pull; its row is returned, which is gone again once the pull is done. */
  async pull(endpoint: string, model: string): Promise<Locator> {
    const form = this.card(endpoint).getByRole("form", { name: /^Pull a model to / });
    await form.getByRole("textbox", { name: "Model to pull" }).fill(model);
    await form.getByRole("button", { name: "Pull" }).click();
    return this.job(endpoint, "Pull", model);
  }

  /** The row of a server's long work; `aria-busy` while it is in progress. */
  job(endpoint: string, kind: "Pull" | "Creation" | "Load", model: string): Locator {
    return this.page
      .getByRole("list", { name: `Work at ${endpoint}` })
      .getByRole("listitem", { name: `${kind} of ${model}`, exact: true });
  }

  /** Chooses something from a model's menu. */
  async menu(endpoint: string, model: string, item: string): Promise<void> {
    await this.model(endpoint, model)
      .getByRole("button", { name: `More for ${model}` })
      .click();
    await this.page.getByRole("menuitem", { name: item }).click();
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
